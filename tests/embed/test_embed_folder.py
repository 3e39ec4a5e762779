from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_samples import onnx_model, static_model, tokenizer

from codetriever_lsp.embed.folder import fingerprint, inspect
from codetriever_lsp.errors import ModelError


def test_a_static_folder_tells_its_dimension_by_the_tensor(tmp_path: Path) -> None:
    found = inspect(static_model(tmp_path, 6))
    assert (found.kind, found.model_file, found.dimension) == ("static", "model.safetensors", 6)


def test_an_onnx_folder_tells_pooling_prefixes_and_budget_by_its_files(tmp_path: Path) -> None:
    onnx_model(tmp_path, 5, file="onnx/model_int8.onnx")
    (tmp_path / "1_Pooling").mkdir()
    pooling = {
        "pooling_mode_cls_token": True,
        "pooling_mode_mean_tokens": False,
        "word_embedding_dimension": 5,
    }
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (tmp_path / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "q: ", "document": "d: "}})
    )
    found = inspect(tmp_path)
    assert (found.kind, found.model_file, found.pooling) == ("onnx", "onnx/model_int8.onnx", "cls")
    assert (found.query_prefix, found.text_prefix, found.characters) == ("q: ", "d: ", 16 * 8)


def test_of_several_onnx_files_the_usual_one_is_taken_and_a_choice_is_asked_for_else(
    tmp_path: Path,
) -> None:
    onnx_model(tmp_path, file="other.onnx")
    assert inspect(tmp_path).model_file == "other.onnx"
    onnx_model(tmp_path, file="model.onnx")
    assert inspect(tmp_path).model_file == "model.onnx"
    (tmp_path / "model.onnx").rename(tmp_path / "third.onnx")
    with pytest.raises(ModelError, match="several ONNX files"):
        inspect(tmp_path)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("tokenizer.json", "no tokenizer"),
        ("model.safetensors", "neither model.safetensors"),
        (".", "no model folder"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, missing: str, says: str) -> None:
    folder = static_model(tmp_path / "model")
    (folder / missing).rename(tmp_path / "gone")
    with pytest.raises(ModelError, match=says):
        inspect(folder)


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors", "tokenizer_config.json"])
def test_damaged_files_are_model_errors(tmp_path: Path, damage: str) -> None:
    folder = static_model(tmp_path)
    (folder / damage).write_bytes(b"\xff\xff\0\0")
    with pytest.raises(ModelError, match="Copy the model again"):
        inspect(folder)


def test_the_fingerprint_changes_with_every_file_that_matters_and_with_nothing_else(
    tmp_path: Path,
) -> None:
    one, two = static_model(tmp_path / "one"), static_model(tmp_path / "two")
    first = fingerprint(inspect(one))
    assert fingerprint(inspect(two)) == first
    (two / "README.md").write_text("not part of the model")
    assert fingerprint(inspect(two)) == first
    model = two / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1] + b"\1")
    second = fingerprint(inspect(two))
    tokenizer(two, model_max_length=8)
    assert len({first, second, fingerprint(inspect(two))}) == 3
