"""Child processes: helpers that end with their starter, and detached ones that do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codetriever_lsp.platform.subprocesses import (
    ONE_THREAD,
    ask_helper,
    module_command,
    start_detached,
    start_helper,
)

_WAITS = """
import os, threading
from codetriever_lsp.platform.subprocesses import be_polite, exit_at_end_of
be_polite()
exit_at_end_of(0)
print("ready", os.environ["OMP_NUM_THREADS"], flush=True)
threading.Event().wait()
"""


def test_a_module_is_run_without_the_working_folder_on_its_path() -> None:
    assert module_command("a.b", "c") == (sys.executable, "-P", "-m", "a.b", "c")


async def test_a_helper_ends_when_its_input_does() -> None:
    helper = await start_helper((sys.executable, "-c", _WAITS), ONE_THREAD, stdout=subprocess.PIPE)
    assert helper.stdin is not None
    assert helper.stdout is not None
    assert (await helper.stdout.readline()).split() == [b"ready", b"1"]
    helper.stdin.close()
    assert await helper.wait() == 1
    await helper.stdin.wait_closed()


async def test_a_command_that_is_not_there_raises_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        await start_helper((str(tmp_path / "missing"),), {}, stdout=subprocess.PIPE)


def test_a_helper_is_asked() -> None:
    program = "import os, sys; print(os.environ['WORD'], end=''); sys.exit(3)"
    assert ask_helper((sys.executable, "-c", program), {"WORD": "answer"}) == (3, b"answer")


def test_a_detached_process_reads_its_message_and_logs(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT, 0o600)
    program = "import os, sys; sys.stderr.write(sys.stdin.read() + os.getcwd())"
    try:
        process = start_detached(
            (sys.executable, "-c", program), os.environ, tmp_path, log=log, message=b"settings "
        )
    finally:
        os.close(log)
    assert process.wait() == 0
    assert (tmp_path / "log").read_text() == f"settings {tmp_path.resolve()}"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no sessions")
def test_a_detached_process_has_a_session_of_its_own(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT, 0o600)
    program = "import os, sys; sys.stderr.write(str(os.getsid(0) == os.getpid()))"
    try:
        start_detached(
            (sys.executable, "-c", program), os.environ, tmp_path, log=log, message=b""
        ).wait()
    finally:
        os.close(log)
    assert (tmp_path / "log").read_text() == "True"
