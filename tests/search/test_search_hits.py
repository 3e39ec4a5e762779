from __future__ import annotations

from pathlib import Path

from codetriever_lsp.engine.folder import Folder
from codetriever_lsp.engine.shared import Shared
from codetriever_lsp.search.searcher import Options, search
from codetriever_lsp.settings import EngineSettings, IndexSettings

SOURCE = '''"""Work that waits."""

import collections


class JobQueue:
    def __init__(self):
        self.jobs = collections.deque()

    def pop(self):
        return self.jobs.popleft()
'''


async def test_a_member_of_a_small_class_is_the_hit_when_it_is_named(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "queue_of_jobs.py").write_text(SOURCE, encoding="utf-8")
    shared = await Shared.open(EngineSettings(cache_dir=str(tmp_path / "cache"), watcher="off", model="none"))
    try:
        folder = await Folder.open(root, IndexSettings(), shared, lambda *_: None)
        try:
            await folder.sync()
            sources = [await folder.source(1)]
            named = (await search(sources, shared.query.embed, "JobQueue.pop", Options()))[0]
            whole = (await search(sources, shared.query.embed, "JobQueue", Options()))[0]
        finally:
            await folder.close()
    finally:
        await shared.close()
    assert named.symbol is not None
    assert (named.symbol.name, named.span.start.line, named.span.end.line) == ("pop", 9, 10)
    assert named.snippet == "    def pop(self):\n        return self.jobs.popleft()"
    assert whole.symbol is not None
    assert (whole.symbol.name, whole.span.start.line) == ("JobQueue", 5)
