from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from codetriever_lsp.engine.power import PowerSaving, saves_power


@pytest.mark.parametrize(
    ("profile", "saves"), [("low-power\n", True), ("balanced\n", False), ("performance", False), ("", False)]
)
def test_the_profile_of_the_platform_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str, saves: bool) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    file = tmp_path / "platform_profile"
    file.write_text(profile, encoding="ascii")
    assert saves_power(file) is saves


@pytest.mark.parametrize(
    ("percent", "plugged", "saves"), [(19, False, True), (20, False, False), (5, True, False), (5, None, False)]
)
def test_a_battery_in_use_that_is_nearly_empty_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, percent: int, plugged: bool | None, saves: bool
) -> None:
    battery = SimpleNamespace(percent=percent, power_plugged=plugged)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert saves_power(tmp_path / "none") is saves


def test_a_system_that_tells_nothing_saves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)
    assert saves_power(tmp_path / "none") is False


def test_it_is_asked_twice_a_minute_at_most() -> None:
    asked: list[float] = []
    now = [0.0]
    saving = PowerSaving(lambda: bool(asked.append(now[0])) or len(asked) > 1, clock=lambda: now[0])
    for now[0] in (0.0, 10.0, 29.0):
        assert saving() is False
    now[0] = 30.0
    assert saving() is True
    assert asked == [0.0, 30.0]
