"""Words for words: what people call it who do not remember the word that the code has.

`thesaurus.txt` says for three thousand words that names are made of what else a person might type
("renew" and "get a new one" for `refresh`). What a question describes is often a name in other
words, which a sum of word vectors blurs. It is data about programming at large: nothing in it was
taken from queries, and the model is trained with it too.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from codetriever_lsp.text.terms import STOPWORDS, terms_of

__all__ = ["Said", "entries", "said_otherwise", "warm"]

_CLEAR = 2 / 3
"""A word that is this rare among the alternatives is enough to mean one of them; a more common one
counts less."""

_MOST_STEMS = 64
"""A query of more words is a pasted log or source, and says what it means by itself."""


class Said(NamedTuple):
    """How well a word is said by others: 0 to 1, and which stems of the query say it."""

    worth: float
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Aliases:
    """`words` are the stems that the alternatives stand for, `totals` the rarities of the stems of
    each alternative together; `places` are the alternatives that have a stem. `rarity` is 1 for a
    stem in one entry, 0 for one in all.
    """

    words: list[str]
    totals: list[float]
    places: dict[str, list[int]]
    rarity: dict[str, float]


def entries() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words of the thesaurus with their alternatives."""
    text = (
        resources.files("codetriever_lsp.search.ranking")
        .joinpath("thesaurus.txt")
        .read_text(encoding="utf-8")
    )
    for line in text.splitlines():
        word, _, rest = line.partition(": ")
        yield (
            word,
            tuple(other for part in rest.split(",") if (other := part.strip()) not in ("", "-")),
        )


@lru_cache(maxsize=64)
def said_otherwise(stems: frozenset[str]) -> Mapping[str, Said]:
    """The stems of words that these stems of a query say in other words, with how well; none for a
    query of very many words.
    """
    if len(stems) > _MOST_STEMS:
        return {}
    known = _aliases()
    common: dict[int, tuple[float, float, tuple[str, ...]]] = {}
    for stem in sorted(stems):  # an order of its own, for sums of floats depend on it
        rarity = known.rarity.get(stem, 0.0)
        for place in known.places.get(stem, ()):
            together, rarest, by = common.get(place, (0.0, 0.0, ()))
            common[place] = together + rarity, max(rarest, rarity), (*by, stem)
    best: dict[str, Said] = {}
    for place, (together, rarest, by) in common.items():
        said = Said(together / known.totals[place] * min(1.0, rarest / _CLEAR), by)
        word = known.words[place]
        if word not in best or said > best[word]:
            best[word] = said
    return best


def warm() -> None:
    """Read the thesaurus now: a tenth of a second, better spent before the first query."""
    _aliases()


@cache
def _aliases() -> _Aliases:
    alternatives: dict[tuple[str, frozenset[str]], None] = {}
    containing: dict[str, set[str]] = defaultdict(set)
    for word, others in entries():
        stem = _stem(word)
        for other in others:
            if stems := frozenset(
                _stem(part) for part in other.split() if len(part) > 1 and part not in STOPWORDS
            ) - {""}:
                alternatives[stem, stems] = None
                for part in stems:
                    containing[part].add(stem)
    places: dict[str, list[int]] = defaultdict(list)
    for place, (_, stems) in enumerate(alternatives):
        for part in stems:
            places[part].append(place)
    counts = Counter({part: len(words) for part, words in containing.items()})
    total = len({stem for stem, _ in alternatives})
    rarity = {
        part: math.log(1 + total / (1 + count)) / math.log(1 + total / 2)
        for part, count in counts.items()
    }
    totals = [sum(rarity[part] for part in sorted(stems)) for _, stems in alternatives]
    return _Aliases([word for word, _ in alternatives], totals, dict(places), rarity)


def _stem(word: str) -> str:
    return (terms_of(word) or ("",))[0]
