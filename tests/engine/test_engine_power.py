from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from engine_clients import Engine

from codetriever_lsp.engine.battery import PowerSaving, saves_power
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.engine.workspace_folder import SAVING, Folder
from codetriever_lsp.index.throttle import Pace
from codetriever_lsp.settings import IndexSettings


@pytest.mark.parametrize(
    ("profile", "saves"),
    [("low-power\n", True), ("balanced\n", False), ("performance", False), ("", False)],
)
def test_the_profile_of_the_platform_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str, saves: bool
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    file = tmp_path / "platform_profile"
    file.write_text(profile, encoding="ascii")
    assert saves_power(file) is saves


@pytest.mark.parametrize(
    ("percent", "plugged", "saves"),
    [(19, False, True), (20, False, False), (5, True, False), (5, None, False)],
)
def test_a_battery_in_use_that_is_nearly_empty_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, percent: int, plugged: bool | None, saves: bool
) -> None:
    battery = SimpleNamespace(percent=percent, power_plugged=plugged)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert saves_power(tmp_path / "none") is saves


def test_a_system_that_tells_nothing_saves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)
    assert saves_power(tmp_path / "none") is False


def test_it_is_asked_twice_a_minute_at_most() -> None:
    asked: list[float] = []
    now = [0.0]
    saving = PowerSaving(lambda: bool(asked.append(now[0])) or len(asked) > 1, clock=lambda: now[0])
    for now[0] in (0.0, 1.9, 2.0, 10.0, 31.0):
        assert saving() is False
    now[0] = 32.0
    assert saving() is True
    assert asked == [2.0, 32.0]


async def test_the_state_says_that_power_is_saved_while_files_are_indexed(
    engine: Engine, root: Path
) -> None:
    client = await engine.client()
    shared = engine.backend._shared
    shared.pace = Pace(lambda: True)
    folder = await Folder.open(root, IndexSettings(), shared, lambda *_: None)
    try:
        assert (folder.state().state, folder.state().message) == ("indexing", SAVING)
        await folder.sync()
        assert (folder.state().state, folder.state().message) == ("ready", "")
    finally:
        await folder.close()
    await client.open(root)


async def test_a_change_in_an_editor_is_typing_and_opening_a_document_is_not(
    engine: Engine, root: Path
) -> None:
    client = await engine.client()
    await client.open(root)
    pace = engine.backend._shared.pace
    pace.begins()
    path = str(root / "shapes" / "square.py")
    await client.ask(m.Buffer(path, 1, "one = 1\n"))
    assert pace.due() == float("-inf")
    await client.ask(m.Buffer(path, 2, "one = 2\n"))
    assert pace.due() > float("-inf")
