#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["semble==0.7.0"]
# ///
"""The answers of semble to the development queries, for `quality.py --semble`: one JSON line per
query on standard output.

usage: uv run --script benchmarks/semble_answers.py ROOTS.json QUERIES.json MODEL

ROOTS.json is {repository: [checkout, folder to index]}, QUERIES.json a list of [repository, query];
MODEL is a model folder.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # the model is a folder; nothing may be fetched


def main() -> None:
    from semble import SembleIndex

    roots = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    queries = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    for name, (checkout, folder) in roots.items():
        index = SembleIndex.from_path(folder, model_path=sys.argv[3])
        prefix = Path(folder).relative_to(checkout)
        for repository, query in queries:
            if repository == name:
                hits = [
                    {
                        "path": (prefix / found.chunk.file_path).as_posix(),
                        "start_line": found.chunk.start_line,
                        "end_line": found.chunk.end_line,
                        "score": float(found.score),
                    }
                    for found in index.search(query, top_k=10)
                ]
                print(json.dumps([name, query, hits]), flush=True)


if __name__ == "__main__":
    main()
