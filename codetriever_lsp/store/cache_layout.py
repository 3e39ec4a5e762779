"""Where things lie in the cache directory. Folders are private to the user (0700), files too
(0600).

<cache>/engine-VERSION-PROTOCOL.lock|json|log
<cache>/embeddings.sqlite
<cache>/stores/<name>-<hash of root>/root.txt
<cache>/stores/<name>-<hash of root>/<hash of fingerprint>/{manifest.sqlite, vectors/, lock, ...}
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from codetriever_lsp.errors import StoreError
from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.platform.private_dir import make_private_dir, make_private_file, probe

__all__ = [
    "StoreLocation",
    "cache_id",
    "embeddings_path",
    "locate",
    "prepare_cache",
    "private_dir",
    "private_file",
    "root_key",
    "stored_roots",
    "tree_bytes",
]


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """The place of one store: of one workspace folder, built with one fingerprint (model and
    rules).
    """

    path: Path
    root: str

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.sqlite"

    @property
    def vectors(self) -> Path:
        return self.path / "vectors"

    @property
    def names(self) -> Path:
        """The names of all definitions, ready to be searched: kept for quick starts, and made anew
        where it is missing.
        """
        return self.path / "names"

    @property
    def cache_dir(self) -> Path:
        return self.path.parent.parent.parent

    @property
    def key(self) -> str:
        """Names this store among all stores of the cache directory."""
        return f"{self.path.parent.name}-{self.path.name}"

    def create(self) -> None:
        """Make the folders, private. Raises StoreError naming the folder that cannot be written."""
        for folder in (self.cache_dir, self.path.parent.parent, self.path.parent, self.path):
            private_dir(folder)
        note = self.path.parent / "root.txt"
        if not note.exists():
            with _advised(note.parent):
                write_atomic(note, f"{self.root}\n".encode("utf-8", "surrogateescape"))

    def siblings(self) -> list[StoreLocation]:
        """The stores of the same folder that were built with another fingerprint, newest first."""
        if not self.path.parent.is_dir():
            return []
        others = [
            entry for entry in self.path.parent.iterdir() if entry.is_dir() and entry != self.path
        ]
        return [StoreLocation(other, self.root) for other in sorted(others, key=_age, reverse=True)]

    def remove(self) -> int:
        """Delete the store and give the bytes that it took. It must not be open."""
        size = tree_bytes(self.path)
        shutil.rmtree(self.path, ignore_errors=True)
        return size

    def forget(self) -> int:
        """Delete what is kept of the folder beside its stores, if none is left, and give the bytes
        that it took.
        """
        if self.path.exists() or self.siblings():
            return 0
        size = tree_bytes(self.path.parent)
        shutil.rmtree(self.path.parent, ignore_errors=True)
        return size


def locate(cache_dir: Path, root: Path | str, fingerprint: str) -> StoreLocation:
    """Where the store of `root` (resolved, absolute) for this fingerprint lies; nothing is
    created.
    """
    return StoreLocation(cache_dir / "stores" / root_key(root) / _digest(fingerprint), str(root))


def root_key(root: Path | str) -> str:
    """A folder name that is unique for `root` and tells a person which it is."""
    text = os.path.normcase(str(root))
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(text).name)[:40].strip(".") or "root"
    return f"{name}-{_digest(text)}"


def embeddings_path(cache_dir: Path) -> Path:
    return cache_dir / "embeddings.sqlite"


def prepare_cache(cache_dir: Path) -> Path:
    """Make the cache directory, private, and prove that it can be written. Raises StoreError that
    says what to do.
    """
    private_dir(cache_dir)
    with _advised(cache_dir):
        probe(cache_dir, b"x")
    return cache_dir


def cache_id(cache_dir: Path) -> str:
    """A random name of this cache directory, made once: keeps the collections of several users of
    one server apart.
    """
    file = cache_dir / "id.txt"
    with _advised(cache_dir):
        if not file.exists():
            write_atomic(file, secrets.token_hex(8).encode())
        text = file.read_text(encoding="ascii").strip()
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise StoreError(f"{file} is damaged. Delete it; the folders are then indexed again.")
    return text


def stored_roots(cache_dir: Path) -> Iterator[tuple[str, StoreLocation]]:
    """Each store in the cache directory, with the root that it is for."""
    stores = cache_dir / "stores"
    for folder in sorted(stores.iterdir()) if stores.is_dir() else ():
        note = folder / "root.txt"
        if note.is_file():
            root = note.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n")
            yield from (
                (root, StoreLocation(path, root))
                for path in sorted(folder.iterdir())
                if path.is_dir()
            )


def private_dir(path: Path) -> None:
    """Make `path` with mode 0700, and its parents with the usual one. Raises StoreError."""
    with _advised(path):
        make_private_dir(path)


def private_file(path: Path) -> None:
    """Make an empty file with mode 0600 if there is none. Raises StoreError."""
    with _advised(path.parent):
        make_private_file(path)


def tree_bytes(path: Path) -> int:
    """What the files under `path` take on disk. Sparse files count with what is allocated."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                stat = os.lstat(Path(folder) / name)
            except OSError:
                continue
            blocks: int | None = getattr(stat, "st_blocks", None)  # not on Windows
            total += stat.st_size if blocks is None else blocks * 512
    return total


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@contextlib.contextmanager
def _advised(folder: Path) -> Iterator[None]:
    """Turn an OSError or a damaged text into a StoreError that says what to do about `folder`."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise StoreError(
            f"The index cannot be kept in {folder}: {reason}. Make the folder writable, or choose another one "
            "with the setting cacheDir (environment: CODETRIEVER_CACHE_DIR)."
        ) from error
