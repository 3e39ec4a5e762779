"""How good a model is alone, without any ranking: files of the bench, lines of `benchmarks/lines`,
held-out pairs.

usage: python -m training.evaluate WORK CHECKOUTS BENCH MODEL [MODEL ...]     (after the step
"pairs")

CHECKOUTS is what the bench's `checkout.sh` lays out, BENCH its folder, a MODEL a folder with a
static model.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from codetriever_lsp.index.fingerprint import EMBEDDED_CHARACTERS
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.text.decode import decode
from codetriever_lsp.text.document import analyse
from codetriever_lsp.workspace.entries import Entry
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.walk import walk
from training.heldout import recall
from training.model import Rows, StaticModel
from training.registries import read_manifest
from training.steps import held_out_corpus

__all__ = ["Bench", "Scores", "load_bench", "score"]

LINES = Path(__file__).parent.parent / "benchmarks" / "lines"
_K = 10


@dataclass(frozen=True, slots=True)
class Bench:
    """The chunks of one repository (path, first line, last line, text) and the queries over it, of
    files and of lines.
    """

    name: str
    language: str
    chunks: list[tuple[str, int, int, str]]
    files: list[dict[str, Any]]
    lines: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scores:
    """NDCG@10 of files by repository, and the reciprocal rank of each query for lines by kind."""

    ndcg: dict[str, list[float]]
    ranks: dict[str, list[float]]

    def summary(self) -> dict[str, float]:
        """The means over all queries, and the means by repository and by kind."""
        ranks = [rank for values in self.ranks.values() for rank in values]
        means = {f"lines {kind}": fmean(values) for kind, values in sorted(self.ranks.items())}
        return {
            "ndcg": fmean(value for values in self.ndcg.values() for value in values),
            "mrr": fmean(ranks),
            "hit1": fmean(rank == 1 for rank in ranks),
            "hit10": fmean(rank > 0 for rank in ranks),
            **means,
            **{f"bench {name}": fmean(values) for name, values in sorted(self.ndcg.items())},
        }


def load_bench(work: Path, checkouts: Path, bench: Path) -> list[Bench]:
    """The repositories of the bench, cut as the product cuts them; the chunks are kept in
    `work`.
    """
    found = []
    for repository in json.loads((bench / "repositories.json").read_text(encoding="utf-8")):
        name = repository["name"]
        kept = work / "bench" / f"{name}.json"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(
                json.dumps(_chunks(checkouts / name, repository.get("benchmark_root") or "")),
                encoding="utf-8",
            )
        chunks = [
            (row[0], row[1], row[2], row[3]) for row in json.loads(kept.read_text(encoding="utf-8"))
        ]
        files = json.loads((bench / "annotations" / f"{name}.json").read_text(encoding="utf-8"))
        lines = json.loads((LINES / f"{name}.json").read_text(encoding="utf-8"))
        found.append(Bench(name, repository["language"], chunks, files, lines))
    return found


def score(
    repositories: Sequence[Bench], embed: Callable[[Sequence[str]], Rows], bench: Path
) -> Scores:
    """Ranks by cosine alone: a file counts as its best chunk."""
    ndcg = _scorer(bench)
    by_repository: dict[str, list[float]] = defaultdict(list)
    by_kind: dict[str, list[float]] = defaultdict(list)
    for repository in repositories:
        chunks = repository.chunks
        vectors = embed([text for *_, text in chunks])
        for item in repository.files:
            order = np.argsort(-(vectors @ embed([item["query"]])[0]), kind="stable")
            targets = item.get("relevant", []) + item.get("secondary", [])
            by_repository[repository.name].append(ndcg(_best_places(chunks, order), targets))
        for item in repository.lines:
            order = np.argsort(-(vectors @ embed([item["query"]])[0]), kind="stable")
            by_kind[item["kind"]].append(
                _reciprocal(chunks, order[:_K], item["targets"] + item["also"])
            )
    return Scores(dict(by_repository), dict(by_kind))


def _chunks(checkout: Path, root: str) -> list[tuple[str, int, int, str]]:
    settings, folder = IndexSettings(), checkout / root
    paths = sorted(
        entry.path
        for entry in walk(folder, IgnoreRules(folder, settings), settings)
        if isinstance(entry, Entry)
    )
    chunks = []
    for path in paths:
        text = decode((folder / path).read_bytes()).text
        for chunk in analyse(path, text).chunks if text is not None else ():
            whole = f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
            place = (chunk.span.start.line + 1, chunk.span.end.line + 1)
            chunks.append((f"{root}/{path}" if root else path, *place, whole[:EMBEDDED_CHARACTERS]))
    return chunks


def _best_places(chunks: list[tuple[str, int, int, str]], order: Any) -> list[dict[str, Any]]:
    places: dict[str, dict[str, Any]] = {}
    for at in order:
        path, first, last, _ = chunks[at]
        places.setdefault(path, {"path": path, "start_line": first, "end_line": last})
        if len(places) == _K:
            break
    return list(places.values())


def _reciprocal(
    chunks: list[tuple[str, int, int, str]], order: Any, places: list[dict[str, Any]]
) -> float:
    for rank, at in enumerate(order, 1):
        path, first, last, _ = chunks[at]
        if any(
            path == place["path"] and first <= place["end_line"] and last >= place["start_line"]
            for place in places
        ):
            return 1 / rank
    return 0.0


def _scorer(bench: Path) -> Callable[[list[dict[str, Any]], list[Any]], float]:
    spec = importlib.util.spec_from_file_location("score", bench / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(bench / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ndcg: Callable[[list[dict[str, Any]], list[Any]], float] = module.ndcg
    return ndcg


def _figures(
    model: StaticModel, repositories: Sequence[Bench], work: Path, bench: Path
) -> dict[str, float]:
    packages = read_manifest(Path(__file__).parent / "packages.json")
    hidden, full = recall(model.rows, held_out_corpus(packages, work, model.tokenizer), model.power)
    alone = score(repositories, model.embed, bench).summary()
    return {
        "held-out": hidden,
        "held-out, shown": full,
        "other scripts": _other_scripts(model.embed),
        **alone,
    }


def _other_scripts(embed: Callable[[Sequence[str]], Rows]) -> float:
    """The MRR@10 of the queries over the project whose names and comments are in other scripts."""
    chunks = _chunks(LINES / "scripts" / "project", "")
    vectors = embed([text for *_, text in chunks])
    ranks = []
    for item in json.loads((LINES / "scripts" / "queries.json").read_text(encoding="utf-8")):
        order = np.argsort(-(vectors @ embed([item["query"]])[0]), kind="stable")
        ranks.append(_reciprocal(chunks, order[:_K], item["targets"] + item["also"]))
    return fmean(ranks)


def main() -> None:
    work, checkouts, bench, *folders = map(Path, sys.argv[1:])
    repositories = load_bench(work, checkouts, bench)
    summaries = [
        _figures(StaticModel.load(folder), repositories, work, bench) for folder in folders
    ]
    for key in summaries[0]:
        print(f"{key:24}", *(f"{summary[key]:8.4f}" for summary in summaries))


if __name__ == "__main__":
    main()
