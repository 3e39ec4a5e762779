"""What some definitions do, said in plain words: sentences and questions beside the documentation
that authors write.

`descriptions.jsonl` has a line for each: its package, the digest of the chunk's text, and what is
said of it. They were written by a language model for definitions drawn at random from the packages
in as many languages as there are: a third from the chunk alone, the others from four chunks of one
file, so that they fit the one and not the others.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from training.pairs import Example, Query

__all__ = ["Descriptions", "chunk_digest", "described", "read_descriptions"]

Descriptions = Mapping[tuple[str, str], tuple[str, ...]]
"""What is said of a chunk, by its package and the digest of its text."""

_DOCUMENTATION = frozenset({"doc", "detail"})


def read_descriptions(file: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """The descriptions of a file, one JSON object a line: `package`, `chunk`, `said`."""
    found: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["package"], row["chunk"]] += tuple(row["said"])
    return dict(found)


def described(examples: Iterable[Example], descriptions: Descriptions) -> list[Example]:
    """Those that are described, asked for by what is said of them; what can be hidden from them is
    their documentation.
    """
    found = []
    for example in examples:
        if said := descriptions.get((example.package, chunk_digest(example.text))):
            hide = {
                span
                for query in example.queries
                if query.kind in _DOCUMENTATION
                for span in query.hide
            }
            queries = tuple(Query("doc", text, tuple(sorted(hide))) for text in said)
            found.append(replace(example, queries=queries))
    return found


def chunk_digest(text: str) -> str:
    """The 16 hexadecimal digits that stand for a chunk's text."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
