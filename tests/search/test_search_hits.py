from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from codetriever_lsp.engine.resources import Shared
from codetriever_lsp.engine.workspace_folder import Folder
from codetriever_lsp.model import Hit
from codetriever_lsp.search.searcher import Options, search
from codetriever_lsp.search.source import Source
from codetriever_lsp.settings import EngineSettings, IndexSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = '''"""Work that waits."""

import collections


class JobQueue:
    def __init__(self):
        self.jobs = collections.deque()

    def pop(self):
        return self.jobs.popleft()
'''


GROUP = '''"""Small things."""


def to_celsius(degrees):
    return (degrees - 32) / 1.8


def half(number):
    # of the distance between two towns
    return number / 2
'''


TOLD = "\n".join(
    f" * Line {number} of what there is to say about lighthouse keepers." for number in range(55)
)
COMMENTED = f"""function start() {{}}

/**
{TOLD}
 */

res.describe = function(places) {{
  return places.map(String)
}}
"""


NESTED = '''def ferry_timetable(season):
    """When boats leave."""

    def parse_harbour(line):
        name, _, rest = line.partition(":")
        return name.strip(), rest

    boats = read(season)
    return sorted(boats, key=parse_harbour)
'''
AROUND = """namespace Harbour
{
    /// What is paid at the pier.
    class PierLedger
    {
        private readonly int pages;
        private readonly string payer;
    }
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Source]:
    root = tmp_path_factory.mktemp("project")
    (root / "queue_of_jobs.py").write_text(SOURCE, encoding="utf-8")
    (root / "ferries.py").write_text(NESTED, encoding="utf-8")
    (root / "Diary.cs").write_text(AROUND, encoding="utf-8")
    (root / "commented.js").write_text(COMMENTED, encoding="utf-8")
    (root / "small.py").write_text(GROUP, encoding="utf-8")
    cache = str(tmp_path_factory.mktemp("cache"))
    shared = await Shared.open(EngineSettings(cache_dir=cache, watcher="off", model="none"))
    folder = await Folder.open(root, IndexSettings(), shared, lambda *_: None)
    await folder.sync()
    yield await folder.source(1)
    await folder.close()
    await shared.close()


async def first(source: Source, query: str) -> Hit:
    return (await search([source], no_model, query, Options()))[0]


async def no_model(_: str) -> None:
    return None


@pytest.mark.parametrize(
    "query", ["JobQueue.pop", "return one of the self.jobs", "popleft of the jobs"]
)
async def test_a_member_of_a_small_class_is_the_hit_when_it_is_what_is_asked_for(
    source: Source, query: str
) -> None:
    hit = await first(source, query)
    assert hit.symbol is not None
    assert (hit.symbol.name, hit.span.start.line, hit.span.end.line) == ("pop", 9, 10)
    assert hit.snippet == "    def pop(self):\n        return self.jobs.popleft()"


@pytest.mark.parametrize(
    "query", ["JobQueue", "queue of jobs that can be popped", "class with a deque"]
)
async def test_a_small_class_is_the_hit_when_no_member_fits_better(
    source: Source, query: str
) -> None:
    hit = await first(source, query)
    assert hit.symbol is not None
    assert (hit.symbol.name, hit.span.start.line) == ("JobQueue", 5)


async def test_of_a_group_of_small_definitions_the_one_is_shown_whose_lines_say_what_is_asked(
    source: Source,
) -> None:
    hit = await first(source, "distance between towns")
    assert hit.symbol is not None
    assert hit.symbol.name == "half"


async def test_a_comment_that_is_a_chunk_of_its_own_is_shown_as_it_is(source: Source) -> None:
    hit = await first(source, "what there is to say about lighthouse keepers")
    assert hit.span.end.line - hit.span.start.line > 10
    assert "lighthouse" in hit.snippet


async def test_a_function_inside_another_is_the_hit_when_it_is_what_is_asked_for(
    source: Source,
) -> None:
    hit = await first(source, "how is a harbour line parsed into its name")
    assert hit.symbol is not None
    assert (hit.symbol.name, hit.span.start.line) == ("parse_harbour", 3)
    hit = await first(source, "when do the boats leave in a season")
    assert hit.symbol is not None
    assert (hit.symbol.name, hit.span.start.line) == ("ferry_timetable", 0)


async def test_what_is_around_a_class_is_not_shown_for_it(source: Source) -> None:
    hit = await first(source, "pier ledger with pages and payer")
    assert hit.symbol is not None
    assert (hit.symbol.name, hit.symbol.kind, hit.span.start.line) == ("PierLedger", "class", 2)
