"""Between the engine's terms and the client's."""

from __future__ import annotations

import msgspec
import pytest
from fake_lsp_engine import READY, hit, span

from codetriever_lsp import model
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server import convert, payloads
from codetriever_lsp.server.client_folders import Folders
from codetriever_lsp.server.convert import View, path_of, uri_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"),
        ("file:///a%20b/c.py", "/a b/c.py"),
        ("FILE:///a/../b/./c.py", "/b/c.py"),
        ("file://localhost/a", "/a"),
        ("file:////a//b", "/a/b"),
        ("file:///caf%C3%A9%23%3F", "/café#?"),
        ("file:///caf\u00e9", "/café"),
    ],
)
def test_fault_16_spellings_of_a_path_unify(uri: str, path: str) -> None:
    assert path_of(uri, windows=False) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///c%3A/Users/x.py", "c:\\Users\\x.py"),
        ("file:///C:/Users/x.py", "c:\\Users\\x.py"),
        ("file:///C%3a/Users//x.py", "c:\\Users\\x.py"),
        ("file://server/share/x%20y.py", "\\\\server\\share\\x y.py"),
        ("file:////server/share/x.py", "\\\\server\\share\\x.py"),
    ],
)
def test_fault_16_drives_and_shares(uri: str, path: str) -> None:
    assert path_of(uri, windows=True) == path


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("untitled:Untitled-1", "not a file: URI"),
        ("git:/a/b.py?ref", "not a file: URI"),
        ("/a/b.py", "not a file: URI"),
        ("file:relative.py", "absolute path"),
        ("file:///a%00b", "absolute path"),
        ("file:///a%FFb", "not UTF-8"),
        ("file://elsewhere/a", "another machine"),
        ("file://[bad/a", "no URI"),
        ("", "not a file: URI"),
    ],
)
def test_fault_16_what_is_no_file_is_refused(uri: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        path_of(uri, windows=False)


@pytest.mark.parametrize("path", ["/a/b.py", "/a b/ä#?%.py", "/😀/x", "/a:b", "/~x"])
def test_uris_lead_back(path: str) -> None:
    uri = uri_of(path, windows=False)
    assert uri.isascii()
    assert path_of(uri, windows=False) == path


@pytest.mark.parametrize("path", ["c:\\Users\\x y.py", "\\\\server\\share\\x.py"])
def test_windows_uris_lead_back(path: str) -> None:
    assert path_of(uri_of(path, windows=True), windows=True) == path


def test_a_name_that_is_not_utf8_has_a_uri() -> None:
    assert uri_of("/a\udcff", windows=False) == "file:///a%FF"


@pytest.mark.parametrize(
    ("encoding", "columns"), [("utf-8", (1, 2)), ("utf-16", (3, 4)), ("utf-32", (5, 6))]
)
def test_ranges_use_the_encoding(encoding: convert.Encoding, columns: tuple[int, int]) -> None:
    place = model.Span(model.Mark(7, 1, 3, 5), model.Mark(8, 2, 4, 6))
    assert convert.range_of(place, encoding) == payloads.Range(
        payloads.Position(7, columns[0]), payloads.Position(8, columns[1])
    )


@pytest.mark.parametrize(
    ("start", "end", "lines"),
    [
        ((1, 0), (1, 0), (1, 1)),
        ((1, 3), (4, 0), (1, 3)),
        ((1, 3), (4, 1), (1, 4)),
        ((4, 0), (1, 3), (1, 3)),
        ((4, 1), (1, 0), (1, 4)),
    ],
)
def test_lines_that_a_selection_touches(
    start: tuple[int, int], end: tuple[int, int], lines: tuple[int, int]
) -> None:
    assert (
        convert.lines_of(payloads.Range(payloads.Position(*start), payloads.Position(*end)))
        == lines
    )


def test_a_hit_is_the_shape_of_the_protocol() -> None:
    explanation = model.Explanation({"lexical": 0.5}, {"lexical": 0.2, "semantic": 0.3}, ("work",))
    found = msgspec.structs.replace(hit("/w/a.py", 3), explain=explanation)
    result = convert.search_result(model.SearchResult((found,), READY, 1.23456), View())
    assert msgspec.to_builtins(result) == {
        "hits": (
            {
                "uri": "file:///w/a.py",
                "range": {"start": {"line": 3, "character": 4}, "end": {"line": 5, "character": 9}},
                "language": "python",
                "score": 0.5,
                "snippet": "def work(): ...",
                "symbol": {
                    "name": "work",
                    "kind": 12,
                    "containerName": "Box",
                    "selectionRange": {
                        "start": {"line": 3, "character": 4},
                        "end": {"line": 3, "character": 9},
                    },
                },
                "explain": {
                    "lexical": 0.2,
                    "semantic": 0.3,
                    "features": {"lexical": 0.5},
                    "matched": ("work",),
                },
            },
        ),
        "index": {"state": "ready", "generation": 7, "files": 3, "pending": 0},
        "tookMs": 1.235,
    }


def test_labels_hide_nothing_and_turn_nothing() -> None:
    assert convert.label("a\u202eb\x1b[31m\u2066c\nd é漢") == "ab[31mcd é漢"


def symbol(
    name: str, first: int, last: int, *, selection: model.Span | None = None
) -> model.SymbolHit:
    return model.SymbolHit(
        name, "class", "", "/w/a.py", span(first, last, 0), selection or span(first, first)
    )


def test_an_outline_nests_by_spans() -> None:
    flat = [
        symbol("A", 0, 20),
        symbol("b", 1, 5),
        symbol("c", 2, 3),
        symbol("d", 6, 9),
        symbol("E", 30, 40),
    ]
    tree = convert.document_symbols(flat, View())

    def names(nodes: tuple[payloads.DocumentSymbol, ...]) -> list[object]:
        return [(node.name, names(node.children)) for node in nodes]

    assert names(tree) == [("A", [("b", [("c", [])]), ("d", [])]), ("E", [])]


def test_symbols_that_overlap_stand_side_by_side() -> None:
    tree = convert.document_symbols([symbol("A", 0, 10), symbol("B", 5, 15)], View())
    assert [node.name for node in tree] == ["A", "B"]


def test_a_selection_outside_of_its_symbol_is_widened() -> None:
    (node,) = convert.document_symbols([symbol("A", 5, 8, selection=span(1, 1))], View())
    assert node.selection_range == node.range


def test_a_deep_outline_does_not_exhaust_the_stack() -> None:
    flat = [symbol(f"s{depth}", depth, 10_000 - depth) for depth in range(400)]
    (top,) = convert.document_symbols(flat, View())
    assert top.name == "s0"


async def test_folders_give_the_client_its_own_spelling(tmp_path: object) -> None:
    from pathlib import Path

    base = Path(str(tmp_path))
    (base / "real").mkdir()
    (base / "link").symlink_to(base / "real")
    folders = Folders()
    assert folders.add([str(base / "link")])
    assert not folders.add([str(base / "link")])
    await folders.resolve()
    assert folders.real() == (str(base / "real"),)
    assert folders.to_engine(str(base / "link" / "a.py")) == str(base / "real" / "a.py")
    assert folders.to_client(str(base / "real" / "a.py")) == str(base / "link" / "a.py")
    assert folders.to_client(str(base / "really.py")) == str(base / "really.py")
    assert folders.remove([str(base / "link")])
    assert folders.real() == ()


async def test_a_folder_that_is_not_there_is_left_out(tmp_path: object) -> None:
    folders = Folders()
    folders.add([str(tmp_path), f"{tmp_path}/gone"])
    await folders.resolve()
    assert folders.real() == (str(tmp_path),)
    assert folders.missing() == [f"{tmp_path}/gone"]
