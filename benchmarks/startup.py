"""How long a cold server takes from the start of its process to the answer to `initialize`, beside
an empty pygls server.

    python benchmarks/startup.py [--runs N]

Both are started in turns, so that what else the machine does strikes both. The ratio is that of the
medians; the aim is under 1.5.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EMPTY = "from pygls.lsp.server import LanguageServer; LanguageServer('empty', '1').start_io()"
PROGRAMS = {
    "empty pygls server": [sys.executable, "-c", EMPTY],
    "codetriever-lsp": [sys.executable, "-m", "codetriever_lsp"],
}
CAPABILITIES = {
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": True}},
    "window": {"workDoneProgress": True},
    "general": {"positionEncodings": ["utf-8", "utf-16"]},
}


def measure(program: list[str], folder: str) -> float:
    """Milliseconds from the start of the process to the whole answer."""
    environment = os.environ | {"CODETRIEVER_CACHE_DIR": folder, "CODETRIEVER_LOG_LEVEL": "error"}
    params = {
        "processId": os.getpid(),
        "rootUri": None,
        "capabilities": CAPABILITIES,
        "workspaceFolders": [{"uri": Path(folder).as_uri(), "name": "folder"}],
    }
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    ).encode()
    begun = time.perf_counter()
    process = subprocess.Popen(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    process.stdin.flush()
    length = 0
    while (line := process.stdout.readline()).strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    answer = json.loads(process.stdout.read(length))
    took = time.perf_counter() - begun
    assert "capabilities" in answer["result"], answer
    process.kill()
    process.wait()
    return 1000 * took


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9, help="starts of each (default: 9)")
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS.values():
            measure(program, folder)  # fills the file cache and writes the byte code
        for _ in range(runs):
            for name, program in PROGRAMS.items():
                times[name].append(measure(program, folder))
    print(f"{'initialize, cold process':<24} {'median ms':>10} {'min ms':>8} {'max ms':>8}")
    for name, took in times.items():
        print(f"{name:<24} {statistics.median(took):>10.0f} {min(took):>8.0f} {max(took):>8.0f}")
    empty, ours = (statistics.median(took) for took in times.values())
    print(f"ratio to the empty server {ours / empty:.2f}")


if __name__ == "__main__":
    main()
