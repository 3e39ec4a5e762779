#!/usr/bin/env python3
"""How many definitions of a file are still found while a line of it is broken, as it is while
somebody types.

usage: python benchmarks/syntax_errors.py CHECKOUTS [--bench ../shared/bench]

A third into files of every repository a line is put that opens what it does not close. Printed for
each language: the share of the definitions (by name and kind) that are found with it, and without
reading blocks again (`text/broken.py`).
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from unittest.mock import patch

from questions import HERE, repositories

from codetriever_lsp.text import regions
from codetriever_lsp.text.document import analyse

BROKEN = ('    foo(bar, "x', "  if (a > {")
SMALLEST, LARGEST = 3_000, 60_000
"""Bytes of a file."""
FILES = 14
"""Taken of each repository."""
FEWEST = 6
"""Definitions of a file."""
SEED = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    args = parser.parse_args()
    with_blocks: dict[str, list[float]] = defaultdict(list)
    without: dict[str, list[float]] = defaultdict(list)
    chosen = random.Random(SEED)
    for repository in repositories(args.bench):
        root = args.checkouts / repository["name"] / (repository.get("benchmark_root") or "")
        for text, path in texts(root, chosen):
            for shares, found in (
                (with_blocks, kept(path, text)),
                (without, kept_without_blocks(path, text)),
            ):
                shares[repository["language"]] += found
    print(f"{'language':12} {'files':>5} {'found':>6} {'before':>6}")
    for language, shares in with_blocks.items():
        print(
            f"{language:12} {len(shares) // len(BROKEN):5} {mean(shares):6.2f} {mean(without[language]):6.2f}"
        )
    everything, before = (
        mean(share for shares in one.values() for share in shares) for one in (with_blocks, without)
    )
    print(f"{'all':12} {'':5} {everything:6.3f} {before:6.3f}")


def texts(root: Path, chosen: random.Random) -> list[tuple[str, str]]:
    """Some files of a repository: (text, path)."""
    files = [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and SMALLEST < path.stat().st_size < LARGEST
    ]
    chosen.shuffle(files)
    found = []
    for path in files[:FILES]:
        try:
            found.append((path.read_text(encoding="utf-8"), str(path)))
        except UnicodeDecodeError:
            continue
    return found


def kept(path: str, text: str) -> list[float]:
    """The share of the definitions that are found, for each way to break a line; [] where there are
    few.
    """
    names = defined(path, text)
    lines = text.split("\n")
    at = len(lines) // 3
    if len(names) < FEWEST:
        return []
    return [
        len(names & defined(path, "\n".join([*lines[:at], line, *lines[at:]]))) / len(names)
        for line in BROKEN
    ]


def kept_without_blocks(path: str, text: str) -> list[float]:
    with patch.object(regions, "read_blocks", no_blocks):
        return kept(path, text)


def no_blocks(*_: object) -> Sequence[object]:
    return ()


def defined(path: str, text: str) -> set[tuple[str, str]]:
    return {(symbol.name, symbol.kind) for symbol in analyse(path, text).symbols}


if __name__ == "__main__":
    main()
