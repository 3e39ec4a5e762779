"""Real server processes over standard input and output: how they end, what they survive."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import FAKE_PROGRAM, Start
from lsp_client import LspClient

posix = pytest.mark.skipif(os.name != "posix", reason="signals and /bin/sh")


async def gone(pid: int) -> None:
    """Return when the process has ended."""

    def wait() -> None:
        try:
            psutil.Process(pid).wait(30)
        except psutil.NoSuchProcess:
            return

    await asyncio.to_thread(wait)


async def test_fault_01_exit_codes(start: Start) -> None:
    polite, rude, early = await start(fake=True), await start(fake=True), await start(fake=True)
    await polite.initialize()
    assert await polite.stop() == 0
    await rude.initialize()
    rude.notify("exit")
    assert await rude.ended() == 1
    early.notify("exit")
    assert await early.ended() == 1


async def test_end_of_input_ends_the_server(start: Start) -> None:
    before, after = await start(fake=True), await start(fake=True)
    await before.initialize()
    _, slow = before.begin("codetriever/search", {"query": "slow one"})
    await before.request("codetriever/status")
    before.process.stdin.close()  # type: ignore[union-attr]
    assert await before.ended(timeout=1) == 1
    assert slow.done()
    await after.initialize()
    await after.request("shutdown")
    after.process.stdin.close()  # type: ignore[union-attr]
    assert await after.ended(timeout=1) == 0


async def test_a_call_that_cannot_be_cancelled_does_not_keep_the_process(start: Start) -> None:
    client = await start(fake=True)
    await client.initialize()
    client.begin("codetriever/search", {"query": "stubborn one"})
    await client.request("codetriever/status")
    client.process.stdin.close()  # type: ignore[union-attr]
    assert await client.ended(timeout=1) == 1


async def test_fault_03_input_closes_in_the_middle_of_indexing(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    for number in range(300):
        (folder / f"m{number}.py").write_text(
            f"def function_{number}(argument):\n    return argument + {number}\n" * 20
        )
    client = await start()
    await client.initialize(folder)
    await client.note("codetriever/indexStatus", lambda state: state["state"] == "indexing")
    engine = (await client.request("codetriever/status"))["engine"]["pid"]
    client.process.stdin.close()  # type: ignore[union-attr]
    assert await client.ended(timeout=1) == 1
    async with asyncio.timeout(20):
        await gone(engine)
    again, scratch = await start(), await start(cache=tmp_path / "other")
    for one in (again, scratch):
        await one.initialize(folder)
        await one.request("codetriever/sync")
    query = {"query": "function_299"}
    assert await again.request("workspace/symbol", query) == await scratch.request(
        "workspace/symbol", query
    )
    counts = [(await one.request("codetriever/status"))["folders"][0] for one in (again, scratch)]
    mine, fresh = ((one["files"], one["chunks"], one["symbols"]) for one in counts)
    assert mine == fresh
    assert mine[0] == 300
    for one in (again, scratch):
        assert await one.stop() == 0


async def test_fault_04_the_parent_dies_while_a_sibling_holds_the_pipe(start: Start) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
    )
    client = await start(fake=True)
    await client.initialize(processId=parent.pid)
    await client.request("codetriever/status")
    parent.kill()
    assert await client.ended(timeout=5) == 1
    await parent.wait()


async def test_a_process_that_is_not_visible_is_not_watched(start: Start) -> None:
    client = await start(fake=True)
    await client.initialize(processId=2**22 + 12345)
    assert await client.request("codetriever/sync")
    assert await client.stop() == 0


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_end_the_server(start: Start, number: signal.Signals) -> None:
    client = await start(fake=True)
    await client.initialize()
    client.process.send_signal(number)
    assert await client.ended(timeout=2) == 128 + number


def flood(process: Any, count: int, done: threading.Event) -> None:
    """Ask for long answers without reading one, until the server stops taking requests or all are
    sent."""
    for number in range(count):
        params = {"query": "long answer " + 1_000 * "x"}
        body = json.dumps(
            {"jsonrpc": "2.0", "id": number, "method": "codetriever/search", "params": params}
        ).encode()
        try:
            process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            process.stdin.flush()
        except BrokenPipeError:
            return
    done.set()


@posix
def test_fault_05_a_client_that_stops_reading() -> None:
    process = subprocess.Popen(
        [sys.executable, *FAKE_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    params: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
    body = json.dumps(
        {"jsonrpc": "2.0", "id": "i", "method": "initialize", "params": params}
    ).encode()
    process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    sent, count = threading.Event(), 4000
    writer = threading.Thread(target=flood, args=(process, count, sent))
    try:
        writer.start()
        # 4,000 answers of 15 kB would be 60 MB. The server takes no more requests long before.
        assert not sent.wait(3)
        assert psutil.Process(process.pid).memory_info().rss < 130 * 2**20
        ids = []
        while len(ids) < count + 1:
            length = int(process.stdout.readline().split()[1])
            assert process.stdout.readline() == b"\r\n"
            ids.append(json.loads(process.stdout.read(length))["id"])
        assert sorted(map(str, ids)) == sorted([*map(str, range(count)), "i"])
        writer.join(10)
        process.stdin.close()
        assert process.wait(10) == 1
    finally:
        process.kill()
        process.wait()
        writer.join()
        process.stdout.close()


@posix
def test_fault_05_the_loop_lives_while_the_client_does_not_read() -> None:
    """The parent watch runs on the loop: it ends the server although the pipe is full."""
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = subprocess.Popen(
        [sys.executable, *FAKE_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    try:
        params: dict[str, Any] = {"processId": parent.pid, "rootUri": None, "capabilities": {}}
        messages = [{"method": "initialize", "params": params}]
        messages += [{"method": "codetriever/search", "params": {"query": "long answer"}}] * 100
        for number, message in enumerate(messages):
            body = json.dumps({"jsonrpc": "2.0", "id": number, **message}).encode()
            process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length")
        parent.kill()
        parent.wait()
        assert process.wait(6) == 1
    finally:
        for one in (parent, process):
            one.kill()
            one.wait()
            one.stdin.close()  # type: ignore[union-attr]
        process.stdout.close()


async def test_fault_09_bytes_that_are_no_messages(start: Start) -> None:
    client = await start(fake=True)
    assert client.process.stdin
    client.process.stdin.write(
        b"hello\r\nContent-Length: nonsense\r\n\r\nContent-Length: -5\r\n\r\n"
    )
    await client.initialize(capabilities={})
    client.send_bytes(b"\xff\xfe{")
    client.send_bytes(b'{"jsonrpc":"2.0","id":')
    huge = 300 * 2**20
    client.process.stdin.write(b"Content-Length: %d\r\n\r\n" % huge)
    for _ in range(huge // 2**20):
        client.process.stdin.write(b" " * 2**20)
        await client.process.stdin.drain()
    error = client.expect("later")
    client.send(
        {"jsonrpc": "2.0", "id": "later", "method": "codetriever/search", "params": {"query": 1}}
    )
    with pytest.raises(Exception, match="-32602"):
        await asyncio.wait_for(error, 10)
    assert [one["code"] for one in client.errors_without_id] == [-32700, -32700, -32600]
    assert not [note for note in client.notes if note["method"] == "window/showMessage"]
    assert psutil.Process(client.process.pid).memory_info().rss < 300 * 2**20
    assert await client.stop() == 0


async def test_headers_may_be_spelled_otherwise(start: Start) -> None:
    client = await start(fake=True)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "no/such"}).encode()
    assert client.process.stdin
    for byte in (
        b"Content-Type: application/vscode-jsonrpc; charset=utf8\r\ncontent-length:%d \r\n\r\n%b"
        % (len(body), body)
    ):
        client.process.stdin.write(bytes([byte]))
    with pytest.raises(Exception, match="-32002"):
        await asyncio.wait_for(client.expect(1), 10)


async def test_fault_19_what_prints_does_not_reach_the_client(start: Start) -> None:
    client = await start(fake=True)
    await client.initialize()
    assert (await client.request("codetriever/search", {"query": "noise now"}))["hits"]
    assert await client.stop() == 0


async def test_fault_20_memory_stays_flat(start: Start) -> None:
    client = await start(fake=True)
    await client.initialize()
    process = psutil.Process(client.process.pid)

    async def rounds(count: int) -> int:
        for _ in range(count):
            futures = [
                client.begin("codetriever/search", {"query": "a", "workDoneToken": n})[1]
                for n in range(250)
            ]
            await asyncio.gather(*futures)
            client.notes.clear()
        return process.memory_info().rss

    warm = await rounds(10)
    assert await rounds(40) - warm < 16 * 2**20  # a task left for each request would be twice that
    assert process.num_threads() < 12
    assert await client.stop() == 0


async def test_initialize_is_answered_before_anything_is_opened(
    start: Start, tmp_path: Path
) -> None:
    client = await start()
    params = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}}
    result = await client.request("initialize", params)
    assert result["serverInfo"]["version"]
    loaded = (
        {Path(one.path).name for one in psutil.Process(client.process.pid).memory_maps()}
        if os.name == "posix"
        else set()
    )
    assert not [name for name in loaded if "qdrant" in name or "onnx" in name or "numpy" in name]
    assert not list((tmp_path / "cache").iterdir())
    client.notify("exit")
    assert await client.ended() == 1


async def test_vs_code_adds_arguments(tmp_path: Path) -> None:
    program = (*FAKE_PROGRAM, "--stdio", "--clientProcessId=1")
    client = await LspClient.start(tmp_path, program=program)
    await client.initialize()
    assert await client.stop() == 0
