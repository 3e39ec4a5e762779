"""Which candidates an answer is made of does not depend on how the index came about."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codetriever_lsp.model import Filters
from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.retrieval.candidates import Ask, gather
from codetriever_lsp.store.sql.rows import ChunkHead
from codetriever_lsp.store.vectors.interface import VectorQuery


class Equals:
    """A folder in which 150 chunks score better than `equals` others, which the store gives in
    whatever order, and as sums of the same numbers in whatever order."""

    root, buffers = Path(), {}
    names = SimpleNamespace(exact=lambda *_: [], like=lambda *_: [], find=lambda *_: [])

    def __init__(self, equals: int) -> None:
        self.store = self
        self._equals = equals

    async def search(
        self, queries: Sequence[VectorQuery], where: object = None
    ) -> list[list[tuple[int, float]]]:
        last = [
            (ident, 1.0 + random.choice((0.0, 2.4e-7)))
            for ident in range(1000, 1000 + self._equals)
        ]
        random.shuffle(last)
        last.sort(key=lambda pair: -pair[1])
        answer = [(ident, 2.0 + ident) for ident in range(150, 0, -1)] + last
        return [answer[: query.limit] if query.using == "lexical" else [] for query in queries]

    def files(self) -> dict[int, Any]:
        return {7: SimpleNamespace(path="a.py", language="python", lines=9)}

    def buffer_names(self) -> list[object]:
        return []

    async def heads(self, ids: set[int]) -> dict[int, ChunkHead]:
        return {
            ident: ChunkHead(ident, 7, ident, "definition", "function", "f", 3, b"")
            for ident in ids
        }


@pytest.mark.parametrize(
    ("equals", "taken"), [(20, 170), (50, 200), (100, 200), (149, 200), (150, 150), (900, 150)]
)
async def test_equals_at_the_end_are_taken_by_their_ids_or_not_at_all(
    equals: int, taken: int
) -> None:
    ask = Ask(parse_query("find it"), None, Filters(), "lexical", [{}])
    found = []
    for _ in range(3):
        (file,) = (await gather(Equals(equals), 0, ask)).files  # type: ignore[arg-type]
        found.append(sorted(chunk.id for chunk in file.chunks))
    assert found[0] == found[1] == found[2]
    assert found[0] == [*range(1, 151), *range(1000, 1000 + taken - 150)]
