#!/usr/bin/env python3
"""Learn the weights of the ranking from the development queries, and say how good they are on
repositories left out.

usage: python benchmarks/train_ranking.py CHECKOUTS [--bench ../shared/bench] [--cache DIR]
[--ablations] [--write]

There is a table of weights for each way of searching: by words and meaning, by words alone (also
without a model), by meaning alone. Three sets of queries are learned from: those of the bench
(which files answer), those of `lines` (which lines answer), and of the latter those without an
answer. The weights of files and chunks are learned together, for the order of the files and for
that of the chunks of a right file (see `learning.fit_places`). The chance that an answer holds what
is sought is a logistic regression. `front`, `repeat` and `named` are set by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from learning import Answers, Array, auc, fit_logistic, fit_places, matrix, ndcg
from questions import HERE, KINDS, Question, questions, repositories, same_file

from codetriever_lsp.engine.resources import Shared
from codetriever_lsp.engine.workspace_folder import Folder
from codetriever_lsp.model import MODES, Mode
from codetriever_lsp.search.query import Query, parse_query
from codetriever_lsp.search.ranking.features import KINDS as KINDS_OF_CHUNKS
from codetriever_lsp.search.ranking.features import Features, FileCandidate, features_of
from codetriever_lsp.search.ranking.linear_model import Table, chance_features, lay_out, score_all
from codetriever_lsp.search.retrieval.candidates import gather
from codetriever_lsp.search.searcher import Options, make_ask
from codetriever_lsp.search.source import Source
from codetriever_lsp.settings import EngineSettings, IndexSettings

WEIGHTS = HERE.parent / "codetriever_lsp" / "search" / "weights.json"
L2 = 0.5
APPROX = 5.0
"""What one NDCG counts against one cross entropy."""

_FIFTH = 5
"""Into so many parts the repositories are divided for ablations."""

LINES_WEIGHT = 0.25
"""What a query of `lines` counts in the weights of files: the bench is what others are measured
by."""

ANSWER = {"front": 7.0, "repeat": 2.0, "slope": 1.0}
BY_HAND = {"named": 4.0}
"""Who types the name of a definition, and nothing else, is shown it; the queries here know their
names by half."""

BY_WORDS = frozenset(
    {
        "lexical",
        "lexical_squared",
        "prose",
        "run",
        "like",
        "letters",
        "name_exact",
        "name_cover",
        "name_share",
    }
) | {
    *(
        "caller_lexical",
        "caller_lexical_here",
        "caller_lexical_there",
        "dense_lexical",
        "dense_uncovered",
        "written_lexical",
    ),
    *("alias_share", "alias_only", "alias_cover"),
}
BY_MEANING = frozenset(
    {"dense", "place", "caller_dense", "caller_dense_here", "caller_dense_there", "linked"}
) | {*("dense_lexical", "dense_lines", "dense_callers", "dense_uncovered", "written_dense")}
"""By words alone `linked` costs files (NDCG@10 0.864 to 0.857): what scores without meaning is
often busy, not about it."""

_FREQUENT = 7
"""The first kinds are common to all languages and count in what a file scores; the others inside a
file alone."""

CHUNK_FEATURES = (
    *("dense", "dense_long", "dense_lexical", "dense_lines", "dense_callers", "dense_uncovered"),
    *("lexical", "lexical_squared", "prose", "run", "like", "letters"),
    *("name_exact", "name_cover", "name_share", "lines", "definition", "outline", "text"),
    *(
        "caller_dense_here",
        "caller_dense_there",
        "caller_lexical_here",
        "caller_lexical_there",
        "callers",
    ),
    *(f"kind_{kind}" for kind in KINDS_OF_CHUNKS[:_FREQUENT]),
)
INSIDE_FEATURES = (
    *(
        "test",
        "written",
        "written_lexical",
        "written_dense",
        "alias_share",
        "alias_only",
        "alias_cover",
    ),
    *(f"kind_{kind}" for kind in KINDS_OF_CHUNKS[_FREQUENT:]),
)
"""Those that count in the order of a file's chunks alone."""
GROUPS = {
    "meaning of chunks": {name for name in CHUNK_FEATURES if name.startswith("dense")}
    | {"best_dense"},
    "meaning of the path": {"place"},
    "words of chunks": {"lexical", "lexical_squared", "dense_lexical", "best_lexical", "chunk_sum"},
    "comments and literals": {"prose", "best_prose"},
    "phrases": {"run"},
    "names written alike": {"like", "letters"},
    "words in other words": {"alias_share", "alias_only", "alias_cover"},
    "how much is comments": {"written", "written_lexical", "written_dense"},
    "words of names": {"name_cover", "name_share", "name_exact"},
    "words of the path": {"stem_equal", "path_cover"},
    "callers": {name for name in CHUNK_FEATURES if "caller" in name}
    | {"best_caller_dense", "best_caller_lexical", "linked"},
    "sort of file": {"test", "aside", "front", "length"},
    "tests": {"test"},
    "sort of chunk": {"definition", "outline", "text", "lines"}
    | {f"kind_{kind}" for kind in KINDS_OF_CHUNKS},
}
"""Features that are taken away together, to see what they are worth."""

CHANCES_BY_WORDS = frozenset({"cover", "best_cover", "missing", "best_like"})
CHANCES_BY_MEANING = frozenset({"meaning", "best_meaning"})


@dataclass(frozen=True)
class Case:
    """A query's candidates, which of its files are right, and which chunks: of each place that
    answers (all of its file where it has no lines), and of those with lines together.
    """

    repository: str
    question: Question
    query: Query
    missing: float
    files: list[FileCandidate]
    features: Features
    right: Array
    places: tuple[frozenset[int], ...]
    right_chunks: frozenset[int]

    @property
    def kind(self) -> str:
        return self.question.kind


def main() -> None:
    args = arguments()
    tables, made = {}, ""
    for mode in MODES:
        cases = asyncio.run(collect(args, mode))
        held_out = {
            name: learn([case for case in cases if case.repository != name], mode)
            for name in sorted({case.repository for case in cases})
        }
        figure = report(cases, held_out, mode)
        if mode == "hybrid":
            model_alone(cases)
            if args.ablations:
                ablate(cases)
        how = f"benchmarks/train_ranking.py, {len(cases)} queries, L2 {L2}, approx {APPROX}"
        made = made or f"{how}, {figure} with repositories left out"
        tables[mode] = learn(cases, mode)
        if mode == "hybrid":
            show(tables[mode])
    if args.write:
        rounded = {
            mode: {
                part: {name: round(value, 3) for name, value in weights.items()}
                for part, weights in table.items()
            }
            for mode, table in tables.items()
        }
        WEIGHTS.write_text(
            json.dumps({"made": made, "weights": rounded}, indent=2) + "\n", encoding="utf-8"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / "shared" / "bench")
    parser.add_argument("--lines", type=Path, default=HERE / "lines")
    parser.add_argument("--cache", type=Path, help="where to keep the indexes for the next time")
    parser.add_argument("--model", type=Path, help="the folder of another model")
    parser.add_argument(
        "--ablations", action="store_true", help="print what is lost without each group of features"
    )
    parser.add_argument("--write", action="store_true", help="replace the weights of the package")
    return parser.parse_args()


async def collect(args: argparse.Namespace, mode: Mode) -> list[Case]:
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as temporary:
        chosen = (
            {"model": args.model.name, "model_path": str(args.model.resolve())}
            if args.model
            else {}
        )
        shared = await Shared.open(
            EngineSettings(cache_dir=str(args.cache or temporary), watcher="off", **chosen)
        )
        try:
            if shared.problem:
                raise SystemExit(shared.problem)
            for repository in repositories(args.bench):
                cases += await ask_repository(repository, args, shared, mode)
        finally:
            await shared.close()
    return cases


async def ask_repository(
    repository: dict[str, Any], args: argparse.Namespace, shared: Shared, mode: Mode
) -> list[Case]:
    name, prefix = repository["name"], repository.get("benchmark_root") or ""
    folder = await Folder.open(
        (args.checkouts / name / prefix).resolve(), IndexSettings(), shared, lambda *_: None
    )
    try:
        await folder.sync()
        source = await folder.source(1)
        asked = questions(args.bench, args.lines, name)
        return [await ask(source, question, repository, shared, mode) for question in asked]
    finally:
        await folder.close()


async def ask(
    source: Source, question: Question, repository: dict[str, Any], shared: Shared, mode: Mode
) -> Case:
    asked = await make_ask(
        [source], shared.query.embed, parse_query(question.text), Options(mode=mode)
    )
    query, prefix = asked.query, repository.get("benchmark_root")
    found = await gather(source, 0, asked)
    files = [file for file in found.files if file.chunks]
    paths = [f"{prefix}/{file.path}" if prefix else file.path for file in files]
    right = np.array(
        [any(same_file(path, place[0]) for place in question.places) for path in paths], float
    )
    places = [await judge(source, files, paths, place) for place in question.places]
    exact = [
        chunks
        for chunks, (_, first, _) in zip(places, question.places, strict=True)
        if first is not None
    ]
    chunks = frozenset().union(*exact)
    return Case(
        repository["name"],
        question,
        query,
        found.missing,
        files,
        features_of(files, query),
        right,
        tuple(places),
        chunks,
    )


async def judge(
    source: Source,
    files: Sequence[FileCandidate],
    paths: Sequence[str],
    place: tuple[str, int | None, int | None],
) -> frozenset[int]:
    """The chunks that share lines with a place that answers; all of its file where it has no
    lines.
    """
    target, first, last = place
    inside = [
        chunk.id
        for file, path in zip(files, paths, strict=True)
        if same_file(path, target)
        for chunk in file.chunks
    ]
    if first is None or last is None:
        return frozenset(inside)
    spans = {ident: row.span for ident, row in (await source.chunks(inside)).items()}
    return frozenset(
        ident for ident, span in spans.items() if span.start.line <= last and span.end.line >= first
    )


def learn(
    cases: Sequence[Case], mode: Mode, off: AbstractSet[str] = frozenset()
) -> dict[str, dict[str, float]]:
    """The weights from these cases: of files, of chunks, and of the chance that the answer holds
    what is sought.
    """
    file_names = [name for name in used(cases[0].features.files, mode) if name not in off]
    chunk_names = [name for name in used(CHUNK_FEATURES, mode) if name not in off]
    inside = [name for name in used(INSIDE_FEATURES, mode) if name not in off]
    lists = [answers(case, file_names, chunk_names + inside) for case in cases if case.right.any()]
    files, chunks = (found.tolist() for found in fit_places(lists, L2, APPROX, len(inside)))
    table = {
        "file": dict(zip(file_names, files, strict=True)),
        "chunk": dict(zip(chunk_names, chunks[: len(chunk_names)], strict=True)),
        "inside": {
            **dict(zip(inside, chunks[len(chunk_names) :], strict=True)),
            **({} if mode == "semantic" else BY_HAND),
        },
        "answer": dict(ANSWER),
    }
    return {**table, "chance": learn_chance(cases, table, mode)}


def answers(case: Case, file_names: Sequence[str], chunk_names: Sequence[str]) -> Answers:
    chunks = sorted(
        (chunk for file in case.files for chunk in file.chunks), key=lambda chunk: chunk.at
    )
    return Answers(
        np.column_stack([case.features.files[name] for name in file_names]),
        np.column_stack([case.features.chunks[name] for name in chunk_names]),
        np.array([len(file.chunks) for file in case.files]),
        case.right,
        np.array([chunk.id in case.right_chunks for chunk in chunks], float),
        LINES_WEIGHT if case.kind in KINDS else 1.0,
    )


def used(features: Iterable[str], mode: Mode) -> list[str]:
    """The names of the features that there are in a mode."""
    off = BY_MEANING if mode == "lexical" else BY_WORDS if mode == "semantic" else frozenset[str]()
    return sorted(
        name for name in features if name.removeprefix("best_").removesuffix("_long") not in off
    )


def learn_chance(cases: Sequence[Case], table: Table, mode: Mode) -> dict[str, float]:
    rows, found = [], []
    for case in cases:
        if case.files:
            rows.append(chances(case, table))
            found.append(float(first_right(case, table) <= 10))
    off = (
        CHANCES_BY_MEANING
        if mode == "lexical"
        else CHANCES_BY_WORDS
        if mode == "semantic"
        else frozenset[str]()
    )
    names = [*sorted(rows[0].keys() - off - {"bias"}), "bias"]
    return dict(
        zip(names, fit_logistic(matrix(rows, names), np.array(found)).tolist(), strict=True)
    )


def chances(case: Case, table: Table) -> dict[str, float]:
    score_all(case.files, case.features, table)
    return chance_features(case.files, case.query, case.missing)


def first_right(case: Case, table: Table) -> float:
    """The rank of the first place that answers; infinite beyond the tenth."""
    score_all(case.files, case.features, table)
    right = {id(file) for file, is_right in zip(case.files, case.right, strict=True) if is_right}
    places = lay_out(case.files, table["answer"], 10)
    fits = [
        chunk.id in case.right_chunks if case.kind in KINDS else id(file) in right
        for _, file, chunk in places
    ]
    return fits.index(True) + 1.0 if any(fits) else np.inf


def opens_inside(case: Case, table: Table) -> bool | None:
    """Whether the first place in a right file is one that is sought; None where no right file is
    found.
    """
    score_all(case.files, case.features, table)
    right = {id(file) for file, is_right in zip(case.files, case.right, strict=True) if is_right}
    found = (
        chunk.id in case.right_chunks
        for _, file, chunk in lay_out(case.files, table["answer"], 10)
        if id(file) in right
    )
    return next(found, None)


def file_gains(case: Case, table: Table) -> list[float]:
    """Whether each place of the answer is the first one that fits something sought, as the bench
    counts.
    """
    score_all(case.files, case.features, table)
    return gains(case, [chunk.id for _, _, chunk in lay_out(case.files, table["answer"], 10)])


def gains(case: Case, answer: Sequence[int]) -> list[float]:
    """The same for any order of chunks."""
    firsts = {
        next((at for at, chunk in enumerate(answer) if chunk in place), -1) for place in case.places
    }
    return [float(at in firsts) for at in range(len(answer))]


def report(
    cases: Sequence[Case], held_out: dict[str, dict[str, dict[str, float]]], mode: Mode
) -> str:
    """Print the figures with repositories left out; gives the one for files."""
    scores = [
        ndcg(file_gains(case, held_out[case.repository]), len(case.question.places))
        for case in cases
        if case.kind == "file"
    ]
    figure = f"NDCG@10 {np.mean(scores):.4f}"
    print(f"\n{mode}, left out: {figure} over {len(scores)} queries for files")
    for kind in (*KINDS, ""):
        ranks = [
            first_right(case, held_out[case.repository])
            for case in cases
            if case.kind in ((kind,) if kind else KINDS)
        ]
        mrr = float(np.mean([1 / rank for rank in ranks]))
        one, ten = np.mean([rank == 1 for rank in ranks]), np.mean([rank <= 10 for rank in ranks])
        summary = f"MRR@10 {mrr:.3f}  hit@1 {one:.3f}  hit@10 {ten:.3f} over {len(ranks)} queries for lines"
        print(f"{mode}, left out: {kind or 'all':10} {summary}")
    opened = [opens_inside(case, held_out[case.repository]) for case in cases if case.kind in KINDS]
    inside = [is_inside for is_inside in opened if is_inside is not None]
    print(
        f"{mode}, left out: the first hit in the right file opens inside: {np.mean(inside):.3f} of {len(inside)}"
    )
    logits: dict[str, list[float]] = {"file": [], "lines": [], "none": []}
    for case in cases:
        table = held_out[case.repository]
        row = chances(case, table) if case.files else {}
        logit = (
            sum(table["chance"].get(name, 0.0) * value for name, value in row.items())
            if row
            else -30.0
        )
        logits[case.kind if case.kind in logits else "lines"].append(logit)
    areas = ", ".join(
        f"{kind} {auc(logits[kind], logits['none']):.3f}" for kind in ("file", "lines")
    )
    print(f"{mode}, left out: answerable against unanswerable, area under the ROC curve: {areas}")
    return figure


def model_alone(cases: Sequence[Case]) -> None:
    """Files by the nearest of their chunks, and chunks by nearness, without any other feature."""
    scores, ranks = [], []
    for case in cases:
        if case.kind == "file":
            nearest = [max(file.chunks, key=lambda chunk: chunk.dense) for file in case.files]
            order = [chunk.id for chunk in sorted(nearest, key=lambda chunk: -chunk.dense)]
            scores.append(ndcg(gains(case, order), len(case.question.places)))
        elif case.kind in KINDS:
            near = sorted(
                (chunk for file in case.files for chunk in file.chunks),
                key=lambda chunk: -chunk.dense,
            )[:10]
            ranks.append(
                next(
                    (at for at, chunk in enumerate(near, 1) if chunk.id in case.right_chunks),
                    np.inf,
                )
            )
    mrr = np.mean([1 / rank for rank in ranks])
    print(f"the model alone: NDCG@10 {np.mean(scores):.4f} for files, MRR@10 {mrr:.3f} for lines")


def ablate(cases: Sequence[Case]) -> None:
    """Print what is lost without each group of features, with a fifth of the repositories left out
    at a time.
    """
    names = sorted({case.repository for case in cases})
    print(
        f"\na fifth of the repositories left out at a time\n{'without':24} NDCG@10  MRR@10  hit@1  hit@10  inside"
    )
    for group, off in {"nothing": set[str](), **GROUPS}.items():
        tables: dict[str, dict[str, dict[str, float]]] = {}
        for fifth in (names[at::_FIFTH] for at in range(_FIFTH)):
            table = learn([case for case in cases if case.repository not in fifth], "hybrid", off)
            tables |= dict.fromkeys(fifth, table)
        scores = [
            ndcg(file_gains(c, tables[c.repository]), len(c.question.places))
            for c in cases
            if c.kind == "file"
        ]
        ranks = np.array(
            [first_right(case, tables[case.repository]) for case in cases if case.kind in KINDS]
        )
        opened = [
            opens_inside(case, tables[case.repository]) for case in cases if case.kind in KINDS
        ]
        inside = np.mean([is_inside for is_inside in opened if is_inside is not None])
        figures = (
            np.mean(scores),
            np.mean(1 / ranks),
            np.mean(ranks == 1),
            np.mean(ranks <= 10),
            inside,
        )
        print(
            f"{group:24} {figures[0]:7.4f} " + " ".join(f"{figure:7.3f}" for figure in figures[1:]),
            flush=True,
        )


def show(table: Table) -> None:
    for part, weights in table.items():
        print(f"\n{part}")
        for name, weight in sorted(weights.items(), key=lambda item: -abs(item[1])):
            print(f"{name:18} {weight:8.3f}")


if __name__ == "__main__":
    main()
