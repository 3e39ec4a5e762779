"""Everything from nothing: packages, pairs, vocabulary, model, figures.

usage: python -m training WORK --start MODEL [--checkouts DIR --bench DIR] [--step NAME]
[--processes N]

WORK holds what is downloaded and made in between (about three gigabytes); what the steps "fetch"
and "pairs" find there they do not make again. MODEL is the folder of the distilled model to start
from. With the development queries (BENCH, and the CHECKOUTS of its repositories) each epoch is
scored on them as well; they are not trained on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from training.evaluate import load_bench, score
from training.fetch import fetch_all
from training.model import Rows, StaticModel, load_tokenizer
from training.registries import read_manifest
from training.steps import counts_of, make_model, make_pairs, make_vocabulary
from training.train import Options

HERE = Path(__file__).parent


def main() -> None:
    args = arguments()
    packages = read_manifest(HERE / "packages.json")
    card = (HERE / "MODEL.md").read_text(encoding="utf-8")
    steps: dict[str, Callable[[], object]] = {
        "fetch": lambda: fetch_all(packages, args.work),
        "pairs": lambda: make_pairs(packages, args.work, args.processes),
        "vocabulary": lambda: make_vocabulary(packages, args.work, args.start),
        "train": lambda: make_model(packages, args.work, Options(), card, observer(args)),
        "counts": lambda: print(
            *(f"{name} {count}" for name, count in counts_of(packages, args.work).most_common()),
            sep="\n",
        ),
    }
    for name, step in steps.items():
        if args.step in ("", name):
            started = time.perf_counter()
            step()
            print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--checkouts", type=Path)
    parser.add_argument("--bench", type=Path)
    parser.add_argument(
        "--step", default="", help="only this one of fetch, pairs, vocabulary, train, counts"
    )
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def observer(args: argparse.Namespace) -> Callable[[Rows], str]:
    """What to say about rows: their scores on the development queries, or nothing without those."""
    if not args.checkouts or not args.bench:
        return lambda _: ""
    repositories = load_bench(args.work, args.checkouts, args.bench)

    def observe(rows: Rows) -> str:
        model = StaticModel(load_tokenizer(args.work / "tokenizer.json"), rows, Options().mix.power)
        summary = score(repositories, model.embed, args.bench).summary()
        return " ".join(f"{name} {summary[name]:.4f}" for name in ("ndcg", "mrr", "hit1", "hit10"))

    return observe


if __name__ == "__main__":
    main()
