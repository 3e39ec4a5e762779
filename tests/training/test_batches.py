import json
from dataclasses import replace

import numpy as np
import pytest
from tokenizers import Tokenizer

from training.batches import Mix, build_corpus, epoch
from training.pairs import Example, Query

WORDS = ["[PAD]", "[UNK]", *(f"w{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"), "secret", "where", "is", "how"]


@pytest.fixture(scope="module")
def corpus():
    model = {
        "type": "WordLevel", "unk_token": "[UNK]", "vocab": {word: at for at, word in enumerate(WORDS)},
    }  # fmt: skip
    settings = {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model": model}
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    examples = []
    for at in range(24):
        text = f"secret {WORDS[2 + at]} {WORDS[3 + at]}"
        queries = (Query("doc", f"where {WORDS[2 + at]}", ((0, 6),)), Query("name", WORDS[3 + at], ()))
        examples.append(Example(f"package{at % 3}", "python" if at % 2 else "go", "path", text, queries))
    return build_corpus(tokenizer, examples)


def _epoch(corpus, mix, seed=0):
    return list(epoch(corpus, mix, 1000, 8, np.random.default_rng(seed)))


def test_each_text_comes_once_an_epoch(corpus):
    plain = Mix(hide=0, named=0, template=0, drop_query=0, drop_text=0, path=0)
    batches = _epoch(corpus, plain)
    rows = [tuple(row) for _, texts in batches for row in texts.toarray()]
    assert len(rows) == len(set(rows)) == 24
    assert all(queries.shape == texts.shape for queries, texts in batches)


def test_counts_are_raised(corpus):
    plain = Mix(hide=0, named=0, template=0, drop_query=0, drop_text=0, path=0, power=1)
    for (queries, texts), (few, less) in zip(_epoch(corpus, plain), _epoch(corpus, replace(plain, power=0.5)), strict=True):
        assert few.toarray() == pytest.approx(np.sqrt(queries.toarray()))
        assert less.toarray() == pytest.approx(np.sqrt(texts.toarray()))


def test_what_answers_literally_is_hidden(corpus):
    secret = WORDS.index("secret")
    hidden = Mix(hide=1, named=0, template=0, drop_query=0, drop_text=0, path=0)
    for queries, texts in _epoch(corpus, hidden):
        documented = queries[:, [WORDS.index("where")]].toarray()[:, 0] > 0
        assert not texts[:, [secret]].toarray()[documented].any()
        assert texts[:, [secret]].toarray()[~documented].all()


def test_the_same_seed_gives_the_same_batches(corpus):
    first, second, other = (_epoch(corpus, Mix(), seed) for seed in (1, 1, 2))
    same = [abs(a - b).nnz + abs(c - d).nnz for (a, c), (b, d) in zip(first, second, strict=True)]
    assert not any(same)
    assert any(abs(a - b).nnz for (a, _), (b, _) in zip(first, other, strict=True))
