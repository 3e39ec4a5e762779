"""One connection: who is let in, and that nothing one client does harms another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os

import msgspec
import pytest
from engine_world import World, until

from codetriever_lsp import __version__, errors
from codetriever_lsp.engine.ipc.address import MAX_FRAME, dial, pack, read_frame
from codetriever_lsp.engine.ipc.messages import (
    PROTOCOL,
    Answer,
    Buffer,
    Call,
    Cancel,
    Failure,
    FromEngine,
    Hello,
    OpenFolders,
    Partial,
    Progress,
    Search,
    StateChanged,
    Sync,
    Warned,
    Welcome,
)
from codetriever_lsp.errors import BadRequest, CodetrieverError, StoreLocked

DECODER = msgspec.msgpack.Decoder(FromEngine)


class Raw:
    """A connection that speaks frames by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def dial(cls, world: World) -> Raw:
        return cls(*await dial(world.place.read().address))

    @classmethod
    async def greeted(cls, world: World) -> Raw:
        raw = await cls.dial(world)
        raw.send(Hello(PROTOCOL, __version__, world.place.read().token, "raw", os.getpid()))
        assert isinstance(await raw.next(), Welcome)
        return raw

    def send(self, *messages: object) -> None:
        self.writer.write(b"".join(pack(message) for message in messages))

    async def next(self):
        body = await asyncio.wait_for(read_frame(self.reader), 10)
        return None if body is None else DECODER.decode(body)

    async def rest(self) -> list:
        """All frames up to the end, however the engine ends it."""
        frames = []
        try:
            while (frame := await self.next()) is not None:
                frames.append(frame)
        except ConnectionError:
            pass
        return frames

    async def close(self) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


async def state(client) -> dict:
    return json.loads((await client.call(Search("state"))).index.message)


def hello(world: World, **changes: object) -> Hello:
    return msgspec.structs.replace(
        Hello(PROTOCOL, __version__, world.place.read().token, "raw", os.getpid()), **changes
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"token": "0" * 64}, "EngineError"),
        ({"token": ""}, "EngineError"),
        ({"token": "ü"}, "EngineError"),
        ({"protocol": PROTOCOL + 1}, "VersionMismatch"),
        ({"version": "0.0.0"}, "VersionMismatch"),
    ],
)
async def test_fault_listening_socket_lets_only_its_own_in(
    world: World, changes: dict, error: str
) -> None:
    client = world.client()
    await client.connect()
    raw = await Raw.dial(world)
    raw.send(hello(world, **changes), Call(1, Search("state")))
    frames = await raw.rest()
    assert [(frame.id, frame.error) for frame in frames] == [(0, error)]
    assert world.place.read().token not in frames[0].message
    assert (await state(client))["clients"] == 1
    await raw.close()


GARBAGE = {
    "not msgpack": b"\x00\x00\x00\x04\xc1\xc1\xc1\xc1",
    "no such type": pack({"type": "Nothing"}),
    "wrong fields": pack({"type": "Call", "id": "x"}),
    "deep nesting": pack(msgspec.Raw(b"\x91" * 100_000 + b"\xc0")),
    "bad utf-8": pack(msgspec.Raw(b"\x83\xa4type\xa6Cancel\xa2id\xa1\xff")),
    "an answer": pack(Answer(1, msgspec.Raw(b"\xc0"))),
    "empty": b"\x00\x00\x00\x00",
    "oversize": (MAX_FRAME + 1).to_bytes(4, "big"),
    "huge": b"\xff\xff\xff\xff",
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("greeted", [False, True])
async def test_a_bad_frame_ends_that_connection_only(
    world: World, name: str, greeted: bool
) -> None:
    client = world.client()
    pid = (await client.connect()).pid
    raw = await (Raw.greeted(world) if greeted else Raw.dial(world))
    raw.writer.write(GARBAGE[name])
    frames = await raw.rest()
    assert [(type(frame), frame.id) for frame in frames] == [(Failure, 0)]
    assert "\n" not in frames[0].message
    assert (await client.call(Search("unharmed"))).index.message == "unharmed"
    assert (await client.connect()).pid == pid
    await raw.close()


async def test_a_frame_that_is_cut_short_and_a_silent_caller(world: World) -> None:
    client = world.client()
    await client.connect()
    cut, silent = await Raw.greeted(world), await Raw.dial(world)
    cut.writer.write(b"\x00\x00\x00\x10half")
    cut.writer.write_eof()
    assert [frame.id for frame in await cut.rest()] == [0]
    assert await silent.rest() == []  # dropped when its time for Hello is over
    assert (await state(client))["clients"] == 1
    await cut.close()
    await silent.close()


async def test_hello_before_limits_is_small(world: World) -> None:
    await world.client().connect()
    raw = await Raw.dial(world)
    raw.writer.write((1024 * 1024).to_bytes(4, "big"))
    assert [frame.error for frame in await raw.rest()] == ["EngineError"]
    await raw.close()


@pytest.mark.parametrize("identity", [0, -1, 5])
async def test_an_id_that_is_not_its_own_ends_the_connection(world: World, identity: int) -> None:
    await world.client().connect()
    raw = await Raw.greeted(world)
    raw.send(Call(5, Sync()), Call(identity, Search("q")))
    assert [frame.id for frame in await raw.rest()] == [0]
    await raw.close()


async def test_fault_05_a_client_that_never_reads_is_dropped_and_others_go_on(world: World) -> None:
    client = world.client()
    await client.connect()
    raw = await Raw.greeted(world)
    raw.writer.transport.pause_reading()
    for identity in range(1, 40):
        raw.send(Call(identity, Search("big 500000")))
    while (await state(client))["clients"] > 1:
        assert (await client.call(Search("beside"))).index.message == "beside"
    assert "stopped reading" in world.place.log.read_text()
    await raw.close()


async def test_fault_05_events_for_a_client_that_never_reads_do_not_pile_up(world: World) -> None:
    client = world.client()
    await client.connect()
    raw = await Raw.greeted(world)
    raw.writer.transport.pause_reading()
    for identity in range(1, 6):
        raw.send(Call(identity, Search("events 5000")))
    counted = await state(client)
    assert counted["clients"] == 2
    raw.writer.transport.resume_reading()
    frames = []
    while sum(isinstance(frame, Answer) for frame in frames) < 5:
        frames.append(await raw.next())
    assert len(frames) < 100
    states = [frame.state.generation for frame in frames if isinstance(frame, StateChanged)]
    assert states[-1] == 4999
    assert {frame.folder for frame in frames if isinstance(frame, Progress)} == {"/a", "/b"}
    assert sum(isinstance(frame, Warned) for frame in frames) <= 5
    await raw.close()


async def test_events_and_partials_reach_their_callbacks(world: World) -> None:
    events, hits = [], []
    client = world.client(on_event=events.append)
    await client.call(Search("events 100"))
    await client.call(Search("partials", partial=True), on_partial=hits.extend)
    assert [hit.snippet for hit in hits] == ["0", "1", "2"]
    assert StateChanged in {type(event) for event in events}
    assert [event.state.generation for event in events if isinstance(event, StateChanged)][-1] == 99


async def test_a_callback_that_fails_costs_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("a front end's fault")

    client = world.client(on_event=fail)
    await client.call(Search("events 1"))
    assert (await client.call(Search("partials"), on_partial=fail)).index.message == "partials"
    assert "a front end's fault" in caplog.text


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("bug", CodetrieverError, "Internal error: ValueError: first second"),
        ("panic", CodetrieverError, "PanicException: native"),
        ("unencodable", CodetrieverError, "Internal error"),
        ("locked", StoreLocked, "somebody has it"),
        ("surrogate", BadRequest, r"\\udcff"),
        ("surrogate-hit", BadRequest, "surrogate"),
        (f"big {MAX_FRAME + 1}", CodetrieverError, "too large"),
    ],
)
async def test_what_a_call_raises_is_raised_by_its_class(
    world: World, query: str, kind: type, words: str
) -> None:
    client = world.client()
    with pytest.raises(CodetrieverError, match=words) as caught:
        await client.call(Search(query))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert ("Traceback" in world.place.log.read_text()) == str(caught.value).startswith("Internal")
    assert (await client.call(Search("on"))).index.message == "on"


async def test_a_refused_replay_does_not_stop_the_rest(world: World) -> None:
    client = world.client()
    pid = (await client.connect()).pid
    with pytest.raises(BadRequest):
        await client.call(OpenFolders(("/bad",)))
    await client.call(Buffer("/a", 1, "text"))
    next(process for process in world.engines() if process.pid == pid).kill()
    await world.gone()
    assert (await state(client))["told"] == [["/a", 1, "text"]]


async def test_fault_06_cancelling_a_running_and_a_queued_call(world: World) -> None:
    """The bound of the fake engine is four calls at once."""
    client = world.client()
    await client.connect()
    raw = await Raw.greeted(world)
    raw.send(*(Call(identity, Sync()) for identity in range(1, 7)))
    await until_counted(client, "started", 4)
    for identity in (6, 2):
        begun = asyncio.get_running_loop().time()
        raw.send(Cancel(identity))
        assert await raw.next() == Failure(identity, "Cancelled", "The request was cancelled.")
        assert asyncio.get_running_loop().time() - begun < 1.0
    raw.send(Cancel(2), Cancel(6), Cancel(99))
    await until_counted(client, "started", 5)
    assert (await state(client))["cancelled"] == 1
    await client.call(Search("release"))
    assert {(await raw.next()).id for _ in range(4)} == {1, 3, 4, 5}
    assert (await state(client))["started"] == 5
    await raw.close()


async def test_fault_06_cancelling_the_task_cancels_the_call(world: World) -> None:
    client = world.client()
    await client.connect()
    task = asyncio.create_task(client.call(Sync()))
    await until_counted(client, "started", 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_counted(client, "cancelled", 1)


async def test_fault_07_searches_cancelled_before_their_turn_never_run(world: World) -> None:
    client = world.client()
    await client.connect()
    raw = await Raw.greeted(world)
    raw.send(*(Call(identity, Sync()) for identity in range(1, 201)))
    raw.send(*(Cancel(identity) for identity in range(5, 200)))
    cancelled = [await raw.next() for _ in range(195)]
    assert [frame.id for frame in cancelled] == list(range(5, 200))
    await client.call(Search("release"))
    assert {(await raw.next()).id for _ in range(5)} == {1, 2, 3, 4, 200}
    assert (await state(client))["started"] == 5
    await raw.close()


async def test_fault_08_a_fast_call_beside_a_slow_one(world: World) -> None:
    client = world.client()
    slow = asyncio.create_task(client.call(Sync()))
    assert (await asyncio.wait_for(client.call(Search("fast")), 10)).index.message == "fast"
    assert not slow.done()
    await client.call(Search("release"))
    assert await slow == 7


async def test_fault_10_every_id_is_answered_exactly_once(world: World) -> None:
    await world.client().connect()
    raw = await Raw.greeted(world)
    queries = ["state", "bug", "locked", "partials", "events 3", "panic", "x"]
    total = 300
    raw.send(
        *(
            Call(identity, Search(queries[identity % len(queries)]))
            for identity in range(1, total + 1)
        )
    )
    raw.send(*(Cancel(identity) for identity in range(1, total + 1, 3)))
    answered = []
    while len(answered) < total:
        frame = await raw.next()
        if isinstance(frame, Answer | Failure):
            answered.append(frame.id)
        elif isinstance(frame, Partial):
            assert frame.id not in answered
    assert sorted(answered) == list(range(1, total + 1))
    raw.send(Call(total + 1, Search("last")))
    while not isinstance(frame := await raw.next(), Answer):
        assert not isinstance(frame, Failure | Partial)
    assert frame.id == total + 1
    await raw.close()


async def test_too_many_waiting_calls_are_refused_with_an_answer(world: World) -> None:
    client = world.client()
    await client.connect()
    raw = await Raw.greeted(world)
    raw.send(*(Call(identity, Sync()) for identity in range(1, 410)))
    refused = [await raw.next() for _ in range(5)]
    assert [(frame.id, frame.error) for frame in refused] == [
        (identity, "NotReady") for identity in range(405, 410)
    ]
    await raw.close()


async def test_a_client_that_leaves_takes_its_calls_along(world: World) -> None:
    client = world.client()
    await client.connect()
    raw = await Raw.greeted(world)
    raw.send(*(Call(identity, Sync()) for identity in range(1, 10)))
    await until_counted(client, "started", 4)
    await raw.close()
    await until_counted(client, "detached", 1)
    counts = await state(client)
    assert (counts["started"], counts["cancelled"], counts["clients"]) == (4, 4, 1)


async def test_half_a_character_harms_nobody(world: World) -> None:
    events = []
    client = world.client(on_event=events.append)
    for _ in range(2):
        with pytest.raises(BadRequest, match="surrogate"):
            await client.call(Buffer("/a", 1, "\ud800"))
        assert (await client.call(Search("surrogate-event"))).index.message == "surrogate-event"
        for process in world.engines():
            process.kill()
        await world.gone()
    assert {type(event) for event in events} == {Warned}


async def test_large_frames_pass_both_ways(world: World) -> None:
    client = world.client()
    text = "ä" * 5_000_000
    await client.call(Buffer("/a", 1, text))
    assert json.loads((await client.call(Search("state"))).index.message)["told"] == [
        ["/a", 1, text]
    ]


async def until_counted(client, name: str, number: int) -> None:
    """Ask until the fake backend has counted so far; every round is a real call."""
    async with asyncio.timeout(15):
        while (await state(client))[name] < number:
            pass


def test_every_error_can_cross_the_wire() -> None:
    for name in errors.__all__:
        if name != "by_name":
            assert errors.by_name(name).__name__ == name


async def test_the_log_names_the_client(world: World) -> None:
    await world.client().connect()
    await until(lambda: "Client 1 came: test" in world.place.log.read_text(), "it is logged")
