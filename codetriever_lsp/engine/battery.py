"""Whether the system saves power, as far as it tells."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["PowerSaving", "saves_power"]

LOW_PERCENT = 20
"""Of the battery: where systems switch their savers on."""

_PROFILE = Path("/sys/firmware/acpi/platform_profile")
_ASK_S = 30.0
_FIRST_S = 2.0
"""To ask takes 60 ms the first time, which a client that waits for its first answer need not wait
for."""


class PowerSaving:
    """`saves_power`, asked at most twice a minute; False before it was asked."""

    def __init__(
        self, ask: Callable[[], bool] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask or saves_power
        self._clock = clock
        self._asked = clock() - _ASK_S + _FIRST_S
        self._answer = False

    def __call__(self) -> bool:
        if self._clock() >= self._asked + _ASK_S:
            self._asked = self._clock()
            self._answer = self._ask()
        return self._answer


def saves_power(profile: Path = _PROFILE) -> bool:
    """The saver is on (Linux: the platform profile; Windows: the system's flag), or the battery is
    in use and nearly empty.
    """
    with contextlib.suppress(OSError):
        if profile.read_text(encoding="ascii", errors="replace").strip() == "low-power":
            return True
    if sys.platform == "win32" and _windows_saver():
        return True
    import psutil

    sensors = getattr(psutil, "sensors_battery", None)  # not on every system
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        battery = sensors() if sensors else None
        return (
            battery is not None and battery.power_plugged is False and battery.percent < LOW_PERCENT
        )
    return False


def _windows_saver() -> bool:
    """GetSystemPowerStatus: a structure of 12 bytes, of which the fourth is 1 while the saver is
    on.
    """
    import ctypes

    status = (ctypes.c_ubyte * 12)()
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - there on Windows alone
    return bool(kernel.GetSystemPowerStatus(status)) and status[3] == 1
