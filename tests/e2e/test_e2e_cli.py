"""Every command: exit codes, what it prints for people and for programs, and how it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import e2e_python_project
import pytest
from e2e_client import LspServer, cut, path_of
from e2e_home import Answer, Home, write_tree

HIT = {"uri", "range", "language", "score", "snippet", "symbol", "explain"}
FOLDER = {
    "folder", "state", "files", "chunks", "symbols", "pending", "languages", "skipped", "model", "storePath", "storeBytes",
    "generation", "watcher", "timings", "embedded",
}  # fmt: skip
NOTHING_LIKE_IT = "--glob=nothing/**"


@dataclass(frozen=True)
class Shell:
    """A directory to type commands in, and a server that keeps the engine meanwhile."""

    home: Home
    root: Path
    server: LspServer

    def run(self, *arguments: str, code: int = 0) -> Answer:
        """A command that ends with this code. Only what fails says something on standard error, and
        that is one line."""
        answer = self.home.cli(*arguments, cwd=self.root)
        assert answer.code == code, (answer.out, answer.err)
        assert answer.err.count("\n") == (1 if code == 2 else 0), answer.err
        assert "\x1b" not in answer.out + answer.err  # no colours in a pipe, and no progress bar
        assert "\r" not in answer.out + answer.err
        return answer

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).out)


@pytest.fixture(scope="module")
def shell(shared_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    root = write_tree(tmp_path_factory.mktemp("relay"), e2e_python_project.FILES)
    server = shared_home.server(root)
    server.sync()  # tests come in any order, and not all commands wait for the index
    yield Shell(shared_home, root, server)
    server.stop()


def test_index_says_what_there_is(shell: Shell) -> None:
    answer = shell.run("index")
    assert f"{len(e2e_python_project.FILES)} files" in answer.out
    status = shell.json("index", str(shell.root), "--full")
    assert set(status) == {"engine", "folders"}
    assert status["folders"][0]["files"] == len(e2e_python_project.FILES)
    empty = shell.root.parent / "empty"
    empty.mkdir()
    assert "0 files" in shell.run("index", str(empty), code=1).out


def test_search_finds_for_people_and_for_programs(shell: Shell) -> None:
    query, file, name = e2e_python_project.QUESTIONS[0]
    answer = shell.run("search", *query.split())
    assert answer.out.startswith(f"{file}:")
    assert name in answer.out.splitlines()[0]
    result = shell.json(
        "search",
        query,
        "--explain",
        "--limit",
        "3",
        "--lang",
        "python",
        "--glob",
        "src/**",
        "--kind",
        "function",
    )
    assert set(result) == {"hits", "index", "tookMs"}
    assert set(result["index"]) <= {"state", "generation", "files", "pending", "message"}
    best = result["hits"][0]
    assert set(best) == HIT
    assert set(best["symbol"]) <= {"name", "kind", "containerName", "selectionRange"}
    assert (
        cut((shell.root / file).read_bytes().decode(), best["symbol"]["selectionRange"], "utf-16")
        == name
    )
    assert 0 < len(result["hits"]) <= 3
    shell.server.sync()
    asked = {"query": query, "explain": True, "limit": 3}
    asked["filters"] = {"languages": ["python"], "paths": ["src/**"], "kinds": ["function"]}
    assert shell.server.request("codetriever/search", asked)["hits"] == result["hits"]
    for mode in ("lexical", "semantic", "hybrid"):
        assert shell.json("search", "password", "--mode", mode)["hits"]
    assert shell.run("search", query, NOTHING_LIKE_IT, code=1).out == ""
    assert shell.json("search", query, NOTHING_LIKE_IT, code=1)["hits"] == []


def test_symbols_similar_and_context(shell: Shell) -> None:
    assert "src/relay/schedule.py" in shell.run("symbols", "next_run").out
    symbols = shell.json("symbols", "next_run")
    assert symbols == shell.server.symbols("next_run")
    assert shell.json("symbols", "no_such_name", code=1) == []
    source = (shell.root / "src/relay/backoff.py").read_text(encoding="utf-8")
    line = source[: source.index("operation()")].count("\n") + 1
    place = f"src/relay/backoff.py:{line}"
    assert "src/relay/web/fetch.py" in shell.run("similar", place).out
    similar = shell.json("similar", f"{place}-{line + 2}", "--limit", "2")
    assert path_of(similar["hits"][0]["uri"]) == shell.root / "src/relay/web/fetch.py"
    assert shell.json("similar", place, NOTHING_LIKE_IT, code=1)["hits"] == []
    assert "retry_with_backoff" in shell.run("context", place).out
    context = shell.json("context", place, "--max-tokens", "50")
    assert set(context) == {"uri", "language", "parts", "tokens", "truncated"}
    assert {"role", "range", "text"} <= set(context["parts"][0])
    assert context["tokens"] <= 50


def test_status_has_the_shape_of_the_protocol(shell: Shell) -> None:
    status = shell.json("status")
    assert set(status["engine"]) == {
        "pid",
        "version",
        "uptimeSeconds",
        "clients",
        "memoryBytes",
        "cacheDir",
    }
    assert set(status["folders"][0]) | {"lastError"} == FOLDER | {"lastError"}
    assert path_of(status["folders"][0]["folder"]) == shell.root
    shown = shell.run("status", str(shell.root)).out
    assert str(len(e2e_python_project.FILES)) in shown
    empty = shell.root.parent / "empty status"
    empty.mkdir()
    shell.server.change_folders(added=[empty])  # keeps it open, so that it has been looked at
    shell.server.sync()
    assert shell.run("status", str(empty), code=1)
    shell.server.change_folders(removed=[empty])


def test_doctor_finds_everything_well(shell: Shell) -> None:
    checks = {check["name"]: check["state"] for check in shell.json("doctor")}
    assert {"python", "packages", "settings", "cache", "watcher", "engine", "model"} == set(checks)
    assert "fail" not in checks.values()
    assert "static-code-256" in shell.run("doctor").out


def test_clear_forgets_an_index_and_then_there_is_nothing_to_clear(shell: Shell) -> None:
    other = write_tree(shell.root.parent / "other", {"a.py": "def a():\n    pass\n"})
    shell.run("index", str(other))
    assert "freed" in shell.run("clear", str(other)).out
    assert "nothing to clear" in shell.run("clear", str(other), code=1).out
    # The index of a folder that somebody has open is made anew at once.
    assert "freed" in shell.run("clear").out
    assert shell.run("search", "password")
    assert shell.server.search("password")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["search", " "], "blank"),
        (["search", "?!"], "letter or digit"),
        (["search", "x", "--path", "no/such/folder"], "no/such/folder is not a folder"),
        (["search", "x", "--glob", "[a"], "never closed"),
        (["similar", "src/relay/backoff.py"], "FILE:LINE"),
        (["similar", "no/such/file.py:3"], "not a file"),
        (["similar", "src/relay/backoff.py:9999"], "line"),
        (["context", "src/relay/backoff.py:0"], "FILE:LINE"),
        (["index", "no/such/folder"], "not a folder"),
        (["serve", "--tcp", "nonsense"], "HOST:PORT"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(
    shell: Shell, arguments: list[str], told: str
) -> None:
    answer = shell.run(*arguments, code=2)
    assert answer.out == ""
    assert told in answer.err


@pytest.mark.parametrize(
    "arguments",
    [["search"], ["search", "x", "--limit", "0"], ["search", "x", "--limit", "many"], ["search", "x", "--mode", "fuzzy"],
     ["search", "x", "--kind", "gadget"], ["symbols"], ["nonsense"], ["--nonsense"], ["index", "--nonsense"]],
)  # fmt: skip
def test_wrong_arguments_are_explained_with_exit_code_2(shell: Shell, arguments: list[str]) -> None:
    answer = shell.home.cli(*arguments, cwd=shell.root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("usage: codetriever-lsp")
    assert "error:" in answer.err.splitlines()[-1]


def test_settings_that_cannot_be_used_are_named(shell: Shell, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    environ = dict(shell.home.environ)
    try:
        shell.home.environ |= {"CODETRIEVER_CONFIG": str(config)}
        config.write_text("model = [", encoding="utf-8")
        assert str(config) in shell.run("search", "x", code=2).err
        config.write_text('watcher = "sometimes"\n', encoding="utf-8")
        assert "watcher" in shell.run("search", "x", code=2).err
    finally:
        shell.home.environ = environ


def test_help_and_version(shell: Shell) -> None:
    assert shell.run("--version").out.startswith("codetriever-lsp ")
    text = shell.run("--help").out
    for command in (
        "index",
        "search",
        "symbols",
        "similar",
        "context",
        "status",
        "doctor",
        "clear",
        "stop",
        "serve",
    ):
        assert f"\n    {command} " in text
        assert "example:" in shell.run(command, "--help").out
