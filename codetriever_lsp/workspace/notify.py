"""What runs in the thread of a watcher: arms watchfiles, and turns its events into relative paths.

On Linux each folder is watched by itself, without the excluded ones: watchfiles' own recursion
follows links out of the root (a link to `/usr` costs 15,000 watches and seconds), and spends
watches on dependencies. Elsewhere one recursive watch of the root is cheap and follows nothing.
watchfiles' `awatch` is not used because it arms on the event loop.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from watchfiles._rust_notify import RustNotify

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.entries import NOT_UTF8, Entry
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.paths import spelling
from codetriever_lsp.workspace.walk import descend

__all__ = ["Armed", "Found", "Notifier", "Opener", "RootGoneError", "open_notifier"]

RECURSIVE = sys.platform in ("darwin", "win32")
GROUP_MS, STEP_MS, IDLE_MS = 400, 50, 2000
"""Events are grouped until none came for STEP_MS, at most GROUP_MS long; without any, the root is
looked at every IDLE_MS."""

_MODIFIED = 2
_TRIES = 5


class Notifier(Protocol):
    """What is used of watchfiles' `RustNotify`."""

    def watch(
        self, debounce_ms: int, step_ms: int, timeout_ms: int, stop_event: threading.Event
    ) -> set[tuple[int, str]] | Literal["signal", "stop", "timeout"]: ...

    def close(self) -> None: ...


Opener = Callable[[list[str], bool, bool], Notifier]
"""Folders, whether to poll, whether to watch all below them as well -> what waits for their
events."""


class RootGoneError(Exception):
    """The root does not exist any more, or another folder has its name."""


@dataclass(frozen=True, slots=True)
class Found:
    """Paths relative to the root that events told of; with `rules` a rules file is among them."""

    paths: frozenset[str] = frozenset()
    rules: bool = False


def open_notifier(
    folders: list[str], polling: bool, recursive: bool, *, poll_ms: int = 1000
) -> Notifier:
    return RustNotify(folders, False, polling, poll_ms, recursive, False)


class Armed:
    """A standing watch of a root. Raises RootGoneError, and whatever the notifier raises, from all
    its methods.
    """

    def __init__(
        self, root: Path, rules: IgnoreRules, polling: bool, opener: Opener = open_notifier
    ) -> None:
        self._root, self._rules, self._polling, self._opener = root, rules, polling, opener
        self._recursive = RECURSIVE
        self._head = str(root).rstrip(os.sep) + os.sep
        self._identity = _identity(root)
        self._folders: set[str] = {""}
        self._notifier = self._arm([""])[0]

    def close(self) -> None:
        self._notifier.close()

    def wait(self, stop: threading.Event) -> Found | None:
        """The next events that matter; None if there were none for a while, or `stop` is set."""
        changes = self._notifier.watch(GROUP_MS, STEP_MS, IDLE_MS, stop)
        if _identity(self._root) != self._identity:
            raise RootGoneError
        if isinstance(changes, str):
            return None
        found = self._translate(changes)
        return found if found.paths else None

    def _translate(self, changes: Iterable[tuple[int, str]]) -> Found:
        paths: set[str] = set()
        appeared: list[str] = []
        rules = False
        for change, path in sorted(changes):
            rel = (
                spelling(path[len(self._head) :].replace(os.sep, "/"))
                if path.startswith(self._head)
                else ""
            )
            if not rel:
                continue
            rules = rules or self._rules.is_rules_file(rel)
            is_folder = _is_folder(self._head + rel)
            if self._is_excluded(rel, is_folder):
                continue
            if is_folder:
                if change == _MODIFIED and (self._recursive or rel in self._folders):
                    continue
                appeared.append(rel)
            elif rel in self._folders:
                self._folders = {
                    folder
                    for folder in self._folders
                    if folder != rel and not folder.startswith(rel + "/")
                }
            paths.add(rel)
        return self._extend(appeared, paths, rules) if appeared else Found(frozenset(paths), rules)

    def _is_excluded(self, rel: str, is_folder: bool | None) -> bool:
        """Of a path that is gone nobody knows what it was: it is excluded only if it would be
        either way.
        """
        if is_folder is not None:
            return self._rules.reason(rel, is_folder) is not None
        return (
            self._rules.reason(rel, False) is not None and self._rules.reason(rel, True) is not None
        )

    def _extend(self, appeared: list[str], paths: set[str], rules: bool) -> Found:
        """With all below new folders, which are watched from now on. The old watch ends after the
        new one stands.
        """
        for folder in appeared:
            self._rules.refresh(folder)
        if self._recursive:
            return Found(frozenset(paths | self._list(appeared)[1]), rules)
        old = self._notifier
        self._notifier, listed = self._arm(appeared)
        try:
            last = old.watch(1, 1, 1, threading.Event())
        finally:
            old.close()
        more = Found() if isinstance(last, str) else self._translate(last)
        return Found(frozenset(paths | listed | more.paths), rules or more.rules)

    def _arm(self, starts: list[str]) -> tuple[Notifier, set[str]]:
        """A watch of all folders known and of those below `starts`, and all paths below these.

        What is made while the watch is being set up is found by looking again until no folder is
        new.
        """
        if self._recursive:
            return self._opener([str(self._root)], self._polling, True), set()
        folders, paths = self._list(starts)
        for attempt in range(_TRIES):
            self._folders |= folders
            try:
                notifier = self._opener(
                    [self._head + folder for folder in sorted(self._folders)], self._polling, False
                )
            except FileNotFoundError:
                if attempt == _TRIES - 1:
                    raise
                self._folders = {
                    folder for folder in self._folders if _is_folder(self._head + folder)
                }
                folders, paths = self._list(starts)
                continue
            folders, again = self._list(starts)
            paths |= again
            if folders <= self._folders or attempt == _TRIES - 1:
                break
            notifier.close()
        return notifier, paths

    def _list(self, starts: list[str]) -> tuple[set[str], set[str]]:
        """The folders at and below `starts`, and the other paths there."""
        folders: set[str] = set()
        paths: set[str] = set()
        for start in starts:
            for found in descend(self._root, start, self._rules, _SETTINGS):
                if isinstance(found, str):
                    folders.add(found)
                elif isinstance(found, Entry) or found.reason != NOT_UTF8:
                    paths.add(found.path)
        if "" in starts and "" not in folders:
            raise RootGoneError
        return folders, paths - {""}


_SETTINGS = IndexSettings()
"""Only sizes are judged by it, and paths are listed whatever their size."""


def _is_folder(path: str) -> bool | None:
    """None: nothing is there. A link is no folder."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return None


def _identity(root: Path) -> tuple[int, int]:
    try:
        status = root.stat()
    except (OSError, ValueError):
        raise RootGoneError from None
    return status.st_dev, status.st_ino
