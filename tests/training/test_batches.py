import json
from dataclasses import replace

import numpy as np
import pytest
from tokenizers import Tokenizer

from training.batches import Mix, build_corpus, epoch
from training.pairs import Example, Query

WORDS = [
    "[PAD]",
    "[UNK]",
    *(f"w{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
    "secret",
    "where",
    "is",
    "how",
]


OTHERS = {"wc": ("wx",), "where": ("how",)}


@pytest.fixture(scope="module")
def sources():
    model = {
        "type": "WordLevel", "unk_token": "[UNK]", "vocab": {word: at for at, word in enumerate(WORDS)},
    }  # fmt: skip
    settings = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": model,
    }
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    examples = []
    for at in range(24):
        text = f"secret {WORDS[2 + at]} {WORDS[3 + at]}"
        queries = (
            Query("doc", f"where {WORDS[2 + at]}", ((0, 6),)),
            Query("name", WORDS[3 + at], ()),
        )
        examples.append(
            Example(f"package{at % 3}", "python" if at % 2 else "go", "path", text, queries)
        )
    said = [replace(example, queries=(Query("doc", "is secret", ()),)) for example in examples[:6]]
    return build_corpus(tokenizer, examples, OTHERS), build_corpus(tokenizer, said, OTHERS)


def _epoch(sources, mix, seed=0):
    return list(epoch(sources, mix, 1000, 8, np.random.default_rng(seed)))


def test_each_text_comes_once_an_epoch(sources):
    plain = Mix(said=0, described=0, hide=0, named=0, template=0, drop_query=0, drop_text=0, path=0)
    batches = _epoch(sources, plain)
    rows = [tuple(row) for _, texts in batches for row in texts.toarray()]
    assert len(rows) == len(set(rows)) == 24
    assert all(queries.shape == texts.shape for queries, texts in batches)


def test_counts_are_raised(sources):
    plain = Mix(
        said=0, described=0, hide=0, named=0, template=0, drop_query=0, drop_text=0, path=0, power=1
    )
    for (queries, texts), (few, less) in zip(
        _epoch(sources, plain), _epoch(sources, replace(plain, power=0.5)), strict=True
    ):
        assert few.toarray() == pytest.approx(np.sqrt(queries.toarray()))
        assert less.toarray() == pytest.approx(np.sqrt(texts.toarray()))


def test_what_answers_literally_is_hidden(sources):
    secret = WORDS.index("secret")
    hidden = Mix(
        said=0, described=0, hide=1, named=0, template=0, drop_query=0, drop_text=0, path=0
    )
    for queries, texts in _epoch(sources, hidden):
        documented = queries[:, [WORDS.index("where")]].toarray()[:, 0] > 0
        assert not texts[:, [secret]].toarray()[documented].any()
        assert texts[:, [secret]].toarray()[~documented].all()


def test_the_same_seed_gives_the_same_batches(sources):
    first, second, other = (_epoch(sources, Mix(), seed) for seed in (1, 1, 2))
    same = [abs(a - b).nnz + abs(c - d).nnz for (a, c), (b, d) in zip(first, second, strict=True)]
    assert not any(same)
    assert any(abs(a - b).nnz for (a, _), (b, _) in zip(first, other, strict=True))


def test_a_share_of_the_queries_is_in_other_words(sources):
    mix = Mix(said=0.5, described=0, hide=0, named=0, template=0, drop_query=0, drop_text=0, path=0)
    where, how = WORDS.index("where"), WORDS.index("how")
    queries = np.vstack(
        [queries.toarray() for seed in range(20) for queries, _ in _epoch(sources, mix, seed)]
    )
    asked, otherwise = (queries[:, word] > 0 for word in (where, how))
    assert not (asked & otherwise).any()
    assert (
        0.15 < otherwise.sum() / (asked | otherwise).sum() < 0.45
    )  # half of them, six in ten words exchanged


def test_a_share_of_a_batch_is_described(sources):
    mix = Mix(
        said=0, described=0.25, hide=0, named=0, template=0, drop_query=0, drop_text=0, path=0
    )
    for queries, texts in _epoch(sources, mix):
        assert queries.shape == texts.shape
        described = queries[:, [WORDS.index("is")]].toarray()[:, 0] > 0
        assert described.sum() == 2
        assert described[-2:].all()
