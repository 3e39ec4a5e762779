"""The names of an index in a file: what is read equals what was written, and nothing else is
believed."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.search.names.layers import FolderNames
from codetriever_lsp.search.names.pattern import Entry, NamePattern
from codetriever_lsp.search.names.table import NameTable
from codetriever_lsp.search.names.table_file import (
    FORMAT,
    Kept,
    append_names,
    read_names,
    write_names,
)
from codetriever_lsp.store.sql.rows import SymbolMark

ENTRIES = [
    Entry("HttpConnPool", "class", "", "net/pool.py", 4, 11),
    Entry("release", "method", "HttpConnPool", "net/pool.py", 5, -12),
    Entry("release", "function", "", "tests/test_pool.py", 9, 2**62),
    Entry("Übung_größe", "function", "", "übung/a.go", 1, 13),
    Entry("", "variable", "x", "übung/a.go", 2, 13),
]
MARKS = {"net/pool.py": SymbolMark(b"\x00\xff", 4, 2), "übung/a.go": SymbolMark(b"", 1, 2)}
TEXTS = st.text(max_size=12)


def content(table: NameTable) -> dict[str, object]:
    """All that a table is made of, comparable."""
    made = vars(table) | {
        f"{name} of spelling": vars(part)
        for name, part in vars(table).items()
        if name.endswith("spelling")
    }
    return {name: _plain(value) for name, value in made.items() if not name.endswith("_spelling")}


def only(file: Path) -> Kept:
    return read_names(file) or pytest.fail("not read")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, np.ndarray):
        return value.dtype.kind, value.tolist()
    return vars(value) if hasattr(value, "words") else value


@given(
    st.lists(
        st.builds(
            Entry, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(1, 2**62), st.integers(-(2**62), 2**62)
        ),
        max_size=20,
    )
)
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    file = tmp_path_factory.getbasetemp() / "names"
    table = NameTable.of(entries)
    end = write_names(file, table, MARKS)
    ((read, paths),), marks, *ends = only(file)
    assert marks == MARKS
    assert (paths, ends) == (frozenset(), [end, end])
    assert content(read) == content(table)
    assert sorted(read.entries()) == sorted(entries)


def test_lookups_in_a_table_that_was_read_answer_as_before(tmp_path: Path) -> None:
    table = NameTable.of(ENTRIES)
    write_names(tmp_path / "names", table, MARKS)
    ((read, _),) = only(tmp_path / "names").parts
    for query in ("release", "hcp", "Pool.rel", "", "übung", "conn pool", "nothing"):
        assert read.find(NamePattern(query), 10) == table.find(NamePattern(query), 10)
        assert read.like(query, 10) == table.like(query, 10)
        assert read.words_like(query, 10) == table.words_like(query, 10)
        assert read.exact(query, {"tests/test_pool.py"}) == table.exact(
            query, {"tests/test_pool.py"}
        )


@pytest.mark.parametrize(
    "damage", ["missing", "empty", "short", "a bit", "another format", "something else"]
)
def test_what_cannot_be_trusted_counts_as_missing(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "names"
    write_names(file, NameTable.of(ENTRIES), MARKS)
    whole = file.read_bytes()
    assert read_names(file) is not None
    match damage:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "short":
            file.write_bytes(whole[:-1])
        case "a bit":
            file.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
        case "another format":
            file.write_bytes(
                whole.replace(f"names {FORMAT}".encode(), f"names {FORMAT + 1}".encode(), 1)
            )
        case _:
            file.write_bytes(b"\xff" * 5_000)
    assert read_names(file) is None


CHANGED = [Entry("drain", "method", "HttpConnPool", "net/pool.py", 40, 11)]
MARK = SymbolMark(b"new", 40, 1)


def test_what_is_appended_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "names"
    first = write_names(file, NameTable.of(ENTRIES), MARKS)
    end = append_names(
        file, first, NameTable.of(CHANGED), {"net/pool.py": MARK}, {"net/pool.py", "gone.py"}
    )
    last = append_names(file, end, NameTable.of([]), {}, {"übung/a.go"})
    kept = only(file)
    assert kept.marks == {"net/pool.py": MARK}
    assert [paths for _, paths in kept.parts] == [set(), {"net/pool.py", "gone.py"}, {"übung/a.go"}]
    assert (kept.first, kept.end) == (first, last)
    names = FolderNames.of(kept.parts)
    assert sorted(names.entries()) == sorted([*CHANGED, ENTRIES[2]])
    assert [match.entry for match in names.find("dra", 5, {})] == CHANGED
    assert not names.exact("httpconnpool", 5, {})


@pytest.mark.parametrize("lost", [1, 40, None])
def test_a_part_that_is_not_whole_ends_the_list_and_the_next_one_takes_its_place(
    tmp_path: Path, lost: int | None
) -> None:
    file = tmp_path / "names"
    first = write_names(file, NameTable.of(ENTRIES), MARKS)
    end = append_names(file, first, NameTable.of(CHANGED), {"net/pool.py": MARK}, {"net/pool.py"})
    written = file.read_bytes()
    file.write_bytes(written[:-lost] if lost else written[: end - 9] + b"\x01" + written[end - 8 :])
    kept = only(file)
    assert (len(kept.parts), kept.end, kept.marks) == (1, first, MARKS)
    append_names(file, kept.end, NameTable.of(CHANGED), {"net/pool.py": MARK}, {"net/pool.py"})
    assert file.read_bytes() == written


def test_nothing_is_appended_to_what_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        append_names(tmp_path / "names", 100, NameTable.of([]), {}, ())
    assert not (tmp_path / "names").exists()


def test_a_table_that_comes_out_different_needs_another_format(tmp_path: Path) -> None:
    """If this fails, tables are made in another way than those on disks: raise `FORMAT`, and put
    the new digest here."""
    write_names(tmp_path / "names", NameTable.of(ENTRIES), MARKS)
    digest = blake2b((tmp_path / "names").read_bytes(), digest_size=8).hexdigest()
    assert (FORMAT, digest) == (3, "5333e54e715db8f3")
