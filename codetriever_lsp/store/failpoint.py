"""Named places where a test can make the store stop, as if the process had died there."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["FAILPOINTS", "failpoint", "set_hook"]

FAILPOINTS = (
    "before_vectors",
    "within_vectors",
    "after_vectors",
    "in_transaction",
    "after_transaction",
    "after_replaced",
    "after_delete",
)
"""The steps of a commit, in order. `within_vectors` comes after each batch of points."""

_hook: Callable[[str], None] | None = None


def set_hook(hook: Callable[[str], None] | None) -> None:
    """Call `hook` with the name of each place that is reached; None ends that."""
    global _hook  # noqa: PLW0603 - the one switch of this module
    _hook = hook


def failpoint(name: str) -> None:
    """Does nothing outside of tests."""
    if _hook is not None:
        _hook(name)
