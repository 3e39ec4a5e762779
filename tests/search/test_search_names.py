from __future__ import annotations

import random

import pytest

from codetriever_lsp.search.definitions import Definitions
from codetriever_lsp.search.folder_names import FolderNames, merged
from codetriever_lsp.search.name_table import NameTable
from codetriever_lsp.search.names import Entry, NamePattern, best, search_entries

NAMES = (
    "getWorkspaceSymbol get_workspace_symbol gws getWiredStuff target HTTPServer HttpConnPool http_conn_pool agrws Übung"
).split()


def entries(*names: str | tuple[str, str], path: str = "a.py") -> list[Entry]:
    pairs = [(name, "") if isinstance(name, str) else name for name in names]
    return [Entry(name, "function", container, path, at + 1, 0) for at, (name, container) in enumerate(pairs)]


def found(table: NameTable, query: str, limit: int = 10) -> list[str]:
    return [match.entry.name for match in best(table.find(NamePattern(query), limit), limit)]


@pytest.fixture
def table() -> NameTable:
    return NameTable.of(entries(*NAMES, ("release", "Pool"), ("release", "Lock"), ("releaser", "Pool.Inner")))


def test_exact_beats_word_starts_beats_subsequence(table: NameTable) -> None:
    assert found(table, "gws")[0] == "gws"
    order = found(table, "gWS")
    assert order[0] == "gws"
    assert order.index("getWorkspaceSymbol") < order.index("agrws")


def test_prefix_beats_word_start() -> None:
    assert found(NameTable.of(entries("do_get", "get_it", "getter")), "get") == ["get_it", "getter", "do_get"]


@pytest.mark.parametrize("query", ["hcp", "HCP", "connpool", "http pool", "HttpConnPool"])
def test_both_spellings_are_found(table: NameTable, query: str) -> None:
    assert set(found(table, query)) >= {"HttpConnPool"}
    if query != "HttpConnPool":
        assert "http_conn_pool" in found(table, query)


@pytest.mark.parametrize("query", ["Pool.release", "Pool::release", "Pool#release", "pool->rel", "pool release"])
def test_a_container_narrows(table: NameTable, query: str) -> None:
    matches = best(table.find(NamePattern(query), 10), 10)
    assert matches[0].entry.container == "Pool"
    assert all(match.entry.container != "Lock" for match in matches)


def test_unicode_names_ignore_case(table: NameTable) -> None:
    assert found(table, "übung") == ["Übung"]


def test_what_nothing_fits_finds_nothing(table: NameTable) -> None:
    assert found(table, "xyzzy") == []


def test_definitions_outside_tests_come_first() -> None:
    table = NameTable.of(entries("release", path="tests/test_a.py") + entries("release", path="src/a.py"))
    assert [match.entry.path for match in best(table.find(NamePattern("release"), 5), 5)] == ["src/a.py", "tests/test_a.py"]


def test_the_limit_is_applied_after_ranking() -> None:
    table = NameTable.of(entries(*(f"xxrelease{at}" for at in range(50)), "release"))
    assert found(table, "release", 1) == ["release"]


def test_an_empty_query_gives_top_level_definitions_first(table: NameTable) -> None:
    assert len(found(table, "", 5)) == 5
    assert all(match.entry.container == "" for match in best(table.find(NamePattern(" "), 5), 5))


def test_changed_files_and_open_buffers_replace_what_was_there() -> None:
    names = FolderNames(NameTable(Definitions(entries("old", path="a.py") + entries("kept", path="b.py"))))
    names.update({"a.py": entries("new", path="a.py")})
    assert [match.entry.name for match in names.find("", 10, {})] == ["kept", "new"]
    buffers = {"b.py": entries("unsaved", path="b.py")}
    assert [match.entry.name for match in names.find("", 10, buffers)] == ["new", "unsaved"]
    assert names.exact("kept", 5, buffers) == []
    names.update({"a.py": []})
    assert [match.entry.name for match in names.find("", 10, {})] == ["kept"]


def test_many_changes_end_up_in_the_table() -> None:
    names = FolderNames()
    for at in range(2100):
        names.update({f"f{at}.py": entries(f"name{at}", path=f"f{at}.py")})
    assert len(names) > 0
    assert len(list(names.entries())) == 2100


WORDS = "get set parse node tree Token index query __init__ test x HTTP2 Übung naïve url_path".split()


def many(count: int, seed: int) -> list[Entry]:
    pick = random.Random(seed)
    found = []
    for at in range(count):
        parts = pick.choices(WORDS, k=pick.randint(1, 3))
        name = pick.choice(("_".join(parts), "".join(part.title() for part in parts), parts[0] + "".join(parts[1:]).title()))
        container = pick.choice(("", "Parser", "Parser.Node", "index.Query"))
        path = f"{pick.choice(('src', 'tests', 'src/deep'))}/f{pick.randint(0, 20)}.py"
        found.append(Entry(name, pick.choice(("class", "method")), container, path, at + 1, at))
    return found


@pytest.mark.parametrize("query", [
    "g", "get", "gT", "pn", "PNT", "odeTr", "ntx", "Parser.get", "query::x", "parse node", "tree parser", "_", "ü", "zz",
    "__init__", "2",
])  # fmt: skip
def test_a_table_finds_what_testing_every_definition_finds(query: str) -> None:
    everything, pattern = many(1500, 3), NamePattern(query)
    hidden = {"src/f3.py", "tests/f4.py"}
    slow = search_entries((entry for entry in everything if entry.path not in hidden), pattern)
    for limit in (1, 20, 5000):
        assert best(NameTable.of(everything).find(pattern, limit, hidden), limit) == best(slow, limit)


def test_merged_layers_hold_what_the_layers_held_and_later_changes_win() -> None:
    names = FolderNames(NameTable(Definitions(many(3000, 1))))
    for part in range(3):
        changed = {f"new{part}/{at}.py": entries(*(f"fresh{part}x{at}",), path=f"new{part}/{at}.py") for at in range(1500)}
        names.update(changed | {f"src/f{part}.py": []})
    before = set(names.entries())
    layers = names.crowded()
    assert len(layers) == 2
    table = merged(layers)
    names.update({"new0/7.py": entries("seven", path="new0/7.py"), "src/f5.py": []})
    names.replace(layers, table)
    assert [entry.name for entry in names.exact("seven", 9, {})] == ["seven"]
    assert names.exact("fresh0x7", 9, {}) == []
    gone = {"new0/7.py", "src/f5.py"}
    kept = {entry for entry in before if entry.path not in gone}
    assert {entry for entry in names.entries() if entry.path not in gone} == kept
    while layers := names.crowded():
        names.replace(layers, merged(layers))
    assert {entry for entry in names.entries() if entry.path not in gone} == kept
