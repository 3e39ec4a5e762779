"""A vocabulary that knows code: the words of the start, and whole words that are frequent in many
packages.

The tokenizer separates the words of camelCase, lower-cases, strips accents, cuts CJK into
characters, and keeps letters and digits only: punctuation says little without order, and takes half
of a text's tokens.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from tokenizers import Tokenizer

from training.model import Rows, StaticModel

__all__ = ["build_vocabulary", "count_words", "sample", "tokenizer_settings"]

T = TypeVar("T")

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_NORMALIZER: dict[str, Any] = {
    "type": "Sequence",
    "normalizers": [
        {"type": "Replace", "pattern": {"Regex": _BOUNDARY.pattern}, "content": " "},
        {
            "type": "BertNormalizer",
            "clean_text": False,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
    ],
}
_PRE_TOKENIZER: dict[str, Any] = {
    "type": "Split", "pattern": {"Regex": _WORDS.pattern}, "behavior": "Removed", "invert": True,
}  # fmt: skip
_SPECIAL = ("[PAD]", "[UNK]")
_FEWEST_PACKAGES = 3


def tokenizer_settings(start: Path, tokens: Iterable[str]) -> dict[str, Any]:
    """The `tokenizer.json` of the start with another vocabulary and another way to find words."""
    settings: dict[str, Any] = json.loads((start / "tokenizer.json").read_text(encoding="utf-8"))
    settings["model"]["vocab"] = {token: at for at, token in enumerate(tokens)}
    settings["padding"] = None
    return settings | {"normalizer": _NORMALIZER, "pre_tokenizer": _PRE_TOKENIZER}


def count_words(start: Path, packages: Iterable[list[str]]) -> tuple[Counter[str], Counter[str]]:
    """How often each word occurs in the texts of the packages (once a text), and in how many
    packages.
    """
    finder = Tokenizer.from_str(json.dumps(tokenizer_settings(start, _SPECIAL)))

    def find(text: str) -> set[str]:
        if text.isascii():  # the same, ten times as fast
            return set(_WORDS.findall(_BOUNDARY.sub(" ", text).lower()))
        normal = finder.normalizer.normalize_str(text)
        return {word for word, _ in finder.pre_tokenizer.pre_tokenize_str(normal)}

    texts_with: Counter[str] = Counter()
    packages_with: Counter[str] = Counter()
    for texts in packages:
        mine: Counter[str] = Counter()
        for text in texts:
            mine.update(find(text))
        texts_with.update(mine)
        packages_with.update(mine.keys())
    return texts_with, packages_with


def build_vocabulary(
    start: Path, words: Counter[str], packages: Counter[str], size: int
) -> tuple[dict[str, Any], Rows]:
    """The settings of a tokenizer of at most `size` tokens and their first vectors, mean length 1.

    Kept of the start is all that the tokenizer can still produce. Of the words that it would break,
    those in most packages come in, each as the mean of its pieces.
    """
    model = StaticModel.load(start)
    old: dict[str, int] = model.tokenizer.get_vocab()
    kept = [
        *_SPECIAL,
        *sorted((token for token in old if _is_producible(token)), key=old.__getitem__),
    ]
    fresh = [
        word
        for word, count in packages.items()
        if word not in old and count >= _FEWEST_PACKAGES and 2 <= len(word) <= 24
    ]
    fresh.sort(key=lambda word: (-packages[word], -words[word], word))
    tokens = [*kept, *fresh[: size - len(kept)]]
    settings = tokenizer_settings(start, kept)
    breaker = Tokenizer.from_str(json.dumps(settings))
    rows = np.zeros((len(tokens), model.rows.shape[1]), dtype=np.float32)
    for at, token in enumerate(tokens):
        pieces = (
            [old[token]]
            if token in old
            else [old[piece] for piece in breaker.encode(token).tokens if piece not in _SPECIAL]
        )
        rows[at] = model.rows[pieces].mean(axis=0) if pieces else 0
    rows[: len(_SPECIAL)] = 0
    return tokenizer_settings(start, tokens), rows / np.linalg.norm(rows, axis=1)[
        len(_SPECIAL) :
    ].mean()


def sample(items: list[T], most: int, seed: int) -> list[T]:
    """At most `most` of the items, always the same ones."""
    return items if len(items) <= most else random.Random(seed).sample(items, most)


def _is_producible(token: str) -> bool:
    return token not in _SPECIAL and _WORDS.fullmatch(token.removeprefix("##")) is not None
