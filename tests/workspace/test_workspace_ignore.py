from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workspace_trees import Tree, found, skipped

from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.ignore import IgnoreRules

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not on PATH: nothing to compare with")
REPOSITORY = {".git/HEAD": "ref: refs/heads/main\n"}


def git(folder: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=folder, check=True, capture_output=True
    ).stdout.decode()


def test_gitignore_works_without_a_repository(tree: Tree) -> None:
    root = tree({".gitignore": "*.log2\n/a/\n"}, "x.log2", "a/b.py", "c/a/d.py")
    assert found(root) == [".gitignore", "c/a/d.py"]
    assert skipped(root) == {"a": "gitignore", "x.log2": "gitignore"}


def test_the_deeper_file_wins_and_an_excluded_folder_stays_closed(tree: Tree) -> None:
    root = tree(
        {".gitignore": "*.gen\nclosed/\n", "a/.gitignore": "!*.gen\n/x.py\n", "closed/.gitignore": "!*\n"},
        "1.gen", "a/2.gen", "a/b/3.gen", "a/x.py", "a/b/x.py", "closed/y.py",
    )  # fmt: skip
    assert found(root) == [".gitignore", "a/.gitignore", "a/2.gen", "a/b/3.gen", "a/b/x.py"]
    rules = IgnoreRules(root, IndexSettings())
    assert [rules.reason(rel, False) for rel in ("closed/y.py", "closed/deep/er/y.py")] == [
        "gitignore",
        "gitignore",
    ]


def test_the_order_of_the_sources(tree: Tree) -> None:
    root = tree(
        {**REPOSITORY, ".git/info/exclude": "one\n!two\nthree\n", ".gitignore": "!three\n"},
        "one",
        "two",
        "three",
        "four",
    )
    ignore = Path(os.environ["HOME"], ".config/git/ignore")
    ignore.parent.mkdir(parents=True)
    ignore.write_text("two\nfour\n")
    assert found(root) == [".gitignore", "three", "two"]


def test_the_user_names_the_ignore_file(tree: Tree) -> None:
    Path(os.environ["HOME"], ".gitconfig").write_text("[core]\nexcludesfile = ~/rules\n")
    Path(os.environ["HOME"], "rules").write_text("a.py\n")
    assert found(tree(None, "a.py", "b.py")) == ["b.py"]


def test_a_repository_cannot_name_an_ignore_file(tree: Tree) -> None:
    root = tree(
        {**REPOSITORY, ".git/config": "[core]\nexcludesfile = rules\n", "rules": "*\n"}, "a.py"
    )
    assert found(root) == ["a.py", "rules"]


def test_the_rules_of_the_repository_around_the_workspace(tree: Tree) -> None:
    top = tree(
        {**REPOSITORY, ".git/info/exclude": "/work/in/e.py\n", ".gitignore": "*.gen\n/work/in/a.py\n/b.py\n",
         "work/.gitignore": "!k.gen\nc.py\n"},
        "work/in/a.py", "work/in/b.py", "work/in/c.py", "work/in/d/c.py", "work/in/e.py", "work/in/k.gen", "work/in/x.gen",
    )  # fmt: skip
    assert found(top / "work/in") == ["b.py", "k.gen"]
    assert found(top) == [".gitignore", "work/.gitignore", "work/in/b.py", "work/in/k.gen"]


@pytest.mark.parametrize("rule", ["/work/", "in", "work/*", "*"])
def test_a_workspace_that_the_repository_around_ignores_is_indexed(tree: Tree, rule: str) -> None:
    top = tree({**REPOSITORY, ".gitignore": f"{rule}\n*.gen\n"}, "work/in/a.py", "work/in/a.gen")
    assert found(top / "work/in") == ["a.gen", "a.py"]


def test_a_repository_inside_has_only_its_own_rules(tree: Tree) -> None:
    root = tree(
        {".gitignore": "*.gen\n", "in/.git/HEAD": "x", "in/.git/info/exclude": "b.py\n", "in/.gitignore": "c.py\n"},
        "a.gen", "in/a.gen", "in/b.py", "in/c.py", "in/d/b.py",
    )  # fmt: skip
    assert found(root) == [".gitignore", "in/.gitignore", "in/a.gen"]


def test_own_rules_leave_out_and_take_back(tree: Tree) -> None:
    root = tree(
        {
            ".gitignore": "generated/\n",
            ".codetrieverignore": "fixtures/\n!generated/\n!node_modules/\n!*.min.js\n!.env\n!.git/\n!id_rsa\n",
            "a/.codetrieverignore": "!fixtures/\n",
            ".git/HEAD": "x",
        },
        "generated/x.py", "node_modules/m/i.js", "fixtures/f.py", "a/fixtures/g.py", "x.min.js", ".env", "id_rsa",
    )  # fmt: skip
    assert found(root) == [
        ".codetrieverignore", ".gitignore", "a/.codetrieverignore", "a/fixtures/g.py", "generated/x.py", "node_modules/m/i.js",
        "x.min.js",
    ]  # fmt: skip
    assert skipped(root) == {
        ".env": "secret",
        ".git": "version control",
        "fixtures": "codetrieverignore",
        "id_rsa": "secret",
    }


def test_exclude_of_the_settings_beats_everything(tree: Tree) -> None:
    root = tree({".codetrieverignore": "!gen/\n"}, "gen/a.py", "src/a.py", "src/b.py")
    settings = IndexSettings(exclude=("gen/", "src/*.py", "!src/b.py"))
    assert found(root, settings) == [".codetrieverignore", "src/b.py"]
    assert skipped(root, settings) == {"gen": "excluded", "src/a.py": "excluded"}


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        (("src/",), ["src/a.py", "src/d/b.js"]),
        (("*.py",), ["lib/c.py", "src/a.py"]),
        (("/src/**/*.js",), ["src/d/b.js"]),
        (("src", "!src/d"), ["src/a.py"]),
        (("src/d/", "lib/c.py"), ["lib/c.py", "src/d/b.js"]),
        (("nothing/",), []),
    ],
)
def test_include_of_the_settings(tree: Tree, include: tuple[str, ...], expected: list[str]) -> None:
    root = tree(None, "src/a.py", "src/d/b.js", "lib/c.py", "docs/x/y.md")
    assert found(root, IndexSettings(include=include)) == expected


def test_include_brings_nothing_excluded_back(tree: Tree) -> None:
    root = tree({".gitignore": "b.py\n"}, "node_modules/a.py", "b.py", ".env")
    assert found(root, IndexSettings(include=("node_modules/", "*.py", ".env"))) == []


def test_include_prunes_folders_that_cannot_matter(tree: Tree) -> None:
    root = tree(None, "docs/x/y.md", "src/a.py")
    assert skipped(root, IndexSettings(include=("src/**",))) == {"docs": "not included"}


def test_rules_are_kept_until_refresh(tree: Tree) -> None:
    root = tree({"a/.gitignore": "x.py\n", "b/.gitignore": "x.py\n"})
    rules = IgnoreRules(root, IndexSettings())
    assert [rules.reason(rel, False) for rel in ("a/x.py", "b/x.py")] == ["gitignore", "gitignore"]
    tree({"a/.gitignore": "y.py\n", "b/.gitignore": "y.py\n"})
    assert [rules.reason(rel, False) for rel in ("a/x.py", "b/x.py")] == ["gitignore", "gitignore"]
    rules.refresh("a")
    assert [rules.reason(rel, False) for rel in ("a/x.py", "b/x.py")] == [None, "gitignore"]
    rules.refresh()
    assert [rules.reason(rel, False) for rel in ("a/x.py", "b/x.py", "b/y.py")] == [
        None,
        None,
        "gitignore",
    ]


@pytest.mark.parametrize(
    ("rel", "expected"),
    [
        (".gitignore", True), ("a/b/.gitignore", True), ("a/.codetrieverignore", True), (".git/info/exclude", True),
        ("in/.git/info/exclude", True), ("new/pyvenv.cfg", True), ("node_modules/m/.gitignore", False), ("a.py", False),
        ("gitignore", False), (".git/index", False), ("a/.gitignore/b", False),
    ],
)  # fmt: skip
def test_which_files_are_rules(tree: Tree, rel: str, expected: bool) -> None:
    assert IgnoreRules(tree(), IndexSettings()).is_rules_file(rel) is expected


def test_hostile_rules_files(tree: Tree) -> None:
    root = tree(
        {
            "a/.gitignore": None,
            "b/.gitignore": b"\xff\xfe\x00*\n[[[\n\\",
            "c/.gitignore": "*a" * 60 + "b\n",
        },
        "c/" + "a" * 200,
        "a/x",
        "b/x",
    )
    (root / "d").mkdir()
    (root / "rules").write_text("x\n")
    (root / "d/.gitignore").symlink_to("../rules")
    tree(None, "d/x")
    if hasattr(os, "mkfifo"):
        (root / "e").mkdir()
        os.mkfifo(root / "e/.gitignore")
        tree(None, "e/x")
    names = found(root)
    assert [name for name in ("a/x", "b/x", "c/" + "a" * 200, "d/x") if name not in names] == []


@needs_git
def test_git_agrees_on_a_worktree(tree: Tree) -> None:
    root = tree(None, "main/a.py")
    git(root / "main", "init", "-q")
    git(
        root / "main",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    )
    git(root / "main", "worktree", "add", "-q", "../tree")
    (root / "main/.git/info/exclude").write_text("b.py\n")
    tree(None, "tree/b.py", "tree/c.py")
    assert (
        found(root / "tree")
        == git(root / "tree", "ls-files", "-oz", "--exclude-standard").split("\0")[:-1]
        == ["c.py"]
    )


NAMES = ["a", "b", "c.x", "d.y", "e f", "é"]
lines = st.lists(
    st.builds(
        lambda negated, parts, folder: negated + "".join(parts) + folder,
        st.sampled_from(["", "", "!"]),
        st.lists(
            st.sampled_from([*NAMES, "*", "**", "?", "/", "[a-c]", "*.x", "/**/"]),
            min_size=1,
            max_size=4,
        ),
        st.sampled_from(["", "", "/"]),
    ),
    max_size=4,
).map("\n".join)
folders = st.lists(st.sampled_from(["a", "b", "c.x"]), max_size=3).map("/".join)
rels = st.builds(
    lambda folder, name: f"{folder}/{name}".lstrip("/"), folders, st.sampled_from(NAMES)
)


@needs_git
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    files=st.sets(rels, min_size=3, max_size=15),
    rules=st.dictionaries(folders, lines, max_size=4),
    exclude=lines,
    user=lines,
)  # fmt: skip
def test_git_finds_the_same_files_in_random_trees(
    files: set[str], rules: dict[str, str], exclude: str, user: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        git(root, "init", "-q")
        (root / ".git/info/exclude").write_text(exclude, encoding="utf-8")
        ignore = Path(os.environ["HOME"], ".config/git/ignore")
        ignore.parent.mkdir(parents=True, exist_ok=True)
        ignore.write_text(user, encoding="utf-8")
        for folder, text in rules.items():
            _write(root, f"{folder}/.gitignore".lstrip("/"), text)
        for rel in files:
            _write(root, rel, "x")
        expected = git(
            root, "-c", "core.quotePath=off", "ls-files", "-oz", "--exclude-standard"
        ).split("\0")[:-1]
        assert sorted(found(root)) == sorted(expected)


def _write(root: Path, rel: str, text: str) -> None:
    """Writes the file unless something of another kind is in its place."""
    path = root / rel
    if path.is_dir() or any(parent.is_file() for parent in path.parents):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
