"""Files and buffers change while editors are connected: what is searched is what is there now."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import e2e_python_project
import pytest
from e2e_client import LspServer, cut, path_of
from e2e_home import Home, relative_paths, write_tree

NEW = '''\
def reticulate_splines(network):
    """Fold every spline of the network."""
    for spline in network:
        spline.fold()
    return len(network)
'''


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("relay"), e2e_python_project.FILES)


@pytest.fixture
def server(shared_home: Home, root: Path) -> Iterator[LspServer]:
    server = shared_home.server(root)
    server.sync()
    yield server
    server.stop()


def names(symbols: list[dict[str, Any]]) -> list[str]:
    return [symbol["name"] for symbol in symbols]


def first_file(server: LspServer, query: str, root: Path) -> str:
    return relative_paths(server.search(query)[:1], root)[0]


def test_a_saved_file_is_found_and_its_old_text_is_not(server: LspServer, root: Path) -> None:
    server.save(root / "src/relay/metrics.py", NEW)
    server.sync()
    assert names(server.symbols("reticulate")) == ["reticulate_splines"]
    assert first_file(server, "fold every spline", root) == "src/relay/metrics.py"
    assert "Histogram" not in names(server.symbols("Histogram"))
    assert all(
        "percentile" not in hit["snippet"] for hit in server.search("percentile of measurements")
    )


def test_a_change_that_nobody_tells_of_is_found(server: LspServer, root: Path) -> None:
    (root / "tools").mkdir()
    (root / "tools/splines.py").write_text(NEW, encoding="utf-8")
    server.sync()
    assert first_file(server, "fold every spline", root) == "tools/splines.py"


def test_an_unsaved_edit_is_found_by_its_editor_alone(
    shared_home: Home, server: LspServer, root: Path
) -> None:
    other = shared_home.server(root)
    file = root / "src/relay/metrics.py"
    server.open(file)
    end = {"line": file.read_text(encoding="utf-8").count("\n"), "character": 0}
    server.change(file, {"range": {"start": end, "end": end}, "text": "\n\n" + NEW})
    for one in (server, other):
        one.sync()
    text = file.read_text(encoding="utf-8") + "\n\n" + NEW
    best = server.search("fold every spline")[0]
    assert path_of(best["uri"]) == file
    assert cut(text, best["range"], "utf-16") == best["snippet"]
    assert best["symbol"]["name"] == "reticulate_splines"
    assert names(server.symbols("reticulate")) == ["reticulate_splines"]
    assert "reticulate_splines" in names(server.outline(file))
    assert "Histogram" in names(
        server.symbols("Histogram")
    )  # what was not edited is still there, once
    assert len(server.symbols("Histogram")) == 1
    assert other.symbols("reticulate") == []
    assert "reticulate_splines" not in names(other.outline(file))
    assert all(
        "spline" not in hit["snippet"] for hit in other.search("fold every spline", limit=100)
    )
    server.close(file)
    server.sync()
    assert server.symbols("reticulate") == []
    assert all(
        "spline" not in hit["snippet"] for hit in server.search("fold every spline", limit=100)
    )
    assert server.search("percentile of measurements") == other.search("percentile of measurements")
    other.stop()


def test_an_unsaved_deletion_hides_what_is_on_disk(server: LspServer, root: Path) -> None:
    file = root / "src/relay/metrics.py"
    server.open(file)
    server.change(file, {"text": "# nothing left\n"})
    server.sync()
    assert server.symbols("Histogram") == []
    assert server.outline(file) == []
    snippets = [
        hit["snippet"]
        for hit in server.search("percentile of measurements", limit=100)
        if path_of(hit["uri"]) == file
    ]
    assert snippets in ([], ["# nothing left"])
    server.close(file)
    server.sync()
    assert names(server.symbols("Histogram")) == ["Histogram"]


def test_several_buffers_are_open_at_once(server: LspServer, root: Path) -> None:
    files = {name: root / f"src/relay/{name}.py" for name in ("metrics", "schedule", "brand_new")}
    for name, file in files.items():
        server.open(file, f"import {name}_library\n\n\n" + NEW.replace("splines", name))
    server.sync()
    for name, file in files.items():
        found = server.symbols(f"reticulate_{name}")
        assert names(found) == [f"reticulate_{name}"]
        assert path_of(found[0]["location"]["uri"]) == file
        assert found[0]["location"]["range"]["start"]["line"] == 3
    assert set(names(server.symbols("reticulate"))) == {f"reticulate_{name}" for name in files}
    hits = server.search("fold every spline of the network", limit=3)
    assert {path_of(hit["uri"]) for hit in hits} == set(files.values())


def test_edits_after_emoji_land_where_the_editor_means_them(server: LspServer, root: Path) -> None:
    file = root / "src/relay/labels.py"
    source = file.read_bytes().decode()
    server.open(file)
    line = source[: source.index("FALLBACK_ICON")].count("\n")
    text = source.split("\n")[line]
    column = len(text[: text.index("FALLBACK_ICON")].encode("utf-16-le")) // 2
    edit = {
        "start": {"line": line, "character": column},
        "end": {"line": line, "character": column + len("FALLBACK_ICON")},
    }
    server.change(file, {"range": edit, "text": "代わりの_ICON"})
    server.sync()
    found = server.symbols("代わりの_ICON")
    assert names(found) == ["代わりの_ICON"]
    assert (
        cut(
            source.replace("FALLBACK_ICON", "代わりの_ICON", 1),
            found[0]["location"]["range"],
            "utf-16",
        )
        == "代わりの_ICON"
    )
    assert server.symbols("FALLBACK_ICON") == []


def test_similar_and_context_are_of_the_text_that_is_shown(server: LspServer, root: Path) -> None:
    file = root / "src/relay/scratch.py"
    copy = (
        (root / "src/relay/storage.py").read_text(encoding="utf-8").replace("JobStore", "TaskStore")
    )
    server.open(file, copy)
    first = copy[: copy.index("class TaskStore")].count("\n")
    place = {
        "start": {"line": first, "character": 0},
        "end": {"line": copy.count("\n"), "character": 0},
    }
    asked = {"textDocument": {"uri": file.as_uri()}, "range": place}
    hits = server.request("codetriever/similar", asked)["hits"]
    assert relative_paths(hits[:1], root) == ["src/relay/storage.py"]
    assert all(hit["range"]["end"]["line"] < first for hit in hits if path_of(hit["uri"]) == file)
    parts = server.request("codetriever/context", asked)["parts"]
    assert any("TaskStore" in part["text"] for part in parts)


def test_what_was_deleted_is_gone(server: LspServer, root: Path) -> None:
    assert (
        first_file(server, "when is a recurring job due the next time", root)
        == "src/relay/schedule.py"
    )
    (root / "src/relay/schedule.py").unlink()
    shutil.rmtree(root / "src/relay/web")
    server.notify(
        "workspace/didDeleteFiles", {"files": [{"uri": (root / "src/relay/schedule.py").as_uri()}]}
    )
    server.sync()
    left = relative_paths(server.search("recurring job due, password, web hook", limit=100), root)
    assert "src/relay/schedule.py" not in left
    assert not any(path.startswith("src/relay/web/") for path in left)
    assert server.symbols("next_run") == []
    assert server.symbols("verify_password") == []
    assert server.folder(root)["files"] == len(e2e_python_project.FILES) - 3


def test_what_was_renamed_moves_without_being_embedded_again(server: LspServer, root: Path) -> None:
    server.save(
        root / "src/relay/metrics.py", NEW.replace("splines", "rivers")
    )  # another text than the other tests have
    server.sync()
    embedded = server.folder(root)["embedded"]
    assert embedded > 0
    (root / "src/relay/schedule.py").rename(root / "src/relay/cron.py")
    (root / "src/relay/web").rename(root / "src/relay/dashboard")
    renamed = {
        "oldUri": (root / "src/relay/schedule.py").as_uri(),
        "newUri": (root / "src/relay/cron.py").as_uri(),
    }
    server.notify("workspace/didRenameFiles", {"files": [renamed]})
    server.sync()
    assert (
        first_file(server, "when is a recurring job due the next time", root) == "src/relay/cron.py"
    )
    assert (
        first_file(server, "compare a password in constant time", root)
        == "src/relay/dashboard/auth.py"
    )
    everywhere = relative_paths(
        server.search("recurring job due, password, web hook", limit=100), root
    )
    assert not any(
        path.startswith(("src/relay/web/", "src/relay/schedule.py")) for path in everywhere
    )
    assert relative_paths(server.symbols("next_run"), root) == ["src/relay/cron.py"]
    assert server.folder(root)["embedded"] == embedded


def test_what_becomes_ignored_is_gone_and_comes_back(server: LspServer, root: Path) -> None:
    (root / ".gitignore").write_text("metrics.py\n", encoding="utf-8")
    server.sync()
    assert server.symbols("Histogram") == []
    (root / ".gitignore").unlink()
    server.sync()
    assert names(server.symbols("Histogram")) == ["Histogram"]


def test_settings_of_the_workspace_narrow_what_is_indexed(shared_home: Home, root: Path) -> None:
    server = shared_home.server(
        root, initializationOptions={"exclude": ["**/web/**"], "languagesOff": ["markdown"]}
    )
    server.sync()
    found = relative_paths(server.search("password or web hook or install", limit=100), root)
    assert found
    assert not any(path.startswith("src/relay/web/") or path.endswith(".md") for path in found)
    assert server.folder(root)["languages"].keys() == {"python", "toml"}
    server.stop()


def test_a_restart_embeds_nothing_and_answers_the_same(home: Home, root: Path) -> None:
    answers = []
    engines = []
    for _ in range(2):
        server = home.server(root)
        server.sync()
        status = server.request("codetriever/status", {})
        engines.append((status["engine"]["pid"], status["folders"][0]["embedded"]))
        questions = [
            server.search(query, explain=True) for query, *_ in e2e_python_project.QUESTIONS
        ]
        counts = [
            status["folders"][0][name]
            for name in ("files", "chunks", "symbols", "languages", "generation")
        ]
        answers.append((questions, server.symbols(""), counts))
        server.stop()
        assert home.all_gone() == []
    assert engines[0][0] != engines[1][0]
    assert engines[0][1] > 0
    assert engines[1][1] == 0
    assert answers[0] == answers[1]
