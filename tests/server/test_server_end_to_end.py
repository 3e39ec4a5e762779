"""The whole: a real server on the real engine, as an editor uses it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import Start
from lsp_client import FULL_CAPABILITIES, LspClient
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from codetriever_lsp import __version__

ODD = "X = '😀é'; class_ = 1\r\n# \u2028 \f 漢\r\nclass Gruß: pass\r\n\r\ndef éü(): return '😀'\r\n"
"""Astral and accented characters, a form feed and a line separator that end no line, CRLF."""

CODECS = {"utf-8": (1, "utf-8"), "utf-16": (2, "utf-16-le"), "utf-32": (4, "utf-32-le")}


def slice_of(text: str, place: dict[str, Any], encoding: str) -> str:
    """The text of a range, by an independent route: lines split as LSP says, columns counted in
    encoded bytes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    unit, codec = CODECS[encoding]
    first, last = place["start"]["line"], place["end"]["line"]
    assert first == last
    raw = lines[first].encode(codec)
    return raw[unit * place["start"]["character"] : unit * place["end"]["character"]].decode(codec)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    (made / "retry.py").write_text(
        '"""Retries."""\n\n\ndef retry_request(send, attempts=3):\n    """Send a request again until it succeeds."""\n'
        "    for attempt in range(attempts):\n        try:\n            return send()\n"
        "        except OSError:\n            pass\n"
    )
    (made / "names.py").write_text(
        "class Registry:\n    def lookup_name(self, key):\n        return self.names[key]\n"
    )
    return made


@pytest.mark.parametrize("encoding", list(CODECS))
async def test_fault_12_ranges_are_exact_in_every_encoding(
    start: Start, tmp_path: Path, encoding: str
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "odd.py").write_bytes(ODD.encode())
    client = await start()
    await client.initialize(
        folder, capabilities={**FULL_CAPABILITIES, "general": {"positionEncodings": [encoding]}}
    )
    await client.request("codetriever/sync")
    uri = (folder / "odd.py").as_uri()

    async def names(source: str) -> dict[str, int]:
        outline = await client.request(
            "textDocument/documentSymbol", {"textDocument": {"uri": uri}}
        )
        found = await client.request("workspace/symbol", {"query": ""})
        places = [(one["name"], one["selectionRange"]) for one in outline]
        places += [(one["name"], one["location"]["range"]) for one in found]
        assert all(slice_of(source, place, encoding) == name for name, place in places)
        return {name: place["start"]["line"] for name, place in places}

    lines = await names(ODD)
    assert (lines["Gruß"], lines["éü"]) == (2, 4)
    # An edit of the open buffer, its columns counted in the same encoding: 'X' gets a longer string
    # before the class.
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": ODD}},
    )
    unit, codec = CODECS[encoding]
    column = len("def éü".encode(codec)) // unit
    change = {
        "range": {
            "start": {"line": 4, "character": column},
            "end": {"line": 4, "character": column},
        },
        "text": "ö",
    }
    document = {"uri": uri, "version": 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    await client.request("codetriever/sync")
    assert (await names(ODD.replace("éü", "éüö")))["éüö"] == 4
    assert await client.stop() == 0


async def test_an_unsaved_edit_is_searchable_and_a_closed_one_is_not(
    start: Start, folder: Path
) -> None:
    client = await start()
    await client.initialize(folder)
    await client.request("codetriever/sync")
    uri = (folder / "names.py").as_uri()
    text = "def frobnicate_widget(widget):\n    return widget.frob()\n"
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}},
    )
    await client.request("codetriever/sync")
    found = await client.request("workspace/symbol", {"query": "frobnicate"})
    assert [one["name"] for one in found] == ["frobnicate_widget"]
    hits = (await client.request("codetriever/search", {"query": "frobnicate widget"}))["hits"]
    assert hits[0]["uri"] == uri
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    await client.request("codetriever/sync")
    assert await client.request("workspace/symbol", {"query": "frobnicate"}) == []
    assert await client.stop() == 0


async def test_a_saved_file_is_found_at_once(start: Start, folder: Path) -> None:
    client = await start()
    await client.initialize(folder)
    await client.request("codetriever/sync")
    (folder / "new.py").write_text("def brand_new_thing():\n    pass\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": (folder / "new.py").as_uri()}})
    await client.request("codetriever/sync")
    assert [
        one["name"] for one in await client.request("workspace/symbol", {"query": "brand_new"})
    ] == ["brand_new_thing"]
    (folder / "new.py").unlink()
    client.notify("workspace/didDeleteFiles", {"files": [{"uri": (folder / "new.py").as_uri()}]})
    await client.request("codetriever/sync")
    assert await client.request("workspace/symbol", {"query": "brand_new"}) == []
    assert await client.stop() == 0


async def test_all_requests_answer_in_their_shapes(start: Start, folder: Path) -> None:
    client = await start()
    await client.initialize(folder)
    await client.request("codetriever/sync", {"timeoutMs": 60_000})
    answer = await client.request(
        "codetriever/search", {"query": "try again when sending fails", "explain": True}
    )
    assert set(answer) == {"hits", "index", "tookMs"}
    best = answer["hits"][0]
    assert best["uri"] == (folder / "retry.py").as_uri()
    assert best["symbol"]["name"] == "retry_request"
    assert 0 <= best["score"] <= 1
    assert best["explain"]["features"]
    assert answer["index"]["state"] == "ready"
    similar = {"textDocument": {"uri": best["uri"]}, "range": best["range"]}
    assert all(
        hit["uri"] != best["uri"]
        for hit in (await client.request("codetriever/similar", similar))["hits"]
    )
    context = await client.request("codetriever/context", {**similar, "maxTokens": 1000})
    assert "definition" in {part["role"] for part in context["parts"]}
    status = await client.request("codetriever/status")
    assert status["folders"][0]["folder"] == folder.as_uri()
    assert status["folders"][0]["files"] == 2
    assert (
        await client.request("codetriever/reindex", {"folder": folder.as_uri(), "full": True})
        is None
    )
    assert (await client.request("codetriever/sync"))["generation"] >= 1
    assert (
        await client.error("codetriever/search", {"query": "a", "filters": {"paths": ["["]}})
    ).code == -32602
    assert (await client.error("codetriever/reindex", {"folder": "file:///nowhere"})).code == -32602
    assert await client.stop() == 0


async def test_the_engine_is_killed_and_nobody_notices(start: Start, folder: Path) -> None:
    client = await start()
    await client.initialize(folder)
    await client.request("codetriever/sync")
    psutil.Process((await client.request("codetriever/status"))["engine"]["pid"]).kill()
    answers = await asyncio.gather(
        *(client.request("codetriever/search", {"query": "retry"}) for _ in range(5))
    )
    assert all(answer["hits"] for answer in answers)
    assert await client.stop() == 0


async def test_two_editors_share_one_engine(start: Start, folder: Path) -> None:
    clients: list[LspClient] = [await start(), await start()]
    for client in clients:
        await client.initialize(folder)
    await asyncio.gather(*(client.request("codetriever/sync") for client in clients))
    engines = [(await client.request("codetriever/status"))["engine"]["pid"] for client in clients]
    assert len(set(engines)) == 1
    assert await clients[0].stop() == 0
    assert (await clients[1].request("codetriever/search", {"query": "retry"}))["hits"]
    assert await clients[1].stop() == 0


async def test_a_stock_client_is_content(folder: Path, tmp_path: Path) -> None:
    """The client of pytest-lsp, made by others: the capabilities of an editor, typed answers."""
    environment = os.environ | {
        "CODETRIEVER_CACHE_DIR": str(tmp_path / "cache"),
        "CODETRIEVER_LINGER_S": "1",
    }
    command = [sys.executable, "-m", "codetriever_lsp"]
    client = await ClientServerConfig(server_command=command, server_env=environment).start()
    assert isinstance(client, LanguageClient)
    root = types.WorkspaceFolder(folder.as_uri(), "w")
    capabilities = client_capabilities("visual-studio-code")
    result = await client.initialize_session(
        types.InitializeParams(capabilities=capabilities, workspace_folders=[root])
    )
    assert result.server_info == types.ServerInfo("codetriever-lsp", __version__)
    await client.protocol.send_request_async("codetriever/sync", {})
    symbols = await client.workspace_symbol_async(types.WorkspaceSymbolParams(query="retry"))
    assert symbols
    assert symbols[0].name == "retry_request"
    document = types.TextDocumentIdentifier((folder / "names.py").as_uri())
    outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert outline
    assert isinstance(outline[0], types.DocumentSymbol)
    assert outline[0].children
    await client.shutdown_session()
    await client.stop()
