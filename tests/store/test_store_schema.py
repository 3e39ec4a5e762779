"""The manifest of another version: newer ones stay untouched, older ones keep what they hold."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest
from store_samples import FORMAT_FILES, answers, location_in, open_store, prepare, scratch

from codetriever_lsp.errors import StoreCorrupt, StoreTooNew
from codetriever_lsp.store.cache_layout import StoreLocation
from codetriever_lsp.store.sql import schema
from codetriever_lsp.store.sql.rows import Recovery

BEFORE = {"a.py": ["def alpha", "def beta"], "b.py": ["def gamma"], "c.py": ["def delta"]}


async def _closed(cache: Path) -> StoreLocation:
    store = await open_store(cache)
    await store.commit([prepare(path, texts) for path, texts in BEFORE.items()])
    await store.close()
    return location_in(cache)


FORMATS = sorted((Path(__file__).parent / "formats").glob("*.zip"))


@pytest.mark.parametrize("archive", FORMATS, ids=lambda archive: archive.stem)
async def test_a_store_of_a_format_of_before_opens_and_holds_what_it_held(
    tmp_path: Path, archive: Path
) -> None:
    location = location_in(tmp_path)
    location.create()
    with zipfile.ZipFile(archive) as kept:
        kept.extractall(location.path)
    store = await open_store(tmp_path)
    assert store.recovery == Recovery()
    assert store.whole
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", FORMAT_FILES)


def test_there_is_a_store_of_each_format() -> None:
    numbers = {int(archive.stem.partition("-")[2]) for archive in FORMATS}
    assert len(schema.MIGRATIONS) in numbers, "python tests/store/formats/make.py keeps one"


async def test_a_newer_manifest_is_left_untouched(tmp_path: Path) -> None:
    location = await _closed(tmp_path)
    connection = sqlite3.connect(location.manifest)
    connection.execute(f"PRAGMA user_version={len(schema.MIGRATIONS) + 1}")
    connection.close()
    before = {
        path: path.read_bytes()
        for path in location.path.rglob("*")
        if path.is_file() and path.name not in {"lock", "owner.json"}
    }
    with pytest.raises(StoreTooNew, match="newer version"):
        await open_store(tmp_path)
    after = {
        path: path.read_bytes()
        for path in location.path.rglob("*")
        if path.is_file() and path.name not in {"lock", "owner.json"}
    }
    assert after == before


async def test_an_older_manifest_is_migrated_and_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _closed(tmp_path)
    monkeypatch.setattr(
        schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE later (x INTEGER);")
    )
    store = await open_store(tmp_path)
    assert store.recovery == Recovery()
    content = await store.dump(), answers(store)
    await store.close()
    connection = sqlite3.connect(location_in(tmp_path).manifest)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
    connection.close()
    assert content == await scratch(tmp_path / "scratch", BEFORE)


async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = await _closed(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(
            schema,
            "MIGRATIONS",
            (*schema.MIGRATIONS, "CREATE TABLE later (x); SELECT no_such_function();"),
        )
        with pytest.raises(StoreCorrupt):
            await (await schema.connect_writer(location.manifest)).close()
    connection = sqlite3.connect(location.manifest)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = 'later'"
    ).fetchone() == (0,)
    connection.close()


async def test_later_steps_of_the_manifest_keep_the_rows_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "manifest.sqlite"
    connection = sqlite3.connect(file)
    connection.executescript(schema.MIGRATIONS[0] + "PRAGMA user_version=1;")
    row = (
        7,
        70,
        5,
        0,
        b"p",
        b"d",
        "definition",
        "function",
        "alpha",
        "a.b",
        0,
        3,
        b"s",
        "def alpha",
    )
    connection.execute(f"INSERT INTO chunks VALUES ({', '.join('?' * len(row))})", row)
    connection.commit()
    connection.close()
    await (await schema.connect_writer(file)).close()
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert connection.execute("SELECT * FROM chunks").fetchall() == [
        (*row[:12], b"", 0.0, 0, *row[12:])
    ]
    indexes = {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
    }
    connection.close()
    assert {"chunks_by_file", "symbols_by_file", "symbols_by_chunk"} <= indexes
