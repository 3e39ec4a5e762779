"""What the files of a model's folder say about it, without importing anything that could run it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from codetriever_lsp.errors import ModelError

__all__ = ["ModelFolder", "Pooling", "fingerprint", "inspect", "read_json", "tensor_heads"]

Pooling = Literal["mean", "cls", "last"]

_ADAPTER = "1"
"""Raised whenever the same files would give other vectors than before."""

_STATIC = "model.safetensors"
_ONNX = ("model.onnx", "model_optimized.onnx", "model_quantized.onnx", "model_int8.onnx")
_SETTINGS = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "1_Pooling/config.json",
             "config_sentence_transformers.json")  # fmt: skip
_CHARACTERS_PER_TOKEN = 8
"""Generous for code (about 3.5 with indentation): what is cut off would nearly always be cut off by
the tokeniser as well."""
_MOST_CHARACTERS = 16_384
_DEFAULT_TOKENS = 512


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """`dimension` is 0 where the files do not tell. `characters`: what of a text is worth
    tokenising.

    `query_prefix` and `text_prefix` are what the model was trained to see before queries and texts.
    `count_power`, of a static model: a token that comes n times in a text counts like n to this
    power.
    """

    path: Path
    kind: Literal["static", "onnx"]
    model_file: str
    dimension: int
    pooling: Pooling
    characters: int
    query_prefix: str
    text_prefix: str
    count_power: float = 1.0


def inspect(path: Path, model_file: str = "") -> ModelFolder:
    """Read the small files of a folder that holds a static (safetensors) or an ONNX model.

    Raises ModelError saying what is missing. `model_file` names the file to use where there are
    several.
    """
    if not path.is_dir():
        raise ModelError(
            f"There is no model folder {path}. Set modelPath to a folder with the model's files, or clear it."
        )
    if not (path / "tokenizer.json").is_file():
        raise ModelError(
            f"The model folder {path} has no tokenizer.json. Copy all files of the model into it."
        )
    config = read_json(path / "config.json")
    prompts = _mapping(read_json(path / "config_sentence_transformers.json").get("prompts"))
    static = path / (model_file or _STATIC)
    is_static = (
        static.suffix == ".safetensors"
        and static.is_file()
        and "embeddings" in (header := tensor_heads(static)[1])
    )
    return ModelFolder(
        path=path,
        kind="static" if is_static else "onnx",
        model_file=static.name if is_static else model_file or _onnx_file(path),
        dimension=int(header["embeddings"]["shape"][1]) if is_static else _dimension(path, config),
        pooling=_pooling(path, config),
        characters=min(_tokens(path, config) * _CHARACTERS_PER_TOKEN, _MOST_CHARACTERS),
        query_prefix=str(prompts.get("query", "")),
        text_prefix=str(prompts.get("document", prompts.get("passage", ""))),
        count_power=_count_power(config) if is_static else 1.0,
    )


def fingerprint(folder: ModelFolder) -> str:
    """32 hex digits that change with the model's bytes, its settings and the way it is used
    here.
    """
    files = [
        folder.path / name for name in (folder.model_file, f"{folder.model_file}_data", *_SETTINGS)
    ]
    parts = [
        _ADAPTER,
        folder.kind,
        folder.pooling,
        folder.query_prefix,
        folder.text_prefix,
        str(folder.characters),
    ]
    return _hash([*parts, *(_file_hash(file) for file in files if file.is_file())])


def read_json(file: Path) -> dict[str, Any]:
    """The object in `file`; an empty one where there is no such file. Raises ModelError where it is
    not JSON.
    """
    try:
        return _mapping(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The model's file {file} cannot be read: {error}. Copy the model again."
        ) from error


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _onnx_file(path: Path) -> str:
    found = sorted(
        file.relative_to(path).as_posix()
        for pattern in ("*.onnx", "onnx/*.onnx")
        for file in path.glob(pattern)
    )
    preferred = [name for known in _ONNX for name in found if name.rsplit("/", 1)[-1] == known]
    if preferred or len(found) == 1:
        return (preferred or found)[0]
    what = (
        f"several ONNX files and none is called {_ONNX[0]}"
        if found
        else f"neither {_STATIC} nor an ONNX file"
    )
    raise ModelError(f"The model folder {path} holds {what}. Leave the one file to use in it.")


def tensor_heads(file: Path) -> tuple[int, dict[str, Any]]:
    """Where the numbers of a safetensors file begin, and "dtype", "shape" and "data_offsets" of
    each tensor.

    It starts with an 8-byte little-endian length, and a JSON object of so many bytes. Raises
    ModelError where that is damaged.
    """
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            head = _mapping(json.loads(stream.read(min(length, 10_000_000))))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The model's file {file} is damaged: {error}. Copy the model again."
        ) from error
    head.pop("__metadata__", None)
    return 8 + length, head


def _dimension(path: Path, config: dict[str, Any]) -> int:
    found = read_json(path / "1_Pooling" / "config.json").get("word_embedding_dimension")
    for value in (
        found,
        *(config.get(key) for key in ("hidden_size", "d_model", "dim", "hidden_dim", "n_embd")),
    ):
        if isinstance(value, int) and value > 0:
            return value
    return 0


def _pooling(path: Path, config: dict[str, Any]) -> Pooling:
    pooling = read_json(path / "1_Pooling" / "config.json")
    named = str(config.get("pooling", "")).lower()
    if pooling.get("pooling_mode_cls_token") or named == "cls":
        return "cls"
    if pooling.get("pooling_mode_lasttoken") or named.startswith("last"):
        return "last"
    return "mean"


def _count_power(config: dict[str, Any]) -> float:
    power = config.get("count_power", 1.0)
    if not isinstance(power, int | float) or not 0 <= power <= 1:
        raise ModelError(
            f"count_power in the model's config.json must be a number from 0 to 1, not {power!r}."
        )
    return float(power)


def _tokens(path: Path, config: dict[str, Any]) -> int:
    tokenizer = read_json(path / "tokenizer_config.json")
    limits = (
        tokenizer.get("model_max_length"),
        tokenizer.get("max_length"),
        config.get("max_length"),
    )
    usable = [limit for limit in limits if isinstance(limit, int) and 0 < limit < 1_000_000]
    return min(usable, default=_DEFAULT_TOKENS)


def _file_hash(file: Path) -> str:
    status = file.stat()
    return _hash_of(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _hash_of(file: Path, _size: int, _mtime_ns: int) -> str:
    digest = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _hash(parts: Iterable[str]) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
