"""Requests, replies and their errors, in this process on a fake engine."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from typing import Any

import pytest
from conftest import Conversation
from lsp_client import FULL_CAPABILITIES
from pygls.exceptions import JsonRpcException

from codetriever_lsp import model
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.server.handlers import HANDLERS
from codetriever_lsp.server.jsonrpc import rpc

SEARCH = "codetriever/search"


async def test_fault_02_before_initialize_and_after_shutdown(talk: Conversation) -> None:
    assert (await talk.error(SEARCH, {"query": "a"}))[0] == -32002
    assert (await talk.error("shutdown"))[0] == -32002
    await talk.initialize("/")
    assert (
        await talk.error("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    )[0] == -32600
    assert await talk.request("shutdown") is None
    assert (await talk.error(SEARCH, {"query": "a"}))[0] == -32600
    assert (await talk.error("shutdown"))[0] == -32600
    talk.notify("exit")
    assert talk.server.protocol.ended.result() == 0


async def test_fault_02_notifications_before_initialize_are_dropped(talk: Conversation) -> None:
    talk.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": "file:///w/a", "languageId": "", "version": 1, "text": ""}},
    )
    await talk.initialize("/")
    assert len(talk.server.documents) == 0


async def test_exit_without_shutdown_is_one(talk: Conversation) -> None:
    talk.notify("exit")
    assert talk.server.protocol.ended.result() == 1


async def test_fault_06_a_running_search_is_cancelled(open_talk: Conversation) -> None:
    request_id = open_talk.begin(SEARCH, {"query": "slow one"})
    await open_talk.until(lambda: open_talk.engine.asked(m.Search))
    begun = asyncio.get_running_loop().time()
    open_talk.cancel(request_id)
    reply = await open_talk.reply(request_id)
    assert reply["error"]["code"] == -32800
    assert asyncio.get_running_loop().time() - begun < 0.1
    assert len(open_talk.engine.cancelled) == 1


async def test_fault_06_a_call_that_cannot_be_cancelled_is_answered_all_the_same(
    open_talk: Conversation,
) -> None:
    request_id = open_talk.begin(SEARCH, {"query": "stubborn one"})
    await open_talk.until(lambda: open_talk.engine.asked(m.Search))
    begun = asyncio.get_running_loop().time()
    open_talk.cancel(request_id)
    open_talk.cancel(request_id)
    assert (await open_talk.reply(request_id))["error"]["code"] == -32800
    assert asyncio.get_running_loop().time() - begun < 0.1
    open_talk.engine.release.set()
    await open_talk.request("codetriever/status")
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
    assert len(open_talk.replies(request_id)) == 1


async def test_fault_06_queued_searches_are_cancelled_without_running(
    open_talk: Conversation,
) -> None:
    running = [open_talk.begin(SEARCH, {"query": "slow one"}) for _ in range(4)]
    await open_talk.until(lambda: len(open_talk.engine.asked(m.Search)) == 4)
    queued = open_talk.begin(SEARCH, {"query": "queued"})
    await open_talk.request("codetriever/status")
    open_talk.cancel(queued)
    assert (await open_talk.reply(queued))["error"]["code"] == -32800
    open_talk.engine.release.set()
    for request_id in running:
        assert "result" in await open_talk.reply(request_id)
    assert [call.query for call in open_talk.engine.asked(m.Search)] == ["slow one"] * 4


async def test_fault_06_cancelling_what_is_answered_or_unknown_is_nothing(
    open_talk: Conversation,
) -> None:
    request_id = open_talk.begin("codetriever/status")
    await open_talk.reply(request_id)
    for target in (request_id, 999, "x", None, [1], {"id": 1}):
        open_talk.cancel(target)
    open_talk.notify("$/cancelRequest")
    await open_talk.request("codetriever/status")
    assert len(open_talk.replies(request_id)) == 1


async def test_fault_07_a_typing_storm_runs_little(open_talk: Conversation) -> None:
    await open_talk.request("codetriever/status")
    last: Any = None
    ids = []
    for number in range(200):
        if last is not None:
            open_talk.cancel(last)
        last = open_talk.begin(SEARCH, {"query": f"word {number}"})
        ids.append(last)
    assert "result" in await open_talk.reply(last)
    assert [(await open_talk.reply(one))["error"]["code"] for one in ids[:-1]] == [-32800] * 199
    assert [call.query for call in open_talk.engine.asked(m.Search)] == ["word 199"]
    assert all(len(open_talk.replies(one)) == 1 for one in ids)


async def test_fault_08_the_fast_do_not_wait_for_the_slow(open_talk: Conversation) -> None:
    slow = [open_talk.begin(SEARCH, {"query": "slow one"}) for _ in range(20)]
    await open_talk.until(lambda: len(open_talk.engine.asked(m.Search)) == 4)
    assert await open_talk.request("workspace/symbol", {"query": "x"}) == []
    assert (await open_talk.request("codetriever/sync"))["generation"] == 7
    assert not any(open_talk.replies(one) for one in slow)


BAD_PARAMS: list[tuple[str, Any, str]] = [
    (SEARCH, None, "query"),
    (SEARCH, {}, "query"),
    (SEARCH, [], "object"),
    (SEARCH, "x", "object"),
    (SEARCH, {"query": 5}, "query"),
    (SEARCH, {"query": " \t\n"}, "blank"),
    (SEARCH, {"query": "a", "limit": 0}, "limit"),
    (SEARCH, {"query": "a", "limit": 101}, "100"),
    (SEARCH, {"query": "a", "limit": 10**30}, "limit"),
    (SEARCH, {"query": "a", "limit": "20"}, "limit"),
    (SEARCH, {"query": "a", "limit": 1.5}, "limit"),
    (SEARCH, {"query": "a", "mode": "magic"}, "mode"),
    (SEARCH, {"query": "a", "limits": 5}, "limits"),
    (SEARCH, {"query": "a", "filters": {"languages": "python"}}, "languages"),
    (SEARCH, {"query": "a", "filters": {"kinds": ["klass"]}}, "klass"),
    (SEARCH, {"query": "a", "filters": {"paths": ["!"]}}, "glob"),
    (SEARCH, {"query": "a", "filters": {"paths": ["x"] * 2000}}, "paths"),
    (SEARCH, {"query": "a", "filters": {"folders": ["untitled:x"]}}, "file: URI"),
    (SEARCH, {"query": "a", "filters": {"class": ["x"]}}, "class"),
    (SEARCH, {"query": "x" * 2**20}, "1,048,576"),
    (SEARCH, {"query": "bad engine"}, "no sense"),
    ("codetriever/similar", {"textDocument": {"uri": "file:///w/a"}}, "position or range"),
    (
        "codetriever/similar",
        {"textDocument": {"uri": "untitled:1"}, "position": {"line": 0, "character": 0}},
        "file: URI",
    ),
    (
        "codetriever/similar",
        {"textDocument": {"uri": "file:///w/a"}, "position": {"line": -1, "character": 0}},
        "line",
    ),
    ("codetriever/context", {"textDocument": {"uri": "file:///w/a"}}, "range"),
    ("codetriever/sync", {"timeoutMs": -1}, "timeoutMs"),
    ("codetriever/status", {"verbose": True}, "verbose"),
    ("workspace/executeCommand", {"command": "codetriever.explode"}, "not a command"),
    (
        "workspace/executeCommand",
        {"command": "codetriever.search", "arguments": [{"query": ""}]},
        "blank",
    ),
    (
        "workspace/executeCommand",
        {"command": "codetriever.search", "arguments": [{}, {}]},
        "one argument",
    ),
    ("workspace/executeCommand", {}, "command"),
    ("workspace/symbol", {}, "query"),
    ("workspace/symbol", {"query": None}, "string"),
    ("workspace/symbol", {"query": 5}, "string"),
    ("workspace/symbol", [1], ""),
    ("textDocument/documentSymbol", {"textDocument": {}}, "uri"),
    ("textDocument/documentSymbol", {"textDocument": None}, ""),
    (
        "textDocument/codeAction",
        {"textDocument": {"uri": "file:///w/a"}, "range": {}, "context": {}},
        "",
    ),
]


@pytest.mark.parametrize(("method", "params", "said"), BAD_PARAMS)
async def test_fault_09_wrong_params_say_what_is_wrong(
    open_talk: Conversation, method: str, params: Any, said: str
) -> None:
    code, message = await open_talk.error(method, params)
    assert code == -32602
    assert said in message
    assert open_talk.sent("window/showMessage") == []


@pytest.mark.parametrize(
    ("body", "request_id", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 5, "method": ', None, -32700),
        (b"", None, -32700),
        (b"[" * 100_000, None, -32700),
        (
            b'{"jsonrpc":"2.0","id":7,"method":"codetriever/search","params":{"query":"\xff\xfe"}}',
            7,
            -32700,
        ),
        (
            b'{"jsonrpc":"2.0","id":8,"method":"codetriever/search","params":{"query":NaN}}',
            None,
            -32700,
        ),
        (b'{"jsonrpc":"2.0","id":1e999,"method":"codetriever/status"}', None, -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"codetriever/status"}', None, -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"codetriever/status"}', None, -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"codetriever/status"}', None, -32600),
        (b'{"jsonrpc":"2.0","id":9,"method":5}', 9, -32600),
        (b'{"jsonrpc":"1.0","id":10,"method":"codetriever/status"}', 10, -32600),
        (b'{"id":11,"method":"codetriever/status"}', 11, -32600),
        (b'[{"jsonrpc":"2.0","id":12,"method":"codetriever/status"}]', 12, -32600),
        (b"[]", None, -32600),
        (b"5", None, -32600),
        (b'{"jsonrpc":"2.0","id":13,"method":"no/such"}', 13, -32601),
        (b'{"jsonrpc":"2.0","id":14,"method":"$/unknown"}', 14, -32601),
    ],
)
async def test_fault_09_broken_messages(
    open_talk: Conversation, body: bytes, request_id: Any, code: int
) -> None:
    before = len(open_talk.link.sent)
    open_talk.receive(body)
    (reply,) = open_talk.link.sent[before:]
    assert (reply["id"], reply["error"]["code"]) == (request_id, code)
    assert "result" in await open_talk.reply(open_talk.begin("codetriever/status"))


async def test_fault_09_a_body_that_was_too_long_is_answered(open_talk: Conversation) -> None:
    open_talk.server.protocol.receive(None)
    assert open_talk.link.sent[-1]["error"]["code"] == -32600


async def test_fault_09_broken_notifications_are_silent(open_talk: Conversation) -> None:
    before = len(open_talk.link.sent)
    open_talk.notify("textDocument/didOpen", {"textDocument": 5})
    open_talk.notify("textDocument/didChange", {})
    open_talk.notify("no/such", {"class": 1})
    open_talk.notify("initialize", {})
    open_talk.receive({"jsonrpc": "1.0", "method": "x"})
    assert len(open_talk.link.sent) == before


async def test_fault_09_huge_and_odd_ids_come_back_as_they_were(open_talk: Conversation) -> None:
    for request_id in (0, -5, 2**70, "abc", "1", ""):
        assert "result" in await open_talk.reply(
            open_talk.begin("codetriever/status", request_id=request_id)
        )


async def test_a_lone_surrogate_is_answered(open_talk: Conversation) -> None:
    code, message = await open_talk.error("workspace/executeCommand", {"command": "\ud800"})
    assert code == -32602
    assert "not a command" in message


async def test_an_id_in_use_is_refused(open_talk: Conversation) -> None:
    open_talk.begin(SEARCH, {"query": "slow one"}, request_id=50)
    open_talk.begin("codetriever/status", request_id=50)
    assert open_talk.replies(50)[0]["error"]["code"] == -32600
    open_talk.engine.release.set()
    await open_talk.until(lambda: len(open_talk.replies(50)) == 2)
    assert "result" in open_talk.replies(50)[1]


async def test_engine_errors_have_their_codes(
    open_talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    assert await open_talk.error(SEARCH, {"query": "dead engine"}) == (-32803, "the engine is gone")
    code, message = await open_talk.error(SEARCH, {"query": "bug inside"})
    assert code == -32603
    assert "ZeroDivisionError" in message
    assert "Traceback" not in message


@pytest.mark.parametrize("seed", range(12))
async def test_fault_10_interleavings_get_one_response_each(talk: Conversation, seed: int) -> None:
    await talk.initialize("/")
    uri = "file:///w/a.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "def a(): ...\n"}
    messages: list[tuple[str, Any, bool]] = [
        ("initialized", {}, False),
        ("textDocument/didOpen", {"textDocument": document}, False),
        ("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x"}]}, False),
        ("textDocument/didSave", {"textDocument": {"uri": uri}}, False),
        ("textDocument/didClose", {"textDocument": {"uri": uri}}, False),
        ("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": []}}, False),
        ("workspace/didChangeConfiguration", {"settings": None}, False),
        (SEARCH, {"query": "a"}, True),
        (SEARCH, {"query": "slow a"}, True),
        (SEARCH, {"query": "dead"}, True),
        (SEARCH, {"query": ""}, True),
        ("codetriever/sync", {}, True),
        ("workspace/symbol", {"query": ""}, True),
        ("textDocument/documentSymbol", {"textDocument": {"uri": uri}}, True),
        ("workspace/executeCommand", {"command": "codetriever.status"}, True),
        ("no/such", {}, True),
    ] * 3  # fmt: skip
    chance = random.Random(seed)
    chance.shuffle(messages)
    ids = []
    for method, params, is_request in messages:
        if not is_request:
            talk.notify(method, params)
            continue
        ids.append(talk.begin(method, params))
        if chance.random() < 0.4:
            talk.cancel(chance.choice(ids))
        if chance.random() < 0.3:
            await asyncio.sleep(0)
    talk.engine.release.set()
    for request_id in ids:
        await talk.reply(request_id)
    await talk.request("shutdown")
    assert all(len(talk.replies(request_id)) == 1 for request_id in ids)


async def test_fault_13_nothing_is_asked_that_was_not_announced(talk: Conversation) -> None:
    await talk.initialize("/", capabilities={})
    talk.notify("initialized", {})
    await talk.until(lambda: talk.engine.asked(m.OpenFolders))
    talk.engine.emit(m.Progress("/w", "Indexing", 1, 10))
    talk.engine.emit(m.Progress("/w", "Indexing", 10, 10, finished=True))
    talk.notify(
        "workspace/didChangeConfiguration", {"settings": {"codetriever": {"exclude": ["x"]}}}
    )
    await talk.until(lambda: len(talk.engine.asked(m.OpenFolders)) == 2)
    await talk.request("codetriever/status")
    assert [message["method"] for message in talk.link.sent if "method" in message] == []
    assert talk.engine.asked(m.OpenFolders)[1].settings.exclude == ("x",)


async def test_fault_13_what_was_announced_is_asked(talk: Conversation) -> None:
    await talk.initialize("/", capabilities=FULL_CAPABILITIES)
    talk.notify("initialized", {})
    await talk.until(lambda: talk.sent("workspace/configuration"))
    talk.receive(
        {
            "jsonrpc": "2.0",
            "id": talk.sent("workspace/configuration")[0]["id"],
            "result": [{"include": ["src/**"]}],
        }
    )
    await talk.until(lambda: talk.sent("client/registerCapability"))
    registrations = talk.sent("client/registerCapability")[0]["params"]["registrations"]
    assert {one["method"] for one in registrations} == {
        "workspace/didChangeWatchedFiles",
        "workspace/didChangeConfiguration",
    }
    await talk.until(lambda: talk.engine.asked(m.OpenFolders))
    assert talk.engine.asked(m.OpenFolders)[0].settings.include == ("src/**",)


async def test_fault_14_a_request_that_is_never_answered_ends(open_talk: Conversation) -> None:
    protocol = open_talk.server.protocol
    with pytest.raises(TimeoutError):
        await protocol.ask("workspace/configuration", {"items": []}, timeout=0.01)
    assert protocol._asked == {}
    late = open_talk.sent("workspace/configuration")[0]["id"]
    open_talk.receive({"jsonrpc": "2.0", "id": late, "result": []})
    open_talk.receive({"jsonrpc": "2.0", "id": late, "error": {"code": 1, "message": "late"}})
    assert await open_talk.request("codetriever/status")


async def test_fault_14_an_error_reply_is_raised(open_talk: Conversation) -> None:
    asking = asyncio.ensure_future(open_talk.server.protocol.ask("x", {}))
    await open_talk.until(lambda: open_talk.sent("x"))
    open_talk.receive(
        {
            "jsonrpc": "2.0",
            "id": open_talk.sent("x")[0]["id"],
            "error": {"code": -1, "message": "no"},
        }
    )
    with pytest.raises(JsonRpcException, match="no"):
        await asking


async def test_fault_14_asking_can_be_given_up(open_talk: Conversation) -> None:
    asking = asyncio.ensure_future(open_talk.server.protocol.ask("x", {}))
    await open_talk.until(lambda: open_talk.sent("x"))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    open_talk.receive({"jsonrpc": "2.0", "id": open_talk.sent("x")[0]["id"], "result": 1})
    assert open_talk.server.protocol._asked == {}


async def test_fault_18_a_long_symbol_query_is_cut(open_talk: Conversation) -> None:
    assert await open_talk.request("workspace/symbol", {"query": "x" * 2**20}) == []
    assert len(open_talk.engine.asked(m.Symbols)[0].query) == 1_000


async def test_fault_20_ten_thousand_messages_leave_nothing(open_talk: Conversation) -> None:
    protocol = open_talk.server.protocol
    uri = "file:///w/a.py"
    open_talk.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "", "version": 0, "text": "a\n"}},
    )
    for number in range(1, 2_501):
        change = {
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}},
            "text": "b",
        }
        open_talk.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": number}, "contentChanges": [change]},
        )
        open_talk.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        request_id = open_talk.begin(SEARCH, {"query": "a", "workDoneToken": f"t{number}"})
        open_talk.cancel(request_id)
        if number % 100 == 0:
            await open_talk.request("codetriever/sync")
    await open_talk.request("codetriever/sync")
    await open_talk.until(lambda: not protocol._tasks)
    assert protocol._flights == {}
    assert protocol._asked == {}
    assert protocol._request_futures == {}
    assert protocol._result_types == {}
    assert open_talk.server.documents.text(uri) == "b\n"
    assert len(asyncio.all_tasks()) < 10


async def test_shutdown_lets_what_runs_finish(
    open_talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = open_talk.begin(
        "workspace/executeCommand",
        {"command": "codetriever.search", "arguments": [{"query": "slow"}]},
    )
    await open_talk.until(lambda: open_talk.engine.asked(m.Search))
    ending = open_talk.begin("shutdown")
    refused = open_talk.begin("codetriever/status")
    open_talk.engine.release.set()
    assert "result" in await open_talk.reply(slow)
    assert (await open_talk.reply(ending))["result"] is None
    assert (await open_talk.reply(refused))["error"]["code"] == -32600
    assert open_talk.engine.closed == 1


async def test_shutdown_does_not_wait_for_ever(
    open_talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "DRAIN_GRACE", 0.01)
    slow = open_talk.begin(SEARCH, {"query": "slow one"})
    await open_talk.until(lambda: open_talk.engine.asked(m.Search))
    assert await open_talk.request("shutdown") is None
    assert (await open_talk.reply(slow))["error"]["code"] == -32800


async def test_source_text_is_never_logged(
    open_talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("pygls").setLevel(logging.DEBUG)
    document = {"uri": "file:///w/a.py", "languageId": "", "version": 1, "text": "SECRET"}
    open_talk.notify("textDocument/didOpen", {"textDocument": document})
    open_talk.notify("textDocument/didOpen", {"textDocument": {**document, "version": "SECRET"}})
    await open_talk.error(SEARCH, {"query": "SECRET", "limit": 0})
    await open_talk.error(SEARCH, {"query": "bug SECRET"})
    await open_talk.request("codetriever/sync")
    assert "SECRET" not in caplog.text


async def test_every_handler_is_bound_to_its_server(open_talk: Conversation) -> None:
    features = open_talk.server.protocol.fm.features
    assert set(features) == set(HANDLERS)
    assert all(handler.args == (open_talk.server,) for handler in features.values())
    assert open_talk.server.protocol.fm.builtin_features == {}


async def test_a_thousand_symbols_are_encoded_at_once(open_talk: Conversation) -> None:
    mark = model.Mark(1, 2, 3, 4)
    one = model.SymbolHit(
        "name", "function", "Box", "/w/a.py", model.Span(mark, mark), model.Span(mark, mark)
    )
    open_talk.engine.symbols = (one,) * 1000
    symbols = await open_talk.request("workspace/symbol", {"query": ""})
    assert len(symbols) == 1000
    assert json.dumps(symbols[0], sort_keys=True) == json.dumps(
        {
            "name": "name",
            "kind": 12,
            "containerName": "Box",
            "location": {
                "uri": "file:///w/a.py",
                "range": {"start": {"line": 1, "character": 3}, "end": {"line": 1, "character": 3}},
            },
        },
        sort_keys=True,
    )
