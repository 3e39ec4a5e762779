from __future__ import annotations

from codetriever_lsp.workspace.overlay import Buffer, Overlay


def test_a_buffer_stands_until_it_is_dropped() -> None:
    overlay = Overlay()
    assert overlay.get("a.py") is None
    assert overlay.set("a.py", 1, "one")
    assert overlay.get("a.py") == Buffer("a.py", 1, "one")
    assert list(overlay) == [Buffer("a.py", 1, "one")]
    assert overlay.drop("a.py")
    assert not overlay.drop("a.py")
    assert overlay.get("a.py") is None
    assert len(overlay) == 0


def test_fault_11_a_stale_version_is_ignored() -> None:
    overlay = Overlay()
    overlay.set("a.py", 5, "five")
    assert not overlay.set("a.py", 5, "again")
    assert not overlay.set("a.py", 4, "four")
    assert overlay.get("a.py") == Buffer("a.py", 5, "five")
    assert overlay.set("a.py", 6, "six")
    assert overlay.get("a.py") == Buffer("a.py", 6, "six")


def test_versions_start_anew_after_a_close() -> None:
    overlay = Overlay()
    overlay.set("a.py", 9, "nine")
    overlay.drop("a.py")
    assert overlay.set("a.py", 1, "one")
