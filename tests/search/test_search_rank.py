"""The order of an answer and what its scores say, on candidates made by hand."""

from __future__ import annotations

import pytest

from codetriever_lsp.model import MODES
from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate, features_of
from codetriever_lsp.search.ranking.linear_model import contributions, rank, score_all, table_for

QUERY = parse_query("retry a request")


def files(count: int, chunks: int = 2) -> list[FileCandidate]:
    """Files of falling worth, the chunks of each of falling worth too."""
    made = []
    for number in range(count):
        strength = 1 - number / (2 * count)
        candidates = [
            Candidate(
                10 * number + at,
                at,
                "definition",
                (f"work_{at}",),
                "function",
                9,
                strength - at / 9,
                strength - at / 9,
            )
            for at in range(chunks)
        ]
        made.append(FileCandidate(0, f"src/part{number}.py", 100, chunks=candidates))
    return made


def test_the_first_places_are_one_a_file_then_comes_what_is_left() -> None:
    ranked = rank(files(12), QUERY, 20, table_for(words=True, meaning=True))
    front = [place.file.path for place in ranked[:7]]
    assert front == [f"src/part{number}.py" for number in range(7)]
    assert len(ranked) == 20
    assert len({place.chunk.id for place in ranked}) == 20
    assert {place.file.path for place in ranked[7:]} & set(front)


def test_scores_never_rise_and_lie_between_0_and_1() -> None:
    scores = [
        place.score for place in rank(files(12), QUERY, 20, table_for(words=True, meaning=True))
    ]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_an_answer_that_covers_the_query_is_trusted_more() -> None:
    covered, bare = files(3), files(3)
    for chunk in [chunk for file in covered + bare for chunk in file.chunks]:
        chunk.dense /= 2  # a cosine of 1, as `files` has it, says enough by itself
    for chunk in [chunk for file in covered for chunk in file.chunks]:
        chunk.cover = 0.9
    table = table_for(words=True, meaning=True)
    assert (
        rank(covered, QUERY, 1, table)[0].score
        > rank(bare, QUERY, 1, table, missing=1.0)[0].score + 0.3
    )


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_has_a_table_that_knows_only_its_features(mode: str) -> None:
    table = table_for(words=mode != "semantic", meaning=mode != "lexical")
    assert table.keys() == {"file", "chunk", "inside", "answer", "chance"}
    assert ("dense" in table["chunk"]) == (mode != "lexical")
    assert ("lexical" in table["chunk"]) == (mode != "semantic")
    made = files(1)
    features = features_of(made, QUERY)
    assert table["file"].keys() <= features.files.keys()
    assert table["chunk"].keys() | table["inside"].keys() <= features.chunks.keys()
    assert table["chunk"].keys().isdisjoint(table["inside"].keys())
    assert {"dense", "lines", "definition", "kind_function"} <= features.of_chunk(
        made[0].chunks[0]
    ).keys()


def test_no_candidates_give_no_places_and_the_best_is_explained() -> None:
    table = table_for(words=True, meaning=True)
    assert rank([], QUERY, 10, table) == []
    score_all([], features_of([], QUERY), table)
    assert rank([FileCandidate(0, "a.py", 3)], QUERY, 10, table) == []
    made = files(2)
    made[0].chunks[0].written = 0.5
    place = rank(made, QUERY, 1, table)[0]
    added = contributions(place)
    assert any(name.startswith("inside.") for name in added)
    told = sum(value for name, value in added.items() if not name.startswith("inside."))
    assert told == pytest.approx(place.file.score, abs=0.01)


def test_a_file_with_two_chunks_that_answer_is_before_one_with_one() -> None:
    table = table_for(words=True, meaning=True)
    one, two = files(1, chunks=1)[0], files(1, chunks=1)[0]
    one.path, two.path = "src/a.py", "src/b.py"
    again = Candidate(
        77, 1, "definition", ("work_1",), "function", 9, two.chunks[0].dense, two.chunks[0].lexical
    )
    two.chunks.append(again)
    assert rank([one, two], QUERY, 1, {**table, "file": {}})[0].file is two


def test_what_counts_inside_a_file_moves_no_file() -> None:
    table = table_for(words=True, meaning=True)
    for inside in ({"test": -5.0}, {"test": 5.0}):
        made = files(3)
        made[0].chunks[0].test = True
        score_all(made, features_of(made, QUERY), {**table, "inside": inside})
        assert [round(file.score, 9) for file in made] == sorted(
            (round(file.score, 9) for file in made), reverse=True
        )
        assert (made[0].chunks[0].ordinal == 0) == (inside["test"] > 0)


def test_a_test_is_behind_what_it_tests_unless_tests_are_sought() -> None:
    table = table_for(words=True, meaning=True)
    for text, first in (("sends a request again", 1), ("test that sends a request again", 0)):
        chunks = [
            Candidate(
                at,
                at,
                "definition",
                ("send_again",),
                "function",
                9,
                0.6,
                9.0,
                test=at == 0,
                written=0.1,
            )
            for at in (0, 1)
        ]
        place = rank(
            [FileCandidate(0, "src/a.rs", 90, chunks=chunks)], parse_query(text), 1, table
        )[0]
        assert place.chunk.id == first


def test_a_file_that_stands_for_its_folder_goes_by_the_name_of_the_folder() -> None:
    query = parse_query("url encoded bodies")
    made = [
        FileCandidate(0, path, 9, chunks=[Candidate(at, 0, "text", ())])
        for at, path in enumerate(("x/urlencoded/mod.rs", "x/other.rs"))
    ]
    features = features_of(made, query)
    assert features.files["stem_equal"].tolist() == [1.0, 0.0]
    assert features.files["front"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("meaning", [True, False])
def test_who_types_a_name_is_shown_where_it_is_defined(meaning: bool) -> None:
    query = parse_query("Field")
    chunks = [
        Candidate(0, 0, "definition", ("Field",), "function", 60, 0.3, 0.5),
        Candidate(1, 1, "part", ("Field",), "function", 60, 0.5, 1.0),
        Candidate(2, 2, "definition", ("attribute_of",), "method", 60, 0.5, 1.0),
    ]
    (place,) = rank(
        [FileCandidate(0, "fields.py", 200, chunks=chunks)],
        query,
        1,
        table_for(words=True, meaning=meaning),
    )
    assert place.chunk.id == 0
    asked = parse_query("where is a Field made")
    (place,) = rank(
        [FileCandidate(0, "fields.py", 200, chunks=chunks)],
        asked,
        1,
        table_for(words=True, meaning=meaning),
    )
    assert place.chunk.id != 0
