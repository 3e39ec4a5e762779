from __future__ import annotations

import random

import pytest

from codetriever_lsp.search.names import layers as layers_module
from codetriever_lsp.search.names.columns import Definitions
from codetriever_lsp.search.names.layers import FolderNames, merged
from codetriever_lsp.search.names.pattern import Entry, NamePattern, best, search_entries
from codetriever_lsp.search.names.table import NameTable

NAMES = (
    "getWorkspaceSymbol get_workspace_symbol gws getWiredStuff target HTTPServer HttpConnPool http_conn_pool agrws Übung"
).split()


def entries(*names: str | tuple[str, str], path: str = "a.py") -> list[Entry]:
    pairs = [(name, "") if isinstance(name, str) else name for name in names]
    return [
        Entry(name, "function", container, path, at + 1, 0)
        for at, (name, container) in enumerate(pairs)
    ]


def found(table: NameTable, query: str, limit: int = 10) -> list[str]:
    return [match.entry.name for match in best(table.find(NamePattern(query), limit), limit)]


@pytest.fixture
def table() -> NameTable:
    return NameTable.of(
        entries(*NAMES, ("release", "Pool"), ("release", "Lock"), ("releaser", "Pool.Inner"))
    )


def test_exact_beats_word_starts_beats_subsequence(table: NameTable) -> None:
    assert found(table, "gws")[0] == "gws"
    order = found(table, "gWS")
    assert order[0] == "gws"
    assert order.index("getWorkspaceSymbol") < order.index("agrws")


def test_prefix_beats_word_start() -> None:
    assert found(NameTable.of(entries("do_get", "get_it", "getter")), "get") == [
        "get_it",
        "getter",
        "do_get",
    ]


@pytest.mark.parametrize("query", ["hcp", "HCP", "connpool", "http pool", "HttpConnPool"])
def test_both_spellings_are_found(table: NameTable, query: str) -> None:
    assert set(found(table, query)) >= {"HttpConnPool"}
    if query != "HttpConnPool":
        assert "http_conn_pool" in found(table, query)


@pytest.mark.parametrize(
    "query", ["Pool.release", "Pool::release", "Pool#release", "pool->rel", "pool release"]
)
def test_a_container_narrows(table: NameTable, query: str) -> None:
    matches = best(table.find(NamePattern(query), 10), 10)
    assert matches[0].entry.container == "Pool"
    assert all(match.entry.container != "Lock" for match in matches)


def test_unicode_names_ignore_case(table: NameTable) -> None:
    assert found(table, "übung") == ["Übung"]


def test_what_nothing_fits_finds_nothing(table: NameTable) -> None:
    assert found(table, "xyzzy") == []


def test_definitions_outside_tests_come_first() -> None:
    table = NameTable.of(
        entries("release", path="tests/test_a.py") + entries("release", path="src/a.py")
    )
    assert [match.entry.path for match in best(table.find(NamePattern("release"), 5), 5)] == [
        "src/a.py",
        "tests/test_a.py",
    ]


def test_the_limit_is_applied_after_ranking() -> None:
    table = NameTable.of(entries(*(f"xxrelease{at}" for at in range(50)), "release"))
    assert found(table, "release", 1) == ["release"]


def test_an_empty_query_gives_top_level_definitions_first(table: NameTable) -> None:
    assert len(found(table, "", 5)) == 5
    assert all(match.entry.container == "" for match in best(table.find(NamePattern(" "), 5), 5))


def test_changed_files_and_open_buffers_replace_what_was_there() -> None:
    names = FolderNames(
        NameTable(Definitions(entries("old", path="a.py") + entries("kept", path="b.py")))
    )
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


WORDS = (
    "get set parse node tree Token index query __init__ test x HTTP2 Übung naïve url_path".split()
)


def many(count: int, seed: int) -> list[Entry]:
    pick = random.Random(seed)
    found = []
    for at in range(count):
        parts = pick.choices(WORDS, k=pick.randint(1, 3))
        name = pick.choice(
            (
                "_".join(parts),
                "".join(part.title() for part in parts),
                parts[0] + "".join(parts[1:]).title(),
            )
        )
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
        assert best(NameTable.of(everything).find(pattern, limit, hidden), limit) == best(
            slow, limit
        )


def test_merged_layers_hold_what_the_layers_held_and_later_changes_win() -> None:
    names = FolderNames(NameTable(Definitions(many(3000, 1))))
    for part in range(3):
        changed = {
            f"new{part}/{at}.py": entries(*(f"fresh{part}x{at}",), path=f"new{part}/{at}.py")
            for at in range(1500)
        }
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


@pytest.mark.parametrize("seed", range(8))
def test_what_is_found_does_not_depend_on_how_the_names_came_about(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers_module, "_NEW_LAYER_AT", 60)
    pick = random.Random(seed)
    files: dict[str, list[Entry]] = {}
    for entry in many(600, seed):
        files.setdefault(entry.path, []).append(entry)
    order = pick.sample(sorted(files), len(files))
    files[order[-1]] += entries("trae_gett", path=order[-1])
    scratch = FolderNames(
        NameTable(Definitions([entry for path in sorted(files) for entry in files[path]]))
    )
    gone = entries("pars", "trees_gets", "PARSERS", path=order[0])
    grown = FolderNames(NameTable(Definitions(many(300, seed + 100) + gone)))
    assert {"parsers", "pars"} <= set(grown.words_like("parser", 9, {}))
    row = 10_000
    for at in range(0, len(order), 3):
        batch = {}
        for path in order[at : at + 3]:
            batch[path] = [
                entry._replace(row=row + number) for number, entry in enumerate(files[path])
            ]
            row += len(batch[path])
        grown.update(batch)
        if pick.random() < 0.4 and (layers := grown.crowded()):
            grown.replace(layers, merged(layers))
    grown.update({path: [] for path in {entry.path for entry in grown.entries()} - files.keys()})
    for limit in (1, 7, 40):
        for text in ("parse node", "get_test", "urlPath", "tree", "naive", "x" * 80, "http2 token"):
            assert _rowless(grown.like(text, limit, {})) == _rowless(scratch.like(text, limit, {}))
        for text in ("parsr", "trea", "tree", "gett", "nothing", "é"):
            assert grown.words_like(text, limit, {}) == scratch.words_like(text, limit, {})
        for name in ("parse", "get", "test", "nodetree"):
            assert _rows_aside(grown.exact(name, limit, {})) == _rows_aside(
                scratch.exact(name, limit, {})
            )
        for query in ("get", "Parser.get", "pn", ""):
            found_by = [
                [match.entry for match in names.find(query, limit, {})]
                for names in (grown, scratch)
            ]
            assert _rows_aside(found_by[0]) == _rows_aside(found_by[1])


def test_words_are_those_of_what_is_defined_now() -> None:
    names = FolderNames(
        NameTable(
            Definitions(
                [*entries("openPool", path="a.py"), *entries("poolSize", "pools", path="b.py")]
            )
        )
    )
    assert names.words_like("pool", 9, {}) == ["pool", "pools"]
    names.update({"b.py": entries("poolish", path="b.py")})
    assert names.words_like("pool", 9, {}) == ["pool", "poolish"]
    assert names.words_like("pool", 9, {"a.py": entries("spool", path="a.py")}) == [
        "spool",
        "poolish",
    ]
    assert names.words_like("pool", 1, {"a.py": []}) == ["poolish"]
    assert names.words_like("?", 9, {}) == []


def _rowless(found: list[tuple[Entry, float]]) -> list[tuple[Entry, float]]:
    return [(entry._replace(row=0), alike) for entry, alike in found]


def _rows_aside(found: list[Entry]) -> list[Entry]:
    return [entry._replace(row=0) for entry in found]
