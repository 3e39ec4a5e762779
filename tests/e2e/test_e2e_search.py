"""What an editor asks of three small projects: search, symbols, outlines, similar code, context,
status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import e2e_go_project
import e2e_python_project
import e2e_typescript_project
import pytest
from e2e_client import LspServer, cut, path_of
from e2e_home import Home, relative_paths, write_tree

PROJECTS: dict[str, ModuleType] = {
    "python": e2e_python_project,
    "go": e2e_go_project,
    "typescript": e2e_typescript_project,
}
QUESTIONS = [
    (name, *question) for name, project in PROJECTS.items() for question in project.QUESTIONS
]
SYMBOLS = [(name, *symbol) for name, project in PROJECTS.items() for symbol in project.SYMBOLS]


@dataclass(frozen=True)
class World:
    """The three projects, and two editors on one engine that count columns differently."""

    roots: dict[str, Path]
    servers: dict[str, LspServer]

    @property
    def server(self) -> LspServer:
        return self.servers["utf-16"]

    def source(self, uri: str) -> str:
        return path_of(uri).read_bytes().decode()


@pytest.fixture(scope="module")
def world(shared_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("projects")
    roots = {name: write_tree(base / name, project.FILES) for name, project in PROJECTS.items()}
    servers = {
        encoding: shared_home.server(*roots.values(), encoding=encoding)
        for encoding in ("utf-16", "utf-8")
    }
    for encoding, server in servers.items():
        assert server.encoding == encoding
        server.sync()
    yield World(roots, servers)
    for server in servers.values():
        server.stop()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
@pytest.mark.parametrize(("project", "query", "file", "name"), QUESTIONS)
def test_the_definition_comes_first_with_its_exact_range(
    world: World, encoding: str, project: str, query: str, file: str, name: str
) -> None:
    server = world.servers[encoding]
    best = server.search(query)[0]
    assert path_of(best["uri"]) == world.roots[project] / file
    assert best["symbol"]["name"] == name
    source = world.source(best["uri"])
    assert cut(source, best["symbol"]["selectionRange"], encoding) == name
    text = cut(source, best["range"], encoding)
    assert text == best["snippet"]
    assert name in text
    assert text in source
    assert best["range"]["start"]["character"] == 0
    assert 0 < best["score"] <= 1


@pytest.mark.parametrize(("query", "file", "name"), e2e_python_project.SMALL)
def test_a_small_definition_comes_first_with_what_is_around_it(
    world: World, query: str, file: str, name: str
) -> None:
    best = world.server.search(query)[0]
    assert path_of(best["uri"]) == world.roots["python"] / file
    assert name in cut(world.source(best["uri"]), best["range"], "utf-16")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
@pytest.mark.parametrize(("project", "query", "file", "name"), SYMBOLS)
def test_a_symbol_is_found_by_name_at_its_place(
    world: World, encoding: str, project: str, query: str, file: str, name: str
) -> None:
    best = world.servers[encoding].symbols(query)[0]
    assert best["name"] == name
    assert path_of(best["location"]["uri"]) == world.roots[project] / file
    assert cut(world.source(best["location"]["uri"]), best["location"]["range"], encoding) == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
@pytest.mark.parametrize(
    ("project", "file", "expected"),
    [
        (
            "python",
            "src/relay/labels.py",
            {"ICONS": [], "FALLBACK_ICON": [], "Übersetzer": ["etikett_für"]},
        ),
        ("go", "internal/text/labels.go", {"DockShip": [], "Кораблик": [], "ΣημαίαΠλοίου": []}),
        (
            "typescript",
            "src/i18n/labels.ts",
            {"GREETING": [], "übersetzeText": [], "ラベル": ["翻訳する"]},
        ),
    ],
)
def test_an_outline_has_exact_ranges_behind_emoji_and_ideographs(
    world: World, encoding: str, project: str, file: str, expected: dict[str, list[str]]
) -> None:
    path = world.roots[project] / file
    outline = world.servers[encoding].outline(path)
    by_name = {symbol["name"]: symbol for symbol in outline}
    assert expected.keys() <= by_name.keys()
    source = path.read_bytes().decode()

    def check(symbols: list[dict[str, Any]], around: str) -> None:
        for symbol in symbols:
            text = cut(source, symbol["range"], encoding)
            assert cut(source, symbol["selectionRange"], encoding) == symbol["name"]
            assert symbol["name"] in text
            assert text in around
            check(symbol.get("children", []), text)

    check(outline, source)
    for name, members in expected.items():
        assert {child["name"] for child in by_name[name].get("children", [])} >= set(members)


def test_an_outline_is_in_document_order_and_nested(world: World) -> None:
    outline = world.server.outline(world.roots["typescript"] / "src/http/client.ts")
    assert [symbol["name"] for symbol in outline] == ["HttpClient"]
    members = [child["name"] for child in outline[0]["children"]]
    assert [name for name in members if name in ("getJson", "withTimeout")] == [
        "getJson",
        "withTimeout",
    ]
    starts = [child["range"]["start"]["line"] for child in outline[0]["children"]]
    assert starts == sorted(starts)


def test_similar_code_is_found_and_never_the_selection_itself(world: World) -> None:
    root = world.roots["python"]
    file = root / "src/relay/backoff.py"
    source = file.read_bytes().decode()
    first = source[: source.index("def retry_with_backoff")].count("\n")
    last = source.count("\n") - 1
    selection = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 3}}
    params = {"textDocument": {"uri": file.as_uri()}, "range": selection}
    for asked in (
        params,
        {"textDocument": params["textDocument"], "position": {"line": first + 3, "character": 2}},
    ):
        hits = world.server.request("codetriever/similar", asked)["hits"]
        assert relative_paths(hits[:1], root) == ["src/relay/web/fetch.py"]
        own = [hit for hit in hits if hit["uri"] == file.as_uri()]
        assert all(
            hit["range"]["end"]["line"] < first or hit["range"]["start"]["line"] > last
            for hit in own
        )
    narrowed = {**params, "filters": {"languages": ["typescript", "go"]}, "limit": 3}
    hits = world.server.request("codetriever/similar", narrowed)["hits"]
    assert 0 < len(hits) <= 3
    assert {hit["language"] for hit in hits} <= {"typescript", "go"}


def test_context_gives_the_definition_its_surroundings_and_the_imports(world: World) -> None:
    file = world.roots["python"] / "src/relay/worker.py"
    source = file.read_bytes().decode()
    line = source[: source.index("job.run()")].count("\n")
    place = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 5}}
    asked = {"textDocument": {"uri": file.as_uri()}, "range": place}
    answer = world.server.request("codetriever/context", asked)
    parts = {part["role"]: part for part in answer["parts"]}
    assert set(answer) == {"uri", "language", "parts", "tokens", "truncated"}
    assert answer["language"] == "python"
    assert parts["definition"]["symbol"]["name"] == "execute"
    assert parts["definition"]["text"].startswith("    def execute(self, job)")
    assert "class Worker(threading.Thread):" in parts["enclosing"]["text"]
    assert "import threading" in parts["imports"]["text"]
    assert all(cut(source, part["range"], "utf-16") == part["text"] for part in answer["parts"])
    short = world.server.request("codetriever/context", {**asked, "maxTokens": 20})
    assert short["truncated"]
    assert short["tokens"] <= 20


def test_the_status_says_what_is_indexed(world: World) -> None:
    status = world.server.request("codetriever/status", {})
    assert set(status["engine"]) == {
        "pid",
        "version",
        "uptimeSeconds",
        "clients",
        "memoryBytes",
        "cacheDir",
    }
    assert status["engine"]["clients"] == 3  # and the one that keeps the engine
    by_root = {path_of(folder["folder"]): folder for folder in status["folders"]}
    assert list(by_root) == list(world.roots.values())
    for name, root in world.roots.items():
        folder = by_root[root]
        assert folder["files"] == len(PROJECTS[name].FILES)
        assert sum(folder["languages"].values()) == folder["files"]
        assert folder["languages"][name] >= 9
        assert (folder["state"], folder["pending"]) == ("ready", 0)
        assert folder["embedded"] > 0
        assert folder["model"]["dimension"] == 256
        assert folder["storeBytes"] > 0
        assert folder["watcher"] in ("native", "polling")


def test_commands_give_the_answers_of_the_requests(world: World) -> None:
    root = world.roots["python"]
    document = {"uri": (root / "src/relay/worker.py").as_uri()}
    selection = {"start": {"line": 10, "character": 0}, "end": {"line": 20, "character": 0}}
    asked: dict[str, dict[str, Any]] = {
        "search": {
            "query": "runs jobs until stopped",
            "limit": 5,
            "explain": True,
            "filters": {"languages": ["python"]},
        },
        "similar": {"textDocument": document, "range": selection},
        "context": {"textDocument": document, "range": selection, "maxTokens": 300},
        "sync": {},
        "reindex": {"folder": root.as_uri()},
        "status": {},
    }
    for name, params in asked.items():
        answers = []
        for method, sent in (
            (f"codetriever/{name}", params),
            ("workspace/executeCommand", {"command": f"codetriever.{name}", "arguments": [params]}),
        ):
            world.server.sync()
            answers.append(_without_times(world.server.request(method, sent)))
        assert answers[0] == answers[1], name
    world.server.sync()
    assert (
        world.server.error("workspace/executeCommand", {"command": "codetriever.nothing"}).code
        == -32602
    )


def test_reindexing_from_scratch_gives_the_same_answers(world: World) -> None:
    query = {"query": "how long to wait before the next attempt", "limit": 10}
    before = world.server.request("codetriever/search", query)
    assert world.server.request("codetriever/reindex", {"full": True}) is None
    world.server.sync()
    after = world.server.request("codetriever/search", query)
    assert after["hits"] == before["hits"]


def _without_times(answer: Any) -> Any:
    """Without what changes from one moment to the next."""
    if isinstance(answer, dict):
        moving = ("tookMs", "uptimeSeconds", "memoryBytes", "timings", "storeBytes")
        return {key: _without_times(value) for key, value in answer.items() if key not in moving}
    return [_without_times(item) for item in answer] if isinstance(answer, list) else answer
