"""What the engine is asked for, and how its words reach the client."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Conversation
from fake_lsp_engine import READY, hit, span
from lsp_client import FULL_CAPABILITIES

from codetriever_lsp import model
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.errors import EngineError
from codetriever_lsp.server import documents, notifications, payloads, session
from codetriever_lsp.server.message_types import MESSAGE_TYPES, converter, params_type

URI = "file:///w/a.py"
AT = {"line": 4, "character": 1}


def did_open(talk: Conversation, text: str = "one\n", version: int = 1, uri: str = URI) -> None:
    talk.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "", "version": version, "text": text}},
    )


def did_change(talk: Conversation, text: str, version: int, uri: str = URI) -> None:
    document = {"uri": uri, "version": version}
    talk.notify(
        "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]}
    )


async def test_search_passes_everything_on(open_talk: Conversation) -> None:
    filters = {
        "languages": ["go"],
        "paths": ["src/**", "!**/x"],
        "kinds": ["method"],
        "folders": ["file:///w"],
    }
    params = {"query": "a b", "limit": 7, "filters": filters, "mode": "lexical", "explain": True}
    result = await open_talk.request("codetriever/search", params)
    (asked,) = open_talk.engine.asked(m.Search)
    assert asked == m.Search(
        "a b", 7, model.Filters(("go",), ("src/**", "!**/x"), ("method",), ("/w",)), "lexical", True
    )
    assert [one["uri"] for one in result["hits"]] == ["file:///w/a.py", "file:///w/b.py"]
    assert result["index"] == {"state": "ready", "generation": 7, "files": 3, "pending": 0}
    assert result["tookMs"] == 1.5


async def test_null_stands_for_left_out_and_20_0_for_20(open_talk: Conversation) -> None:
    await open_talk.request(
        "codetriever/search", {"query": "a", "limit": 20.0, "filters": None, "mode": None}
    )
    assert open_talk.engine.asked(m.Search) == [m.Search("a")]


@pytest.mark.parametrize(
    ("where", "lines"),
    [
        ({"position": AT}, (4, 4)),
        ({"range": {"start": AT, "end": {"line": 9, "character": 0}}}, (4, 8)),
    ],
)
async def test_similar_takes_a_position_or_a_range(
    open_talk: Conversation, where: Any, lines: tuple[int, int]
) -> None:
    await open_talk.request("codetriever/similar", {"textDocument": {"uri": URI}, **where})
    assert open_talk.engine.asked(m.Similar) == [m.Similar("/w/a.py", *lines)]


@pytest.mark.parametrize(
    ("command", "params", "request_type"),
    [
        ("codetriever.search", {"query": "a"}, m.Search),
        ("codetriever.similar", {"textDocument": {"uri": URI}, "position": AT}, m.Similar),
        (
            "codetriever.context",
            {"textDocument": {"uri": URI}, "range": {"start": AT, "end": AT}},
            m.Context,
        ),
        ("codetriever.status", None, m.Status),
        ("codetriever.reindex", {"full": True}, m.Reindex),
        ("codetriever.sync", {}, m.Sync),
    ],
)
async def test_commands_answer_like_their_requests(
    open_talk: Conversation, command: str, params: Any, request_type: type[Any]
) -> None:
    arguments = [] if params is None else [params]
    by_command = await open_talk.request(
        "workspace/executeCommand", {"command": command, "arguments": arguments}
    )
    by_request = await open_talk.request(command.replace(".", "/"), params)
    assert by_command == by_request
    first, second = open_talk.engine.asked(request_type)
    assert first == second


async def test_partial_results_are_streamed_once(open_talk: Conversation) -> None:
    params = {"query": "a", "partialResultToken": "p", "workDoneToken": 5}
    result = await open_talk.request("codetriever/search", params)
    assert result["hits"] == []
    told = [message["params"] for message in open_talk.sent("$/progress")]
    assert [one["value"].get("kind") for one in told if one["token"] == 5] == ["begin", "end"]
    streamed = [
        found["uri"] for one in told if one["token"] == "p" for found in one["value"]["hits"]
    ]
    assert streamed == ["file:///w/a.py", "file:///w/b.py"]
    positions = [open_talk.link.sent.index(message) for message in open_talk.sent("$/progress")]
    assert max(positions) < len(open_talk.link.sent) - 1


async def test_partial_results_of_the_others(open_talk: Conversation) -> None:
    open_talk.engine.symbols = (
        model.SymbolHit("a", "function", "", "/w/a.py", span(1, 2), span(1, 1)),
    )
    params = {"textDocument": {"uri": URI}, "position": AT, "partialResultToken": "similar"}
    assert (await open_talk.request("codetriever/similar", params))["hits"] == []
    assert (
        await open_talk.request("workspace/symbol", {"query": "a", "partialResultToken": "symbols"})
        == []
    )
    outline = {"textDocument": {"uri": URI}, "partialResultToken": "outline"}
    assert await open_talk.request("textDocument/documentSymbol", outline) == []
    told = {
        message["params"]["token"]: message["params"]["value"]
        for message in open_talk.sent("$/progress")
    }
    assert len(told["similar"]["hits"]) == 2
    assert [one["name"] for one in told["symbols"]] == ["a"]
    assert [one["name"] for one in told["outline"]] == ["a"]


async def test_progress_ends_when_the_work_fails_or_is_cancelled(open_talk: Conversation) -> None:
    await open_talk.error("codetriever/search", {"query": "dead", "workDoneToken": "a"})
    request_id = open_talk.begin("codetriever/search", {"query": "slow", "workDoneToken": "b"})
    await open_talk.until(lambda: len(open_talk.engine.asked(m.Search)) == 2)
    open_talk.cancel(request_id)
    await open_talk.reply(request_id)
    kinds = [
        (message["params"]["token"], message["params"]["value"]["kind"])
        for message in open_talk.sent("$/progress")
    ]
    assert kinds == [("a", "begin"), ("a", "end"), ("b", "begin"), ("b", "end")]


async def test_documents_reach_the_engine_debounced_and_latest(open_talk: Conversation) -> None:
    did_open(open_talk)
    await open_talk.until(lambda: open_talk.engine.asked(m.Buffer))
    for version in range(2, 50):
        did_change(open_talk, f"text {version}", version)
    await open_talk.request("codetriever/sync")
    assert [call.text for call in open_talk.engine.asked(m.Buffer)] == ["one\n", "text 49"]


async def test_a_change_is_sent_without_being_asked_for(
    open_talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "DEBOUNCE", 0.001)
    did_open(open_talk)
    did_change(open_talk, "two", 2)
    await open_talk.until(
        lambda: any(call.text == "two" for call in open_talk.engine.asked(m.Buffer))
    )


async def test_save_sends_the_text_before_the_hint(open_talk: Conversation) -> None:
    did_open(open_talk)
    did_change(open_talk, "two", 2)
    open_talk.notify("textDocument/didSave", {"textDocument": {"uri": URI}})
    await open_talk.until(lambda: open_talk.engine.asked(m.Touch))
    mine = [call for call in open_talk.engine.calls if isinstance(call, m.Buffer | m.Touch)]
    assert mine[-1] == m.Touch(("/w/a.py",), saved=True)
    assert mine[-2].text == "two"


async def test_closing_and_opening_again_is_never_stale(open_talk: Conversation) -> None:
    did_open(open_talk, version=50)
    await open_talk.request("codetriever/sync")
    open_talk.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    did_open(open_talk, "new", version=1)
    await open_talk.request("codetriever/sync")
    buffers = open_talk.engine.asked(m.Buffer)
    assert buffers[-1].text == "new"
    assert [call.version for call in buffers] == sorted({call.version for call in buffers})


async def test_close_is_told(open_talk: Conversation) -> None:
    did_open(open_talk)
    await open_talk.request("codetriever/sync")
    open_talk.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    await open_talk.request("codetriever/sync")
    assert [call.text for call in open_talk.engine.asked(m.Buffer)] == ["one\n", None]
    assert len(open_talk.server.documents) == 0


async def test_fault_11_stale_or_unopened_changes_are_ignored(
    open_talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    did_change(open_talk, "nobody opened this", 5)
    did_open(open_talk, version=3)
    did_change(open_talk, "stale", 3)
    did_change(open_talk, "older", 2)
    open_talk.notify("textDocument/didClose", {"textDocument": {"uri": "file:///w/other.py"}})
    assert open_talk.server.documents.text(URI) == "one\n"
    await open_talk.request("codetriever/sync")
    assert [call.text for call in open_talk.engine.asked(m.Buffer)] == ["one\n"]
    assert caplog.text.count("didChange ignored") == 3
    assert "stale" in caplog.text


async def test_fault_16_documents_that_are_no_files_are_not_looked_at(
    open_talk: Conversation,
) -> None:
    did_open(open_talk, uri="untitled:Untitled-1")
    did_change(open_talk, "x", 2, uri="untitled:Untitled-1")
    open_talk.notify("textDocument/didSave", {"textDocument": {"uri": "untitled:Untitled-1"}})
    open_talk.notify("textDocument/didClose", {"textDocument": {"uri": "untitled:Untitled-1"}})
    outline = {"textDocument": {"uri": "untitled:Untitled-1"}}
    assert await open_talk.request("textDocument/documentSymbol", outline) is None
    await open_talk.request("codetriever/sync")
    assert open_talk.engine.asked(m.Buffer) == []
    assert open_talk.engine.asked(m.Touch) == []


async def test_fault_16_spellings_are_one_document(open_talk: Conversation) -> None:
    did_open(open_talk, uri="file:///w/a%20b.py")
    did_change(open_talk, "two", 2, uri="file:///w/./a b.py")
    assert open_talk.server.documents.text("FILE://localhost/w/a%20b.py") == "two"


async def test_broken_characters_are_mended_for_the_engine(open_talk: Conversation) -> None:
    did_open(open_talk, "x\ud83dy")
    await open_talk.request("codetriever/sync")
    assert open_talk.engine.asked(m.Buffer)[0].text == "x?y"


async def test_huge_texts_stay_here(
    open_talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_TEXT", 10)
    did_open(open_talk, "short")
    await open_talk.request("codetriever/sync")
    did_change(open_talk, "no longer short", 2)
    await open_talk.request("codetriever/sync")
    assert [call.text for call in open_talk.engine.asked(m.Buffer)] == ["short", None]


@pytest.mark.parametrize(
    ("method", "params", "paths"),
    [
        (
            "workspace/didChangeWatchedFiles",
            {
                "changes": [
                    {"uri": URI, "type": 2},
                    {"uri": "git:x", "type": 1},
                    {"uri": URI, "type": 3},
                ]
            },
            ("/w/a.py",),
        ),
        ("workspace/didCreateFiles", {"files": [{"uri": "file:///w/n%20w"}]}, ("/w/n w",)),
        ("workspace/didDeleteFiles", {"files": [{"uri": URI}]}, ("/w/a.py",)),
        (
            "workspace/didRenameFiles",
            {"files": [{"oldUri": URI, "newUri": "file:///w/b.py"}]},
            ("/w/a.py", "/w/b.py"),
        ),
    ],
)
async def test_hints_are_touches(
    open_talk: Conversation, method: str, params: Any, paths: tuple[str, ...]
) -> None:
    open_talk.notify(method, params)
    await open_talk.until(lambda: open_talk.engine.asked(m.Touch))
    assert open_talk.engine.asked(m.Touch) == [m.Touch(paths)]


async def test_folders_come_and_go_before_what_follows(talk: Conversation, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    await talk.initialize(str(first), capabilities={})
    await talk.request("codetriever/sync")
    change = {
        "added": [{"uri": second.as_uri(), "name": "s"}],
        "removed": [{"uri": first.as_uri(), "name": "f"}],
    }
    talk.notify("workspace/didChangeWorkspaceFolders", {"event": change})
    await talk.request("codetriever/sync")
    kinds = [call for call in talk.engine.calls if isinstance(call, m.OpenFolders | m.Sync)]
    assert [call.folders for call in kinds if isinstance(call, m.OpenFolders)] == [
        (str(first),),
        (str(second),),
    ]
    assert isinstance(kinds[-1], m.Sync)


async def test_no_folder_is_no_error_for_what_editors_ask_by_themselves(talk: Conversation) -> None:
    await talk.initialize(capabilities={}, workspaceFolders=None)
    assert await talk.request("workspace/symbol", {"query": ""}) == []
    assert await talk.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}}) is None
    assert await talk.request("codetriever/sync") == {"generation": 0}


@pytest.mark.parametrize(
    ("given", "folders"),
    [
        ({"workspaceFolders": None, "rootUri": "file:///"}, ("/",)),
        ({"workspaceFolders": None, "rootUri": None, "rootPath": "/"}, ("/",)),
        (
            {
                "workspaceFolders": [{"uri": "vscode-vfs://github/x", "name": "x"}],
                "rootUri": "file:///",
            },
            (),
        ),
        ({"workspaceFolders": [], "rootUri": "file:///"}, ()),
    ],
)
async def test_roots(talk: Conversation, given: dict[str, Any], folders: tuple[str, ...]) -> None:
    await talk.initialize(capabilities={}, **given)
    await talk.request("codetriever/status")
    assert talk.engine.asked(m.OpenFolders)[0].folders == folders


async def test_a_link_is_opened_where_it_leads_and_shown_as_it_is_spelled(
    talk: Conversation, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    talk.engine.hits = (hit(str(tmp_path / "real" / "a.py"), 1),)
    await talk.initialize(str(tmp_path / "link"), capabilities={})
    result = await talk.request("codetriever/search", {"query": "a"})
    assert talk.engine.asked(m.OpenFolders)[0].folders == (str(tmp_path / "real"),)
    assert result["hits"][0]["uri"] == (tmp_path / "link" / "a.py").as_uri()
    params = {"textDocument": {"uri": result["hits"][0]["uri"]}, "position": AT}
    await talk.request("codetriever/similar", params)
    assert talk.engine.asked(m.Similar)[0].path == str(tmp_path / "real" / "a.py")


async def test_settings_of_the_client(talk: Conversation, tmp_path: Path) -> None:
    options = {
        "cacheDir": str(tmp_path),
        "model": "none",
        "exclude": ["x/**"],
        "maxFileBytes": 5,
        "unknown": 1,
    }
    await talk.initialize("/", capabilities={}, initializationOptions=options)
    await talk.request("codetriever/status")
    assert (talk.engine.settings.cache_dir, talk.engine.settings.model) == (str(tmp_path), "none")
    opened = talk.engine.asked(m.OpenFolders)[0].settings
    assert (opened.exclude, opened.max_file_bytes) == (("x/**",), 5)


async def test_user_settings_never_come_from_the_workspace(talk: Conversation) -> None:
    await talk.initialize(
        "/", capabilities={}, initializationOptions={"exclude": ["a"], "model": "none"}
    )
    await talk.request("codetriever/status")
    hostile = {
        "codetriever": {
            "include": ["src"],
            "model": "evil",
            "qdrantUrl": "http://evil",
            "cacheDir": "/evil",
        }
    }
    talk.notify("workspace/didChangeConfiguration", {"settings": hostile})
    await talk.until(lambda: len(talk.engine.asked(m.OpenFolders)) == 2)
    settings = talk.engine.asked(m.OpenFolders)[1].settings
    assert (settings.include, settings.exclude) == (("src",), ("a",))
    assert talk.engine.settings.model == "none"
    assert talk.engine.connects == 1


@pytest.mark.parametrize(
    "options", [{"threads": "many"}, {"maxFileBytes": []}, {"watcher": "maybe"}]
)
async def test_wrong_settings_are_said_once_and_left_out(
    talk: Conversation, options: dict[str, Any]
) -> None:
    await talk.initialize("/", capabilities={}, initializationOptions=options)
    await talk.request("codetriever/status")
    (shown,) = talk.sent("window/showMessage")
    assert "editor settings" in shown["params"]["message"]


@pytest.mark.parametrize("options", [None, [], "x", 5])
async def test_options_of_any_type_do_no_harm(talk: Conversation, options: Any) -> None:
    result = await talk.initialize("/", capabilities={}, initializationOptions=options)
    assert result["serverInfo"]["name"] == "codetriever-lsp"


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32"], "utf-32"),
        (["utf-7"], "utf-16"),
        ([], "utf-16"),
        (None, "utf-16"),
    ],
)
async def test_the_encoding_is_the_clients_first(
    talk: Conversation, offered: list[str] | None, chosen: str
) -> None:
    capabilities = {"general": {"positionEncodings": offered}} if offered is not None else {}
    result = await talk.initialize("/", capabilities=capabilities)
    assert result["capabilities"]["positionEncoding"] == chosen
    assert talk.server.view.encoding == talk.server.documents.encoding == chosen


async def test_the_outline_can_be_switched_off(talk: Conversation) -> None:
    result = await talk.initialize("/", initializationOptions={"documentSymbols": False})
    assert "documentSymbolProvider" not in result["capabilities"]


async def test_the_outline_is_flat_for_clients_that_know_no_tree(open_talk: Conversation) -> None:
    outer = model.SymbolHit("A", "class", "", "/w/a.py", span(0, 9, 0), span(0, 0))
    inner = model.SymbolHit("b", "method", "A", "/w/a.py", span(1, 2), span(1, 1))
    open_talk.engine.symbols = (outer, inner)
    symbols = await open_talk.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    assert [(one["name"], one.get("containerName")) for one in symbols] == [("A", None), ("b", "A")]


async def test_a_resolved_symbol_is_as_it_was(open_talk: Conversation) -> None:
    symbol = {"name": "a", "kind": 12, "location": {"uri": URI, "range": {"start": AT, "end": AT}}}
    assert await open_talk.request("workspaceSymbol/resolve", symbol) == symbol


@pytest.mark.parametrize(
    ("only", "offered"),
    [(None, 1), (["codetriever"], 1), ([""], 1), (["quickfix"], 0), (["codetriever.similar.x"], 0)],
)
async def test_find_similar_is_offered_on_a_selection(
    talk: Conversation, only: Any, offered: int
) -> None:
    await talk.initialize("/")
    selection = {"start": AT, "end": {"line": 6, "character": 0}}
    context = {"diagnostics": []} if only is None else {"diagnostics": [], "only": only}
    params = {"textDocument": {"uri": URI}, "range": selection, "context": context}
    actions = await talk.request("textDocument/codeAction", params)
    assert len(actions) == offered
    for action in actions:
        assert action["kind"] == "codetriever.similar"
        command = {
            "command": action["command"]["command"],
            "arguments": action["command"]["arguments"],
        }
        assert "hits" in await talk.request("workspace/executeCommand", command)
    empty = {"textDocument": {"uri": URI}, "range": {"start": AT, "end": AT}, "context": context}
    assert await talk.request("textDocument/codeAction", empty) == []


async def test_a_client_without_literals_gets_the_command(open_talk: Conversation) -> None:
    selection = {"start": AT, "end": {"line": 6, "character": 0}}
    params = {"textDocument": {"uri": URI}, "range": selection, "context": {"diagnostics": []}}
    (action,) = await open_talk.request("textDocument/codeAction", params)
    assert action["command"] == "codetriever.similar"


async def test_index_status_is_sparse_and_the_latest_wins(
    open_talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_talk.request("codetriever/status")
    for generation in range(1000):
        open_talk.engine.emit(m.StateChanged(msgspec.structs.replace(READY, generation=generation)))
    await open_talk.until(lambda: len(open_talk.sent("codetriever/indexStatus")) == 2)
    assert [one["params"]["generation"] for one in open_talk.sent("codetriever/indexStatus")] == [
        0,
        999,
    ]


async def test_fault_05_news_is_withheld_from_a_client_that_lags(
    open_talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "PERIOD", 0.001)
    await open_talk.request("codetriever/status")
    open_talk.link.waiting = 2**30
    open_talk.engine.emit(m.StateChanged(READY))
    await open_talk.request("codetriever/status")
    assert open_talk.sent("codetriever/indexStatus") == []
    open_talk.link.waiting = 0
    await open_talk.until(lambda: open_talk.sent("codetriever/indexStatus"))


def progress(done: int, *, finished: bool = False) -> m.Progress:
    return m.Progress("/", "Indexing w", done, 10, finished)


async def test_progress_of_indexing(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "PERIOD", 0.001)
    await talk.initialize("/", capabilities=FULL_CAPABILITIES)
    await talk.request("codetriever/status")
    talk.engine.emit(progress(1))
    await talk.until(lambda: talk.sent("window/workDoneProgress/create"))
    (create,) = talk.sent("window/workDoneProgress/create")
    talk.engine.emit(progress(5))
    talk.receive({"jsonrpc": "2.0", "id": create["id"], "result": None})
    await talk.until(lambda: len(talk.sent("$/progress")) >= 2)
    talk.engine.emit(progress(10, finished=True))
    await talk.until(lambda: talk.sent("$/progress")[-1]["params"]["value"]["kind"] == "end")
    values = [message["params"]["value"] for message in talk.sent("$/progress")]
    assert [value["kind"] for value in values] == ["begin", "report", "end"]
    assert values[1]["percentage"] == 50
    assert {message["params"]["token"] for message in talk.sent("$/progress")} == {
        create["params"]["token"]
    }


async def test_progress_that_is_refused_is_not_asked_again(talk: Conversation) -> None:
    await talk.initialize("/", capabilities=FULL_CAPABILITIES)
    await talk.request("codetriever/status")
    talk.engine.emit(progress(1))
    await talk.until(lambda: talk.sent("window/workDoneProgress/create"))
    (create,) = talk.sent("window/workDoneProgress/create")
    talk.receive({"jsonrpc": "2.0", "id": create["id"], "error": {"code": -1, "message": "no"}})
    talk.engine.emit(progress(2))
    await talk.request("codetriever/status")
    talk.engine.emit(progress(10, finished=True))
    await asyncio.gather(*talk.server.protocol._tasks)
    assert talk.server.notices._bars == {}
    assert len(talk.sent("window/workDoneProgress/create")) == 1
    assert talk.sent("$/progress") == []


async def test_a_bar_ends_when_the_engine_died_over_it(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "PERIOD", 0.001)
    await talk.initialize("/", capabilities=FULL_CAPABILITIES)
    await talk.request("codetriever/status")
    talk.engine.emit(progress(1))
    await talk.until(lambda: talk.sent("window/workDoneProgress/create"))
    talk.receive(
        {
            "jsonrpc": "2.0",
            "id": talk.sent("window/workDoneProgress/create")[0]["id"],
            "result": None,
        }
    )
    await talk.until(lambda: talk.sent("$/progress"))
    talk.engine.emit(m.StateChanged(READY))
    await talk.until(lambda: talk.sent("$/progress")[-1]["params"]["value"]["kind"] == "end")


async def test_warnings_are_shown_once(open_talk: Conversation) -> None:
    await open_talk.request("codetriever/status")
    for _ in range(3):
        open_talk.engine.emit(m.Warned("polling"))
    assert [one["params"]["message"] for one in open_talk.sent("window/showMessage")] == ["polling"]


async def test_an_engine_that_does_not_start_is_not_tried_at_every_edit(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.engine.fail = EngineError("the cache directory cannot be written")
    await talk.initialize("/", capabilities={})
    talk.notify("initialized", {})
    for _ in range(5):
        assert await talk.error("codetriever/search", {"query": "a"}) == (
            -32803,
            "the cache directory cannot be written",
        )
    assert talk.engine.connects == 1
    assert len(talk.sent("window/showMessage")) == 1
    monkeypatch.setattr(session, "RETRY_PAUSE", 0.0)
    talk.engine.fail = None
    assert "hits" in await talk.request("codetriever/search", {"query": "a"})


async def test_a_wrong_token_is_refused(talk: Conversation) -> None:
    talk.server.token = "secret"
    params = {"processId": None, "rootUri": None, "capabilities": {}}
    assert (await talk.error("initialize", params))[0] == -32602
    assert (await talk.error("codetriever/search", {"query": "a"}))[0] == -32002
    assert "capabilities" in await talk.request(
        "initialize", {**params, "initializationOptions": {"token": "secret"}}
    )


def test_every_custom_message_is_registered_and_survives_the_converter() -> None:
    made = converter()
    for method, kind in MESSAGE_TYPES.items():
        shape = params_type(method)
        assert issubclass(shape, msgspec.Struct)
        assert kind.__attrs_attrs__
    params = payloads.SearchParams(
        "a", filters=payloads.SearchFilters(languages=("go",)), partial_result_token="t"
    )
    plain = made.unstructure(MESSAGE_TYPES["codetriever/search"](id=1, params=params))
    assert plain["params"]["partialResultToken"] == "t"
    assert made.structure(plain["params"], payloads.SearchParams) == params


async def test_cancelling_while_the_engine_starts_leaves_it_to_the_others(
    talk: Conversation,
) -> None:
    gate = asyncio.Event()
    connect = talk.engine.connect

    async def slow_connect() -> None:
        await gate.wait()
        await connect()

    talk.engine.connect = slow_connect  # type: ignore[method-assign]
    await talk.initialize("/", capabilities={})
    first, second = (talk.begin("codetriever/search", {"query": "a"}) for _ in range(2))
    await asyncio.sleep(0)
    talk.cancel(first)
    assert (await talk.reply(first))["error"]["code"] == -32800
    gate.set()
    assert "result" in await talk.reply(second)
    assert talk.engine.connects == 1
