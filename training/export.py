"""The folder that the product reads: tokenizer, token vectors as bytes, settings. Written beside
and then moved into place.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from training.model import MAX_TOKENS, Rows, write_safetensors
from training.quantise import exact_in_float64, quantise

__all__ = ["write_model"]


def write_model(
    folder: Path, tokenizer: dict[str, Any], rows: Rows, power: float, card: str
) -> int:
    """Writes the four files of a model; gives their size in bytes. Raises ValueError if its sums
    could be rounded.
    """
    integers, weights = quantise(rows)
    if not exact_in_float64(weights):
        raise ValueError("the factors of the rows have too many bits or too wide a range")
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    settings = {
        "model_type": "model2vec", "architectures": ["StaticModel"], "hidden_dim": int(rows.shape[1]), "vocab_size": len(rows),
        "normalize": True, "pooling": "mean", "count_power": power, "max_length": MAX_TOKENS,
        "embedding_dtype": str(np.dtype(np.int8)),
    }  # fmt: skip
    write_safetensors(fresh / "model.safetensors", {"weights": weights, "embeddings": integers})
    (fresh / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    (fresh / "config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    (fresh / "MODEL.md").write_text(card, encoding="utf-8")
    if folder.exists():
        old = folder.with_name(f"{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        folder.replace(old)
        shutil.rmtree(old)
    fresh.replace(folder)
    return sum(file.stat().st_size for file in folder.iterdir())
