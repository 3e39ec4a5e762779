"""Which rules an index and an embedding were made by."""

from __future__ import annotations

from codetriever_lsp.text.nature import NATURE_RULES
from codetriever_lsp.text.rules import TEXT_RULES
from codetriever_lsp.text.terms import TERMS_RULES

__all__ = ["EMBEDDED_CHARACTERS", "embedding_rules", "index_rules"]

EMBEDDED_CHARACTERS = 2_000
"""What of a chunk is embedded. The digest is of all of it, for the words of the rest count too."""

_RULES = "prepare-2"


def embedding_rules(fingerprint: str) -> str:
    """The key of the embedding cache: what a text's vector depends on besides the text."""
    return f"{fingerprint}/{EMBEDDED_CHARACTERS}"


def index_rules(fingerprint: str) -> str:
    """What an index depends on besides the files. An index of other rules has to be built anew."""
    return f"{embedding_rules(fingerprint)}/{TEXT_RULES}/{TERMS_RULES}/{NATURE_RULES}/{_RULES}"
