"""Phrases: how many words of a query follow each other in a chunk, as in a pasted message or a line
that is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from codetriever_lsp.search.query import Query
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate
from codetriever_lsp.search.source import Source
from codetriever_lsp.text.terms import words

__all__ = ["find_phrases", "longest_run"]

_SHORTEST = 3
"""Words that make a phrase: two follow each other by chance."""
_READ = 8
"""Chunks whose text is read: the best by all their words, and as many by comments and literals;
more change nothing."""
_LONGEST_TEXT = 60_000
"""Characters that are looked at of one chunk."""


async def find_phrases(source: Source, query: Query, files: Iterable[FileCandidate]) -> None:
    """Set the `run` of the chunks that have most of the query's words."""
    wanted = words(query.text.casefold())
    if len(wanted) < _SHORTEST:
        return
    chunks = sorted(
        ((file.path, chunk.ordinal, chunk) for file in files for chunk in file.chunks),
        key=lambda item: item[:2],
    )
    best = {
        chunk.id: chunk
        for by in ("lexical", "prose")
        for chunk in _best([chunk for _, _, chunk in chunks], attrgetter(by))[:_READ]
    }
    for ident, text in (await source.texts(best.keys())).items():
        best[ident].run = longest_run(wanted, text[:_LONGEST_TEXT])


def longest_run(wanted: Sequence[str], text: str) -> int:
    """The most words of `wanted`, in lower case, that follow each other in a text as they do
    there.
    """
    places: dict[str, list[int]] = {}
    for at, word in enumerate(wanted):
        places.setdefault(word, []).append(at)
    longest, before = 0, dict[int, int]()
    for word in words(text.casefold()):
        found = places.get(word)
        if found is None:  # nearly always
            before = {}
            continue
        before = {at: before.get(at - 1, 0) + 1 for at in found}
        longest = max(longest, *before.values())
    return longest


def _best(chunks: Sequence[Candidate], score: attrgetter[float]) -> list[Candidate]:
    """Those that have such a score, best first; what differs by less than the store's sums do keeps
    its order.
    """
    return sorted(
        (chunk for chunk in chunks if score(chunk)), key=lambda chunk: -round(score(chunk), 4)
    )
