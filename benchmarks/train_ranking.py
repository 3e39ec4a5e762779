#!/usr/bin/env python3
"""Learn the weights of the ranking from the development queries, and say how good they are on repositories left out.

usage: python benchmarks/train_ranking.py CHECKOUTS [--bench ../shared/bench] [--write]

Two sets of queries are learned from: those of the bench (which files answer) and those of `benchmarks/lines` (which lines).
The weights of files, and those of the chunks of a right file among themselves, are softmax regressions (ListNet with the
right ones as targets; Cao et al., 2007), found by Newton's method. `slope` and `middle` come from a logistic regression
of whether the first file is right on its score, with scores of left-out repositories. `repeat` is set by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.engine.folder import Folder
from codetriever_lsp.engine.shared import Shared
from codetriever_lsp.model import Filters
from codetriever_lsp.search.candidates import Ask, gather
from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.rank import FileCandidate, set_features
from codetriever_lsp.search.source import Source
from codetriever_lsp.settings import EngineSettings, IndexSettings

HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "codetriever_lsp" / "search" / "weights.json"
L2 = 1.0
LINES_WEIGHT = 0.5
"""What a query of `lines` counts in the weights of files: the bench is what others are measured by."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """A query with the places that answer it: (path, first line, last line), the lines from 0, None for the whole file."""

    text: str
    kind: str
    places: tuple[tuple[str, int | None, int | None], ...]


@dataclass(frozen=True)
class Case:
    """A query's candidates: features and rightness of its files, and of the chunks of each file (None: not known)."""

    repository: str
    kind: str
    files: list[dict[str, float]]
    right: Array
    chunks: list[tuple[list[dict[str, float]], Array]] | None


@dataclass(frozen=True)
class Weights:
    file_names: list[str]
    chunk_names: list[str]
    file: Array
    chunk: Array


def main() -> None:
    args = arguments()
    cases = asyncio.run(collect(args))
    file_names = sorted({name for case in cases for row in case.files for name in row})
    chunk_names = sorted({name for case in cases for rows, _ in case.chunks or () for row in rows for name in row})
    repositories = sorted({case.repository for case in cases})
    held_out = {name: learn([c for c in cases if c.repository != name], file_names, chunk_names) for name in repositories}
    every = learn(cases, file_names, chunk_names)
    table = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    repeat = table["weights"]["answer"]["repeat"]
    ndcg = float(np.mean([ndcg_of(case, held_out[case.repository]) for case in cases if case.chunks is None]))
    print(f"left out: NDCG@10 {ndcg:.4f} over {sum(case.chunks is None for case in cases)} queries for files")
    for kind in ("behaviour", "how", "name", "error", ""):
        ranks = [first_right(c, held_out[c.repository], repeat) for c in cases if c.chunks is not None and kind in (c.kind, "")]
        mrr = float(np.mean([1 / rank for rank in ranks]))
        one, ten = np.mean([rank == 1 for rank in ranks]), np.mean([rank <= 10 for rank in ranks])
        summary = f"MRR@10 {mrr:.3f}  hit@1 {one:.3f}  hit@10 {ten:.3f} over {len(ranks)} queries for lines"
        print(f"left out: {kind or 'all':10} {summary}")
    for names, weights in ((file_names, every.file), (chunk_names, every.chunk)):
        print("\n" + "\n".join(f"{names[at]:16} {weights[at]:7.3f}" for at in np.argsort(-np.abs(weights))))
    if args.write:
        slope, middle = calibrate([case for case in cases if case.chunks is None], held_out)
        table["made"] = (
            f"benchmarks/train_ranking.py, {len(cases)} queries, L2 {L2}, NDCG@10 {ndcg:.4f} with repositories left out"
        )
        table["weights"]["file"] = rounded(file_names, every.file)
        table["weights"]["chunk"] = rounded(chunk_names, every.chunk)
        table["weights"]["answer"] |= {"slope": round(slope, 3), "middle": round(middle, 3)}
        WEIGHTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    parser.add_argument("--lines", type=Path, default=HERE / "lines")
    parser.add_argument("--write", action="store_true", help="replace the weights of the package")
    return parser.parse_args()


async def collect(args: argparse.Namespace) -> list[Case]:
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as cache:
        shared = await Shared.open(EngineSettings(cache_dir=cache, watcher="off"))
        try:
            for repository in json.loads((args.bench / "repositories.json").read_text(encoding="utf-8")):
                cases += await ask_repository(repository, args, shared)
        finally:
            await shared.close()
    return cases


async def ask_repository(repository: dict[str, Any], args: argparse.Namespace, shared: Shared) -> list[Case]:
    name, prefix = repository["name"], repository.get("benchmark_root") or ""
    folder = await Folder.open((args.checkouts / name / prefix).resolve(), IndexSettings(), shared, lambda *_: None)
    try:
        await folder.sync()
        source = await folder.source(1)
        questions = [*bench_questions(args.bench, name), *lines_questions(args.lines, name)]
        cases = [await ask(source, question, repository, shared) for question in questions]
    finally:
        await folder.close()
    print(f"{name:20} {len(questions)} queries")
    return cases


def bench_questions(bench: Path, name: str) -> list[Question]:
    items = json.loads((bench / "annotations" / f"{name}.json").read_text(encoding="utf-8"))
    found = []
    for item in items:
        paths = [
            target if isinstance(target, str) else target["path"] for target in item["relevant"] + item.get("secondary", [])
        ]
        found.append(Question(item["query"], "", tuple((path, None, None) for path in paths)))
    return found


def lines_questions(lines: Path, name: str) -> list[Question]:
    file = lines / f"{name}.json"
    items = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return [
        Question(
            item["query"],
            item["kind"],
            tuple((place["path"], place["start_line"] - 1, place["end_line"] - 1) for place in item["targets"] + item["also"]),
        )
        for item in items
    ]


async def ask(source: Source, question: Question, repository: dict[str, Any], shared: Shared) -> Case:
    query, prefix = parse_query(question.text), repository.get("benchmark_root")
    asked = Ask(query, await shared.query.embed(query.text), Filters(), "hybrid")
    files = [file for file in await gather(source, 0, asked) if file.chunks]
    set_features(files, query)
    paths = [f"{prefix}/{file.path}" if prefix else file.path for file in files]
    right = np.array([any(same(path, place[0]) for place in question.places) for path in paths], float)
    chunks = (
        [await judge(source, file, path, question) for file, path in zip(files, paths, strict=True)] if question.kind else None
    )
    return Case(repository["name"], question.kind, [file.features for file in files], right, chunks)


async def judge(source: Source, file: FileCandidate, path: str, question: Question) -> tuple[list[dict[str, float]], Array]:
    """The features of a file's chunks, and which of them share lines with a place that answers."""
    rows = await source.chunks([chunk.id for chunk in file.chunks])
    wanted = [(first or 0, last or 0) for target, first, last in question.places if same(path, target)]
    right = []
    for chunk in file.chunks:
        span = rows[chunk.id].span
        right.append(any(span.start.line <= last and span.end.line >= first for first, last in wanted))
    return [chunk.features for chunk in file.chunks], np.array(right, float)


def same(path: str, target: str) -> bool:
    return path == target or path.endswith("/" + target) or target.endswith("/" + path)


def learn(cases: Sequence[Case], file_names: list[str], chunk_names: list[str]) -> Weights:
    files = [
        (matrix(case.files, file_names), case.right, LINES_WEIGHT if case.chunks is not None else 1.0)
        for case in cases
        if case.right.any()
    ]
    chunks = [
        (matrix(rows, chunk_names), right, 1.0)
        for case in cases
        for rows, right in case.chunks or ()
        if right.any() and len(right) > 1
    ]
    return Weights(file_names, chunk_names, fit(files, len(file_names)), fit(chunks, len(chunk_names)))


def matrix(rows: Sequence[dict[str, float]], names: Sequence[str]) -> Array:
    return np.array([[row[name] for name in names] for row in rows])


def fit(lists: Sequence[tuple[Array, Array, float]], size: int) -> Array:
    """Weights that minimise the cross entropy of the right ones against the softmax of the scores, plus `L2`."""
    weights = np.zeros(size)
    for _ in range(60):
        gradient, hessian = 2 * L2 * weights, 2 * L2 * np.eye(size)
        for features, right, importance in lists:
            chance = softmax(features @ weights)
            gradient = gradient + importance * features.T @ (chance - right / right.sum())
            centred = features - chance @ features
            hessian += importance * centred.T @ (centred * chance[:, None])
        step = np.linalg.solve(hessian, gradient)
        before = loss(lists, weights)
        while loss(lists, weights - step) > before and np.abs(step).max() > 1e-9:
            step = step / 2  # a full step of Newton's method may leap over the minimum
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def loss(lists: Sequence[tuple[Array, Array, float]], weights: Array) -> float:
    entropy = sum(i * -(right @ np.log(softmax(features @ weights) + 1e-300)) / right.sum() for features, right, i in lists)
    return float(entropy + L2 * weights @ weights)


def softmax(scores: Array) -> Array:
    shifted: Array = np.exp(scores - scores.max())
    return shifted / shifted.sum()


def ndcg_of(case: Case, weights: Weights) -> float:
    if not case.right.any():
        return 0.0
    order = np.argsort(-(matrix(case.files, weights.file_names) @ weights.file), kind="stable")[:10]
    gain = sum(case.right[at] / np.log2(rank + 2) for rank, at in enumerate(order))
    return float(gain / sum(1 / np.log2(rank + 2) for rank in range(min(10, int(case.right.sum())))))


def first_right(case: Case, weights: Weights, repeat: float) -> float:
    """The rank of the first place that shares lines with an answer; infinite beyond the tenth."""
    places: list[tuple[float, bool]] = []
    for score, (rows, right) in zip(matrix(case.files, weights.file_names) @ weights.file, case.chunks or (), strict=True):
        inside = matrix(rows, weights.chunk_names) @ weights.chunk
        best = int(inside.argmax())
        places += [
            (float(score) - (0.0 if at == best else repeat + float(inside[best] - value)), bool(right[at]))
            for at, value in enumerate(inside)
        ]
    places.sort(key=lambda place: -place[0])
    return next((rank + 1.0 for rank, (_, right) in enumerate(places[:10]) if right), np.inf)


def calibrate(cases: Sequence[Case], held_out: dict[str, Weights]) -> tuple[float, float]:
    scores = [matrix(case.files, held_out[case.repository].file_names) @ held_out[case.repository].file for case in cases]
    top = np.array([score.max() for score in scores])
    right = np.array([case.right[score.argmax()] for case, score in zip(cases, scores, strict=True)])
    design, theta = np.stack([top, np.ones_like(top)], axis=1), np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ theta))
        hessian = design.T @ (design * (chance * (1 - chance))[:, None]) + 1e-9 * np.eye(2)
        theta = theta - np.linalg.solve(hessian, design.T @ (chance - right))
    return float(theta[0]), float(-theta[1] / theta[0])


def rounded(names: Sequence[str], weights: Array) -> dict[str, float]:
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


if __name__ == "__main__":
    main()
