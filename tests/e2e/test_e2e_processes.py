"""Several front ends on one workspace, the engine killed under them, and nothing left when all have gone."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import e2e_python_project
import psutil
import pytest
from e2e_client import LspServer
from e2e_home import Home, finished, write_tree

from codetriever_lsp.engine.place import Place

QUERY = "when is a recurring job due the next time"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("relay"), e2e_python_project.FILES)


def engine_of(server: LspServer) -> psutil.Process:
    return psutil.Process(server.request("codetriever/status", {})["engine"]["pid"])


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def counts(server: LspServer, root: Path) -> dict[str, Any]:
    status = server.folder(root)
    return {name: status[name] for name in ("files", "chunks", "symbols", "languages", "generation")}


def test_fault_45_an_editor_and_two_commands_on_one_workspace_and_the_engine_killed(home: Home, root: Path) -> None:
    server = home.server(root)
    commands = [home.begin_cli("search", "--path", str(root), "--json", QUERY) for _ in range(2)]
    server.sync()
    answers = [finished(command) for command in commands]
    assert [answer.code for answer in answers] == [0, 0]
    assert all("schedule.py" in answer.out for answer in answers)
    hits = server.search(QUERY)
    before = counts(server, root)
    engine = engine_of(server)
    assert server.request("codetriever/status", {})["engine"]["clients"] >= 1
    workers = family(engine)

    engine.kill()
    waiting = [server.begin("codetriever/search", {"query": QUERY}) for _ in range(5)]
    commands = [home.begin_cli("search", "--path", str(root), "--json", QUERY) for _ in range(2)]
    assert all(future.result(60)["hits"] for future in waiting)
    assert [finished(command).code for command in commands] == [0, 0]
    _, alive = psutil.wait_procs(workers, 20)
    assert alive == []  # workers end with their engine
    assert engine_of(server).pid != engine.pid

    server.sync()
    assert server.search(QUERY) == hits
    assert counts(server, root) == before
    assert server.folder(root)["embedded"] == 0
    server.stop()
    assert home.all_gone() == []


def test_fault_45_an_engine_killed_while_it_indexes_begins_again(home: Home, tmp_path: Path) -> None:
    text = "def function_{0}(first, second):\n    total = first * {0}\n    return total + second\n\n\n"
    files = {f"part{n}/m{m}.py": "".join(text.format(1000 * n + 10 * m + i) for i in range(10)) for n in range(10) for m in range(20)}
    root = write_tree(tmp_path / "many", files)
    server = home.server(root)
    server.note("codetriever/indexStatus", lambda state: state["state"] == "indexing" and state["files"] > 0)
    engine_of(server).kill()
    server.open(root / "part0/m0.py", "def only_in_the_buffer():\n    return 'unsaved'\n")
    server.sync()
    assert server.folder(root)["files"] == 200
    assert len(server.symbols("only_in_the_buffer")) == 1
    assert server.symbols("function_0") == [] or server.symbols("function_0")[0]["name"] != "function_0"
    server.close(root / "part0/m0.py")
    server.sync()
    assert [symbol["name"] for symbol in server.symbols("function_9195")][:1] == ["function_9195"]
    names = {symbol["name"] for n in range(10) for symbol in server.symbols(f"function_{n}19")}
    assert {f"function_{n}19{i}" for n in range(1, 10) for i in range(10)} <= names
    status = server.folder(root)
    scratch = Home(tmp_path, settings={"CODETRIEVER_WATCHER": "off"})
    other = scratch.server(root)
    other.sync()
    fresh = other.folder(root)
    assert [status[name] for name in ("files", "chunks", "symbols")] == [fresh[name] for name in ("files", "chunks", "symbols")]
    assert other.search("function 9195 total") == server.search("function 9195 total")
    other.stop()
    scratch.close()
    server.stop()


def test_buffers_and_folders_survive_the_engine(home: Home, root: Path) -> None:
    server = home.server(root)
    server.open(root / "src/relay/metrics.py", "def only_in_the_buffer():\n    return 'unsaved'\n")
    server.sync()
    engine_of(server).kill()
    server.sync()
    assert len(server.symbols("only_in_the_buffer")) == 1
    assert server.symbols("Histogram") == []
    server.stop()


def test_an_editor_that_is_killed_leaves_nothing_behind(home: Home, root: Path) -> None:
    server, other = home.server(root), home.server(root)
    for one in (server, other):
        one.sync()
    server.open(root / "src/relay/metrics.py", "def only_in_the_buffer():\n    return 'unsaved'\n")
    server.sync()
    server.process.kill()
    assert other.symbols("only_in_the_buffer") == []
    assert len(other.symbols("Histogram")) == 1
    other.process.kill()
    assert home.all_gone() == []
    with contextlib.suppress(FileNotFoundError):
        assert not Place(home.cache).record.exists()
    sockets = list(home.folder.rglob("*.sock"))
    assert sockets == []


def test_a_stopped_engine_is_started_again_by_the_next_request(home: Home, root: Path) -> None:
    server = home.server(root)
    server.sync()
    first = engine_of(server)
    assert home.cli("stop").code == 0
    psutil.wait_procs([first], 20)
    assert not first.is_running()
    assert server.search(QUERY)
    assert engine_of(server).pid != first.pid
    server.stop()
    assert home.all_gone() == []
    answer = home.cli("stop")
    assert (answer.code, answer.out) == (1, "")
    assert "no engine" in answer.err
    assert sys.platform  # nothing here depends on it
