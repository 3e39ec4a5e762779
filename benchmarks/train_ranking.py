#!/usr/bin/env python3
"""Learn the weights of the ranking from the development queries, and say how good they are on repositories left out.

usage: python benchmarks/train_ranking.py CHECKOUTS [--bench ../shared/bench] [--write]

The weights of files are those of a softmax regression (ListNet with the relevant files as targets; Cao et al., 2007) over the
candidates of each query, found by Newton's method. `slope` and `middle` come from a logistic regression of whether the first
file is right on its score, with scores of left-out repositories. Weights of chunks and `repeat` are set by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
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
from codetriever_lsp.search.rank import set_features
from codetriever_lsp.settings import EngineSettings, IndexSettings

HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "codetriever_lsp" / "search" / "weights.json"
L2 = 1.0
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One query: the features of its candidate files (files, features), and which of them answer it."""

    repository: str
    features: Array
    relevant: Array


def main() -> None:
    args = arguments()
    repositories = json.loads((args.bench / "repositories.json").read_text(encoding="utf-8"))
    names, cases = asyncio.run(collect(repositories, args))
    held_out = {name: fit([case for case in cases if case.repository != name]) for name in {case.repository for case in cases}}
    score = float(np.mean([ndcg(case, held_out[case.repository]) for case in cases]))
    weights = fit(cases)
    fitted = np.mean([ndcg(case, weights) for case in cases])
    print(f"{len(cases)} queries, NDCG@10 left out {score:.4f}, all together {fitted:.4f}\n")
    for at in np.argsort(-np.abs(weights)):
        print(f"{names[at]:16} {weights[at]:7.3f}")
    table = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    slope, middle = calibrate(cases, held_out)
    table["made"] = (
        f"benchmarks/train_ranking.py, {len(cases)} queries, L2 {L2}, NDCG@10 {score:.4f} with repositories left out"
    )
    table["weights"]["file"] = {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
    table["weights"]["answer"] |= {"slope": round(slope, 3), "middle": round(middle, 3)}
    if args.write:
        WEIGHTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    parser.add_argument("--write", action="store_true", help="replace the weights of the package")
    return parser.parse_args()


async def collect(repositories: list[dict[str, Any]], args: argparse.Namespace) -> tuple[list[str], list[Case]]:
    """The feature names, and a case for each query that has a relevant candidate."""
    found: list[tuple[str, list[dict[str, float]], list[bool]]] = []
    with tempfile.TemporaryDirectory() as cache:
        shared = await Shared.open(EngineSettings(cache_dir=cache, watcher="off"))
        try:
            for repository in repositories:
                found += await ask(repository, args, shared)
        finally:
            await shared.close()
    names = sorted({name for _, rows, _ in found for row in rows for name in row})
    matrices = [
        (repo, np.array([[row[name] for name in names] for row in rows]), np.array(right, float)) for repo, rows, right in found
    ]
    return names, [Case(repo, features, right) for repo, features, right in matrices if right.any()]


async def ask(
    repository: dict[str, Any], args: argparse.Namespace, shared: Shared
) -> list[tuple[str, list[dict[str, float]], list[bool]]]:
    name, prefix = repository["name"], repository.get("benchmark_root") or ""
    folder = await Folder.open((args.checkouts / name / prefix).resolve(), IndexSettings(), shared, lambda *_: None)
    try:
        await folder.sync()
        source = await folder.source(1)
        rows = []
        for item in json.loads((args.bench / "annotations" / f"{name}.json").read_text(encoding="utf-8")):
            query = parse_query(item["query"])
            candidates = await gather(source, 0, Ask(query, await shared.query.embed(query.text), Filters(), "hybrid"))
            files = [file for file in candidates if file.chunks]
            set_features(files, query)
            targets = [
                target if isinstance(target, str) else target["path"] for target in item["relevant"] + item.get("secondary", [])
            ]
            paths = [f"{prefix}/{file.path}" if prefix else file.path for file in files]
            rows.append(
                (name, [file.features for file in files], [any(same(path, target) for target in targets) for path in paths])
            )
    finally:
        await folder.close()
    print(f"{name:20} {len(rows)} queries")
    return rows


def same(path: str, target: str) -> bool:
    return path == target or path.endswith("/" + target) or target.endswith("/" + path)


def fit(cases: list[Case]) -> Array:
    weights = np.zeros(cases[0].features.shape[1])
    for _ in range(50):
        gradient, hessian = 2 * L2 * weights, 2 * L2 * np.eye(len(weights))
        for case in cases:
            chance = softmax(case.features @ weights)
            gradient += case.features.T @ (chance - case.relevant / case.relevant.sum())
            centred = case.features - chance @ case.features
            hessian += centred.T @ (centred * chance[:, None])
        step = np.linalg.solve(hessian, gradient)
        before = loss(cases, weights)
        while loss(cases, weights - step) > before and np.abs(step).max() > 1e-9:
            step = step / 2  # a full step of Newton's method may leap over the minimum
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def loss(cases: list[Case], weights: Array) -> float:
    entropy = sum(-case.relevant @ np.log(softmax(case.features @ weights) + 1e-300) / case.relevant.sum() for case in cases)
    return float(entropy + L2 * weights @ weights)


def softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max())
    return shifted / shifted.sum()  # type: ignore[no-any-return]


def ndcg(case: Case, weights: Array) -> float:
    order = np.argsort(-(case.features @ weights), kind="stable")[:10]
    gain = sum(case.relevant[at] / np.log2(rank + 2) for rank, at in enumerate(order))
    return float(gain / sum(1 / np.log2(rank + 2) for rank in range(min(10, int(case.relevant.sum())))))


def calibrate(cases: list[Case], held_out: dict[str, Array]) -> tuple[float, float]:
    scores = [case.features @ held_out[case.repository] for case in cases]
    top = np.array([score.max() for score in scores])
    right = np.array([case.relevant[score.argmax()] for case, score in zip(cases, scores, strict=True)])
    design, theta = np.stack([top, np.ones_like(top)], axis=1), np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ theta))
        hessian = design.T @ (design * (chance * (1 - chance))[:, None]) + 1e-9 * np.eye(2)
        theta = theta - np.linalg.solve(hessian, design.T @ (chance - right))
    return float(theta[0]), float(-theta[1] / theta[0])


if __name__ == "__main__":
    main()
