"""Names in other words, by the thesaurus."""

from __future__ import annotations

from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate, features_of
from codetriever_lsp.search.ranking.synonyms import entries, said_otherwise


def test_each_entry_has_a_word_and_what_else_it_is_called() -> None:
    found = list(entries())
    assert len(found) == len({word for word, _ in found}) > 3000
    assert sum(bool(others) for _, others in found) > 0.99 * len(found)
    assert all(word.isascii() and word == word.lower() and word for word, _ in found)


def test_a_word_is_said_by_its_alternatives_and_the_rarer_the_better() -> None:
    said = said_otherwise(parse_query("renew the access token").stems)
    assert said["refresh"].worth > 0.9
    assert said["refresh"].by == ("renew",)
    common = said_otherwise(parse_query("value").stems)
    assert max(other.worth for other in common.values()) < said["refresh"].worth
    assert said_otherwise(frozenset()) == {}
    assert all(0 < other.worth <= 1 for other in said.values())


def test_a_pasted_log_is_no_description() -> None:
    words = [word for word, _ in entries()]
    assert said_otherwise(parse_query(" ".join(words[:40])).stems)
    assert said_otherwise(parse_query(" ".join(words[:400])).stems) == {}


def test_a_name_in_other_words_counts_for_the_chunk_that_has_it() -> None:
    query = parse_query("renew the access token")
    names = ("refreshCredential", "drawCircle", "")
    chunks = [
        Candidate(at, at, "definition", (name,) if name else ()) for at, name in enumerate(names)
    ]
    columns = features_of([FileCandidate(0, "a.py", 9, chunks=chunks)], query).chunks
    share, only, cover = (
        columns[name].tolist() for name in ("alias_share", "alias_only", "alias_cover")
    )
    assert share[0] > 0.4 > share[1] >= share[2] == 0
    assert only[0] == share[0]
    assert cover[0] > cover[1]
    same = features_of(
        [FileCandidate(0, "a.py", 9, chunks=[Candidate(0, 0, "definition", ("renewToken",))])],
        query,
    ).chunks
    assert same["alias_share"][0] == 1.0
    assert same["alias_only"][0] == 0.0


def test_other_scripts_have_no_other_words() -> None:
    columns = features_of(
        [FileCandidate(0, "a.py", 9, chunks=[Candidate(0, 0, "definition", ("отправить",))])],
        parse_query("отправить письмо"),
    ).chunks
    assert columns["alias_only"].tolist() == [0.0]
