#!/usr/bin/env python3
"""Answer quality on the development queries, asked over LSP as an editor asks.

Prints NDCG@10 by kind, repository and over all for the queries of the bench (which files answer), and for those of
`benchmarks/lines` (which lines answer) where the first right place stands: one that shares lines with an answer.

usage: python benchmarks/quality.py CHECKOUTS [--bench ../shared/bench] [--mode hybrid] [--model none] [--results FILE]

CHECKOUTS is what the bench's `checkout.sh MIRRORS CHECKOUTS` laid out. Each repository is indexed from scratch in a cache of
its own kind (a temporary folder), then its queries are asked with limit 10.
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

from stdio_client import StdioClient

HERE = Path(__file__).parent


def main() -> None:
    args = arguments()
    repositories = json.loads((args.bench / "repositories.json").read_text(encoding="utf-8"))
    results: list[dict[str, Any]] = []
    ranks: list[tuple[str, float]] = []
    times: list[float] = []
    with tempfile.TemporaryDirectory() as cache:
        for repository in repositories:
            if args.only and repository["name"] not in args.only:
                continue
            times += ask_repository(repository, args, Path(cache), results, ranks)
    output = args.results or Path(tempfile.gettempdir()) / "codetriever-quality.jsonl"
    output.write_text("".join(json.dumps(row) + "\n" for row in results), encoding="utf-8")
    print(f"\nsearch over LSP: {len(times)} queries, p50 {percentile(times, 50):.1f} ms, p95 {percentile(times, 95):.1f} ms\n")
    subprocess.run([sys.executable, str(args.bench / "score.py"), str(output), "--per-repository"], check=True)
    published = json.loads((args.bench / "published_semble.json").read_text(encoding="utf-8"))
    print(f"{'semble, published':24}       {published['weighted_mean']:.4f}\n")
    for kind in ("behaviour", "how", "name", "error", ""):
        chosen = [rank for at, rank in ranks if kind in (at, "")]
        if chosen:
            mrr, one, ten = (statistics.fmean(values) for values in zip(*map(measures, chosen), strict=True))
            print(f"lines, {kind or 'all':17} {len(chosen):4}  MRR@10 {mrr:.3f}  hit@1 {one:.3f}  hit@10 {ten:.3f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    parser.add_argument("--lines", type=Path, default=HERE / "lines")
    parser.add_argument("--mode", default="hybrid", choices=["hybrid", "lexical", "semantic"])
    parser.add_argument("--model", default="", help="a model setting; 'none' for lexical and symbols alone")
    parser.add_argument("--results", type=Path, help="where to keep the hits, one JSON line per query")
    parser.add_argument("--only", nargs="*", help="names of repositories")
    parser.add_argument("--explain", action="store_true", help="keep the ranking features in the results")
    return parser.parse_args()


def ask_repository(
    repository: dict[str, Any],
    args: argparse.Namespace,
    cache: Path,
    results: list[dict[str, Any]],
    ranks: list[tuple[str, float]],
) -> list[float]:
    """Fills `results` with the hits of the bench's queries and `ranks` with the first right ranks of those for lines."""
    name = repository["name"]
    checkout = args.checkouts / name
    root = checkout / repository["benchmark_root"] if repository.get("benchmark_root") else checkout
    times: list[float] = []
    with StdioClient(root, cache, {"model": args.model} if args.model else None) as client:
        started = time.perf_counter()
        client.request("codetriever/sync", {})
        indexed = time.perf_counter() - started
        status = client.request("codetriever/status", {})["folders"][0]

        def ask(query: str) -> list[dict[str, Any]]:
            params = {"query": query, "limit": 10, "mode": args.mode, "explain": args.explain}
            started = time.perf_counter()
            answer = client.request("codetriever/search", params)
            times.append((time.perf_counter() - started) * 1e3)
            return [row(hit, checkout) for hit in answer["hits"]]

        queries = load(args.bench / "annotations" / f"{name}.json")
        results += [{"repo": name, "query": item["query"], "hits": ask(item["query"])} for item in queries]
        queries = load(args.lines / f"{name}.json")
        ranks += [(item["kind"], first_right(ask(item["query"]), item["targets"] + item["also"])) for item in queries]
    size = f"{status['files']:5} files {status['chunks']:6} chunks"
    print(f"{name:20} {size}  indexed in {indexed:5.1f} s  query p50 {percentile(times, 50):5.1f} ms")
    return times


def load(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []  # type: ignore[no-any-return]


def first_right(hits: list[dict[str, Any]], places: list[dict[str, Any]]) -> float:
    """The rank of the first hit that shares lines with a place; infinite if there is none."""
    for rank, hit in enumerate(hits, 1):
        for place in places:
            overlaps = hit["start_line"] <= place["end_line"] and hit["end_line"] >= place["start_line"]
            if hit["path"] == place["path"] and overlaps:
                return float(rank)
    return float("inf")


def measures(rank: float) -> tuple[float, float, float]:
    return 1 / rank, float(rank == 1), float(rank <= 10)


def row(hit: dict[str, Any], checkout: Path) -> dict[str, Any]:
    path = Path(unquote(urlparse(hit["uri"]).path)).relative_to(checkout.resolve())
    lines = {"start_line": hit["range"]["start"]["line"] + 1, "end_line": hit["range"]["end"]["line"] + 1}
    return {"path": path.as_posix(), **lines, **({"explain": hit["explain"]} if hit.get("explain") else {})}


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else sum(values)


if __name__ == "__main__":
    main()
