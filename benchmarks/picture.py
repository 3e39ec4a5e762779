#!/usr/bin/env python3
"""Draw the terminal picture of the README from a real run.

usage: python benchmarks/picture.py OUT.svg FOLDER QUERY…   (for example docs/search.svg ~/src/flask
"…")
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text


def main() -> None:
    out, folder, *queries = sys.argv[1:]
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    for query in queries:
        arguments = ["search", query, "--limit", "2"]
        console.print(
            Text.assemble(
                ("$ ", "bold green"),
                ("codetriever-lsp search ", "bold"),
                (f'"{query}"', "bold yellow"),
            )
        )
        run = subprocess.run(
            [sys.executable, "-m", "codetriever_lsp", *arguments],
            cwd=folder,
            env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "100", "TERM": "xterm-256color"},
            capture_output=True,
            text=True,
            check=True,
        )
        console.print(Text.from_ansi(run.stdout))
    svg = console.export_svg(title="codetriever-lsp")
    # Without the web fonts that rich names: the picture asks nothing of the network.
    Path(out).write_text(re.sub(r"@font-face\s*{[^}]*}\s*", "", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
