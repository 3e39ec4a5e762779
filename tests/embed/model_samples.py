"""Tiny models in folders, as people would have them on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = [
    "[PAD]",
    "[UNK]",
    "find",
    "the",
    "file",
    "open",
    "close",
    "socket",
    "read",
    "write",
    "parse",
    "tree",
]


def tokenizer(folder: Path, **config: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = Tokenizer(
        WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = Whitespace()
    made.save(str(folder / "tokenizer.json"))
    settings = {"model_max_length": 16, "pad_token": "[PAD]", "unk_token": "[UNK]", **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def table(dimension: int, dtype: str = "<f4") -> np.ndarray:
    return np.random.default_rng(7).standard_normal((len(WORDS), dimension)).astype(dtype)


def static_model(
    folder: Path, dimension: int = 6, rows: np.ndarray | None = None, **config: object
) -> Path:
    tokenizer(folder)
    values = table(dimension, "<f2") if rows is None else rows
    head = {
        "embeddings": {
            "dtype": "F16",
            "shape": list(values.shape),
            "data_offsets": [0, values.nbytes],
        }
    }
    text = json.dumps(head).encode()
    (folder / "model.safetensors").write_bytes(
        len(text).to_bytes(8, "little") + text + values.tobytes()
    )
    (folder / "config.json").write_text(json.dumps({"hidden_dim": values.shape[1], **config}))
    return folder


def onnx_model(
    folder: Path,
    dimension: int = 5,
    *,
    pooled: bool = False,
    rows: np.ndarray | None = None,
    file: str = "model.onnx",
) -> Path:
    """Looks each token up and adds the largest number of the whole batch, so that a text in a batch
    depends on the others."""
    tokenizer(folder)
    values = table(dimension) if rows is None else rows
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["found"]),
        helper.make_node("ReduceMax", ["found"], ["largest"], keepdims=0),
        helper.make_node("Add", ["found", "largest"], ["last_hidden_state"]),
        helper.make_node(
            "ReduceMean", ["last_hidden_state", "axis"], ["sentence_embedding"], keepdims=0
        ),
    ]
    output = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", values.shape[1]]
    )
    if pooled:
        output = helper.make_tensor_value_info(
            "sentence_embedding", TensorProto.FLOAT, ["batch", values.shape[1]]
        )
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    weights = [
        numpy_helper.from_array(values, "table"),
        numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
    ]
    graph = helper.make_graph(nodes if pooled else nodes[:3], "tiny", inputs, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    (folder / file).parent.mkdir(exist_ok=True)
    onnx.save(model, str(folder / file))
    (folder / "config.json").write_text(json.dumps({"hidden_size": values.shape[1]}))
    return folder
