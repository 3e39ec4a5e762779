"""Places that do what some given lines do: by their meaning and by their words; the lines
themselves never.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.model import Filters, Hit
from codetriever_lsp.search.hits import make_hits
from codetriever_lsp.search.query import check_limit
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate
from codetriever_lsp.search.ranking.linear_model import Ranked
from codetriever_lsp.search.retrieval.candidates import narrow, passing
from codetriever_lsp.search.searcher import EmbedQuery, check_filters, chosen_sources
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.sql.rows import ChunkHead, ChunkRow
from codetriever_lsp.store.vectors.interface import VectorQuery
from codetriever_lsp.text.lines import split_lines
from codetriever_lsp.text.terms import query_terms, query_vector

__all__ = ["similar"]

_DEPTH = 200
_TERMS = 64
"""Terms of the selection that the lexical query asks for, the longest first: long words tell more
than short ones."""
_MEANING = 0.7
"""Share of meaning in the score, the rest being words; without a model it is all words."""


async def similar(
    sources: Sequence[Source],
    embed: EmbedQuery,
    at: tuple[Source, str],
    lines: tuple[int, int],
    limit: int,
    filters: Filters,
) -> list[Hit]:
    """The `limit` places most like the lines `lines` (from 0, inclusive) of a file; a single line
    stands for its chunk.
    """
    check_limit(limit)
    check_filters(filters)
    chosen = chosen_sources(sources, filters)
    chunks = await at[0].file_chunks(at[1])
    inside = [chunk for chunk in chunks if _overlaps(chunk, *lines)]
    if not inside:
        raise BadRequest(f"{at[1]} has no indexed text at line {lines[0] + 1}")
    text = inside[0].text if lines[0] == lines[1] else _selected(inside, *lines)
    if not query_terms(text):
        raise BadRequest("the selection has no letter or digit; select some code")
    selected = at[0].root / at[1]
    ranked: list[Ranked] = []
    vector = await embed(text)
    for number, source in enumerate(chosen):
        files = source.files()
        where = narrow(files, filters)
        terms = dict(sorted(query_terms(text).items(), key=lambda item: -len(item[0]))[:_TERMS])
        queries = [VectorQuery("lexical", query_vector(terms), _DEPTH)]
        if vector is not None and vector.any():
            queries.append(VectorQuery("dense", vector, _DEPTH))
        answers = [dict(answer) for answer in await source.store.search(queries, where)]
        own = await _chunks_at(source, selected, lines)
        heads = await source.heads({ident for answer in answers for ident in answer} - own)
        found = [
            (FileCandidate(number, files[head.file].path, 0), head)
            for head in passing(heads.values(), files, where)
        ]
        ranked += _score(found, answers)
    ranked = _without_doubles(chosen, ranked)
    ranked.sort(
        key=lambda place: (-place.score, place.file.folder, place.file.path, place.chunk.ordinal)
    )
    return await make_hits(chosen, ranked[:limit], None, explain=False)


async def _chunks_at(source: Source, file: Path, lines: tuple[int, int]) -> set[int]:
    """The chunks of one folder that show these lines; none if the file is not in it."""
    if not file.is_relative_to(source.root):
        return set()
    chunks = await source.file_chunks(file.relative_to(source.root).as_posix())
    return {chunk.id for chunk in chunks if _overlaps(chunk, *lines)}


def _score(
    found: Sequence[tuple[FileCandidate, ChunkHead]], answers: list[dict[int, float]]
) -> list[Ranked]:
    lexical, dense = answers[0], answers[1] if len(answers) > 1 else {}
    top = max(lexical.values(), default=1.0)
    share = _MEANING if dense else 0.0
    ranked: list[Ranked] = []
    for file, head in found:
        words = (1 - share) * lexical.get(head.id, 0.0) / top
        meaning = share * max(0.0, dense.get(head.id, 0.0))
        chunk = Candidate(head.id, head.ordinal, head.shape, (head.name,))
        ranked.append(Ranked(file, chunk, min(1.0, words + meaning)))
    return ranked


def _without_doubles(sources: Sequence[Source], ranked: list[Ranked]) -> list[Ranked]:
    """Of a file that two nested folders hold, the places in the inner one."""
    if len(sources) == 1:
        return ranked
    inner: dict[Path, int] = {}
    for place in ranked:
        number = place.file.folder
        path = sources[number].root / place.file.path
        if path not in inner or len(sources[inner[path]].root.parts) < len(
            sources[number].root.parts
        ):
            inner[path] = number
    return [
        place
        for place in ranked
        if inner[sources[place.file.folder].root / place.file.path] == place.file.folder
    ]


def _overlaps(chunk: ChunkRow, first: int, last: int) -> bool:
    return chunk.span.start.line <= last and chunk.span.end.line >= first


def _selected(chunks: Sequence[ChunkRow], first: int, last: int) -> str:
    """The selected lines; chunks follow each other without a gap."""
    start = chunks[0].span.start.line
    lines = [
        line
        for chunk in chunks
        for line in split_lines(chunk.text)[: chunk.span.end.line - chunk.span.start.line + 1]
    ]
    return "\n".join(lines[max(0, first - start) : last - start + 1])
