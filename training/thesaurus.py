"""Queries in other words: what a person types who does not remember the words of the code.

Documentation mostly uses the words of the code that it stands on, so a model that learns from it
alone finds little by other words. The thesaurus of the search
(`codetriever_lsp/search/ranking/thesaurus.txt`) says what else people call the words that names are
made of.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from py_rust_stemmers import SnowballStemmer

from codetriever_lsp.search.ranking.synonyms import entries

__all__ = ["Thesaurus", "paraphrase", "thesaurus"]

Thesaurus = Mapping[str, tuple[str, ...]]
"""The alternatives of a word, by its stem."""

_SHARE = 0.6
"""How many of the words that have alternatives are exchanged: the rest says which of several senses
is meant."""
_WORD = re.compile(r"[A-Za-z]{3,}")

_stemmer = SnowballStemmer("english")


def thesaurus() -> dict[str, tuple[str, ...]]:
    """What else people call each word."""
    found: dict[str, tuple[str, ...]] = {}
    for word, others in entries():
        stem = _stemmer.stem_word(word)
        if others:
            found[stem] = tuple(dict.fromkeys(found.get(stem, ()) + others))
    return found


def paraphrase(text: str, others: Thesaurus, seed: int) -> str:
    """The text with words exchanged for alternatives; the text itself where it has none. The same
    for the same seed.
    """
    choice = random.Random(seed)

    def other(match: re.Match[str]) -> str:
        alternatives = others.get(_stemmer.stem_word(match[0].lower()))
        return (
            choice.choice(alternatives) if alternatives and choice.random() < _SHARE else match[0]
        )

    return _WORD.sub(other, text)
