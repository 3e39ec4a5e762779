from training.descriptions import chunk_digest, described, read_descriptions
from training.pairs import Example, Query
from training.thesaurus import paraphrase, thesaurus


def test_words_are_exchanged_for_what_they_are_also_called() -> None:
    others = {"refresh": ("renew",), "token": ("access key",)}
    said = {paraphrase("Refreshes the token of a session", others, seed) for seed in range(20)}
    assert said == {
        "Refreshes the token of a session",
        "renew the token of a session",
        "Refreshes the access key of a session",
        "renew the access key of a session",
    }
    assert paraphrase("Refreshes the token", others, 3) == paraphrase(
        "Refreshes the token", others, 3
    )
    assert paraphrase("nothing of it", others, 1) == "nothing of it"


def test_the_thesaurus_is_that_of_the_search() -> None:
    assert "renew" in thesaurus()["refresh"]


def test_descriptions_are_asked_for_and_documentation_is_what_can_be_hidden(tmp_path) -> None:
    file = tmp_path / "descriptions.jsonl"
    text = "/// Renews it.\nfn refresh() {}"
    file.write_text(
        f'{{"package": "npm/a", "chunk": "{chunk_digest(text)}", "said": ["get a new one", "how is it renewed"]}}\n',
        "utf-8",
    )
    queries = (Query("doc", "Renews it", ((0, 14),)), Query("name", "refresh it", ((18, 25),)))
    examples = [
        Example("npm/a", "rust", "a", text, queries),
        Example("npm/b", "rust", "a", text, queries),
    ]
    (found,) = described(examples, read_descriptions(file))
    assert found.package == "npm/a"
    assert [query.text for query in found.queries] == ["get a new one", "how is it renewed"]
    assert {query.hide for query in found.queries} == {((0, 14),)}
