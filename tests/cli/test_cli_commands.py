"""The commands, as a person or a script runs them: real processes on a real engine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codetriever_lsp.engine.ipc.fallback_dir import _refuge_of
from codetriever_lsp.server import payloads

RETRY = '''"""Retries."""


def retry_request(send, attempts=3):
    """Send a request again until it succeeds."""
    for attempt in range(attempts):
        try:
            return send()
        except OSError:
            continue
'''


class Shell:
    """Runs commands in one folder, on one cache directory."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "project"
        self.folder.mkdir()
        (self.folder / "retry.py").write_text(RETRY)
        (self.folder / "registry.py").write_text(
            "class Registry:\n    def lookup_name(self, key):\n        return key\n"
        )
        (self.folder / "photo.bin").write_bytes(b"\0\1\2" * 100)
        self.environment = os.environ | {
            "CODETRIEVER_CACHE_DIR": str(base / "cache"),
            "CODETRIEVER_CONFIG": str(base / "none.toml"),
            "CODETRIEVER_LINGER_S": "5",
        }

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "codetriever_lsp", *arguments],
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, *arguments: str, **more: Any) -> tuple[int, str, str]:
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("cli"))
    yield made
    made("stop")


def test_index_says_what_there_is(shell: Shell) -> None:
    code, out, err = shell("index")
    assert (code, err) == (0, "")
    assert "2 files" in out
    assert "skipped: 1 " in out


def test_search_finds_and_shows(shell: Shell) -> None:
    code, out, err = shell("search", "try", "again", "when", "sending", "fails")
    assert (code, err) == (0, "")
    head, *snippet = out.splitlines()
    assert re.fullmatch(r"retry\.py:\d-10  retry_request \(function\)  0\.\d\d", head)
    assert "    def retry_request(send, attempts=3):" in snippet
    assert "\x1b" not in out


def test_search_indexes_first_what_is_new(shell: Shell) -> None:
    (shell.folder / "fresh.py").write_text("def calibrate_telescope(mirror):\n    return mirror\n")
    code, out, _ = shell("search", "calibrate telescope", "--limit", "1")
    (shell.folder / "fresh.py").unlink()
    assert code == 0
    assert out.startswith("fresh.py:1-2")


def test_search_json_is_the_answer_of_the_server(shell: Shell) -> None:
    code, out, _ = shell("search", "--json", "--explain", "retry request")
    result = msgspec.convert(json.loads(out), payloads.SearchResult)
    assert code == 0
    assert result.hits[0].uri == (shell.folder / "retry.py").as_uri()
    assert result.hits[0].explain
    assert result.index.state == "ready"
    assert json.loads(out) == msgspec.to_builtins(result, str_keys=True) | {
        "hits": json.loads(out)["hits"]
    }


def test_nothing_found_is_one(shell: Shell) -> None:
    assert shell("search", "retry", "--lang", "cobol")[:2] == (1, "")
    assert shell("search", "--json", "retry", "--glob", "nowhere/**")[0] == 1
    assert shell("symbols", "zzzzqqqq")[:2] == (1, "")


def test_explain_and_filters(shell: Shell) -> None:
    code, out, _ = shell(
        "search", "registry", "--kind", "class", "--glob", "*.py", "--mode", "lexical", "--explain"
    )
    assert code == 0
    assert out.splitlines()[0].startswith("registry.py:1-3  Registry (class)")
    assert "+" in out.splitlines()[1]


def test_symbols(shell: Shell) -> None:
    assert shell("symbols", "lookup_name")[:2] == (
        0,
        "registry.py:2  Registry.lookup_name (method)\n",
    )
    code, out, _ = shell("symbols", "lookup_name", "--json")
    (symbol,) = msgspec.convert(json.loads(out), list[payloads.SymbolInformation])
    assert (code, symbol.name, symbol.container_name) == (0, "lookup_name", "Registry")


def test_similar_and_context(shell: Shell) -> None:
    code, out, _ = shell("similar", "retry.py:4-10", "--json")
    similar = msgspec.convert(json.loads(out), payloads.SearchResult)
    assert code == (0 if similar.hits else 1)
    assert all(hit.uri != (shell.folder / "retry.py").as_uri() for hit in similar.hits)
    code, out, _ = shell("context", "registry.py:3")
    assert code == 0
    assert "class Registry:" in out
    code, out, _ = shell("context", "registry.py:3", "--json")
    assert msgspec.convert(json.loads(out), payloads.ContextResult).language == "python"


def test_status(shell: Shell) -> None:
    shell("index")
    code, out, _ = shell("status")
    assert code == 0
    assert "model       static-code-256" in out
    code, out, _ = shell("status", "--json")
    assert code == 0
    assert (
        msgspec.convert(json.loads(out), payloads.StatusResult).folders[0].folder
        == shell.folder.as_uri()
    )


def test_a_folder_may_be_named_from_elsewhere(shell: Shell, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(shell.folder)
    code, out, _ = shell("symbols", "retry_request", "--path", str(link))
    assert (code, out) == (0, f"{link}/retry.py:4  retry_request (function)\n")


def test_doctor(shell: Shell) -> None:
    code, out, err = shell("doctor")
    assert (code, err) == (0, "")
    assert {line.split(":")[0].split()[-1] for line in out.splitlines() if not line.startswith("     ")} == {
        "python", "packages", "settings", "cache", "watcher", "engine", "model",
    }  # fmt: skip
    code, out, _ = shell("doctor", "--json", CODETRIEVER_THREADS="many")
    assert code == 2
    failed = [check for check in json.loads(out) if check["state"] == "fail"]
    assert [check["name"] for check in failed] == ["settings"]
    assert all(check["advice"] for check in failed)


def test_doctor_repairs(shell: Shell) -> None:
    assert shell("index")[0] == 0
    code, out, err = shell("doctor", "--repair")
    assert (code, err) == (0, "")
    assert "repair: the index of" in out
    assert "is sound" in out
    code, out, _ = shell("doctor", "--repair", "nowhere", "--json")
    assert code == 2
    assert next(
        check["message"] for check in json.loads(out) if check["name"] == "repair"
    ).endswith("is not a folder")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "  "), "blank"),
        (("doctor", "."), "doctor --repair PATH"),
        (("search", "x", "--path", "nowhere"), "not a folder"),
        (("search", "x", "--glob", "["), "glob"),
        (("similar", "retry.py"), "FILE:LINE"),
        (("similar", f"{__file__}:3"), "--path"),
        (("index", "retry.py"), "not a folder"),
        (("serve", "--tcp", "nonsense"), "HOST:PORT"),
        (("serve", "--tcp", "0.0.0.0:0"), "--allow-remote"),
        (("--tcp", "127.0.0.1:0", "--ws", "127.0.0.1:0"), "one of"),
    ],
)
def test_errors_are_two_and_one_line(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_cache_that_cannot_be_written_is_said_and_the_answer_given(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    code, out, err = shell(
        "search",
        "retry",
        CODETRIEVER_CACHE_DIR=str(tmp_path / "file"),
        TMPDIR=str(tmp_path / "temporary"),
    )
    assert code == 0
    assert "retry.py" in out
    assert "CODETRIEVER_CACHE_DIR" in err
    assert err.count("\n") == 1


def test_an_engine_that_cannot_start_is_said(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _refuge_of(str(tmp_path / "file")).touch()
    code, out, err = shell(
        "search", "x", CODETRIEVER_CACHE_DIR=str(tmp_path / "file"), TMPDIR=str(tmp_path)
    )
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert "CODETRIEVER_CACHE_DIR" in err


def test_a_reader_that_leaves_is_no_error(shell: Shell) -> None:
    process = shell.start("search", "retry")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(60) == 0
    with process.stderr as errors:
        assert errors.read() == ""


@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_interrupted_is_130(shell: Shell) -> None:
    # A job in the background of a shell ignores the signal, and so would what it starts.
    ours = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = shell.start("serve", "--tcp", "127.0.0.1:0", CODETRIEVER_LOG_LEVEL="info")
    finally:
        signal.signal(signal.SIGINT, ours)
    assert process.stderr
    assert "listening at 127.0.0.1" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_terminal_gets_colours_and_a_pipe_none(shell: Shell) -> None:
    code, out, _ = shell("search", "retry", "--limit", "1", FORCE_COLOR="1", TERM="xterm")
    assert code == 0
    assert "\x1b[" in out
    assert (
        "\x1b"
        not in shell("search", "retry", "--limit", "1", FORCE_COLOR="1", NO_COLOR="1", TERM="dumb")[
            1
        ]
    )


def test_nothing_heavy_is_imported(shell: Shell) -> None:
    program = (
        "import sys; from codetriever_lsp.cli import run; code = run(['search', '--json', 'retry']);"
        "heavy = {'lsprotocol', 'pygls', 'numpy', 'fastembed', 'qdrant_edge', 'tree_sitter'} & set(sys.modules);"
        "sys.exit(f'imported: {heavy}' if heavy else code)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command,
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_clear_and_stop(shell: Shell) -> None:
    assert shell("index")[0] == 0
    code, out, _ = shell("clear")
    assert code == 0
    assert "MiB freed" in out
    assert shell("stop")[0] == 0
    code, out, err = shell("stop")
    assert (code, out) == (1, "")
    assert "no engine" in err
