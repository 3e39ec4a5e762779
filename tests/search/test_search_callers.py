"""Who mentions whom among candidates, and what that makes of their features."""

from __future__ import annotations

import numpy as np

from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.ranking.call_graph import calls_among
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate, features_of
from codetriever_lsp.text.terms import mention_of, mentions

QUERY = parse_query("give up retrying")


def pairs(
    names: list[str], texts: list[str], folders: list[int] | None = None
) -> set[tuple[int, int]]:
    calls = calls_among(names, [mentions(text) for text in texts], folders or [0] * len(names))
    return set(zip(calls.caller.tolist(), calls.callee.tolist(), strict=True))


def test_a_caller_mentions_the_name_that_another_defines() -> None:
    names = ["Pool.retry", "_expired", "fresh?", "x"]
    texts = [
        "while not _expired(x): send()",
        "return now > end",
        "return !_expired && x",
        "retry(fresh?)",
    ]
    assert pairs(names, texts) == {(0, 1), (2, 1), (3, 0), (3, 2)}


def test_nobody_calls_itself_nor_one_of_its_own_name_nor_another_folder() -> None:
    assert pairs(["walk", "walk", "step"], ["walk(left)", "walk(right)", "step()"]) == set()
    assert pairs(["walk", "step"], ["step()", "walk()"], [0, 1]) == set()


def test_a_name_that_many_define_is_no_name() -> None:
    texts = ["def run"] * 3 + ["task.run()"]
    assert pairs(["run", "run", "run", "main"], texts) == {(3, 0), (3, 1), (3, 2)}
    assert pairs(["run", "run", "run", "run", "main"], ["def run", *texts]) == set()


def test_candidates_without_names_or_texts_are_nobodys_callers() -> None:
    assert pairs([], []) == set()
    assert pairs(["", "ab", "12"], ["", "ab 12", "ab"]) == set()


def test_the_best_caller_counts() -> None:
    calls = calls_among(
        ["low", "high", "helper"], [mentions("helper"), mentions("helper low"), b""], [0, 0, 0]
    )
    scores = np.array([0.2, 0.9, 0.1])
    assert calls.best(scores, np.ones(len(calls.caller), bool)).tolist() == [0.9, 0.0, 0.9]
    assert calls.best(scores, np.zeros(len(calls.caller), bool)).tolist() == [0.0, 0.0, 0.0]
    assert calls.counts().tolist() == [1.0, 0.0, 2.0]


def test_callers_here_and_in_other_files_are_told_apart() -> None:
    here = FileCandidate(
        0,
        "pool.py",
        9,
        chunks=[
            Candidate(
                1,
                0,
                "definition",
                ("retry",),
                mentions=mentions("while not _expired()"),
                dense=0.5,
                lexical=8.0,
            ),
            Candidate(
                2, 1, "definition", ("_expired",), mentions=mentions("return now > end"), dense=0.25
            ),
        ],
    )
    there = FileCandidate(
        0,
        "main.py",
        9,
        chunks=[Candidate(3, 0, "text", (), mentions=mentions("retry()"), dense=1.0)],
    )
    features = features_of([here, there], QUERY)
    retry, expired = map(features.of_chunk, here.chunks)
    assert (expired["caller_dense_here"], expired["caller_lexical_here"]) == (0.5, 1.0)
    assert "caller_dense_there" not in expired
    assert retry["caller_dense_there"] == 1.0
    assert "caller_lexical_there" not in retry
    assert not {name for name in features.of_chunk(there.chunks[0]) if name.startswith("caller")}
    assert features.files["linked"].tolist() == [1.0, 0.0]
    of_here = features.of_file(here)
    assert (of_here["best_caller_dense"], of_here["best_caller_lexical"]) == (1.0, 1.0)


def test_a_name_is_known_by_its_last_word() -> None:
    assert (
        mention_of("Pool::retry_later")
        == mention_of("retry_later")
        == mention_of("_retry_later")
        != 0
    )
    assert mention_of("Größe") != mention_of("größe")
    assert mention_of("") == mention_of("id") == mention_of("2nd") == 0


def test_mentions_are_ascending_and_unique() -> None:
    found = np.frombuffer(mentions("send(send, receive) in 12 my_way"), "<u4").tolist()
    assert found == sorted({mention_of("send"), mention_of("receive"), mention_of("my_way")})
    assert mentions("") == b""
