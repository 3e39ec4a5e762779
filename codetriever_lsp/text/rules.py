"""Which version of the rules decides about chunks and symbols. On its own, so that whoever only
compares need not parse.
"""

from __future__ import annotations

import hashlib
from importlib import metadata, resources

__all__ = ["CHUNK_RULES", "PROSE_RULES", "TEXT_RULES"]

CHUNK_RULES = "chunks-2"
"""Changed by hand with every change to `broken`, `chunker`, `layout`, `regions`, `rows`,
`splitting` or `outline` that moves or renames a chunk."""

PROSE_RULES = "prose-1"
"""The same for `prose`."""


def _rules() -> str:
    """The versions of all that decides about chunks and symbols; a changed query file changes
    it.
    """
    digest = hashlib.blake2b(digest_size=8)
    queries = resources.files("codetriever_lsp.text").joinpath("queries")
    for file in sorted(queries.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".scm"):
            digest.update(
                file.name.encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n") + b"\0"
            )
    return f"{CHUNK_RULES}:{PROSE_RULES}:{metadata.version('tree-sitter-language-pack')}:{digest.hexdigest()}"


TEXT_RULES: str = _rules()
"""Two indexes agree on symbols and chunks of the same bytes exactly if this is equal."""
