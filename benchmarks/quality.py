#!/usr/bin/env python3
"""Answer quality on the development queries: NDCG@10 by kind, repository and over all, asked over LSP as an editor asks.

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
    times: list[float] = []
    with tempfile.TemporaryDirectory() as cache:
        for repository in repositories:
            if args.only and repository["name"] not in args.only:
                continue
            times += ask_repository(repository, args, Path(cache), results)
    output = args.results or Path(tempfile.gettempdir()) / "codetriever-quality.jsonl"
    output.write_text("".join(json.dumps(row) + "\n" for row in results), encoding="utf-8")
    print(f"\nsearch over LSP: {len(times)} queries, p50 {percentile(times, 50):.1f} ms, p95 {percentile(times, 95):.1f} ms\n")
    subprocess.run([sys.executable, str(args.bench / "score.py"), str(output), "--per-repository"], check=True)
    published = json.loads((args.bench / "published_semble.json").read_text(encoding="utf-8"))
    print(f"{'semble, published':24}       {published['weighted_mean']:.4f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    parser.add_argument("--mode", default="hybrid", choices=["hybrid", "lexical", "semantic"])
    parser.add_argument("--model", default="", help="a model setting; 'none' for lexical and symbols alone")
    parser.add_argument("--results", type=Path, help="where to keep the hits, one JSON line per query")
    parser.add_argument("--only", nargs="*", help="names of repositories")
    parser.add_argument("--explain", action="store_true", help="keep the ranking features in the results")
    return parser.parse_args()


def ask_repository(
    repository: dict[str, Any], args: argparse.Namespace, cache: Path, results: list[dict[str, Any]]
) -> list[float]:
    name = repository["name"]
    checkout = args.checkouts / name
    root = checkout / repository["benchmark_root"] if repository.get("benchmark_root") else checkout
    queries = json.loads((args.bench / "annotations" / f"{name}.json").read_text(encoding="utf-8"))
    times: list[float] = []
    with StdioClient(root, cache, {"model": args.model} if args.model else None) as client:
        started = time.perf_counter()
        client.request("codetriever/sync", {})
        indexed = time.perf_counter() - started
        status = client.request("codetriever/status", {})["folders"][0]
        for item in queries:
            params = {"query": item["query"], "limit": 10, "mode": args.mode, "explain": args.explain}
            started = time.perf_counter()
            answer = client.request("codetriever/search", params)
            times.append((time.perf_counter() - started) * 1e3)
            results.append({"repo": name, "query": item["query"], "hits": [row(hit, checkout) for hit in answer["hits"]]})
    size = f"{status['files']:5} files {status['chunks']:6} chunks"
    print(f"{name:20} {size}  indexed in {indexed:5.1f} s  query p50 {percentile(times, 50):5.1f} ms")
    return times


def row(hit: dict[str, Any], checkout: Path) -> dict[str, Any]:
    path = Path(unquote(urlparse(hit["uri"]).path)).relative_to(checkout.resolve())
    lines = {"start_line": hit["range"]["start"]["line"] + 1, "end_line": hit["range"]["end"]["line"] + 1}
    return {"path": path.as_posix(), **lines, **({"explain": hit["explain"]} if hit.get("explain") else {})}


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else sum(values)


if __name__ == "__main__":
    main()
