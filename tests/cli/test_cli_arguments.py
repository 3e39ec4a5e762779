"""Arguments, exit codes of wrong ones, and what is safe to show."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from codetriever_lsp import __main__ as program
from codetriever_lsp import cli
from codetriever_lsp.cli import arguments, show
from codetriever_lsp.cli.workspace import folder_of, place_of
from codetriever_lsp.errors import BadRequest, EngineError

COMMANDS = (
    "serve",
    "index",
    "search",
    "symbols",
    "similar",
    "context",
    "status",
    "doctor",
    "clear",
    "stop",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run([command, "--help"])
    assert ended.value.code == 0
    assert f"codetriever-lsp {command}" in capsys.readouterr().out.split("example:")[1]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n    {command} " in shown for command in COMMANDS)
    assert "exit codes" in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("codetriever-lsp 0.")


@pytest.mark.parametrize(
    "wrong",
    [
        ["explode"],
        ["search"],
        ["search", "x", "--limit", "0"],
        ["search", "x", "--limit", "101"],
        ["search", "x", "--limit", "ten"],
        ["search", "x", "--mode", "magic"],
        ["search", "x", "--kind", "klass"],
        ["similar"],
        ["index", "--nope"],
    ],
)
def test_wrong_arguments_are_an_error(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(wrong)
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err


def test_filters_gather() -> None:
    options = arguments.parse(
        ["search", "a", "b", "--lang", "go", "--lang", "c", "--glob", "!x", "--kind", "method"]
    )
    assert (options.query, options.lang, options.glob, options.kind) == (
        ["a", "b"],
        ["go", "c"],
        ["!x"],
        ["method"],
    )


@pytest.mark.parametrize(
    ("line", "stdio"),
    [
        ([], True),
        (["serve"], True),
        (["--stdio"], True),
        (["serve", "--stdio"], True),
        (["--stdio", "--clientProcessId=3"], True),
        (["serve", "--tcp", "127.0.0.1:1"], False),
        (["--ws=127.0.0.1:1"], False),
        (["serve", "--help"], False),
        (["--version"], False),
        (["search", "serve"], False),
    ],
)
def test_what_serves_standard_input(line: list[str], stdio: bool) -> None:
    assert program._serves_stdio(line) is stdio


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadRequest("no\nsuch  thing"), 2, "codetriever-lsp: no such thing\n"),
        (EngineError("gone"), 2, "codetriever-lsp: gone\n"),
        (ZeroDivisionError("oh"), 2, "codetriever-lsp: ZeroDivisionError: oh"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_are_one_line(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(options: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(arguments, "parse", lambda _: argparse.Namespace(command=fail))
    assert cli.run(["x"]) == code
    shown = capsys.readouterr()
    assert shown.err.startswith(said)
    assert shown.err.count("\n") == (1 if said else 0)
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("text", "lines"),
    [("f.py:1", (0, 0)), ("f.py:3-7", (2, 6)), ("f.py:3:9", (2, 2)), ("a:b.py:2", (1, 1))],
)
def test_places(
    text: str, lines: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "a:b.py" if text.startswith("a") else "f.py"
    (tmp_path / name).touch()
    assert place_of(text) == (tmp_path / name, *lines)


@pytest.mark.parametrize(
    "text", ["f.py", "f.py:", "f.py:0", "f.py:x", "f.py:5-3", "f.py:1-", ":3", "gone.py:3", "."]
)
def test_what_is_no_place_is_said(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.py").touch()
    with pytest.raises(BadRequest, match=r"no place|not a file"):
        place_of(text)


def test_a_folder_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file", tmp_path / "gone"):
        with pytest.raises(BadRequest, match="not a folder"):
            folder_of(str(wrong))
    assert folder_of(str(tmp_path)) == tmp_path


def test_control_sequences_do_not_reach_the_terminal() -> None:
    assert show.visible("a\x1b[2Jb\u202ec\r\nd\te\x07") == "a\ufffd[2Jb\ufffdc\nd\te\ufffd"
