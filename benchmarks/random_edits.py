"""Random changes of the files of a folder, as people and their tools make them. The same dice give
the same changes.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

__all__ = ["Edits"]

_LARGEST = 200_000


def _sources(root: Path) -> list[str]:
    """The text files of a folder that people would edit, by path."""
    found = []
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if hidden or path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            continue
        if b"\0" not in path.read_bytes()[:4096]:
            found.append(path.relative_to(root).as_posix())
    return found


class Edits:
    """`one` changes something below `root` and gives the paths concerned. What was deleted comes
    back after a while.
    """

    def __init__(self, root: Path, dice: random.Random) -> None:
        self.root, self._dice = root, dice
        self._first = {rel: (root / rel).read_bytes() for rel in _sources(root)}
        if not self._first:
            raise SystemExit(f"{root} has no text files to edit")
        self._words = 0
        self._kinds: list[tuple[Callable[[], list[str]], int]] = [
            (self._add_word, 8),
            (self._cut, 3),
            (self._paste, 4),
            (self._put_back, 4),
            (self._delete, 2),
            (self._rename, 3),
            (self._copy, 1),
            (self._rename_folder, 1),
            (self._touch, 1),
            (self._many, 1),
        ]

    def one(self) -> list[str]:
        """Relative paths that are not as they were, gone ones among them."""
        here = self._files()
        if len(here) < len(self._first) / 2 or len(here) > 2 * len(self._first):
            return self._start_over(here)
        kinds, weights = zip(*self._kinds, strict=True)
        (kind,) = self._dice.choices(kinds, weights)
        return list(kind())

    def word(self) -> str:
        """One that is nowhere else."""
        self._words += 1
        return f"zebra{self._words}quagga"

    def _files(self) -> list[str]:
        return _sources(self.root)

    def _any(self) -> str:
        return self._dice.choice(self._files())

    def _start_over(self, here: list[str]) -> list[str]:
        for rel in here:
            (self.root / rel).unlink()
        for rel, data in self._first.items():
            self._write(rel, data)
        return sorted({*here, *self._first})

    def _add_word(self, rel: str = "") -> list[str]:
        rel = rel or self._any()
        lines = (self.root / rel).read_bytes().splitlines(keepends=True)
        lines.insert(self._dice.randint(0, len(lines)), f"# {self.word()} is here\n".encode())
        return self._write(rel, b"".join(lines))

    def _cut(self) -> list[str]:
        rel = self._any()
        lines = (self.root / rel).read_bytes().splitlines(keepends=True)
        start = self._dice.randint(0, len(lines))
        del lines[start : start + self._dice.randint(1, 60)]
        return self._write(rel, b"".join(lines))

    def _paste(self) -> list[str]:
        """Lines of one file into another."""
        rel = self._any()
        lines = (self.root / rel).read_bytes().splitlines(keepends=True)
        other = (self.root / self._any()).read_bytes().splitlines(keepends=True)
        start, at = self._dice.randint(0, len(other)), self._dice.randint(0, len(lines))
        lines[at:at] = other[start : start + self._dice.randint(1, 60)]
        return self._write(rel, b"".join(lines)[:_LARGEST])

    def _put_back(self) -> list[str]:
        rel = self._dice.choice(sorted(self._first))
        return self._write(rel, self._first[rel])

    def _delete(self) -> list[str]:
        rel = self._any()
        (self.root / rel).unlink()
        return [rel]

    def _rename(self) -> list[str]:
        rel = self._any()
        target = f"{self._dice.choice(['', 'moved/', 'moved/deep/'])}{self._dice.randint(0, 9)}_{Path(rel).name}"
        (self.root / target).parent.mkdir(parents=True, exist_ok=True)
        (self.root / rel).replace(self.root / target)
        return [rel, target]

    def _copy(self) -> list[str]:
        rel = self._any()
        return self._write(f"copied/{Path(rel).name}", (self.root / rel).read_bytes())

    def _rename_folder(self) -> list[str]:
        folders = sorted({rel.rsplit("/", 1)[0] for rel in self._files() if "/" in rel})
        if not folders:
            return self._rename()
        folder = self._dice.choice(folders)
        target = f"{folder.split('/', 1)[0]}_{self._dice.randint(0, 99)}"
        if (self.root / target).exists():
            shutil.rmtree(self.root / target)
        (self.root / folder).rename(self.root / target)
        return [folder, target]

    def _touch(self) -> list[str]:
        rel = self._any()
        (self.root / rel).touch()
        return [rel]

    def _many(self) -> list[str]:
        """As a replacement over the whole project."""
        files = self._files()
        return [
            path
            for rel in self._dice.sample(files, max(1, len(files) // 3))
            for path in self._add_word(rel)
        ]

    def _write(self, rel: str, data: bytes) -> list[str]:
        """In place, or as editors do that replace the file."""
        path = self.root / rel
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._dice.random() < 0.5:
            path.write_bytes(data)
        else:
            aside = path.with_name(f".{path.name}.swp")
            aside.write_bytes(data)
            aside.replace(path)
        return [rel]
