"""Settings: what can be set, where it may come from, and what is refused.

User scope (`EngineSettings`): defaults, then the user's configuration file, then `CODETRIEVER_*`
variables, then what the editor passes. Nothing of it is ever read from a workspace. Workspace scope
(`IndexSettings`) can only narrow what is indexed.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import platformdirs

from codetriever_lsp.errors import SettingsError

__all__ = [
    "DEFAULT_MODEL",
    "EngineSettings",
    "IndexSettings",
    "config_file",
    "load_engine_settings",
    "merge",
]

S = TypeVar("S", bound=msgspec.Struct)

DEFAULT_MODEL = "static-code-256"
"""The model inside the package."""


class IndexSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=False):
    """What of a workspace is indexed. `include` and `exclude` are gitignore-style globs; an empty
    `include` takes all.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_bytes: int = 1_000_000
    languages_off: tuple[str, ...] = ()


class EngineSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=False):
    """What one user's engine runs with.

    `model` is the bundled model, a name of fastembed's catalogue, or "none"; `model_path` a local
    folder that holds the model's files (static or ONNX), and then `model` is only its name.
    `allow_download` lets a catalogue model be fetched. `largest_file_bytes` bounds what a workspace
    may ask for with `max_file_bytes`. `threads` 0 means one fewer than the cores, at least one.
    `linger_s`: how long the engine stays after its last client. `battery_saver`: whether to index
    at half speed while the system saves power.
    """

    cache_dir: str = ""
    model: str = DEFAULT_MODEL
    model_path: str = ""
    allow_download: bool = False
    threads: int = 0
    largest_file_bytes: int = 1_000_000
    linger_s: float = 30.0
    battery_saver: bool = True
    watcher: Literal["native", "polling", "off"] = "native"
    qdrant_url: str = ""
    qdrant_api_key: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def config_file() -> Path:
    """The user's configuration file; it need not exist."""
    return Path(
        os.environ.get("CODETRIEVER_CONFIG")
        or Path(platformdirs.user_config_dir("codetriever")) / "config.toml"
    )


def default_cache_dir() -> str:
    return platformdirs.user_cache_dir("codetriever")


def load_engine_settings(
    client: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> EngineSettings:
    """User-scope settings from all sources, the later ones winning; `client` is what the editor
    passes (camelCase keys).

    Raises SettingsError naming the source, the key and what is accepted.
    """
    settings = EngineSettings(cache_dir=default_cache_dir())
    file = config_file()
    if file.is_file():
        settings = merge(settings, _read_toml(file), str(file))
    settings = merge(
        settings, _from_environment(os.environ if environ is None else environ), "environment"
    )
    return merge(settings, dict(client or {}), "editor settings")


def merge(settings: S, values: Mapping[str, Any], source: str) -> S:
    """`settings` with `values` (camelCase or snake_case keys, unknown ones ignored) over them;
    raises SettingsError.
    """
    names = {
        wire: field
        for field, wire in zip(
            settings.__struct_fields__, settings.__struct_encode_fields__, strict=True
        )
    }
    known = {names.get(key, key): value for key, value in values.items()}
    known = {
        key: value
        for key, value in known.items()
        if key in settings.__struct_fields__ and value is not None
    }
    current = {field: getattr(settings, field) for field in settings.__struct_fields__}
    wire = {key: (known.get(field, current[field])) for key, field in names.items()}
    try:
        return msgspec.convert(wire, type(settings), strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {error}") from error


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{file}: {error}. Mend the file, or move it away to use the defaults."
        ) from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    fields = EngineSettings.__struct_fields__
    return {
        field: environ[name]
        for field in fields
        if (name := f"CODETRIEVER_{field.upper()}") in environ
    }
