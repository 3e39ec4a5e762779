"""The development queries: which files answer (the bench), which lines answer, and what has no
answer (`lines/`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["HERE", "KINDS", "Question", "bench", "load", "questions", "repositories", "same_file"]

HERE = Path(__file__).parent
KINDS = ("behaviour", "how", "name", "error")
"""Kinds of the queries for lines."""


@dataclass(frozen=True)
class Question:
    """A query with the places that answer it: (path, first line, last line), the lines from 0, None
    for the whole file.

    `kind` is "file" for a query of the bench, "none" for one without an answer, else one of
    `KINDS`.
    """

    text: str
    kind: str
    places: tuple[tuple[str, int | None, int | None], ...] = ()


def repositories(bench_folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(bench_folder / "repositories.json")
    return found


def questions(bench_folder: Path, lines_folder: Path, name: str) -> list[Question]:
    """All queries of one repository."""
    return [
        *bench(bench_folder, name),
        *_lines(lines_folder, name),
        *_unanswerable(lines_folder, name),
    ]


def bench(folder: Path, name: str) -> list[Question]:
    found = []
    for item in load(folder / "annotations" / f"{name}.json"):
        targets = item["relevant"] + item.get("secondary", [])
        found.append(Question(item["query"], "file", tuple(_place(target) for target in targets)))
    return found


def _place(target: str | dict[str, Any]) -> tuple[str, int | None, int | None]:
    """A file or, for a few of the bench's targets, lines of it."""
    if isinstance(target, str):
        return target, None, None
    if target.get("start_line") is None:
        return target["path"], None, None
    return target["path"], target["start_line"] - 1, target["end_line"] - 1


def same_file(path: str, target: str) -> bool:
    """Annotations are relative to different roots."""
    return path == target or path.endswith("/" + target) or target.endswith("/" + path)


def load(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _lines(folder: Path, name: str) -> list[Question]:
    return [
        Question(
            item["query"],
            item["kind"],
            tuple(
                (place["path"], place["start_line"] - 1, place["end_line"] - 1)
                for place in item["targets"] + item["also"]
            ),
        )
        for item in load(folder / f"{name}.json")
    ]


def _unanswerable(folder: Path, name: str) -> list[Question]:
    return [
        Question(item["query"], "none")
        for item in load(folder / "unanswerable.json")
        if item["repo"] == name
    ]
