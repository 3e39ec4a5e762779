"""Invariant 8 under whatever comes: the index of a folder equals one built from scratch.

Hypothesis drives a real server: edits that it is told of and others, renames, deletions, ignore
files, buffers, folders that come and go, the engine killed, the server started again.
CODETRIEVER_STATEFUL=STEPSxHISTORIES makes it as long as one likes."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest
from e2e_client import LspServer, path_of
from e2e_home import Home
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from codetriever_lsp.engine.resources import Shared
from codetriever_lsp.engine.workspace_folder import Folder
from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.store.cache_layout import locate
from codetriever_lsp.store.sql.rows import Recovery
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.factory import vectors_factory
from codetriever_lsp.workspace.paths import root_of

STEPS, HISTORIES = map(int, os.environ.get("CODETRIEVER_STATEFUL", "15x2").split("x"))

FOLDERS = st.sampled_from(["main", "other"])
NAMES = st.sampled_from(
    ["a.py", "b.go", "src/c.py", "src/d.js", "src/deep/e.py", "lib/f.py", "lib/read me.md", "g.txt"]
)
PLACES = st.sampled_from(["src", "lib", "src/deep"])
TEXTS = st.sampled_from(
    [
        "",
        "def alpha(x):\n    return x + 1\n",
        "def beta():\n    '''Wait for the queue'''\n    return alpha(2)\n\n\nclass Gamma:\n    def delta(self):\n        ...\n",
        "# Überschrift\n\nSome words in 检索词.\n\n## Second\n\nmore\n",
        "func Eps() int {\n\treturn 1\n}\n",
        "x = 1\r\ny = 2\r\n",
        "\x00binary",
    ]
)
IGNORED = st.sampled_from(["", "lib/\n", "*.js\n", "src/*\n!src/c.py\n"])


class Workspace(RuleBasedStateMachine):
    """Two folders, one or both of them open in one editor."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="stateful-")).resolve()
        self.home = Home(self.place)
        for name in ("main", "other"):
            (self.place / name).mkdir()
        self.open = {"main"}
        self.buffers: set[Path] = set()
        self.server: LspServer = self.home.server(self.place / "main")
        self.runner = asyncio.Runner()
        self.scratch: Shared = self.runner.run(
            Shared.open(EngineSettings(cache_dir=str(self.place / "scratch"), watcher="off"))
        )

    @rule(folder=FOLDERS, name=NAMES, text=TEXTS, told=st.booleans())
    def write(self, folder: str, name: str, text: str, told: bool) -> None:
        file = self.place / folder / name
        if file.is_dir():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        if told:
            self.server.save(file, text)
        else:
            file.write_text(text, encoding="utf-8", newline="")
        self._count()

    @rule(folder=FOLDERS, name=NAMES)
    def delete(self, folder: str, name: str) -> None:
        (self.place / folder / name).unlink(missing_ok=True)
        self._count()

    @rule(folder=FOLDERS, name=NAMES, other=NAMES)
    def rename(self, folder: str, name: str, other: str) -> None:
        file, target = self.place / folder / name, self.place / folder / other
        if file.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
        self._count()

    @rule(folder=FOLDERS, place=PLACES)
    def move_a_folder(self, folder: str, place: str) -> None:
        """Away, or back where it was."""
        here, away = (
            self.place / folder / place,
            self.place / folder / f"{place.replace('/', '-')}-moved",
        )
        if here.exists() and not away.exists():
            here.rename(away)
        elif away.exists() and not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            away.rename(here)
        self._count()

    @rule(folder=FOLDERS, text=IGNORED)
    def ignore(self, folder: str, text: str) -> None:
        (self.place / folder / ".gitignore").write_text(text, encoding="utf-8")
        self._count()

    @rule(folder=FOLDERS, name=NAMES, text=TEXTS)
    def type_into_a_buffer(self, folder: str, name: str, text: str) -> None:
        file = self.place / folder / name
        if file in self.buffers:
            self.server.change(file, {"text": text})
        else:
            self.server.open(file, text)
            self.buffers.add(file)
        self._count()

    @precondition(lambda self: self.buffers)
    @rule(data=st.data())
    def close_a_buffer(self, data: st.DataObject) -> None:
        file = data.draw(st.sampled_from(sorted(self.buffers)))
        self.buffers.remove(file)
        self.server.close(file)
        self._count()

    @rule()
    def other_folder_comes_or_goes(self) -> None:
        other = self.place / "other"
        if "other" in self.open:
            self.server.change_folders(removed=[other])
        else:
            self.server.change_folders(added=[other])
        self.open ^= {"other"}
        self._count()

    @rule()
    def kill_the_engine(self) -> None:
        psutil.Process(self.server.request("codetriever/status", {})["engine"]["pid"]).kill()
        self._count()

    @rule(query=st.sampled_from(["wait for the queue", "alpha", "检索词", "Gamma.delta"]))
    def search(self, query: str) -> None:
        for hit in self.server.search(query):
            first, last = hit["range"]["start"], hit["range"]["end"]
            assert (first["line"], first["character"]) <= (last["line"], last["character"])
            assert path_of(hit["uri"]).relative_to(self.place).parts[0] in self.open
        self._count()

    @rule()
    def sync(self) -> None:
        self.server.sync()
        self._count()

    @rule()
    def compare(self) -> None:
        """Everybody leaves in peace; then what is on disk is what an index from scratch holds."""
        self.server.sync()
        self.server.stop()
        assert self.home.all_gone() == []
        self.runner.run(self._compare())
        self.buffers.clear()
        self.server = self.home.server(*(self.place / name for name in sorted(self.open)))
        self._count()

    def teardown(self) -> None:
        try:
            self.compare()
            self.runner.run(self.scratch.close())
            self.runner.close()
            self.home.close()
        finally:
            for process in self.home.processes():
                process.kill()
            shutil.rmtree(self.place, ignore_errors=True)

    async def _compare(self) -> None:
        for name in sorted(self.open):
            root = self.place / name
            shutil.rmtree(self.place / "scratch" / "stores", ignore_errors=True)
            folder = await Folder.open(root, IndexSettings(), self.scratch, lambda *_: None)
            try:
                await folder.sync()
                wanted = await folder.store.dump()
            finally:
                await folder.close()
            assert await self._indexed(root) == wanted, name

    async def _indexed(self, root: Path) -> dict[str, Any]:
        settings = EngineSettings(cache_dir=str(self.home.cache))
        location = locate(self.home.cache, root_of(root), self.scratch.fingerprint)
        dimension = self.scratch.model.dimension or None
        store = await Store.open(
            location,
            fingerprint=self.scratch.fingerprint,
            dimension=dimension,
            vectors=vectors_factory(settings),
        )
        try:
            assert store.recovery == Recovery()
            return await store.dump()
        finally:
            await store.close()

    @classmethod
    def _count(cls) -> None:
        cls.steps += 1


@pytest.mark.timeout(60 + 10 * STEPS * HISTORIES)
def test_any_history_ends_in_the_index_that_is_built_from_scratch() -> None:
    chosen = settings(
        max_examples=HISTORIES,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Workspace, settings=chosen)
    print(f"{Workspace.steps} steps")
