"""Words that follow each other in a chunk as they do in the query, and names that differ from it by
a few letters."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate, features_of
from codetriever_lsp.search.retrieval.phrases import find_phrases, longest_run

MESSAGE = "Cannot create NonEmptySet from empty set"


class Texts:
    """A folder whose chunks have these texts."""

    def __init__(self, *texts: str) -> None:
        self.known = texts
        self.read: list[int] = []

    async def texts(self, ids: Collection[int]) -> dict[int, str]:
        self.read += sorted(ids)
        return {ident: self.known[ident] for ident in ids}


def file_of(*scores: tuple[float, float]) -> FileCandidate:
    chunks = [
        Candidate(at, at, "definition", (f"f{at}",), lexical=lexical, prose=prose)
        for at, (lexical, prose) in enumerate(scores)
    ]
    return FileCandidate(0, "a.py", 9, chunks=chunks)


@pytest.mark.parametrize(
    ("text", "run"),
    [
        (f'raise ValueError("{MESSAGE}")', 6),
        ('"cannot create" + what + "from EMPTY set"', 3),
        ("# from an empty set one cannot\n# create NonEmptySet", 3),  # lines end where they like
        ("from empty from empty set", 3),
        ("nothing of it", 0),
        ("", 0),
    ],
)
def test_the_longest_run_of_words(text: str, run: int) -> None:
    assert longest_run(MESSAGE.casefold().split(), text) == run


def test_a_word_that_comes_twice_is_followed_both_times() -> None:
    assert longest_run(["a", "b", "a", "c"], "x a c a b a c") == 4


async def test_only_the_best_by_words_or_by_prose_are_read() -> None:
    scores = [(1.0 + at / 100, 0.0) for at in range(20)] + [(0.0, 1.0), (0.0, 0.0)]
    source, file = Texts(*[f"throw '{MESSAGE}'"] * 22), file_of(*scores)
    await find_phrases(source, parse_query(f"Error: {MESSAGE}"), [file])  # type: ignore[arg-type]
    assert source.read == [*range(12, 20), 20]
    assert [chunk.run for chunk in file.chunks] == [0] * 12 + [6] * 9 + [0]


async def test_two_words_are_no_phrase() -> None:
    source, file = Texts("find it"), file_of((1.0, 1.0))
    await find_phrases(source, parse_query("find it"), [file])  # type: ignore[arg-type]
    assert source.read == []


async def test_a_chunk_that_is_gone_by_then_has_no_run() -> None:
    class Gone(Texts):
        async def texts(self, ids: Collection[int]) -> dict[int, str]:
            return {}

    file = file_of((1.0, 1.0))
    await find_phrases(Gone(), parse_query(MESSAGE), [file])  # type: ignore[arg-type]
    assert file.chunks[0].run == 0


def test_a_run_counts_from_what_is_no_chance_to_what_leaves_no_doubt() -> None:
    file = file_of(*[(1.0, 0.0)] * 5)
    for chunk, run in zip(file.chunks, (0, 2, 5, 8, 30), strict=True):
        chunk.run = run
    assert features_of([file], parse_query(MESSAGE)).chunks["run"].tolist() == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("typed", "name", "near"),
    [
        ("send_stauts", "sendStatus", 0.8),  # two letters swapped: one slip in ten
        ("sendStatus", "Response::send_status", 1.0),
        ("instalSigHandlers", "installSignalHandlers", 2 * 17 / 21 - 1),
        ("send_stauts", "close", 0.0),
        ("send stauts", "sendStatus", 0.0),  # not one name
        ("s" * 80, "s" * 80, 0.0),  # nobody remembers that
    ],
)
def test_a_name_is_near_by_its_letters(typed: str, name: str, near: float) -> None:
    made = FileCandidate(
        0, "a.py", 9, chunks=[Candidate(1, 0, "definition", (name,)), Candidate(2, 1, "text", ())]
    )
    found = features_of([made], parse_query(typed)).chunks["letters"]
    assert found.tolist() == pytest.approx([near, 0.0])
