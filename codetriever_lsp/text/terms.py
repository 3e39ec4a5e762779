"""Words of code: how identifiers, prose and other scripts become terms, and how terms become sparse
vectors.

A term is a stemmed lower-case word, or a whole compound identifier (`getworkspacesymbol`).
`HTTPServer2_url` gives http, server, 2, url and the whole. Runs of Han, Hiragana, Katakana and
Hangul give bigrams, since they have no spaces. Weights follow BM25F (Robertson, Zaragoza and
Taylor, 2004) without the inverse document frequency, which the vector store applies. The average
field lengths are constants, so that a weight depends on its own text alone and never on when it was
computed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import PurePosixPath

from py_rust_stemmers import SnowballStemmer

from codetriever_lsp.model import Analysis, Chunk

__all__ = [
    "STOPWORDS",
    "TERMS_RULES",
    "Sparse",
    "chunk_vector",
    "file_vectors",
    "mention_of",
    "mentions",
    "path_words",
    "place_text",
    "prose_query",
    "prose_vector",
    "query_terms",
    "query_vector",
    "split",
    "term_id",
    "terms_of",
    "words",
]

Sparse = tuple[list[int], list[float]]
"""Term ids (u32, ascending) and their weights."""

TERMS_RULES = "terms-3"

_K1 = 1.2
_WORD = re.compile(r"[^\W_][\w$]*", re.UNICODE)
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_UNICODE_PART = re.compile(r"\d+|[^\W\d_]+")
_CJK_RUN = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+)")
_LONGEST_WORD = 64
_SHORTEST_NAME = 3
_MOST_WORDS = 20_000
"""A chunk of more words (data, minified code) is judged by its first ones."""

# (weight, b, average length in words) of each field: of a chunk, of a file.
_NAME, _AROUND, _TEXT = (3.0, 0.3, 3.0), (1.0, 0.3, 6.0), (1.0, 0.75, 110.0)
_PROSE = (1.0, 0.5, 80.0)
_FILE_BODY, _FILE_NAMES, _FILE_PATH = (1.0, 0.6, 1200.0), (1.0, 0.5, 60.0), (1.0, 0.3, 5.0)

STOPWORDS = frozenset(
    "a an and any are as at be been being but by can could did do does doing done for from get had has have how i "
    "if in into is it its me my of on or our out over should show so some such than that the their them then there "
    "these they this those to up us use used uses using was we were what when where which while who whom whose why "
    "will with would you your code file".split()
)
"""English words that carry nothing in a question about code; they count less in queries that have
other words."""

_stemmer = SnowballStemmer("english")


@lru_cache(maxsize=1 << 17)
def term_id(term: str) -> int:
    """The u32 that stands for a term in sparse vectors."""
    return int.from_bytes(
        blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little"
    )


@lru_cache(maxsize=1 << 16)
def split(word: str) -> tuple[str, ...]:
    """The lower-case words of an identifier: camel case, snake case, digits, acronyms; CJK runs as
    bigrams.
    """
    if word.isascii():
        return tuple(part.lower() for part in _PART.findall(word))
    parts: list[str] = []
    for piece in _CJK_RUN.split(unicodedata.normalize("NFKC", word)):
        if _CJK_RUN.fullmatch(piece):
            parts.extend(_bigrams(piece))
        else:
            # Mark where a capital follows a small letter, or starts a word after capitals, in any
            # script that has case.
            parts.extend(part.casefold() for part in _UNICODE_PART.findall(_mark_capitals(piece)))
    return tuple(parts)


@lru_cache(maxsize=1 << 16)
def terms_of(word: str) -> tuple[str, ...]:
    """The terms that a word of a text is indexed under: its stemmed parts and, if it is compound,
    the whole.
    """
    parts = split(word[:_LONGEST_WORD])
    terms = [_stem(part) for part in parts]
    if len(parts) > 1:
        terms.append(unicodedata.normalize("NFKC", word).replace("_", "").casefold())
    return tuple(terms)


def words(text: str) -> list[str]:
    """The identifiers and words of a text, as written, in order."""
    return _WORD.findall(text)


@lru_cache(maxsize=1 << 16)
def mention_of(name: str) -> int:
    """The u32 that stands for a name in `mentions`: of the last word of a qualified one; 0 for one
    too short to tell apart.
    """
    found = words(name)
    return term_id(found[-1]) if found and _is_name(found[-1]) else 0


def mentions(text: str) -> bytes:
    """The names that a text may use: their u32 (`mention_of`), little-endian, ascending and
    unique.
    """
    found = {word for word in words(text)[:_MOST_WORDS] if _is_name(word)}
    return b"".join(
        term.to_bytes(4, "little") for term in sorted({term_id(word) for word in found})
    )


@lru_cache(maxsize=1 << 10)
def path_words(path: str) -> tuple[str, ...]:
    """The words of a path: of its folders and of its stem, without the extension."""
    pure = PurePosixPath(path)
    return tuple(words(" ".join([*pure.parent.parts, pure.name.split(".")[0] or pure.name])))


def chunk_vector(path: str, analysis: Analysis, chunk: Chunk) -> Sparse:
    """The weights of the terms of one chunk: defined names first, then where it stands, then its
    text.
    """
    symbols = [analysis.symbols[at] for at in chunk.symbols]
    names = [word for symbol in symbols for word in words(symbol.name)]
    around = [*path_words(path)[-4:]]
    if chunk.symbol >= 0:
        around += words(analysis.symbols[chunk.symbol].container)
        if not names:
            names = words(analysis.symbols[chunk.symbol].name)
    return _weigh(((names, _NAME), (around, _AROUND), (words(chunk.text), _TEXT)))


def prose_vector(chunk: Chunk) -> Sparse:
    """The weights of the words of a chunk's comments and literals, and of each two neighbours among
    them.

    Neighbours are what a message keeps of the literal that it was made from, whatever was filled
    in.
    """
    frequencies: Counter[int] = Counter()
    length = 0
    for text in chunk.prose:
        found = words(text)[:_MOST_WORDS]
        ids = [term for word in found for term in _term_ids(word)] + [
            term_id(pair) for pair in _pairs(found)
        ]
        frequencies.update(ids)
        length += len(ids)
    _, b, average = _PROSE
    share = 1 / (1 - b + b * length / average)
    ids = sorted(frequencies)
    return ids, [
        (_K1 + 1) * frequencies[at] * share / (_K1 + frequencies[at] * share) for at in ids
    ]


def prose_query(query: str, terms: Mapping[str, float]) -> Sparse:
    """The sparse vector that asks comments and literals for the terms of a query and its
    neighbouring words.
    """
    return query_vector({**dict.fromkeys(_pairs(words(query)[:_MOST_WORDS]), 1.0), **terms})


def place_text(path: str) -> str:
    """The words of the last names of a path, as they are embedded."""
    return " ".join(part for word in path_words(path)[-4:] for part in split(word))


def _pairs(found: Iterable[str]) -> list[str]:
    stems = [_stem(part) for word in found for part in split(word)]
    return [f"{first} {second}" for first, second in pairwise(stems)]


def file_vectors(path: str, analysis: Analysis) -> dict[str, Sparse]:
    """The weights of the terms of a whole file in each of its fields: its text, the names it
    defines, its path.
    """
    body = [word for chunk in analysis.chunks for word in words(chunk.text)]
    names = [word for symbol in analysis.symbols for word in words(symbol.name)]
    stem = path_words(PurePosixPath(path).name)
    return {
        "file": _weigh(((body, _FILE_BODY),)),
        "names": _weigh(((names, _FILE_NAMES),)),
        "path": _weigh((([*path_words(path), *stem], _FILE_PATH),)),
    }


def query_terms(query: str) -> dict[str, float]:
    """The terms of a query with their weights: stop words count little, unless there is nothing
    else.
    """
    found: dict[str, float] = {}
    for word in words(query)[:_MOST_WORDS]:
        for term in terms_of(word):
            found[term] = max(found.get(term, 0.0), 0.1 if word.lower() in STOPWORDS else 1.0)
    return found


def query_vector(terms: Mapping[str, float]) -> Sparse:
    """The sparse vector that asks for these terms."""
    weights = {term_id(term): weight for term, weight in terms.items()}
    ids = sorted(weights)
    return ids, [weights[at] for at in ids]


def _weigh(fields: Iterable[tuple[list[str], tuple[float, float, float]]]) -> Sparse:
    """BM25F: frequencies are normalised by length and added up over the fields, then saturated."""
    frequencies: dict[int, float] = {}
    for field_words, (weight, b, average) in fields:
        if not field_words:
            continue
        share = weight / (1 - b + b * min(len(field_words), _MOST_WORDS) / average)
        for word, count in Counter(field_words[:_MOST_WORDS]).items():
            for term in _term_ids(word):
                frequencies[term] = frequencies.get(term, 0.0) + count * share
    ids = sorted(frequencies)
    return ids, [(_K1 + 1) * frequencies[at] / (_K1 + frequencies[at]) for at in ids]


@lru_cache(maxsize=1 << 17)
def _term_ids(word: str) -> tuple[int, ...]:
    return tuple(term_id(term) for term in terms_of(word))


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return _stemmer.stem_word(word) if word.isascii() and len(word) > 2 else word


def _mark_capitals(text: str) -> str:
    marked: list[str] = []
    for at, char in enumerate(text):
        if (
            char.isupper()
            and at
            and (text[at - 1].islower() or (at + 1 < len(text) and text[at + 1].islower()))
        ):
            marked.append("_")
        marked.append(char)
    return "".join(marked)


def _is_name(word: str) -> bool:
    return _SHORTEST_NAME <= len(word) <= _LONGEST_WORD and not word[0].isdigit()


def _bigrams(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)] if len(text) > 1 else [text]
