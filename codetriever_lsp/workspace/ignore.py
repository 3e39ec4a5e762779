"""Given a path below a workspace folder, why it is not indexed, or None.

Asked in this order, the first answer counts, and below an excluded folder nothing is asked any
more:

1. version control folders and secrets: always left out, no file and no setting brings them back;
2. `exclude` of the settings: always left out;
3. `.codetrieverignore`, the deepest file first: leaves out, or with `!pattern` takes back what 4
  and 5 would leave out;
4. the built-in exclusions of `exclusions`;
5. git's rules, as git applies them: the `.gitignore` of each folder up to the top of the
  repository, the deepest first, then
   `info/exclude`, then the user's own ignore file. They are read in a folder that is no repository,
   too. A repository inside
   another one has only its own. If a repository around the workspace ignores the workspace folder
   itself, its rules are not
   asked: whoever opens an ignored folder wants to search it. That an ignored file is tracked all
   the same is not known here;
6. `include` of the settings: files that neither match nor lie below a folder that matches are left
  out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace import exclusions
from codetriever_lsp.workspace.gitfiles import (
    Repository,
    global_excludes,
    read_rules,
    repository_at,
)
from codetriever_lsp.workspace.patterns import PatternList, lines_of
from codetriever_lsp.workspace.wildmatch import SPECIAL, as_bytes

__all__ = ["CODETRIEVERIGNORE", "EXCLUDED", "GITIGNORE", "NOT_INCLUDED", "OWN_RULES", "IgnoreRules"]

CODETRIEVERIGNORE = ".codetrieverignore"
OWN_RULES = "codetrieverignore"
GITIGNORE = "gitignore"
EXCLUDED = "excluded"
NOT_INCLUDED = "not included"


@dataclass(frozen=True, slots=True)
class _Layer:
    """Patterns and where they stand: a path loses `strip` characters at its start and gets `prefix`
    instead.
    """

    patterns: PatternList
    strip: int = 0
    prefix: str = ""

    def verdict(self, rel: str, is_dir: bool) -> bool | None:
        return self.patterns.verdict(self.prefix + rel[self.strip :], is_dir)


@dataclass(frozen=True, slots=True)
class _Folder:
    """What holds for everything in one folder. Layers stand strongest first; `reason` excludes all
    of it.
    """

    name: str
    reason: str | None = None
    own: tuple[_Layer, ...] = ()
    git: tuple[_Layer, ...] = ()
    fold: bool = False
    included: bool = True


class IgnoreRules:
    """The rules of one workspace folder. Rules files are read when first needed and kept until
    `refresh`.

    Safe to ask from several threads. `root` comes from `paths.root_of`.
    """

    def __init__(self, root: Path, settings: IndexSettings) -> None:
        self.root = root
        self._exclude = PatternList(map(as_bytes, settings.exclude))
        self._include = PatternList(map(as_bytes, settings.include)) if settings.include else None
        self._heads = _literal_heads(self._include)
        self._folders: dict[str, _Folder] = {}

    def refresh(self, below: str = "") -> None:
        """Forgets what was read (in the folder `below` and under it), so that the next question
        reads the files again.
        """
        kept = self._folders if below else {}
        self._folders = {
            rel: kept[rel]
            for rel in tuple(kept)
            if rel != below and not rel.startswith(below + "/")
        }

    def reason(self, rel: str, is_dir: bool) -> str | None:
        """Why the path is not indexed; None: index it (or enter it). Nothing is asked of the path
        itself: it need not exist.
        """
        parent = self._folder(rel.rpartition("/")[0])
        return parent.reason or self._judge(parent, rel, is_dir)

    def enter(self, rel: str, names: AbstractSet[str]) -> None:
        """Reads the rules files of the folder `rel` ("" for the root), which holds exactly `names`:
        saves looking for them.
        """
        folders = self._folders
        if rel not in folders:
            folders[rel] = self._open(rel, names.__contains__)

    def is_rules_file(self, rel: str) -> bool:
        """Whether a change of this file can change the answer for others: everything must be looked
        at again then.
        """
        folder, _, name = rel.rpartition("/")
        if name in (".gitignore", CODETRIEVERIGNORE):
            return self._folder(folder).reason is None
        if name in exclusions.MARKERS:
            return self._folder(folder.rpartition("/")[0]).reason is None
        return f"/{rel}".endswith("/.git/info/exclude")

    def _folder(self, rel: str) -> _Folder:
        folders = self._folders
        found = folders.get(rel)
        if found is None:
            folder = self.root / rel if rel else self.root
            found = folders[rel] = self._open(rel, lambda name: os.path.lexists(folder / name))
        return found

    def _open(self, rel: str, has: Callable[[str], bool]) -> _Folder:
        """Reads the rules of one folder, after those of the folders above it."""
        if not rel:
            return self._read(_outermost(self.root, self._include is None), "", has)
        parent = self._folder(rel.rpartition("/")[0])
        reason = parent.reason or self._judge(parent, rel, True)
        if reason is not None:
            return _Folder("", reason)
        included = self._is_included(parent, rel, True)
        name = rel.rpartition("/")[2]
        return self._read(
            _Folder(name, None, parent.own, parent.git, parent.fold, included), rel, has
        )

    def _read(self, outer: _Folder, rel: str, has: Callable[[str], bool]) -> _Folder:
        folder = self.root / rel if rel else self.root
        strip = len(rel) + 1 if rel else 0
        own, git, fold = outer.own, outer.git, outer.fold
        if has(".git") and (repository := repository_at(folder)) is not None:
            git, fold = _repository_layers(repository, strip), repository.ignore_case
        if has(CODETRIEVERIGNORE):
            own = (*_layer(folder / CODETRIEVERIGNORE, False, strip), *own)
        if has(".gitignore"):
            git = (*_layer(folder / ".gitignore", fold, strip), *git)
        return _Folder(outer.name, None, own, git, fold, outer.included)

    def _judge(self, parent: _Folder, rel: str, is_dir: bool) -> str | None:
        name = rel[rel.rfind("/") + 1 :]
        fixed = exclusions.fixed_reason(name, is_dir)
        if fixed is not None:
            return fixed
        if self._exclude.verdict(rel, is_dir):
            return EXCLUDED
        own = _first(parent.own, rel, is_dir)
        if own:
            return OWN_RULES
        if own is None:
            folder = os.path.join(self.root, rel[: -len(name)])  # noqa: PTH118
            built_in = exclusions.reason(
                parent.name, name, is_dir, lambda found: os.path.lexists(folder + found)
            )
            if built_in is not None:
                return built_in
            if _first(parent.git, rel, is_dir):
                return GITIGNORE
        wanted = self._is_included(parent, rel, is_dir) or (is_dir and self._leads_to_included(rel))
        return None if wanted else NOT_INCLUDED

    def _is_included(self, parent: _Folder, rel: str, is_dir: bool) -> bool:
        verdict = self._include.verdict(rel, is_dir) if self._include is not None else None
        return parent.included if verdict is None else verdict

    def _leads_to_included(self, rel: str) -> bool:
        """Whether something below the folder `rel` can be included: all of it where a pattern says
        nothing of where.
        """
        if self._heads is None:
            return True
        names = as_bytes(rel).split("/")
        return any(all(a == b for a, b in zip(head, names, strict=False)) for head in self._heads)


def _first(layers: tuple[_Layer, ...], rel: str, is_dir: bool) -> bool | None:
    for layer in layers:
        verdict = layer.verdict(rel, is_dir)
        if verdict is not None:
            return verdict
    return None


def _layer(
    file: Path, fold: bool, strip: int, prefix: str = "", *, follow: bool = False
) -> tuple[_Layer, ...]:
    """The patterns of a file as a layer; nothing where the file has none."""
    patterns = PatternList(lines_of(read_rules(file, follow=follow)), fold=fold)
    return (_Layer(patterns, strip, prefix),) if len(patterns) else ()


def _repository_layers(
    repository: Repository | None, strip: int, prefix: str = ""
) -> tuple[_Layer, ...]:
    """`info/exclude` and the user's ignore file, for a repository whose top is reached by `strip`
    and `prefix`.
    """
    fold = repository is not None and repository.ignore_case
    layers = (
        _layer(repository.exclude, fold, strip, prefix, follow=True)
        if repository is not None
        else ()
    )
    excludes = global_excludes()
    return (
        (*layers, *_layer(excludes, fold, strip, prefix, follow=True))
        if excludes is not None
        else layers
    )


def _outermost(root: Path, included: bool) -> _Folder:
    """What holds at the root before its own files are read: the rules of the repository that the
    root is a part of.
    """
    own = _Folder(root.name, git=_repository_layers(None, 0), included=included)
    if repository_at(root) is not None:
        return own
    around = next(
        (found for folder in root.parents if (found := repository_at(folder)) is not None), None
    )
    if around is None:
        return own
    names = root.relative_to(around.top).parts
    layers = _repository_layers(around, 0, "/".join(names) + "/")
    for depth in range(len(names)):
        inner = "/".join(names[depth:]) + "/"
        layers = (
            *_layer(
                around.top.joinpath(*names[:depth], ".gitignore"), around.ignore_case, 0, inner
            ),
            *layers,
        )
        below = len("/".join(names[depth + 1 :])) + 1
        if _ignored_above(layers, below):
            return own
    return _Folder(root.name, git=layers, fold=around.ignore_case, included=included)


def _ignored_above(layers: tuple[_Layer, ...], below: int) -> bool:
    """Whether the folder is ignored that the prefixes of `layers` name when their last `below`
    characters are taken away.
    """
    verdicts = (layer.patterns.verdict(layer.prefix[:-below].rstrip("/"), True) for layer in layers)
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _literal_heads(include: PatternList | None) -> list[list[str]] | None:
    """The folders that the patterns of `include` name before their first wildcard; None if one of
    them can match anywhere.
    """
    if include is None:
        return None
    heads: list[list[str]] = []
    for pattern in include.patterns:
        if pattern.negated:
            continue
        names = pattern.glob.split("/")
        special = next((at for at, name in enumerate(names) if SPECIAL.search(name)), len(names))
        if not pattern.anchored or special == 0:
            return None
        heads.append(names[:special])
    return heads
