"""Nothing leaves the machine: index and search where there is no network at all.

That no process even asks for it is part of every end-to-end test: see `guard/sitecustomize.py` and
`Home.close`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import e2e_python_project
import pytest
from e2e_home import PROGRAM, Home, finished, write_tree

REACH_OUT = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"


def test_index_and_search_without_a_network(home: Home, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no `unshare` here, so no namespace without a network")
    if subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no privilege for a namespace without a network")
    alone = [unshare, "-n"]
    probe = subprocess.run(
        [*alone, sys.executable, "-c", REACH_OUT], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in probe.stderr
    root = write_tree(tmp_path / "relay", e2e_python_project.FILES)
    query, file, _ = e2e_python_project.QUESTIONS[0]
    answer = finished(home.begin([*alone, *PROGRAM, "index", str(root)]))
    assert answer.code == 0, answer.err
    assert f"{len(e2e_python_project.FILES)} files" in answer.out
    answer = finished(home.begin([*alone, *PROGRAM, "search", "--path", str(root), query]))
    assert (answer.code, file in answer.out.splitlines()[0]) == (0, True)


def test_the_guard_sees_who_reaches_out(home: Home) -> None:
    """Or else it would not be worth much that it reports nothing."""
    for attempt in (REACH_OUT, "import socket; socket.getaddrinfo('example.com', 80)"):
        process = home.begin([sys.executable, "-c", attempt])
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "the tests allow no network" in errors
    assert len(home.network.read_text(encoding="utf-8").splitlines()) == 2
    home.network.unlink()
    local = "import socket as s; a = s.create_server(('127.0.0.1', 0)); s.create_connection(a.getsockname()).close(); a.close()"
    assert finished(home.begin([sys.executable, "-c", local])).code == 0
