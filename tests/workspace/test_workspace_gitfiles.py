from __future__ import annotations

import os
from pathlib import Path

import pytest
from workspace_trees import Tree

from codetriever_lsp.workspace.gitfiles import (
    MAX_RULES_BYTES,
    global_excludes,
    read_rules,
    repository_at,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **more}


def test_the_default_place(home: Path) -> None:
    assert global_excludes(environ(home)) == home / ".config/git/ignore"
    assert global_excludes(environ(home, XDG_CONFIG_HOME="/x")) == Path("/x/git/ignore")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[core]\n\texcludesFile = ~/mine\n", "{home}/mine"),
        ("[CORE]\nEXCLUDESFILE=/abs # comment\n", "/abs"),
        ('[core]\nexcludesfile = "/a b;c" ; comment\n', "/a b;c"),
        ('[core] excludesfile = /same\\\nline "q"\n', '/sameline q'),
        ('[core]\nexcludesfile = /one\nexcludesfile = /two\n', "/two"),
        ('[core "sub"]\nexcludesfile = /no\n', "{home}/.config/git/ignore"),
        ("[other]\nexcludesfile = /no\n", "{home}/.config/git/ignore"),
        ("nonsense [[[\n=\n[core\n", "{home}/.config/git/ignore"),
        ("\ufeff[core]\nexcludesfile = /bom\n", "/bom"),
        ('[core]\nexcludesfile = "/tab\\t\\"q\\""\n', '/tab\t"q"'),
    ],
)  # fmt: skip
def test_core_excludes_file(home: Path, text: str, expected: str) -> None:
    (home / ".gitconfig").write_text(text, encoding="utf-8")
    assert global_excludes(environ(home)) == Path(expected.format(home=home))


def test_an_empty_value_means_none(home: Path) -> None:
    (home / ".gitconfig").write_text("[core]\nexcludesfile =\n")
    assert global_excludes(environ(home)) is None


def test_later_files_win_and_includes_are_followed(home: Path) -> None:
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/config").write_text("[core]\nexcludesfile = /xdg\n")
    assert global_excludes(environ(home)) == Path("/xdg")
    (home / ".gitconfig").write_text("[include]\npath = more\n")
    (home / "more").write_text("[include]\npath = more\n[core]\nexcludesfile = /included\n")
    assert global_excludes(environ(home)) == Path("/included")
    (home / "chosen").write_text("[core]\nexcludesfile = /chosen\n")
    assert global_excludes(environ(home, GIT_CONFIG_GLOBAL=str(home / "chosen"))) == Path("/chosen")


def test_a_folder_without_git_is_no_repository(tree: Tree) -> None:
    root = tree(
        {".git": None, "b/.git": "gitdir: ", "c/.git": "nonsense", "d/.git": "gitdir: ../nothing"}
    )
    assert [repository_at(root / name) for name in (".", "b", "c", "d", "nothing")] == [None] * 5


def test_a_repository(tree: Tree) -> None:
    root = tree({".git/HEAD": "ref: x", ".git/config": "[core]\n\tignorecase = true\n"})
    repository = repository_at(root)
    assert repository is not None
    assert (repository.exclude, repository.ignore_case) == (root / ".git/info/exclude", True)


def test_a_worktree_and_a_submodule(tree: Tree) -> None:
    root = tree(
        {
            "main/.git/HEAD": "ref: x",
            "main/.git/worktrees/w/commondir": "../..\n",
            "main/.git/modules/s/HEAD": "ref: x",
            "main/.git/modules/s/config": "[core]\nworktree = ../../../s\n",
            "main/s/.git": "gitdir: ../.git/modules/s\n",
        }
    )
    (root / "w").mkdir()
    (root / "w/.git").write_text(f"gitdir: {root}/main/.git/worktrees/w\n")
    (root / "main/.git/worktrees/w/gitdir").write_text(f"{root}/w/.git\n")
    worktree, submodule = repository_at(root / "w"), repository_at(root / "main/s")
    assert worktree is not None
    assert submodule is not None
    assert worktree.exclude == root / "main/.git/info/exclude"
    assert submodule.exclude == root / "main/.git/modules/s/info/exclude"


def test_a_git_file_cannot_name_a_folder_that_knows_nothing_of_it(tree: Tree) -> None:
    root = tree(
        {"other/HEAD": "x", "other/info/exclude": "*", "hostile/.git": "gitdir: ../other\n"}
    )
    assert repository_at(root / "hostile") is None


def test_rules_files_of_no_sane_kind_are_not_read(tree: Tree) -> None:
    root = tree({"a": "text", "big": b"x" * (MAX_RULES_BYTES + 1), "folder": None})
    (root / "link").symlink_to("a")
    assert read_rules(root / "a") == b"text"
    assert read_rules(root / "link") == b"text"
    assert read_rules(root / "link", follow=False) == b""
    assert read_rules(root / "big") == b""
    assert read_rules(root / "folder") == b""
    assert read_rules(root / "nothing") == b""
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "fifo")
        assert read_rules(root / "fifo") == b""
