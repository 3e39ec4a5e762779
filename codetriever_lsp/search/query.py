"""A query as the ranking sees it: its terms, its words, the identifiers in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import pairwise

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.text.terms import STOPWORDS, query_terms, split, terms_of, words

__all__ = ["MOST_HITS", "QUALIFIED", "Query", "check_limit", "parse_query"]

MOST_HITS = 100
_LONGEST_QUERY = 8_000
"""Characters read of a query; a pasted stack trace is shorter, and what is longer says nothing
more."""

QUALIFIED = re.compile(r"\.|::|->|#")
"""What stands between a name and what it is in."""

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)*")
_TEST_WORDS = frozenset(
    {
        "test",
        "tests",
        "testing",
        "spec",
        "specs",
        "fixture",
        "fixtures",
        "mock",
        "mocks",
        "benchmark",
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    """`terms` weigh the sparse query; `stems` are the content words; `names` what may be an
    identifier, folded.
    """

    text: str
    terms: dict[str, float]
    stems: frozenset[str]
    joined: frozenset[str]
    """Each two neighbouring words as one: "url encoded" may be spelt `urlencoded`."""
    names: frozenset[str]
    about_tests: bool
    length: float
    """How many content words it has, on a logarithmic scale: about 1 for a long sentence."""
    single: bool
    """Whether it is one identifier and nothing else."""
    written: tuple[str, ...] = field(default=())
    """The identifiers of the query as written."""
    mended: tuple[str, ...] = field(default=())
    """Words that stand for misspelt ones."""

    @property
    def spelt(self) -> str:
        """The text, and the words that it misspells."""
        return " ".join([self.text, *self.mended])


def parse_query(text: str) -> Query:
    """The query that `text` asks; BadRequest for a blank one or one without a letter or digit."""
    if not text.strip():
        raise BadRequest("the query is blank; type what you remember of the code")
    text = text[:_LONGEST_QUERY].strip()
    terms = query_terms(text)
    if not terms:
        raise BadRequest(f"the query {text[:40]!r} has no letter or digit to search for")
    content = [word for word in words(text) if word.lower() not in STOPWORDS] or words(text)
    stems = frozenset(
        term for word in content for part in split(word) for term in terms_of(part)[:1]
    )
    parts = [part for word in words(text) for part in split(word)]
    identifiers = _IDENTIFIER.findall(text)
    single = len(identifiers) == 1 and identifiers[0] == text
    written = tuple(name for name in identifiers if single or _looks_like_name(name))
    return Query(
        text=text,
        terms=terms,
        stems=stems,
        joined=frozenset(term for pair in pairwise(parts) for term in terms_of("".join(pair))[:1]),
        names=frozenset(QUALIFIED.split(name)[-1].casefold() for name in written),
        about_tests=any(part in _TEST_WORDS for word in content for part in split(word)),
        length=math.log1p(len(stems)) / 3,
        single=single,
        written=written,
    )


def check_limit(limit: int) -> int:
    """`limit` itself; BadRequest when it is outside 1..100."""
    if not 1 <= limit <= MOST_HITS:
        raise BadRequest(f"limit must be from 1 to {MOST_HITS}, not {limit}")
    return limit


def _looks_like_name(word: str) -> bool:
    """Whether a word of a sentence is written as an identifier: camelCase, snake_case, ACRONYM2,
    dotted.
    """
    return (
        "_" in word.strip("_")
        or "." in word
        or "::" in word
        or "#" in word
        or word[1:] != word[1:].lower()
    )
