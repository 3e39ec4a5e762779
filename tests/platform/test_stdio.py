"""Standard streams kept away from libraries."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import os
from codetriever_lsp.platform.stdio import take_stdio
source, sink = take_stdio()
os.write(1, b"printed by a library")
assert os.read(0, 10) == b""
os.write(sink, os.read(source, 10))
"""


def test_messages_and_what_libraries_print_are_kept_apart() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], input=b"message", capture_output=True, check=True
    )
    assert (ended.stdout, ended.stderr) == (b"message", b"printed by a library")
