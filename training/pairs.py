"""Cuts packages with the product's own chunker and makes of each chunk what people could ask to
find it.

One line of JSON for each chunk: its text as the product embeds it, and its queries, each with the
spans of the text that answer it literally and can therefore be hidden from the model.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

from codetriever_lsp.index.fingerprint import EMBEDDED_CHARACTERS
from codetriever_lsp.model import Analysis, Chunk
from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.terms import path_words
from training.archives import sources
from training.comments import Comment, find_comments
from training.phrases import fill_message, first_sentence, is_english, name_words, second_sentence
from training.registries import Package

__all__ = ["Example", "Query", "examples_of", "read_examples", "write_package"]

_MOST_CHUNKS = 5000
"""Of one package and language, so that no package speaks for its language alone; they are taken
evenly."""
_RARE = frozenset("elixir kotlin scala swift csharp lua zig haskell bash ocaml".split())
"""Languages of which there are few packages: three times as much is taken of each."""
_NAMES_ONLY = 3
"""Of the chunks that have nothing but a name one in so many is taken: there are more of them than
of all others."""
_PATH_WORDS = 2
_MOST_TIMES = 2
"""How often the same documentation may come up in a package."""
_RAISE = re.compile(
    r"(?:\b(?:raise|throw|throws?Error|panic!?|bail!?|die|fail\w*|error\w*|Err|Error|Errorf|errorf|ereport|fatal\w*|warn\w*|assert\w*|"
    r"[Ll]og\w*|abort|croak|reject|exit|perror|require)\b[^\n\"'`]{0,80})(?P<quote>[\"'`])(?P<message>(?:[^\"'`\\\n]|\\.){16,160})(?P=quote)"
)
_GENERIC = frozenset(
    "main init test new get set run constructor __init__ default index name value type data tostring equals hashcode".split()
)


@dataclass(frozen=True, slots=True)
class Query:
    """What could be asked. `hide` are spans of the chunk's text that hold the query itself."""

    kind: str
    text: str
    hide: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A chunk as the product embeds it, with its queries. `path` are the last words of its file's
    path.
    """

    package: str
    language: str
    path: str
    text: str
    queries: tuple[Query, ...]


def write_package(package: Package, archive: Path, target: Path) -> Counter[str]:
    """Writes the examples of a package; gives the number of queries by language and by kind
    ("kind:doc").
    """
    counts: Counter[str] = Counter()
    found = list(_evenly(examples_of(f"{package.registry}/{package.name}", archive)))
    with gzip.GzipFile(target, "wb", mtime=0, compresslevel=3) as stream:
        for example in found:
            counts[example.language] += len(example.queries)
            counts.update(f"kind:{query.kind}" for query in example.queries)
            stream.write(json.dumps(asdict(example), ensure_ascii=False).encode() + b"\n")
    return counts


def read_examples(file: Path) -> Iterator[Example]:
    """The examples that `write_package` wrote."""
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            queries = tuple(
                Query(q["kind"], q["text"], tuple((a, b) for a, b in q["hide"]))
                for q in row.pop("queries")
            )
            yield Example(**row, queries=queries)


def examples_of(package: str, archive: Path) -> Iterator[Example]:
    """The chunks of a package that something could be asked for, without near-duplicates."""
    seen: Counter[bytes] = Counter()
    chunks: set[bytes] = set()
    for path, text in sources(archive):
        analysis = analyse(path, text)
        for chunk in analysis.chunks:
            digest = blake2b(
                " ".join(chunk.text.split()).encode("utf-8", "replace"), digest_size=8
            ).digest()
            if digest in chunks or len(chunk.text) < 60:
                continue
            chunks.add(digest)
            queries = [query for query in _queries(analysis, chunk) if _is_new(query, seen)]
            if any(query.kind != "name" for query in queries) or (
                queries and digest[0] % _NAMES_ONLY == 0
            ):
                where = " ".join(path_words(path)[-_PATH_WORDS:])
                yield Example(package, analysis.language, where, _embedded(chunk), tuple(queries))


def _evenly(examples: Iterator[Example]) -> list[Example]:
    languages: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        languages[example.language].append(example)
    chosen = []
    for language, found in languages.items():
        most = min(len(found), _MOST_CHUNKS * (3 if language in _RARE else 1))
        chosen += [found[at * len(found) // most] for at in range(most)]
    return chosen


def _is_new(query: Query, seen: Counter[bytes]) -> bool:
    key = blake2b(
        re.sub(r"\W+", " ", query.text.lower()).encode("utf-8", "replace"), digest_size=8
    ).digest()
    seen[key] += 1
    return seen[key] <= _MOST_TIMES


def _embedded(chunk: Chunk) -> str:
    text = f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
    return text[:EMBEDDED_CHARACTERS]


def _name(analysis: Analysis, chunk: Chunk) -> str:
    if chunk.symbol < 0:
        return ""
    symbol = analysis.symbols[chunk.symbol]
    return f"{symbol.container.rpartition('.')[2]} {symbol.name}".strip()


def _queries(analysis: Analysis, chunk: Chunk) -> Iterator[Query]:
    offset = len(chunk.context) + 1 if chunk.context else 0
    comments = [
        c
        for c in find_comments(chunk.text, analysis.language)
        if offset + c.start < EMBEDDED_CHARACTERS
    ]
    spans = tuple((offset + c.start, offset + c.end) for c in comments)
    yield from _documented(chunk, comments, spans)
    if chunk.symbol >= 0 and chunk.shape != "part":
        name = analysis.symbols[chunk.symbol].name
        spoken = name_words(_name(analysis, chunk))
        if name.lower() not in _GENERIC and len(spoken) > 5 and " " in spoken:
            hide = tuple(
                (m.start(), m.end())
                for m in re.finditer(rf"\b{re.escape(name)}\b", _embedded(chunk))
            )
            yield Query("name", spoken, hide)
    for match in _RAISE.finditer(chunk.text[: EMBEDDED_CHARACTERS - offset]):
        message = fill_message(match["message"], crc32(match["message"].encode("utf-8", "replace")))
        if len(re.findall(r"[^\W\d_]{2,}", message)) >= 4 and message.count(" ") >= 3:
            yield Query(
                "error",
                message,
                ((offset + match.start("message"), offset + match.end("message")),),
            )


def _documented(
    chunk: Chunk, comments: list[Comment], spans: tuple[tuple[int, int], ...]
) -> Iterator[Query]:
    """Doc comments and, of long definitions, comments in the body: at most two of these a chunk."""
    inner = 0
    for at, comment in enumerate(comments):
        documents = comment.formal or comment.leads or chunk.shape in ("group", "outline")
        sentence = first_sentence(comment.text)
        if not sentence or (not documents and (inner >= 2 or not is_english(sentence))):
            continue
        if documents:
            yield Query("doc", sentence, (spans[at],))
            if (more := second_sentence(comment.text)) and is_english(more):
                yield Query("detail", more, (spans[at],))
        else:
            inner += 1
            yield Query("inner", sentence, (spans[at],))
