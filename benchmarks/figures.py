"""How good answers are: the same figures for whoever gave them."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from learning import auc, ndcg
from questions import KINDS, Question, same_file

__all__ = ["Answer", "file_score", "show"]


@dataclass(frozen=True)
class Answer:
    """The hits of one query: path, start_line and end_line (from 1, inclusive) and score of each,
    best first.
    """

    repository: str
    language: str
    category: str
    question: Question
    hits: list[dict[str, Any]]


def show(title: str, answers: Sequence[Answer]) -> None:
    """Print all figures of these answers."""
    files = [answer for answer in answers if answer.question.kind == "file"]
    print(
        f"\n{title}\n  NDCG@10 {_mean(map(file_score, files)):.4f} over {len(files)} queries for files"
    )
    for name, key in (("kind", _category), ("language", _language)):
        print(
            f"  by {name}: "
            + ", ".join(
                f"{group} {_mean(map(file_score, some)):.3f}"
                for group, some in _grouped(files, key)
            )
        )
    lines = [answer for answer in answers if answer.question.kind in KINDS]
    for kind in (*KINDS, ""):
        ranks = [first_right(answer) for answer in lines if kind in (answer.question.kind, "")]
        if ranks:
            one, ten = _mean(rank == 1 for rank in ranks), _mean(rank <= 10 for rank in ranks)
            mrr = _mean(1 / rank for rank in ranks)
            print(
                f"  lines, {kind or 'all':10} MRR@10 {mrr:.3f}  hit@1 {one:.3f}  hit@10 {ten:.3f}  ({len(ranks)} queries)"
            )
    print(
        "  lines by language: "
        + ", ".join(
            f"{group} {_mean(1 / first_right(a) for a in some):.3f}"
            for group, some in _grouped(lines, _language)
        )
    )
    opened = [inside for answer in lines for inside in opens_inside(answer)[:1]]
    print(
        f"  first hit in the right file opens inside the definition: {_mean(opened):.3f} ({len(opened)} queries)"
    )
    top = {
        kind: [
            answer.hits[0]["score"] if answer.hits else 0.0
            for answer in answers
            if (answer.question.kind == "none") == kind
        ]
        for kind in (True, False)
    }
    print(
        f"  top score, answerable against unanswerable: area under the ROC curve {auc(top[False], top[True]):.3f}"
    )


def file_score(answer: Answer) -> float:
    """NDCG@10 as the bench has it: a target counts at the rank of the first hit in its file and, if
    given, its lines.
    """
    gains = [0.0] * 10
    for place in answer.question.places:
        rank = next((at for at, hit in enumerate(answer.hits[:10]) if _fits(hit, *place)), None)
        if rank is not None:
            gains[rank] = 1.0
    return ndcg(gains, len(answer.question.places))


def _fits(hit: dict[str, Any], path: str, first: int | None, last: int | None) -> bool:
    inside = (
        first is None
        or last is None
        or (hit["start_line"] - 1 <= last and hit["end_line"] - 1 >= first)
    )
    return inside and same_file(hit["path"], path)


def first_right(answer: Answer) -> float:
    """The rank of the first hit that shares lines with a place; infinite if none of ten does."""
    for rank, hit in enumerate(answer.hits[:10], 1):
        for path, first, last in answer.question.places:
            if (
                hit["path"] == path
                and hit["start_line"] - 1 <= (last or 0)
                and hit["end_line"] - 1 >= (first or 0)
            ):
                return float(rank)
    return float("inf")


def opens_inside(answer: Answer) -> list[bool]:
    """Of the hits in a right file, in order, whether they begin within the lines of a place that
    answers.
    """
    found = []
    for hit in answer.hits[:10]:
        mine = [
            (first or 0, last or 0)
            for path, first, last in answer.question.places
            if hit["path"] == path
        ]
        if mine:
            found.append(any(first <= hit["start_line"] - 1 <= last for first, last in mine))
    return found


def _category(answer: Answer) -> str:
    return answer.category


def _language(answer: Answer) -> str:
    return answer.language


def _grouped(
    answers: Iterable[Answer], key: Callable[[Answer], str]
) -> list[tuple[str, list[Answer]]]:
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[key(answer)].append(answer)
    return sorted(groups.items())


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return statistics.fmean(found) if found else float("nan")
