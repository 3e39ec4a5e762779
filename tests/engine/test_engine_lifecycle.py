"""The engine as a process: started once, found, replaced when it dies, gone when nobody needs
it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil
import pytest
from engine_world import World, until

from codetriever_lsp.engine.ipc.endpoint import Place, Record
from codetriever_lsp.engine.ipc.fallback_dir import leave_refuge, refuge_problem, shelter, warning
from codetriever_lsp.engine.ipc.messages import (
    Buffer,
    Event,
    OpenFolders,
    Search,
    Shutdown,
    Sync,
    Warned,
)
from codetriever_lsp.errors import EngineError, NotReady

posix = pytest.mark.skipif(os.name != "posix", reason="signals, modes and sockets of POSIX")


async def told(client) -> list:
    return json.loads((await client.call(Search("state"))).index.message)["told"]


async def test_fault_45_ten_clients_racing_get_one_engine(world: World) -> None:
    clients = [world.client() for _ in range(10)]
    welcomes = await asyncio.gather(*(client.connect() for client in clients))
    assert len({welcome.pid for welcome in welcomes}) == 1
    await until(lambda: len(world.engines()) == 1, "the losers of the race have left")
    assert world.engines()[0].pid == welcomes[0].pid
    answers = await asyncio.gather(
        *(client.call(Search(f"q{number}")) for number, client in enumerate(clients))
    )
    assert [answer.index.message for answer in answers] == [f"q{number}" for number in range(10)]
    assert "ERROR" not in world.place.log.read_text()


async def test_the_loser_of_the_race_exits_with_0_and_says_nothing(world: World) -> None:
    await world.client().connect()
    before = world.place.log.read_text()
    assert await asyncio.to_thread(world.start().wait, 15) == 0
    assert world.place.log.read_text() == before


@posix
async def test_fault_45_a_killed_engine_is_replaced_and_told_what_is_open(world: World) -> None:
    again = []
    client = world.client(on_reconnect=again.append)
    first = await client.connect()
    await client.call(OpenFolders(("/one",)))
    await client.call(OpenFolders(("/one", "/two")))
    await client.call(Buffer("/one/a.py", 1, "old"))
    await client.call(Buffer("/one/b.py", 1, "closed later"))
    await client.call(Buffer("/one/a.py", 2, "new"))
    await client.call(Buffer("/one/b.py", 2, None))
    os.kill(first.pid, signal.SIGKILL)
    assert await told(client) == [["/one", "/two"], ["/one/a.py", 2, "new"]]
    second = await client.connect()
    assert second.pid != first.pid
    assert again == [second]
    assert [process.pid for process in world.engines()] == [second.pid]


@posix
async def test_fault_45_a_request_in_flight_survives_the_engine(world: World) -> None:
    client, other = world.client(), world.client()
    await asyncio.gather(client.connect(), other.connect())
    assert (await client.call(Search("crash-once"))).index.message == "crash-once"
    assert (await other.call(Search("hello"))).index.message == "hello"
    assert (await client.connect()).pid == (await other.connect()).pid


async def test_a_request_that_kills_every_engine_ends_in_an_error(world: World) -> None:
    client = world.client()
    with pytest.raises(EngineError, match="twice"):
        await client.call(Search("crash"))
    assert (await client.call(Search("fine"))).index.message == "fine"


@posix
async def test_calls_lost_together_are_all_answered(world: World) -> None:
    client = world.client()
    pid = (await client.connect()).pid
    seen = asyncio.Event()
    waiting = [
        asyncio.create_task(
            client.call(Search("wait", partial=True), on_partial=lambda _: seen.set())
        )
        for _ in range(3)
    ]
    await asyncio.wait_for(seen.wait(), 10)
    os.kill(pid, signal.SIGKILL)
    seen.clear()
    await asyncio.wait_for(seen.wait(), 15)
    await client.call(Search("release"))
    assert [answer.index.message for answer in await asyncio.gather(*waiting)] == ["wait"] * 3


async def test_after_the_linger_no_process_and_no_address_is_left(world: World) -> None:
    client = world.client(settings={"linger_s": 0.1})
    await client.connect()
    address = world.place.read().address
    await client.close()
    await world.gone()
    assert (world.cache / "closing").exists()
    assert not world.place.record.exists()
    assert address.startswith("tcp:") or not Path(address[5:]).exists()
    left = {path.name for path in world.cache.rglob("*") if path.is_file()}
    assert left <= {"closing", world.place.lock.name, world.place.log.name}


async def test_it_stays_while_one_client_is_left(world: World) -> None:
    one = world.client(settings={"linger_s": 0.0})
    pid = (await one.connect()).pid
    two = world.client()
    await two.connect()
    await one.close()
    await until(lambda: "Client 1 left" in world.place.log.read_text(), "the first has left")
    assert (await two.call(Search("still"))).index.message == "still"
    assert (await two.connect()).pid == pid


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"address": 5}', None])
async def test_a_stale_record_does_not_block(world: World, content: bytes | None) -> None:
    world.cache.mkdir()
    if content is None:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        content = msgspec.json.encode(
            Record(f"unix:{world.cache}/none.sock", "t" * 64, gone.pid, "0", 1, 0.0, "")
        )
    world.place.record.write_bytes(content)
    assert (await world.client().connect()).pid == world.engines()[0].pid


async def test_the_port_of_a_dead_engine_gets_no_token(world: World) -> None:
    world.cache.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        port = stranger.getsockname()[1]
        world.place.write(Record(f"tcp:{port}", "secret", os.getpid(), "0", 1, 1.0, ""))
        await world.client().connect()
        with pytest.raises(BlockingIOError):
            stranger.accept()


@posix
async def test_a_stale_socket_does_not_block(world: World) -> None:
    first = world.client()
    pid = (await first.connect()).pid
    path = Path(world.place.read().address[5:])
    os.kill(pid, signal.SIGKILL)
    await world.gone()
    assert path.is_socket()
    assert world.place.record.exists()
    second = await world.client().connect()
    assert second.pid != pid
    assert path.is_socket()


@posix
@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("query", ["wait", "block"])
async def test_fault_52_a_signal_closes_within_2_s(
    world: World, signal_name: str, query: str
) -> None:
    process = world.start()
    await world.listening()
    client = world.client()
    running = asyncio.create_task(client.call(Search(query)))
    if query == "block":
        (world.cache / "hold-close").touch()
        await until((world.cache / "blocking").exists, "the call runs")
    else:
        await until(lambda: not running.done(), "the call is asked")
        await client.call(Search("state"))
    begun = time.monotonic()
    process.send_signal(getattr(signal, signal_name))
    code = await asyncio.to_thread(process.wait, 10)
    assert time.monotonic() - begun < 2.0
    assert code == 0
    record = world.place.read()
    assert record is None or record.pid != process.pid
    running.cancel()


async def test_an_engine_leaves_the_record_of_another_alone(world: World) -> None:
    await world.client().connect()
    record = world.place.read()
    world.place.forget("not its token")
    assert world.place.read() == record


async def test_who_comes_while_it_leaves_gets_the_next_engine(world: World) -> None:
    client = world.client(settings={"linger_s": 0.0})
    pid = (await client.connect()).pid
    (world.cache / "hold-close").touch()
    await client.close()
    await until((world.cache / "closing").exists, "it leaves")
    late = asyncio.create_task(world.client().connect())
    await until(lambda: len(world.engines()) == 2, "the next engine waits for the lock")
    assert not late.done()
    (world.cache / "hold-close").unlink()
    assert (await late).pid != pid
    await until(lambda: len(world.engines()) == 1, "only the next one is left")


async def test_shutdown_answers_what_runs_and_ends_the_engine(world: World) -> None:
    client, other = world.client(), world.client()
    pid = (await client.connect()).pid
    sync = asyncio.create_task(other.call(Sync()))
    await until_started(client)
    await client.call(Search("release"))
    assert await client.call(Shutdown()) is None
    assert await sync == 7
    await until(lambda: not psutil.pid_exists(pid) or not world.engines(), "it has ended")
    assert (await other.call(Search("next"))).index.message == "next"


async def until_started(client) -> None:
    while json.loads((await client.call(Search("state"))).index.message)["started"] == 0:
        pass


async def test_shutdown_starts_no_engine(world: World) -> None:
    client = world.client()
    assert await client.call(Shutdown()) is None
    with pytest.raises(NotReady):
        await client.connect(start=False)
    assert world.engines() == []


async def test_two_caches_have_two_engines(tmp_path: Path) -> None:
    worlds = [World(tmp_path / "one"), World(tmp_path / "two")]
    clients = [world.client() for world in worlds]
    pids = [(await client.connect()).pid for client in clients]
    assert len(set(pids)) == 2
    assert [world.engines()[0].pid for world in worlds] == pids
    for client in clients:
        await client.close()


async def test_two_versions_have_two_engines(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.client().connect()
    monkeypatch.setattr("codetriever_lsp.engine.ipc.endpoint.__version__", "9.9.9")
    other = Place(world.cache)
    assert other.read() is None
    assert {other.lock, other.log, other.record}.isdisjoint(
        {world.place.lock, world.place.log, world.place.record}
    )


@pytest.mark.parametrize(
    ("model", "words"), [("broken", "the model is broken"), ("crash", "exit code 3")]
)
async def test_why_it_does_not_start_can_be_read(world: World, model: str, words: str) -> None:
    client = world.client(settings={"model": model})
    begun = time.monotonic()
    with pytest.raises(EngineError, match=words):
        await client.call(Search("q"))
    assert time.monotonic() - begun < 15
    assert world.engines() == []


async def test_a_program_that_fails_before_it_logs_can_be_read(world: World) -> None:
    client = world.client(command=[sys.executable, "-c", "import no_such_module_at_all"])
    with pytest.raises(EngineError, match="no_such_module_at_all"):
        await client.connect()


KILLED = """
import os, pathlib, signal, sys
kills = pathlib.Path(sys.argv[1])
left = int(kills.read_text())
kills.write_text(str(left - 1))
if left > 0:
    os.kill(os.getpid(), signal.SIGKILL)
os.execv(sys.executable, [sys.executable, "-P", *sys.argv[2:]])
"""


@posix
@pytest.mark.parametrize("times", [1, 2])
async def test_an_engine_that_is_killed_while_it_starts_is_started_once_more(
    world: World, tmp_path: Path, times: int
) -> None:
    (tmp_path / "kills").write_text(str(times))
    client = world.client(
        command=[sys.executable, "-c", KILLED, str(tmp_path / "kills"), *world.command[2:]]
    )
    if times == 1:
        assert (await client.connect()).pid == world.engines()[0].pid
    else:
        with pytest.raises(EngineError, match="exit code -9"):
            await client.connect()


async def test_a_program_that_cannot_be_run(world: World) -> None:
    client = world.client(command=[str(world.cache / "nothing")])
    with pytest.raises(EngineError, match="cannot be started"):
        await client.connect()


async def test_an_engine_that_never_listens_ends_in_an_error(world: World) -> None:
    silent = [sys.executable, "-c", "import threading; threading.Event().wait()", str(world.cache)]
    client = world.client(command=silent, start_s=0.5)
    with pytest.raises(EngineError, match="No engine answers"):
        await client.connect()


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A cache directory that nobody can make, root neither, and an empty folder for what is
    temporary."""
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return World(tmp_path / "file" / "cache")


@posix
async def test_fault_49_a_cache_directory_that_cannot_be_written(
    unwritable: World, tmp_path: Path
) -> None:
    warned: list[Event] = []
    client, other = (
        unwritable.client(settings={"linger_s": 0.0}, on_event=warned.append) for _ in range(2)
    )
    pid = (await client.connect()).pid
    assert (await other.connect()).pid == pid
    (refuge,) = (tmp_path / "temporary").iterdir()
    assert refuge.stat().st_mode & 0o777 == 0o700
    assert warned == [Warned(warning(str(unwritable.cache)))] * 2
    assert re.search(
        r"cannot be written.*codetriever\.cacheDir.* Until then the index is kept in ",
        warned[0].message,
    )
    assert str(refuge) in warned[0].message
    assert refuge_problem(refuge)
    psutil.Process(pid).kill()
    assert (await client.call(Search("again"))).index.message == "again"
    assert (await client.connect()).pid != pid
    await client.call(Shutdown())
    await unwritable.gone()
    assert list((tmp_path / "temporary").iterdir()) == []


@posix
@pytest.mark.parametrize("temporary", ["none", "another's"])
async def test_fault_49_nor_a_temporary_folder(
    unwritable: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporary: str
) -> None:
    refuge = Path(shelter(unwritable.settings).cache_dir)
    shutil.rmtree(refuge)
    if temporary == "none":
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    else:
        refuge.symlink_to(tmp_path)  # it could lead anywhere
    client = unwritable.client()
    with pytest.raises(EngineError, match=r"cannot be written.*codetriever\.cacheDir"):
        await client.connect()
    await client.close()


def test_fault_49_a_cache_directory_that_can_be_written_needs_no_refuge(world: World) -> None:
    assert shelter(world.settings) is world.settings
    assert refuge_problem(world.cache) == ""
    leave_refuge(world.cache)
    assert world.cache.is_dir()


@posix
async def test_fault_50_the_cache_deleted_while_it_runs(world: World) -> None:
    client = world.client()
    pid = (await client.connect()).pid
    shutil.rmtree(world.cache)
    await until(lambda: pid not in {process.pid for process in world.engines()}, "it leaves")
    assert (await client.call(Search("again"))).index.message == "again"
    assert (await client.connect()).pid != pid


async def test_a_removed_record_is_written_again(world: World) -> None:
    pid = (await world.client().connect()).pid
    world.place.record.unlink()
    await world.listening()
    assert world.place.read().pid == pid


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
async def test_fault_51_descriptors_exhausted_at_the_engine(world: World) -> None:
    import resource

    client = world.client()
    pid = (await client.connect()).pid
    used = psutil.Process(pid).num_fds()
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, used + 2))
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(6)]
    try:
        for sock in crowd:
            sock.connect(world.place.read().address[5:])
        assert (await client.call(Search("among them"))).index.message == "among them"
        await until(
            lambda: "out of system resource" in world.place.log.read_text(), "accepting fails"
        )
    finally:
        for sock in crowd:
            sock.close()
    assert (await world.client().connect()).pid == pid
    assert limits


@posix
async def test_files_are_private_and_secrets_stay_out_of_sight(world: World) -> None:
    secret = "very-secret-key"
    pid = (await world.client(settings={"qdrant_api_key": secret}).connect()).pid
    for path in (world.place.lock, world.place.log, world.place.record):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert secret not in path.read_text()
    path = Path(world.place.read().address[5:])
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    process = psutil.Process(pid)
    assert not any(secret in text for text in (*process.cmdline(), *process.environ().values()))
    assert process.cwd() == str(world.cache.resolve())


@posix
async def test_it_belongs_to_no_terminal_and_says_nothing(world: World) -> None:
    pid = (await world.client().connect()).pid
    assert os.getsid(pid) == pid
    if sys.platform == "linux":
        targets = [str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in range(3)]
        assert targets == [os.devnull, os.devnull, str(world.place.log.resolve())]


async def test_other_settings_than_the_engines_are_told_once(world: World) -> None:
    await world.client().connect()
    events = []
    other = world.client(settings={"model": "none"}, on_event=events.append)
    await other.connect()
    await other.connect()
    assert [type(event) for event in events] == [Warned]


async def test_a_closed_client_is_not_ready(world: World) -> None:
    client = world.client()
    await client.connect()
    waiting = asyncio.create_task(client.call(Sync()))
    await until_started(client)
    await client.close()
    with pytest.raises(NotReady):
        await waiting
    with pytest.raises(NotReady):
        await client.call(Search("q"))


async def test_closing_while_connecting(world: World) -> None:
    client = world.client()
    connecting = asyncio.create_task(client.connect())
    await until(lambda: client._linking is not None, "it connects")
    await client.close()
    with pytest.raises(NotReady):
        await connecting


async def test_fault_07_cancelled_callers_start_one_engine(world: World) -> None:
    client = world.client()
    for _ in range(20):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.call(Search("typing")), 0.001)
    assert (await client.call(Search("last"))).index.message == "last"
    assert len(world.engines()) == 1
