"""How a search is narrowed and steered, and what is said of requests that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import e2e_go_project
import e2e_python_project
import pytest
from e2e_client import LspServer, path_of
from e2e_home import Home, relative_paths, write_tree

FUNCTION, CLASS, METHOD = 12, 5, 6
QUERY = "wait for jobs and requests"


@dataclass(frozen=True)
class World:
    server: LspServer
    relay: Path
    harbor: Path

    def refusal(self, **params: Any) -> str:
        """What is said of a search that makes no sense; no other error code than the one for
        parameters will do."""
        error = self.server.error("codetriever/search", {"query": QUERY, **params})
        assert error.code == -32602
        return error.message


@pytest.fixture(scope="module")
def world(shared_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("projects")
    relay = write_tree(base / "relay", e2e_python_project.FILES)
    harbor = write_tree(base / "harbor", e2e_go_project.FILES)
    server = shared_home.server(relay, harbor)
    server.sync()
    yield World(server, relay, harbor)
    server.stop()


def test_languages_narrow(world: World) -> None:
    assert {hit["language"] for hit in world.server.search(QUERY, limit=50)} >= {"python", "go"}
    assert {
        hit["language"]
        for hit in world.server.search(QUERY, limit=50, filters={"languages": ["go"]})
    } == {"go"}
    both = world.server.search(QUERY, limit=50, filters={"languages": ["go", "markdown"]})
    assert {hit["language"] for hit in both} == {"go", "markdown"}


def test_path_globs_narrow_and_exclude(world: World) -> None:
    def found(*globs: str) -> set[str]:
        hits = world.server.search(
            QUERY, limit=100, filters={"paths": list(globs), "folders": [world.relay.as_uri()]}
        )
        return set(relative_paths(hits, world.relay))

    everything = found()
    assert {
        "src/relay/worker.py",
        "src/relay/web/fetch.py",
        "tests/test_backoff.py",
        "README.md",
    } <= everything
    assert found("src/**/*.py") == {path for path in everything if path.startswith("src/")}
    assert found("!tests/**") == {path for path in everything if not path.startswith("tests/")}
    assert found("src/**", "!**/web/**") == {
        path for path in everything if path.startswith("src/") and "/web/" not in path
    }
    assert found("*.{md,toml}") == {path for path in everything if path.endswith((".md", ".toml"))}
    assert found("nothing/**") == set()


def test_kinds_narrow(world: World) -> None:
    for kind, number in (("class", CLASS), ("function", FUNCTION), ("method", METHOD)):
        hits = world.server.search(QUERY, limit=100, filters={"kinds": [kind]})
        assert {hit["symbol"]["kind"] for hit in hits} == {number}


def test_folders_narrow(world: World) -> None:
    for folder in (world.relay, world.harbor):
        hits = world.server.search(QUERY, limit=100, filters={"folders": [folder.as_uri()]})
        assert hits
        assert all(path_of(hit["uri"]).is_relative_to(folder) for hit in hits)


def test_a_limit_takes_the_best(world: World) -> None:
    hits = world.server.search(QUERY, limit=20)
    assert world.server.search(QUERY, limit=3) == hits[:3]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    places = [
        (hit["uri"], line)
        for hit in hits
        for line in range(hit["range"]["start"]["line"], hit["range"]["end"]["line"] + 1)
    ]
    assert len(places) == len(set(places))  # no line twice


def test_modes_search_by_words_or_by_meaning(world: World) -> None:
    asked = "heapq.heappush"
    lexical = world.server.search(asked, mode="lexical", explain=True)
    assert relative_paths(lexical[:1], world.relay) == ["src/relay/job_queue.py"]
    meant = "make a credential unreadable before it is stored"
    semantic = world.server.search(
        meant, mode="semantic", explain=True, filters={"languages": ["python"]}
    )
    assert "src/relay/web/auth.py" in relative_paths(semantic[:3], world.relay)
    assert world.server.search(meant, mode="hybrid", filters={"languages": ["python"]})
    assert lexical[0]["explain"]["features"] != semantic[0]["explain"]["features"]


def test_an_explanation_is_given_where_it_is_asked_for(world: World) -> None:
    plain, explained = world.server.search(QUERY), world.server.search(QUERY, explain=True)
    assert all("explain" not in hit for hit in plain)
    assert [hit["uri"] for hit in plain] == [hit["uri"] for hit in explained]
    for hit in explained:
        assert hit["explain"]["features"]
        assert any(isinstance(value, float) for value in hit["explain"].values())
        assert isinstance(hit["explain"]["matched"], list)


def test_partial_results_come_under_their_token_and_not_again(world: World) -> None:
    whole = world.server.search(QUERY, limit=7)
    answer = world.server.request(
        "codetriever/search", {"query": QUERY, "limit": 7, "partialResultToken": "hits-1"}
    )
    assert answer["hits"] == []
    assert answer["index"]["state"] == "ready"
    parts = [
        note["params"]["value"]
        for note in world.server.notes
        if note["params"].get("token") == "hits-1"
    ]
    assert [hit for part in parts for hit in part["hits"]] == whole
    answer = world.server.request(
        "workspace/symbol", {"query": "Read", "partialResultToken": "names-1"}
    )
    assert answer == []
    parts = [
        note["params"]["value"]
        for note in world.server.notes
        if note["params"].get("token") == "names-1"
    ]
    assert [symbol for part in parts for symbol in part] == world.server.symbols("Read")


def test_work_done_progress_is_reported_where_it_is_asked_for(world: World) -> None:
    world.server.request("codetriever/search", {"query": QUERY, "workDoneToken": "work-1"})
    kinds = [
        note["params"]["value"]["kind"]
        for note in world.server.notes
        if note["params"].get("token") == "work-1"
    ]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"


def test_an_empty_query_for_symbols_lists_the_most_useful(world: World) -> None:
    symbols = world.server.symbols("")
    assert {"JobQueue", "LRU", "Worker", "Balancer"} <= {symbol["name"] for symbol in symbols}
    assert world.server.symbols("no_such_name_anywhere") == []


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"query": ""}, "blank"),
        ({"query": " \t\n "}, "blank"),
        ({"query": "?!…"}, "letter or digit"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "100"),
        ({"limit": "many"}, "limit"),
        ({"mode": "fuzzy"}, "fuzzy"),
        ({"filters": {"paths": ["src/{a,b"]}}, "never closed"),
        ({"filters": {"paths": ["[z"]}}, "never closed"),
        ({"filters": {"paths": ["!"]}}, "empty"),
        ({"filters": {"kinds": ["gadget"]}}, "function"),
        ({"filters": {"folders": ["file:///nowhere/at/all"]}}, "not open"),
        ({"filters": {"language": ["go"]}}, "language"),
        ({"limmit": 3}, "limmit"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused_helpfully(
    world: World, params: dict[str, Any], told: str
) -> None:
    assert told in world.refusal(**params)


def test_other_requests_that_cannot_be_meant(world: World) -> None:
    file = {"uri": (world.relay / "src/relay/worker.py").as_uri()}
    line = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 1}}
    for method, params, told in (
        ("codetriever/similar", {"textDocument": file}, "position or range"),
        ("codetriever/similar", {"textDocument": {"uri": "untitled:a"}, "range": line}, "file"),
        (
            "codetriever/context",
            {"textDocument": {"uri": "file:///etc/hostname"}, "range": line},
            "no open folder",
        ),
        ("codetriever/context", {"textDocument": file, "range": line, "maxTokens": 0}, "maxTokens"),
        ("codetriever/reindex", {"folder": "file:///nowhere/at/all"}, "open folder"),
        ("codetriever/sync", {"timeoutMs": -1}, "timeoutMs"),
    ):
        error = world.server.error(method, params)
        assert (error.code, told in error.message) == (-32602, True), error
    assert world.server.error("codetriever/unknown", {}).code == -32601
    assert world.server.search(QUERY)
