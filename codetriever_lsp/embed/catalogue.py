"""Questions about models that only fastembed can answer, asked in a process of their own: where a
model of its catalogue is, and how many numbers a local model gives.

Importing fastembed takes seconds and holds the interpreter, downloads print to stdout and may be
killed half-way; none of it belongs into the engine. The program (`python -m
codetriever_lsp.embed.catalogue`) is told `locate NAME CACHE DOWNLOAD(0|1)` or `measure FOLDER` and
prints one JSON object with the answer, or with `error`. It ends when its stdin does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from codetriever_lsp.embed.embedder import ModelInfo
from codetriever_lsp.embed.folder import inspect
from codetriever_lsp.errors import ModelError
from codetriever_lsp.platform.stdio import take_stdio
from codetriever_lsp.platform.subprocesses import ask_helper, exit_at_end_of, module_command

__all__ = ["locate", "measure"]

_LIST = "https://qdrant.github.io/fastembed/examples/Supported_Models/"


def locate(name: str, cache: Path, *, download: bool) -> dict[str, Any]:
    """Where the files of `name` are: {"path", "model_file", "dimension"}. Takes seconds; minutes
    with a download.

    Raises ModelError if the name is unknown, or the files are not here and may not, or could not,
    be fetched.
    """
    return _ask(name, ["locate", name, str(cache), "1" if download else "0"], offline=not download)


def measure(folder: Path) -> int:
    """How many numbers the ONNX model in `folder` gives for a text. Loads it, so it takes seconds.
    Raises ModelError.
    """
    return int(_ask(str(folder), ["measure", str(folder)], offline=True)["dimension"])


def _ask(what: str, question: list[str], *, offline: bool) -> dict[str, Any]:
    command = module_command("codetriever_lsp.embed.catalogue", *question)
    environment = {
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **({"HF_HUB_OFFLINE": "1"} if offline else {}),
    }
    exit_code, answer = ask_helper(command, environment)
    try:
        found = dict(json.loads(answer))
    except ValueError:
        found = {"error": f"looking at it ended with exit code {exit_code}"}
    if "error" in found:
        raise ModelError(f"The model {what} cannot be used: {found['error']}")
    return found


def main(arguments: list[str]) -> int:
    source, sink = take_stdio()
    exit_at_end_of(source)
    try:
        found = _locate(*arguments[1:]) if arguments[0] == "locate" else _measure(*arguments[1:])
    except Exception as error:  # noqa: BLE001 - the one answer of this program
        found = {"error": str(error) or type(error).__name__}
    with os.fdopen(sink, "w", encoding="utf-8") as answers:
        answers.write(json.dumps(found))
    return 0


def _measure(path: str) -> dict[str, Any]:
    from codetriever_lsp.embed.onnx import OnnxEmbedder

    info = ModelInfo(path, 0, "measured", path, "onnx")
    return {
        "dimension": OnnxEmbedder(inspect(Path(path)), info, threads=1, catalogue=False).dimension
    }


def _locate(name: str, cache: str, download: str) -> dict[str, Any]:
    from fastembed import TextEmbedding

    known = {model["model"].lower(): model for model in TextEmbedding.list_supported_models()}
    if (model := known.get(name.lower())) is None:
        raise ModelError(f"fastembed does not know it. Names are listed at {_LIST}")
    try:
        loaded: Any = TextEmbedding(
            name, cache_dir=cache, lazy_load=True, local_files_only=download == "0"
        )
    except Exception as error:
        advice = (
            "Check the network."
            if download == "1"
            else "Its files are not on this machine; set allowDownload to fetch them once."
        )
        raise ModelError(f"{str(error).rstrip('.')}. {advice}") from error
    path = str(Path(loaded.model._model_dir).absolute())  # noqa: SLF001 - fastembed tells it nowhere else
    return {"path": path, "model_file": model["model_file"], "dimension": model["dim"]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
