"""Several front ends on one workspace, the engine killed under them, and nothing left when all have
gone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import e2e_python_project
import psutil
import pytest
from e2e_client import LspServer
from e2e_home import Home, finished, relative_paths, wait_ended, write_tree

from codetriever_lsp.engine.ipc.endpoint import Place

QUERY = "when is a recurring job due the next time"
BUFFER = "def only_in_the_buffer():\n    return 'unsaved'\n"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("relay"), e2e_python_project.FILES)


def engine_of(server: LspServer) -> psutil.Process:
    return psutil.Process(server.request("codetriever/status", {})["engine"]["pid"])


def counts(server: LspServer, root: Path) -> dict[str, Any]:
    status = server.folder(root)
    return {name: status[name] for name in ("files", "chunks", "symbols", "languages")}


def places(hits: list[dict[str, Any]]) -> list[Any]:
    """Where hits are. Their scores move a little with what was deleted before, as the frequencies
    of words do."""
    return [(hit["uri"], hit["range"], hit.get("symbol")) for hit in hits]


def names(server: LspServer, query: str) -> list[str]:
    return [symbol["name"] for symbol in server.symbols(query)]


def test_fault_45_an_editor_and_two_commands_on_one_workspace_and_the_engine_killed(
    home: Home, root: Path
) -> None:
    server = home.server(root)
    commands = [home.begin_cli("search", "--path", str(root), "--json", QUERY) for _ in range(2)]
    server.open(root / "src/relay/metrics.py", BUFFER)
    server.sync()
    for answer in map(finished, commands):
        assert (answer.code, "schedule.py" in answer.out) == (0, True)
    hits, before = server.search(QUERY), server.folder(root)
    engine = engine_of(server)
    workers = engine.children(recursive=True)
    assert workers

    engine.kill()
    waiting = [server.begin("codetriever/search", {"query": QUERY}) for _ in range(5)]
    commands = [home.begin_cli("search", "--path", str(root), "--json", QUERY) for _ in range(2)]
    assert all(future.result(60)["hits"] for future in waiting)
    assert [finished(command).code for command in commands] == [0, 0]
    wait_ended(workers)  # workers end with their engine
    assert all(worker not in home.processes() for worker in workers)
    assert engine_of(server).pid != engine.pid

    server.sync()
    # After a crash the frequencies of words are counted anew, which may turn round places that are
    # nearly equal far down.
    assert places(server.search(QUERY))[:10] == places(hits)[:10]
    after = server.folder(root)
    for unchanged in ("files", "chunks", "symbols", "languages", "generation"):
        assert after[unchanged] == before[unchanged]
    assert after["embedded"] == 0
    assert names(server, "only_in_the_buffer") == [
        "only_in_the_buffer"
    ]  # the new engine has been told of it
    assert names(server, "Histogram") == []
    server.stop()
    assert home.all_gone() == []


def test_fault_45_an_engine_killed_while_it_indexes_begins_again(
    home: Home, tmp_path: Path
) -> None:
    text = (
        "def function_{0}(first, second):\n    total = first * {0}\n    return total + second\n\n\n"
    )
    files = {
        f"part{n}/m{m}.py": "".join(text.format(n * 100 + m * 10 + i) for i in range(10))
        for n in range(20)
        for m in range(10)
    }
    root = write_tree(tmp_path / "many", files)
    server = home.server(root)
    server.note(
        "codetriever/indexStatus", lambda state: state["state"] == "indexing" and state["files"] > 0
    )
    engine_of(server).kill()
    server.sync()
    assert server.folder(root)["files"] == 200
    assert names(server, "function_1999")[:1] == ["function_1999"]
    assert server.search("function_1234")[0]["symbol"]["name"] == "function_1234"
    # As an index from nothing, by an engine that nobody kills.
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    server.change_folders(added=[copy], removed=[root])
    server.sync()
    from_nothing = counts(server, copy)
    symbols = relative_paths(server.symbols("function_1"), copy)
    server.change_folders(added=[root], removed=[copy])
    server.sync()
    assert counts(server, root) == from_nothing
    assert relative_paths(server.symbols("function_1"), root) == symbols
    server.stop()


def test_editors_that_are_killed_and_an_engine_that_is_stopped_leave_nothing_behind(
    home: Home, root: Path
) -> None:
    server, other = home.server(root), home.server(root)
    server.open(root / "src/relay/metrics.py", BUFFER)
    for one in (server, other):
        one.sync()
    server.process.kill()
    first = engine_of(other)
    assert home.cli("stop").code == 0
    wait_ended([first])
    assert first not in home.processes()
    assert other.search(QUERY)  # starts the next engine
    assert engine_of(other).pid != first.pid
    assert names(other, "Histogram") == ["Histogram"]
    other.process.kill()
    assert home.all_gone() == []
    assert not Place(home.cache).record.exists()
    assert list(home.folder.rglob("*.sock")) == []
    answer = home.cli("stop")
    assert (answer.code, answer.out) == (1, "")
    assert "no engine" in answer.err
