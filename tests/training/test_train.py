import json

import numpy as np
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from training.model import StaticModel, count_tokens, read_safetensors, unit, write_safetensors
from training.quantise import exact_in_float64, quantise
from training.train import loss_and_gradient
from training.vocabulary import tokenizer_settings


def _batch(seed, shape=(6, 20)):
    random = np.random.default_rng(seed)
    return csr_matrix(
        random.integers(0, 3, shape).astype(np.float32) + np.eye(*shape, dtype=np.float32)
    )


def test_the_gradient_is_that_of_the_loss():
    rows = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    queries, texts = _batch(1), _batch(2)
    _, gradient = loss_and_gradient(rows, queries, texts, 0.5)
    for at in ((0, 0), (3, 1), (7, 3)):
        step = np.zeros_like(rows)
        step[at] = 1e-2
        up, down = (
            loss_and_gradient(rows + sign * step, queries, texts, 0.5)[0] for sign in (1, -1)
        )
        assert abs((up - down) / 2e-2 - gradient[at]) < 2e-3


def test_safetensors_round_trip(tmp_path):
    tensors = {
        "embeddings": np.arange(6, dtype="i1").reshape(2, 3),
        "weights": np.array([0.5, 2], dtype="<f4"),
    }
    write_safetensors(tmp_path / "x", tensors)
    back = read_safetensors(tmp_path / "x")
    assert list(back) == ["embeddings", "weights"]
    assert all((back[name] == tensors[name]).all() for name in tensors)
    first = (tmp_path / "x").read_bytes()
    write_safetensors(tmp_path / "x", tensors)
    assert (tmp_path / "x").read_bytes() == first


def test_quantised_rows_point_where_they_did():
    rows = (
        np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32)
        * np.linspace(0.1, 3, 50, dtype=np.float32)[:, None]
    )
    integers, weights = quantise(rows)
    back = integers.astype(np.float32) * weights[:, None]
    assert (unit(back) * unit(rows)).sum(axis=1).min() > 0.999
    assert exact_in_float64(weights)


def test_the_tokenizer_separates_what_code_runs_together(tmp_path):
    start = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
        "post_processor": None, "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {}},
    }  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(start))
    words = ["[PAD]", "[UNK]", "get", "http", "server", "2", "url", "unicode", "日", "本"]
    tokenizer = Tokenizer.from_str(json.dumps(tokenizer_settings(tmp_path, words)))
    assert tokenizer.encode("getHTTPServer2_url(Ünïcode) -> 日本").tokens == words[2:]
    counts = count_tokens(tokenizer, ["get get nonsense", "2"])
    assert counts.toarray()[:, 2:6].tolist() == [[2, 0, 0, 0], [0, 0, 0, 1]]
    assert (
        StaticModel(tokenizer, np.eye(len(words), dtype=np.float32), 0.5).embed(["nonsense"]).sum()
        == 0
    )
