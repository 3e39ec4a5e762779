#!/usr/bin/env python3
"""Answer quality on the development queries, asked over LSP as an editor asks.

usage: python benchmarks/quality.py CHECKOUTS [--bench ../shared/bench] [--mode hybrid] [--model
none] [--results FILE]
                                              [--semble] [--left-out] [--only NAME ...]

CHECKOUTS is what the bench's `checkout.sh MIRRORS CHECKOUTS` laid out. Each repository is indexed
from scratch in a cache of its own kind (a temporary folder), then its queries are asked with limit
10: those of the bench (which files answer), those of `lines` (which lines answer) and those that
have no answer.

The weights of the ranking were learned from these very queries: `--left-out` prints what they are
worth on repositories that they were not learned from, for each mode, the model alone, and with each
group of features off (`train_ranking.py --ablations`). `--semble` asks semble, installed from its
package, the same queries with the same model.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from figures import Answer, show
from questions import HERE, load, questions, repositories
from stdio_client import StdioClient

MODEL = HERE.parent / "codetriever_lsp" / "embed" / "models" / "static-code-256"


def main() -> None:
    args = arguments()
    chosen = [
        repository
        for repository in repositories(args.bench)
        if not args.only or repository["name"] in args.only
    ]
    answers: list[Answer] = []
    times: list[float] = []
    with tempfile.TemporaryDirectory() as cache:
        for repository in chosen:
            times += ask_repository(repository, args, Path(cache), answers)
    print(
        f"\nsearch over LSP: {len(times)} queries, p50 {percentile(times, 50):.1f} ms, p95 {percentile(times, 95):.1f} ms\n"
    )
    output = args.results or Path(tempfile.gettempdir()) / "codetriever-quality.jsonl"
    rows = [
        {"repo": answer.repository, "query": answer.question.text, "hits": answer.hits}
        for answer in answers
    ]
    output.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if not args.only:
        subprocess.run(
            [sys.executable, str(args.bench / "score.py"), str(output), "--per-repository"],
            check=True,
        )
    show("codetriever-lsp", answers)
    if args.semble:
        show("semble 0.7.0, the same model", semble(chosen, args, answers))
    published = load(args.bench / "published_semble.json")
    print(
        f"\nsemble, published: NDCG@10 {published['weighted_mean']:.4f} over the queries for files, with its own model"
    )
    if args.left_out:
        command = [
            sys.executable,
            str(HERE / "train_ranking.py"),
            str(args.checkouts),
            "--bench",
            str(args.bench),
            "--ablations",
        ]
        subprocess.run(command, check=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    parser.add_argument("--lines", type=Path, default=HERE / "lines")
    parser.add_argument("--mode", default="hybrid", choices=["hybrid", "lexical", "semantic"])
    parser.add_argument(
        "--model", default="", help="a model setting; 'none' for lexical and symbols alone"
    )
    parser.add_argument("--model-path", default="", help="the folder of another model")
    parser.add_argument(
        "--results", type=Path, help="where to keep the hits, one JSON line per query"
    )
    parser.add_argument("--only", nargs="*", help="names of repositories")
    parser.add_argument(
        "--explain", action="store_true", help="keep the ranking features in the results"
    )
    parser.add_argument(
        "--semble", action="store_true", help="ask semble too (installs it, with uv)"
    )
    parser.add_argument(
        "--left-out",
        action="store_true",
        help="print figures of repositories left out, and ablations",
    )
    return parser.parse_args()


def ask_repository(
    repository: dict[str, Any], args: argparse.Namespace, cache: Path, answers: list[Answer]
) -> list[float]:
    """Adds the answers to the queries of one repository; gives how long each took, in
    milliseconds.
    """
    name = repository["name"]
    checkout, root = roots_of(repository, args)
    times: list[float] = []
    options = {
        "model": (args.model_path and Path(args.model_path).name) or args.model,
        "modelPath": args.model_path,
    }
    with StdioClient(
        root, cache, {key: value for key, value in options.items() if value} or None
    ) as client:
        started = time.perf_counter()
        client.request("codetriever/sync", {})
        indexed = time.perf_counter() - started
        status = client.request("codetriever/status", {})["folders"][0]
        kinds = {
            item["query"]: item.get("category", "")
            for item in load(args.bench / "annotations" / f"{name}.json")
        }
        for question in questions(args.bench, args.lines, name):
            params = {
                "query": question.text,
                "limit": 10,
                "mode": args.mode,
                "explain": args.explain,
            }
            started = time.perf_counter()
            hits = client.request("codetriever/search", params)["hits"]
            times.append((time.perf_counter() - started) * 1e3)
            rows = [row(hit, checkout) for hit in hits]
            answers.append(
                Answer(name, repository["language"], kinds.get(question.text, ""), question, rows)
            )
    size = f"{status['files']:5} files {status['chunks']:6} chunks"
    print(
        f"{name:20} {size}  indexed in {indexed:5.1f} s  query p50 {percentile(times, 50):5.1f} ms"
    )
    return times


def roots_of(repository: dict[str, Any], args: argparse.Namespace) -> tuple[Path, Path]:
    """The checkout, and the folder of it that is indexed."""
    checkout = args.checkouts / repository["name"]
    return checkout, checkout / (repository.get("benchmark_root") or "")


def semble(
    chosen: list[dict[str, Any]], args: argparse.Namespace, answers: list[Answer]
) -> list[Answer]:
    """What semble answers to the same queries."""
    roots = {
        repository["name"]: [str(path.resolve()) for path in roots_of(repository, args)]
        for repository in chosen
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "roots.json").write_text(json.dumps(roots), encoding="utf-8")
        asked = [[answer.repository, answer.question.text] for answer in answers]
        (Path(folder) / "queries.json").write_text(json.dumps(asked), encoding="utf-8")
        files = [
            str(Path(folder) / "roots.json"),
            str(Path(folder) / "queries.json"),
            args.model_path or str(MODEL),
        ]
        command = [
            "uv",
            "run",
            "-q",
            "--no-project",
            "--script",
            str(HERE / "semble_answers.py"),
            *files,
        ]
        printed = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    hits = {(name, query): found for name, query, found in map(json.loads, printed.splitlines())}
    return [
        Answer(
            one.repository,
            one.language,
            one.category,
            one.question,
            hits.get((one.repository, one.question.text), []),
        )
        for one in answers
    ]


def row(hit: dict[str, Any], checkout: Path) -> dict[str, Any]:
    path = Path(unquote(urlparse(hit["uri"]).path)).relative_to(checkout.resolve())
    lines = {
        "start_line": hit["range"]["start"]["line"] + 1,
        "end_line": hit["range"]["end"]["line"] + 1,
    }
    explained = {"explain": hit["explain"]} if hit.get("explain") else {}
    return {"path": path.as_posix(), **lines, "score": hit["score"], **explained}


def percentile(values: list[float], percent: int) -> float:
    return (
        statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
        if len(values) > 1
        else sum(values)
    )


if __name__ == "__main__":
    main()
