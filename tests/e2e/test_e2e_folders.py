"""Folders come and go while a server runs; nested ones give no duplicates; one that is not there
keeps nobody waiting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import e2e_go_project
import e2e_python_project
import pytest
from e2e_client import LspServer, path_of
from e2e_home import Home, finished, write_tree
from e2e_rights import ordinary_command

QUERY = "wait for jobs and requests"


@pytest.fixture
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("folders")
    return write_tree(base / "relay", e2e_python_project.FILES), write_tree(
        base / "harbor", e2e_go_project.FILES
    )


@pytest.fixture
def server(shared_home: Home) -> Iterator[LspServer]:
    server = shared_home.server()
    yield server
    server.stop()


def files(server: LspServer) -> set[Path]:
    return {path_of(hit["uri"]) for hit in server.search(QUERY, limit=100)}


def folders(server: LspServer) -> list[Path]:
    return [
        path_of(folder["folder"]) for folder in server.request("codetriever/status", {})["folders"]
    ]


def test_without_a_folder_nothing_is_found_and_nothing_fails(
    server: LspServer, tmp_path: Path
) -> None:
    assert server.symbols("anything") == []
    assert server.sync() == 0
    assert not server.outline(tmp_path / "a.py")
    assert folders(server) == []
    assert "folder" in server.error("codetriever/search", {"query": QUERY}).message


def test_fault_15_folders_come_and_go(server: LspServer, roots: tuple[Path, Path]) -> None:
    relay, harbor = roots
    server.change_folders(added=[relay])
    server.sync()
    assert all(file.is_relative_to(relay) for file in files(server))
    server.change_folders(added=[harbor])
    server.sync()
    assert {file.relative_to(relay.parent).parts[0] for file in files(server)} == {
        "relay",
        "harbor",
    }
    assert folders(server) == [relay, harbor]
    server.change_folders(removed=[relay])
    assert files(server)
    assert all(file.is_relative_to(harbor) for file in files(server))
    assert server.symbols("retry_with_backoff") == []
    assert folders(server) == [harbor]
    server.change_folders(added=[relay], removed=[harbor])
    server.sync()
    assert [symbol["name"] for symbol in server.symbols("retry_with_backoff")] == [
        "retry_with_backoff"
    ]
    assert server.symbols("SweepExpired") == []


def test_fault_15_nested_folders_give_no_duplicates(
    server: LspServer, roots: tuple[Path, Path]
) -> None:
    relay, _ = roots
    inner = relay / "src/relay/web"
    server.change_folders(added=[relay, inner])
    server.sync()
    hits = server.search("compare a password in constant time", limit=100)
    places = [(hit["uri"], hit["range"]["start"]["line"]) for hit in hits]
    assert len(places) == len(set(places))
    assert path_of(hits[0]["uri"]) == inner / "auth.py"
    for query in ("verify_password", "hash", ""):
        symbols = server.symbols(query)
        places = [
            (symbol["location"]["uri"], str(symbol["location"]["range"])) for symbol in symbols
        ]
        assert len(places) == len(set(places))
    assert len(server.symbols("verify_password")) == 1
    file = {"uri": (inner / "auth.py").as_uri()}
    hits = server.request(
        "codetriever/similar", {"textDocument": file, "position": {"line": 8, "character": 0}}
    )["hits"]
    places = [(hit["uri"], hit["range"]["start"]["line"]) for hit in hits]
    assert len(places) == len(set(places))
    outline = server.outline(inner / "auth.py")
    assert [symbol["name"] for symbol in outline] == ["hash_password", "verify_password"]
    # An open buffer of the inner folder hides the file in both.
    server.open(inner / "auth.py", "def only_in_the_buffer():\n    return 1\n")
    server.sync()
    assert server.symbols("verify_password") == []
    assert len(server.symbols("only_in_the_buffer")) == 1
    server.change_folders(removed=[inner])
    server.sync()
    assert len(server.symbols("only_in_the_buffer")) == 1
    server.close(inner / "auth.py")
    server.sync()
    assert len(server.symbols("verify_password")) == 1


def test_a_folder_that_is_not_there_is_said_once_and_the_others_answer(
    shared_home: Home, roots: tuple[Path, Path]
) -> None:
    relay, _ = roots
    missing = relay.parent / "missing"
    server = shared_home.server(missing, relay)
    server.sync()
    assert files(server)
    assert folders(server) == [relay]
    warning = server.note("window/showMessage")
    assert str(missing) in warning["message"]
    write_tree(missing, {"late.py": "def came_late():\n    return 'better than never'\n"})
    server.change_folders(removed=[missing])
    server.change_folders(added=[missing])
    server.sync()
    assert [symbol["name"] for symbol in server.symbols("came_late")] == ["came_late"]
    server.stop()


def test_a_folder_behind_a_link_keeps_the_spelling_of_the_editor(
    server: LspServer, roots: tuple[Path, Path]
) -> None:
    relay, _ = roots
    link = relay.parent / "by another name"
    try:
        link.symlink_to(relay, target_is_directory=True)
    except OSError as error:
        pytest.skip(f"this system gives no symbolic links: {error}")
    server.change_folders(added=[link])
    server.sync()
    hits = server.search("compare a password in constant time")
    assert path_of(hits[0]["uri"]) == link / "src/relay/web/auth.py"
    assert "%20" in hits[0]["uri"]


def test_fault_49_a_cache_that_cannot_be_written(home: Home, roots: tuple[Path, Path]) -> None:
    relay, _ = roots
    command, problem = ordinary_command()
    if problem:
        pytest.skip(problem)
    temporary = home.folder / "temporary"
    temporary.mkdir()
    home.environ["TMPDIR"] = str(temporary)
    asked = [*command, "search", "--path", str(relay), "--json", QUERY]
    expected = json.loads(finished(home.begin(asked)).out)
    assert home.all_gone() == []
    kept = sorted(home.cache.rglob("*"))
    home.cache.chmod(0o555)  # the log that is in it can still be written
    answer = finished(home.begin(asked))
    assert json.loads(answer.out)["hits"] == expected["hits"]
    assert answer.err.count("\n") == 1
    assert "cannot be written" in answer.err
    assert "CODETRIEVER_CACHE_DIR" in answer.err
    server = home.server(relay, command=command)
    server.sync()
    assert files(server)
    assert "cannot be written" in server.note("window/showMessage")["message"]
    (status,) = server.request("codetriever/status", {})["folders"]
    assert status["state"] == "degraded"
    assert "cannot be written" in status["lastError"]
    assert status["storePath"].startswith(str(temporary))
    server.stop()
    assert home.all_gone() == []
    assert list(temporary.glob("codetriever*")) == []
    assert sorted(home.cache.rglob("*")) == kept
