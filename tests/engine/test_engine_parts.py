"""The parts that need no process: addresses, frames, the outbox, the log, and what importing the
client costs."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codetriever_lsp.engine.ipc import address
from codetriever_lsp.engine.ipc.address import MAX_FRAME, answers, bind, dial, pack, read_frame
from codetriever_lsp.engine.ipc.dispatcher import Calls
from codetriever_lsp.engine.ipc.endpoint import Place, Record, settings_digest
from codetriever_lsp.engine.ipc.messages import Answer, Call, Failure, Search
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.settings import EngineSettings

posix = pytest.mark.skipif(os.name != "posix", reason="modes and sockets of POSIX")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose path leaves room for the name of a socket, whatever the test runner makes of
    `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="ct") as folder:
        yield Path(folder).resolve()


@posix
def test_a_short_path_is_listened_at_in_the_cache(short: Path) -> None:
    listener = bind(Place(short))
    with listener.sock:
        path = Path(listener.address.removeprefix("unix:"))
        assert path.is_relative_to(short)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert answers(listener.address)
        listener.unlink()
        assert not path.exists()


@posix
def test_a_long_path_gets_a_hashed_name_in_a_private_folder(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    places = [Place(short / ("x" * 90) / name) for name in "ab"]
    listeners = [bind(place) for place in places]
    paths = [Path(listener.address.removeprefix("unix:")) for listener in listeners]
    assert {path.parent for path in paths} == {short / "codetriever"}
    assert paths[0] != paths[1]
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700
    for listener in listeners:
        assert answers(listener.address)
        listener.sock.close()


@posix
def test_no_private_folder(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (short / "run").write_text("in the way")
    (short / "elsewhere").mkdir()
    (short / "codetriever").symlink_to(short / "elsewhere")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    monkeypatch.setattr("tempfile.tempdir", str(short / "t"))
    listener = bind(Place(short))
    with listener.sock:
        assert listener.address.startswith(f"unix:{short}/t/codetriever-")
        listener.unlink()
    assert list((short / "elsewhere").iterdir()) == []


@posix
def test_a_record_of_another_user_is_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    record = _record(place)
    place.write(record)
    assert place.read() == record
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    assert place.read() is None


def test_a_record_goes_only_with_its_own_token(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(_record(place))
    place.forget("another")
    assert place.read() is not None
    place.forget("token")
    assert place.read() is None
    assert [path.name for path in tmp_path.iterdir()] == []


async def test_loopback_where_there_are_no_unix_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "_UNIX", False)
    listener = bind(Place(tmp_path))
    assert listener.address.startswith("tcp:")
    received: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frame = await read_frame(reader)
        writer.close()
        await writer.wait_closed()
        received.put_nowait(frame)

    async with await listener.serve(receive), asyncio.timeout(10):
        assert answers(listener.address)  # a connection without a frame
        _, writer = await dial(listener.address)
        writer.write(pack("hello"))
        assert {await received.get(), await received.get()} == {None, b"\xa5hello"}
        writer.close()
        await writer.wait_closed()
    assert not answers(listener.address)


@pytest.mark.parametrize(
    "address", ["", "unix:", "tcp:", "tcp:x", "http://x", "unix:/nowhere/at/all"]
)
async def test_an_address_of_no_kind_is_nobodys(address: str) -> None:
    assert not answers(address)
    with pytest.raises(OSError, match=r".*"):
        await dial(address)


def test_a_frame_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(BadRequest, match="too large"):
        pack(b"x" * (MAX_FRAME + 1))


def test_settings_that_give_the_same_answers_are_the_same() -> None:
    base = EngineSettings(cache_dir="/a")
    assert settings_digest(base) == settings_digest(
        EngineSettings(cache_dir="/b", linger_s=1, qdrant_api_key="k", threads=2)
    )
    assert settings_digest(base) != settings_digest(EngineSettings(cache_dir="/a", model="none"))


async def test_calls_start_in_order_and_share_what_is_done_before_an_await() -> None:
    seen, frames = [], []
    released = asyncio.Event()

    async def perform(request, partial):
        seen.append(request.query)
        await released.wait()

    calls = Calls(perform, frames.append, max_running=3, max_waiting=100)
    for number in range(1, 11):
        calls.start(Call(number, Search(str(number))))
    calls.cancel(5)
    released.set()
    await calls.drain(10)
    assert seen == [str(number) for number in range(1, 11) if number != 5]
    assert frames[0] == Failure(5, "Cancelled", "The request was cancelled.")
    assert [frame.id for frame in frames[1:]] == [1, 2, 3, 4, 6, 7, 8, 9, 10]
    assert all(isinstance(frame, Answer) for frame in frames[1:])


async def test_a_call_that_ignores_its_cancellation_keeps_its_place() -> None:
    frames, started = [], []
    released = asyncio.Event()

    async def perform(request, partial):
        started.append(request.query)
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    calls = Calls(perform, frames.append, max_running=1, max_waiting=10)
    calls.start(Call(1, Search("stubborn")))
    calls.start(Call(2, Search("next")))
    await asyncio.sleep(0)
    calls.cancel(1)
    await asyncio.sleep(0)
    assert started == ["stubborn"]
    released.set()
    await calls.drain(10)
    assert [frame.id for frame in frames] == [1, 2]


def test_the_log_turns_over_and_takes_standard_error_along(tmp_path: Path) -> None:
    script = f"""
import logging, os
from codetriever_lsp.engine import logfile
from codetriever_lsp.engine.ipc.endpoint import Place
logfile._MAX_BYTES = 4000
logfile.attach_log(Place({str(tmp_path)!r}), "info")
log = logging.getLogger("codetriever_lsp.test")
for number in range(100):
    log.info("line %d %s", number, "x" * 60)
os.write(2, b"a native panic\\n")
print("lost")
log.debug("too small")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=30
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    place = Place(tmp_path)
    assert place.log.stat().st_size <= 4100
    assert "a native panic" in place.log.read_text()
    assert "too small" not in place.log.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {place.log.name, f"{place.log.name}.1"}
    assert place.log_tail(0, lines=1) == "a native panic"
    assert place.log_tail(10**9, lines=1) == "a native panic"


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "codetriever_lsp.engine.client.client",
            "numpy qdrant_edge qdrant_client aiosqlite sqlite3 fastembed onnxruntime tree_sitter watchfiles pygls lsprotocol "
            "psutil rapidfuzz filelock rich multiprocessing logging.handlers",
        ),
        (
            "codetriever_lsp.engine.backend",
            "psutil rapidfuzz fastembed onnxruntime huggingface_hub tokenizers qdrant_client pygls lsprotocol rich",
        ),
    ],
)
def test_what_no_first_answer_needs_is_not_imported(module: str, heavy: str) -> None:
    script = (
        f"import sys, {module}; print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=30
    )
    assert done.stdout.strip() == "[]"


def _record(place: Place) -> Record:
    return Record("unix:/nowhere", "token", 1, "1", 1, 0.0, place.stem)
