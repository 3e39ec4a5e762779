"""From settings to a model: which one it is (cheap), and the model itself (seconds, imports
fastembed).
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from importlib import resources
from pathlib import Path

import msgspec

from codetriever_lsp.embed.catalogue import locate, measure
from codetriever_lsp.embed.embedder import Embedder, ModelInfo
from codetriever_lsp.embed.folder import ModelFolder, fingerprint, inspect
from codetriever_lsp.errors import ModelError
from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.settings import EngineSettings

__all__ = ["NO_MODEL", "ModelInfo", "describe", "load"]

NO_MODEL = "none"
"""The setting for an index without vectors of meaning."""

_PREFIXES = {
    "intfloat/multilingual-e5": ("query: ", "passage: "),
    "nomic-ai/nomic-embed": ("search_query: ", "search_document: "),
    "snowflake/snowflake-arctic-embed": (
        "Represent this sentence for searching relevant passages: ",
        "",
    ),
    "mixedbread-ai/mxbai-embed": ("Represent this sentence for searching relevant passages: ", ""),
}
"""What models of the catalogue were trained to see before queries and texts, from their model
cards."""


@dataclass(frozen=True, slots=True)
class _Found:
    folder: ModelFolder
    source: str
    catalogue: bool


def describe(settings: EngineSettings) -> ModelInfo:
    """Which model the settings name. Reads and hashes files, imports nothing heavy; ModelError says
    what to do.

    A model of fastembed's catalogue is looked for in a process of its own, once (seconds; minutes
    when it is downloaded), and so is the dimension of a folder whose files do not tell it: call
    this in a thread.
    """
    return _info(settings, _find(settings))


def load(settings: EngineSettings) -> Embedder | None:
    """The model, ready to embed with `settings.threads` threads; None where the settings say
    "none". Raises ModelError.

    Nothing is downloaded here: `describe` has done that.
    """
    if (found := _find(settings)) is None:
        return None
    os.environ["HF_HUB_OFFLINE"] = "1"
    info = _info(settings, found)
    if info.kind == "static":
        from codetriever_lsp.embed.static import StaticEmbedder

        return StaticEmbedder(found.folder, info)
    from codetriever_lsp.embed.onnx import OnnxEmbedder

    threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
    return OnnxEmbedder(found.folder, info, threads=threads, catalogue=found.catalogue)


def _info(settings: EngineSettings, found: _Found | None) -> ModelInfo:
    if found is None:
        return ModelInfo(NO_MODEL, 0, NO_MODEL, "", "none")
    mark = fingerprint(found.folder)
    dimension = found.folder.dimension or _measured(found.folder, mark, Path(settings.cache_dir))
    return ModelInfo(settings.model, dimension, mark, found.source, found.folder.kind)


def _find(settings: EngineSettings) -> _Found | None:
    if settings.model_path:
        path = Path(settings.model_path).expanduser()
        if not path.is_absolute():
            raise ModelError(f'modelPath "{settings.model_path}" must be an absolute path.')
        return _Found(inspect(path), str(path), catalogue=False)
    if settings.model == NO_MODEL:
        return None
    bundled = Path(str(resources.files("codetriever_lsp.embed").joinpath("models", settings.model)))
    if bundled.parent.name == "models" and bundled.is_dir():
        return _Found(inspect(bundled), "bundled", catalogue=False)
    return _from_catalogue(settings)


def _from_catalogue(settings: EngineSettings) -> _Found:
    """A model of fastembed's catalogue. Where it is gets remembered, for asking takes seconds."""
    models = Path(os.environ.get("FASTEMBED_CACHE_PATH") or Path(settings.cache_dir) / "models")
    name = settings.model
    note = models / f"{blake2b(name.lower().encode(), digest_size=8).hexdigest()}.json"
    remembered = _read_note(note)
    known = (
        bool(remembered)
        and (Path(str(remembered["path"])) / str(remembered["model_file"])).is_file()
    )
    if not known:
        remembered = locate(name, models, download=settings.allow_download)
    folder = inspect(Path(str(remembered["path"])), str(remembered["model_file"]))
    if not known:
        _write_note(
            note, remembered
        )  # a folder that lacks a file is not remembered: the next download completes it
    prefixes = next(
        (pair for start, pair in _PREFIXES.items() if name.lower().startswith(start)), None
    )
    query, text = prefixes or (folder.query_prefix, folder.text_prefix)
    dimension = int(str(remembered["dimension"]))
    return _Found(
        replace(folder, dimension=dimension, query_prefix=query, text_prefix=text),
        name,
        catalogue=True,
    )


def _measured(folder: ModelFolder, mark: str, cache: Path) -> int:
    note = cache / "models" / f"{mark}.json"
    remembered = _read_note(note)
    if not remembered:
        remembered = {
            "path": str(folder.path),
            "model_file": folder.model_file,
            "dimension": measure(folder.path),
        }
        _write_note(note, remembered)
    return int(str(remembered["dimension"]))


def _write_note(note: Path, content: dict[str, object]) -> None:
    """Only saves time: where it cannot be written, the question is asked again."""
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(note, msgspec.json.encode(content))


def _read_note(note: Path) -> dict[str, object]:
    try:
        found = msgspec.json.decode(note.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.DecodeError):
        return {}
    return found if {"path", "model_file", "dimension"} <= found.keys() else {}
