#!/usr/bin/env python3
"""Checks the line-level development set against the sources it speaks of, and prints a table.

usage: python benchmarks/lines/check.py CHECKOUTS

CHECKOUTS holds one folder per repository, as the bench's checkout.sh lays them out. Exit status 1
on any fault.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KINDS = ("behaviour", "how", "name", "error")
WANTED_QUERIES, WANTED_UNANSWERABLE, WANTED_SCRIPTS, WANTED_A_REPOSITORY = 1100, 210, 40, 30
SHARE = 0.18  # the least share of each kind among all queries of a part
LONGEST = 260  # lines: a target longer than this names no place
# Function words and the words that describe any code: they are in many names without saying which
# one is meant.
COMMON = frozenset(
    "a an and any are as at be but by can do does for from get had has have if in into is it its no not of off on "
    "or out over than that the their them then there they this to up was were what when where which who will "
    "with without would".split()
)
WORD = re.compile(r"[^\W\d_]+|\d+")
ENDINGS = (
    "ations",
    "ation",
    "ings",
    "ing",
    "edly",
    "ies",
    "ers",
    "ors",
    "ment",
    "ed",
    "er",
    "or",
    "es",
    "ly",
    "s",
    "e",
    "y",
)

Entry = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", type=Path)
    checkouts: Path = parser.parse_args().checkouts
    faults: list[str] = []
    parts = {
        path.stem: load(path) for path in sorted(HERE.glob("*.json")) if path.stem != "unanswerable"
    }
    answered = [entry for entries in parts.values() for entry in entries]
    scripts = load(HERE / "scripts" / "queries.json")
    absent = load(HERE / "unanswerable.json")
    for name, entries in parts.items():
        faults += check_entries(name, entries, checkouts / name)
        if len(entries) < WANTED_A_REPOSITORY:
            faults.append(f"{name}: {len(entries)} queries, wanted {WANTED_A_REPOSITORY}")
    faults += check_entries("scripts", scripts, HERE / "scripts" / "project")
    faults += check_absent(absent, parts)
    faults += check_counts("queries", answered, WANTED_QUERIES)
    faults += check_counts("unanswerable", absent, WANTED_UNANSWERABLE)
    faults += check_counts("scripts", scripts, WANTED_SCRIPTS)
    print_table({**parts, "(scripts)": scripts, "(unanswerable)": absent})
    for fault in faults:
        print("fault:", fault)
    print(
        f"\n{len(answered)} queries, {len(absent)} unanswerable, {len(scripts)} in other scripts, {len(faults)} faults"
    )
    return 1 if faults else 0


def load(path: Path) -> list[Entry]:
    entries: list[Entry] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def check_entries(name: str, entries: list[Entry], checkout: Path) -> list[str]:
    faults: list[str] = []
    queries: set[str] = set()
    targets: set[tuple[str, int, int]] = set()
    for entry in entries:
        query = entry["query"]
        if (
            set(entry) != {"query", "kind", "targets", "also"}
            or entry["kind"] not in KINDS
            or not entry["targets"]
        ):
            faults.append(f"{name}: malformed entry {query!r}")
        if query.casefold() in queries:
            faults.append(f"{name}: query twice {query!r}")
        queries.add(query.casefold())
        for place in entry["targets"] + entry["also"]:
            faults += [f"{name}: {fault} ({query!r})" for fault in check_place(place, checkout)]
        for place in entry["targets"]:
            key = (place["path"], place["start_line"], place["end_line"])
            if key in targets:
                faults.append(f"{name}: target twice {key}")
            targets.add(key)
            if entry["kind"] == "behaviour":
                shared = shared_stems(query, place["symbol"])
                faults += [
                    f"{name}: {query!r} says {word!r} of {place['symbol']}"
                    for word in sorted(shared)
                ]
        faults += check_grades(name, entry)
    return faults


def check_grades(name: str, entry: Entry) -> list[str]:
    good = all(place["grade"] == 2 for place in entry["targets"]) and all(
        place["grade"] == 1 for place in entry["also"]
    )
    return [] if good else [f"{name}: wrong grade in {entry['query']!r}"]


def check_place(place: Entry, checkout: Path) -> list[str]:
    path = checkout / place["path"]
    if not path.is_file():
        return [f"no file {place['path']}"]
    lines = path.read_text(encoding="utf-8").splitlines()
    first, last = place["start_line"], place["end_line"]
    where = f"{place['path']}:{first}-{last}"
    if not 1 <= first <= last <= len(lines):
        return [f"{where} is outside the file of {len(lines)} lines"]
    faults = []
    if last - first >= LONGEST:
        faults.append(f"{where} is too long")
    if place["symbol"] not in "\n".join(lines[first - 1 : last]):
        faults.append(f"{where} does not hold {place['symbol']}")
    if not lines[first - 1].strip() or not lines[last - 1].strip():
        faults.append(f"{where} begins or ends with an empty line")
    return faults


def check_absent(entries: list[Entry], parts: dict[str, list[Entry]]) -> list[str]:
    faults = []
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        key = (entry["repo"], entry["query"].casefold())
        if (
            set(entry) != {"repo", "query", "kind"}
            or entry["kind"] not in KINDS
            or entry["repo"] not in parts
        ):
            faults.append(f"unanswerable: malformed entry {entry}")
        if key in seen or any(
            key[1] == other["query"].casefold() for other in parts.get(entry["repo"], [])
        ):
            faults.append(f"unanswerable: query twice {key}")
        seen.add(key)
    return faults


def check_counts(what: str, entries: list[Entry], wanted: int) -> list[str]:
    faults = [] if len(entries) >= wanted else [f"{what}: {len(entries)}, wanted {wanted}"]
    kinds = Counter(entry["kind"] for entry in entries)
    return faults + [
        f"{what}: only {kinds[kind]} of kind {kind}"
        for kind in KINDS
        if kinds[kind] < SHARE * len(entries)
    ]


def shared_stems(query: str, symbol: str) -> set[str]:
    """The words of the query whose stem is that of a part of the symbol's name."""
    parts = [stem(part) for part in words(symbol) if part not in COMMON]
    return {
        word
        for word in words(query)
        if word not in COMMON and any(akin(stem(word), part) for part in parts)
    }


def words(text: str) -> list[str]:
    """The words of a text or name in lower case: split at humps, underscores and digits; single
    letters are left out.
    """
    following = text[1:] + " "
    gaps = (
        char + " " if char.islower() and after.isupper() else char
        for char, after in zip(text, following, strict=True)
    )
    return [word.casefold() for word in WORD.findall("".join(gaps)) if len(word) > 1]


def akin(left: str, right: str) -> bool:
    """Equal stems, or one that begins with the other and is at most three letters longer."""
    short, long = sorted((left, right), key=len)
    return left == right or (
        len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= 3
    )


def stem(word: str) -> str:
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)
    )
    for ending in ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            plain = plain[: -len(ending)]
            break
    return plain[:-1] if len(plain) > 3 and plain[-1] == plain[-2] else plain


def print_table(parts: dict[str, list[Entry]]) -> None:
    print(
        f"{'':18}"
        + "".join(f"{kind:>11}" for kind in KINDS)
        + f"{'all':>6}{'files':>7}{'median lines':>14}"
    )
    for name, entries in parts.items():
        kinds = Counter(entry["kind"] for entry in entries)
        places = [place for entry in entries for place in entry.get("targets", [])]
        lengths = sorted(place["end_line"] - place["start_line"] + 1 for place in places)
        middle = str(lengths[len(lengths) // 2]) if lengths else "-"
        files = len({place["path"] for place in places})
        print(
            f"{name:18}"
            + "".join(f"{kinds[kind]:11}" for kind in KINDS)
            + f"{len(entries):6}{files or '-':>7}{middle:>14}"
        )


if __name__ == "__main__":
    sys.exit(main())
