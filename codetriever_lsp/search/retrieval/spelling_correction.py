"""Misspelt words: what no chunk has is also asked for as the nearest word of a name that is defined
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codetriever_lsp.search.query import Query
from codetriever_lsp.search.source import Source
from codetriever_lsp.text.terms import STOPWORDS, split, terms_of, words

__all__ = ["mend", "nearest"]

_SHORTEST = 4
_LONG = 8
"""Letters from which a word may have two slips of the hand, not one."""
_NEIGHBOURS = 20
_COMPOUND = 2
"""Long words from which on one identifier is mended word by word: those that are right still say
where."""
_MOST = 8
"""Words of a query that are mended; one with more is in another language than the code."""


def mend(query: Query, weighed: Sequence[Mapping[str, float]], sources: Sequence[Source]) -> Query:
    """The query with the words that were meant beside those that nothing has; `weighed` is what
    each source has of its terms.

    An identifier of one long word stays as it is: it is looked up among whole names.
    """
    parts = _parts(query.text)
    if query.single and len(parts) < _COMPOUND:
        return query
    lost = [part for part in parts if _is_lost(terms_of(part)[0], weighed)]
    meant = [word for part in lost[:_MOST] if (word := nearest(part, _neighbours(part, sources)))]
    if not meant:
        return query
    stems = [terms_of(word)[0] for word in meant]
    terms = {**query.terms, **dict.fromkeys(stems, 1.0)}
    return replace(query, terms=terms, stems=query.stems | frozenset(stems), mended=tuple(meant))


def nearest(word: str, known: Iterable[str]) -> str:
    """The word that differs least, by one letter or, if long, two (Damerau, 1964: also two
    swapped); "" if none does.

    The first letter is what people get right.
    """
    from rapidfuzz.distance import OSA  # costs 40 ms, and hardly any query needs it

    most = 1 + (len(word) >= _LONG)
    near = [
        (OSA.distance(word, other, score_cutoff=most), other)
        for other in known
        if other[:1] == word[:1]
    ]
    distance, found = min(near, default=(most + 1, ""))
    return found if 0 < distance <= most else ""


def _parts(text: str) -> list[str]:
    """The words that could be misspelt, each once."""
    content = [word for word in words(text) if word.lower() not in STOPWORDS]
    parts = dict.fromkeys(part for word in content for part in split(word))
    return [part for part in parts if len(part) >= _SHORTEST and part.isalpha()]


def _is_lost(term: str, weighed: Sequence[Mapping[str, float]]) -> bool:
    """Whether the term was looked for, and no source has it."""
    return any(term in scores for scores in weighed) and not any(
        scores.get(term) for scores in weighed
    )


def _neighbours(part: str, sources: Sequence[Source]) -> list[str]:
    return [
        word
        for source in sources
        for word in source.names.words_like(part, _NEIGHBOURS, source.buffer_names())
    ]
