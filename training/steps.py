"""The steps from archives to a model, each from what the one before left in the work folder."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training.batches import Corpus, build_corpus
from training.descriptions import described, read_descriptions
from training.export import write_model
from training.fetch import archive_folder, fetch
from training.heldout import HELD_OUT, recall
from training.model import Rows, load_tokenizer
from training.pairs import Example, read_examples, write_package
from training.registries import Package
from training.thesaurus import thesaurus
from training.train import Options, train_all
from training.vocabulary import build_vocabulary, count_words, sample

__all__ = ["counts_of", "held_out_corpus", "make_model", "make_pairs", "make_vocabulary"]

_HERE = Path(__file__).parent
_TEXTS_A_PACKAGE = 500
"""Enough to know which words a package uses."""
_MOST_TOKENS = 42_000
"""What fits into 16 MB with everything else."""
_SEED = 7


def make_pairs(packages: list[Package], work: Path, processes: int) -> None:
    """One file of examples for each package, `pairs/REGISTRY+NAME.jsonl.gz`, with its counts beside
    it.
    """
    (work / "pairs").mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        for package, counts in zip(
            packages, pool.map(_pairs_of, packages, [work] * len(packages)), strict=True
        ):
            print(
                f"{package.name}: {sum(n for kind, n in counts.items() if ':' not in kind)} queries",
                flush=True,
            )


def make_vocabulary(packages: list[Package], work: Path, start: Path) -> None:
    """`tokenizer.json`, and the first vectors of its tokens, `start.npy`."""
    texts = (_words_of(examples) for examples in _by_package(packages, work, "train"))
    settings, rows = build_vocabulary(start, *count_words(start, texts), _MOST_TOKENS)
    (work / "tokenizer.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    np.save(work / "start.npy", rows)
    print(f"{len(rows)} tokens, {rows.shape[1]} dimensions")


def make_model(
    packages: list[Package], work: Path, options: Options, card: str, observe: Callable[[Rows], str]
) -> None:
    """Trains and writes the folder `model`. `observe` says after each epoch how good the rows
    are.
    """
    tokenizer, others = load_tokenizer(work / "tokenizer.json"), thesaurus()
    examples = [example for found in _by_package(packages, work, "train") for example in found]
    corpus = build_corpus(tokenizer, examples, others)
    said = described(examples, read_descriptions(_HERE / "descriptions.jsonl"))
    sources = corpus, build_corpus(tokenizer, said, others)
    queries = sum(len(example.queries) for example in examples)
    print(f"{len(examples)} chunks, {queries} queries; {len(said)} chunks described", flush=True)
    held_out = held_out_corpus(packages, work, tokenizer)

    def after(number: int, rows: Rows) -> None:
        hidden, full = recall(rows, held_out, options.mix.power)
        print(
            f"after {number}: held-out recall@10 {hidden:.4f} (documentation shown: {full:.4f}) {observe(rows)}",
            flush=True,
        )

    rows = train_all(np.load(work / "start.npy"), sources, options, after)
    after(options.epochs, rows)
    settings = json.loads((work / "tokenizer.json").read_text(encoding="utf-8"))
    print(
        f"model: {write_model(work / 'model', settings, rows, options.mix.power, card) / 1e6:.1f} MB"
    )


def counts_of(packages: list[Package], work: Path) -> Counter[str]:
    """The number of queries by language, and by kind ("kind:doc"), over all packages."""
    total: Counter[str] = Counter()
    for package in packages:
        total.update(
            json.loads(_pairs_file(package, work, ".counts.json").read_text(encoding="utf-8"))
        )
    return total


def held_out_corpus(packages: list[Package], work: Path, tokenizer: Tokenizer) -> Corpus:
    """Documented chunks of the packages that are never trained on."""
    examples = [example for found in _by_package(packages, work, "held-out") for example in found]
    documented = [
        example for example in examples if any(query.kind == "doc" for query in example.queries)
    ]
    chosen = random.Random(_SEED).sample(documented, min(HELD_OUT, len(documented)))
    return build_corpus(tokenizer, chosen, {})


def _pairs_of(package: Package, work: Path) -> Counter[str]:
    counted = _pairs_file(package, work, ".counts.json")
    if counted.exists():
        return Counter(json.loads(counted.read_text(encoding="utf-8")))
    counts = write_package(package, fetch(package, work), _pairs_file(package, work, ".jsonl.gz"))
    counted.write_text(json.dumps(dict(sorted(counts.items()))), encoding="utf-8")
    return counts


def _pairs_file(package: Package, work: Path, ending: str) -> Path:
    return work / "pairs" / (archive_folder(work, package.registry, package.name).name + ending)


def _by_package(packages: list[Package], work: Path, share: str) -> Iterator[list[Example]]:
    for package in packages:
        if package.share == share:
            yield list(read_examples(_pairs_file(package, work, ".jsonl.gz")))


def _words_of(examples: list[Example]) -> list[str]:
    some = sample(examples, _TEXTS_A_PACKAGE, _SEED)
    return [
        text
        for example in some
        for text in (example.text, *(query.text for query in example.queries))
    ]
