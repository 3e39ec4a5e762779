"""Whether files are still what an index says of them. Blocks on the disk: for a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import FileStamp, content_digest
from codetriever_lsp.workspace.entries import Entry, stamp_of
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.read import Skipped, read
from codetriever_lsp.workspace.walk import stat_entry

__all__ = ["Unchanged"]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Compares the files of one folder with their stamps. What is not to be indexed any more counts
    as changed.
    """

    root: Path
    rules: IgnoreRules
    settings: IndexSettings

    def __call__(self, stamps: Mapping[str, FileStamp]) -> set[str]:
        """The files that are not what they were. One with another stamp is read: only its bytes
        decide.
        """
        return {path for path, stamp in stamps.items() if not self._holds(path, stamp)}

    def _holds(self, path: str, stamp: FileStamp) -> bool:
        if not isinstance(stat_entry(self.root, path, self.rules, self.settings), Entry):
            return False
        try:
            if stamp_of((self.root / path).lstat()) == (stamp.size, stamp.mtime_ns):
                return True
        except OSError:
            return False
        found = read(self.root, path, self.settings.max_file_bytes)
        return not isinstance(found, Skipped) and content_digest(found.data) == stamp.digest
