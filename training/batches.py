"""The examples as counts of tokens, and the batches of pairs that one epoch is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from training.model import Counts, count_tokens, raised
from training.pairs import Example
from training.phrases import bare
from training.thesaurus import Thesaurus, paraphrase

__all__ = ["KINDS", "Corpus", "Mix", "Sources", "build_corpus", "epoch", "pairs_at"]

Numbers = NDArray[np.int64]

KINDS = ("doc", "detail", "inner", "error", "name")
_WEIGHTS = np.array([1.0, 0.5, 0.5, 0.7, 0.35])
_RUN = 8
"""Described definitions that come together: those of one file are neighbours."""
_TEMPLATES = (
    "how does this work", "where is", "how is", "how are", "where are", "code that", "function to", "how to", "where does it",
    "class for", "what", "how", "how it", "implementation of", "which method", "where do we", "logic for", "handling of",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mix:
    """How pairs are varied. All but `balance`, `group` and `power` are shares.

    `hide`: texts without what answers their query literally. `said`: queries in other words (see
    `thesaurus`). `named`: queries with the words of the name, `template`: with words of a question.
    `drop_query`, `drop_text`: tokens left out. `path`: texts with words of their path. `described`:
    as many pairs of a batch again come from the `descriptions`. `balance`: the power of a
    language's size that it takes part by. `group`: the most neighbours from one package in a run.
    `power`: how the counts of tokens are raised.
    """

    hide: float = 0.5
    said: float = 0.1
    named: float = 0.25
    template: float = 0.3
    drop_query: float = 0.1
    drop_text: float = 0.15
    balance: float = 0.5
    group: int = 512
    path: float = 0.3
    described: float = 0.2
    power: float = 0.5


@dataclass(frozen=True, slots=True)
class Corpus:
    """Token counts of queries, of texts, of texts without what answers a query literally, and of
    the words of paths.

    `queries` has a row for each query, one for each in other words, then one for each template.
    `kind`, `text` and `hidden` are by query: the number of its kind, its row in `texts`, its row in
    `without`. `first` are the queries' places by text (a text's queries are neighbours), `package`
    and `language` are numbers by text, and `paths` has a row for each text.
    """

    queries: Counts
    texts: Counts
    without: Counts
    paths: Counts
    kind: Numbers
    text: Numbers
    hidden: Numbers
    first: Numbers
    package: Numbers
    language: Numbers


Sources = tuple[Corpus, Corpus]
"""The examples of the packages, and those that are described."""


def build_corpus(tokenizer: Tokenizer, examples: Sequence[Example], others: Thesaurus) -> Corpus:
    """Tokenises everything once: minutes for a million texts."""
    queries: list[str] = []
    said: list[str] = []
    without: list[str] = []
    kind, text, hidden, first = [], [], [], [0]
    for at, example in enumerate(examples):
        places: dict[tuple[tuple[int, int], ...], int] = {}
        for query in example.queries:
            if query.hide not in places:
                places[query.hide] = len(without)
                without.append(_without(example.text, query.hide))
            said.append(paraphrase(query.text, others, len(queries)))
            queries.append(
                bare(query.text) if len(queries) % 2 and query.kind == "doc" else query.text
            )
            kind.append(KINDS.index(query.kind))
            text.append(at)
            hidden.append(places[query.hide])
        first.append(len(queries))
    return Corpus(
        queries=count_tokens(tokenizer, [*queries, *said, *_TEMPLATES]),
        texts=count_tokens(tokenizer, [example.text for example in examples]),
        without=count_tokens(tokenizer, without),
        paths=count_tokens(tokenizer, [example.path for example in examples]),
        kind=np.array(kind),
        text=np.array(text),
        hidden=np.array(hidden),
        first=np.array(first),
        package=_numbered([example.package for example in examples]),
        language=_numbered([example.language for example in examples]),
    )


def epoch(
    sources: Sources, mix: Mix, size: int, batch: int, random: np.random.Generator
) -> Iterator[tuple[Counts, Counts]]:
    """Batches of (queries, texts), one row a pair. No text comes twice in a batch, but for one that
    is described as well.

    Languages take part by a power of how many examples there are of them. Neighbours in a batch
    come in runs from one package, in the order of its files, so that what stands beside a
    definition is among what it has to be told from. A share of each batch comes from what is
    described, in runs too.
    """
    corpus, described = sources
    texts = _chosen_texts(corpus, mix, size, random)
    chosen = _one_query_each(corpus, texts, random)
    groups: dict[int, list[int]] = defaultdict(list)
    for query in chosen:
        groups[int(corpus.package[corpus.text[query]])].append(int(query))
    runs = [run for members in groups.values() for run in _runs(members, mix.group, random)]
    order = np.concatenate([np.array(runs[at]) for at in random.permutation(len(runs))])
    more = min(round(mix.described * batch), len(described.first) - 1)
    for start in range(0, len(order) - batch // 2, batch):
        queries, answers = pairs_at(corpus, order[start : start + batch], mix, random)
        if more:
            some = _some_runs(len(described.first) - 1, more, random)
            asked, answered = pairs_at(
                described, _one_query_each(described, some, random), mix, random
            )
            queries, answers = (
                vstack([queries, asked], format="csr"),
                vstack([answers, answered], format="csr"),
            )
        yield queries, answers


def _runs(members: Sequence[int], size: int, random: np.random.Generator) -> list[Sequence[int]]:
    """Neighbours, cut into runs of this size at most, each time at other places."""
    cuts = [0, *range(int(random.integers(1, size + 1)), len(members), size), len(members)]
    return [members[start:end] for start, end in pairwise(cuts)]


def _some_runs(size: int, count: int, random: np.random.Generator) -> Numbers:
    """`count` of the numbers below `size`, in runs of neighbours, ascending."""
    runs = (np.arange(size) + random.integers(0, _RUN)) // _RUN
    order = random.permutation(runs[-1] + 1)[runs]
    some: Numbers = np.sort(np.argsort(order, kind="stable")[:count])
    return some


def pairs_at(
    corpus: Corpus, chosen: Numbers, mix: Mix, random: np.random.Generator
) -> tuple[Counts, Counts]:
    """The token counts of these queries and of their texts, varied as `mix` says."""
    others = np.where(random.random(len(chosen)) < mix.said, len(corpus.kind), 0)
    queries = corpus.queries[chosen + others]
    named = _names_of(corpus, chosen)
    add = (
        (named >= 0)
        & (corpus.kind[chosen] != KINDS.index("name"))
        & (random.random(len(chosen)) < mix.named)
    )
    extra = [(add, named + others)]
    templates = (
        corpus.queries.shape[0] - len(_TEMPLATES) + random.integers(0, len(_TEMPLATES), len(chosen))
    )
    extra.append((random.random(len(chosen)) < mix.template, templates))
    for mask, rows in extra:
        picked = corpus.queries[np.where(mask, rows, 0)]
        queries = queries + picked.multiply(mask.astype(np.float32)[:, None]).tocsr()
    hide = random.random(len(chosen)) < mix.hide
    both = vstack(
        [corpus.texts[corpus.text[chosen[~hide]]], corpus.without[corpus.hidden[chosen[hide]]]],
        format="csr",
    )
    back = np.argsort(np.concatenate([np.flatnonzero(~hide), np.flatnonzero(hide)]), kind="stable")
    placed = (random.random(len(chosen)) < mix.path).astype(np.float32)[:, None]
    texts = both[back] + corpus.paths[corpus.text[chosen]].multiply(placed).tocsr()
    kept = (
        _dropped(queries.astype(np.float32), mix.drop_query, random),
        _dropped(texts, mix.drop_text, random),
    )
    return raised(kept[0], mix.power), raised(kept[1], mix.power)


def _chosen_texts(corpus: Corpus, mix: Mix, size: int, random: np.random.Generator) -> Numbers:
    totals = np.bincount(corpus.language).astype(np.float64)
    share = totals**mix.balance / (totals**mix.balance).sum() * size
    chance = np.minimum(1.0, share / totals)[corpus.language]
    chosen: Numbers = np.flatnonzero(random.random(len(chance)) < chance)
    return chosen


def _one_query_each(corpus: Corpus, texts: Numbers, random: np.random.Generator) -> Numbers:
    """A query for each text, by the weights of the kinds (the largest of the exponential clocks:
    Efraimidis and Spirakis).
    """
    keys = random.random(len(corpus.kind)) ** (1 / _WEIGHTS[corpus.kind])
    order = np.lexsort((keys, corpus.text))
    last: Numbers = order[corpus.first[1:] - 1]
    return last[texts]


def _names_of(corpus: Corpus, chosen: Numbers) -> Numbers:
    """The query of kind "name" of the same text, -1 where there is none."""
    names = np.full(len(corpus.first) - 1, -1)
    is_name = corpus.kind == KINDS.index("name")
    names[corpus.text[is_name]] = np.flatnonzero(is_name)
    found: Numbers = names[corpus.text[chosen]]
    return found


def _dropped(counts: Any, share: float, random: np.random.Generator) -> Counts:
    kept = counts.tocsr(copy=True)
    kept.data *= random.random(len(kept.data)) >= share
    return csr_matrix((kept.data, kept.indices, kept.indptr), shape=kept.shape)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _numbered(names: Sequence[str]) -> Numbers:
    numbers = {name: at for at, name in enumerate(sorted(set(names)))}
    return np.array([numbers[name] for name in names])
