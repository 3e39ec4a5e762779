"""The cache of embeddings: it helps, or it is a miss."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from codetriever_lsp.store.cache_layout import embeddings_path
from codetriever_lsp.store.embeddings import EmbeddingCache, EmbeddingReader
from codetriever_lsp.store.records import content_digest

KEYS = [content_digest(str(number).encode()) for number in range(1500)]
ITEMS = {key: bytes([number % 256]) * 16 for number, key in enumerate(KEYS)}


async def test_what_was_put_is_found_under_its_model_only(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    assert cache.get("m", KEYS) == {}
    await cache.put("m", ITEMS)
    await cache.put("m", ITEMS)
    await cache.put("m", {})
    assert cache.get("m", KEYS) == ITEMS
    assert cache.get("m", [KEYS[3], b"unknown"]) == {KEYS[3]: ITEMS[KEYS[3]]}
    assert cache.get("m", []) == {}
    assert cache.get("other", KEYS) == {}
    await cache.close()
    again = EmbeddingCache(tmp_path)
    assert again.get("m", KEYS) == ITEMS
    await again.close()


async def test_another_process_reads_while_the_cache_is_open(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    await cache.put("m", ITEMS)
    code = (
        "import sys; from pathlib import Path; from codetriever_lsp.store.embeddings import EmbeddingReader\n"
        "print(EmbeddingReader(Path(sys.argv[1])).get('m', [bytes.fromhex(sys.argv[2])]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), KEYS[7].hex()]
    assert subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.strip() == str({KEYS[7]: ITEMS[KEYS[7]]})
    await cache.close()


def test_no_file_is_a_miss_and_none_is_made(tmp_path: Path) -> None:
    reader = EmbeddingReader(tmp_path)
    assert reader.get("m", KEYS) == {}
    assert list(tmp_path.iterdir()) == []
    reader.close()


@pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning")
async def test_a_damaged_file_is_a_miss_then_replaced(tmp_path: Path) -> None:
    embeddings_path(tmp_path).write_bytes(b"no database at all" * 1000)
    reader = EmbeddingReader(tmp_path)
    assert reader.get("m", KEYS) == {}
    cache = EmbeddingCache(tmp_path)
    await cache.put("m", ITEMS)
    assert cache.get("m", KEYS) == ITEMS
    assert reader.get("m", KEYS) == ITEMS
    reader.close()
    await cache.close()


async def test_flipped_bits_of_an_entry_are_a_miss(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    await cache.put("m", ITEMS)
    await cache.close()
    connection = sqlite3.connect(embeddings_path(tmp_path))
    connection.execute("UPDATE embeddings SET vector = zeroblob(20) WHERE digest = ?", (KEYS[0],))
    connection.execute("UPDATE embeddings SET vector = x'' WHERE digest = ?", (KEYS[1],))
    swap = "UPDATE embeddings SET vector = (SELECT vector FROM embeddings WHERE digest = ?) WHERE digest = ?"
    connection.execute(swap, (KEYS[3], KEYS[2]))
    connection.commit()
    connection.close()
    reader = EmbeddingReader(tmp_path)
    assert reader.get("m", KEYS[:4]) == {KEYS[3]: ITEMS[KEYS[3]]}
    reader.close()


async def test_a_cache_that_cannot_be_written_only_warns_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embeddings_path(tmp_path).mkdir()
    cache = EmbeddingCache(tmp_path)
    await cache.put("m", ITEMS)
    await cache.put("m", ITEMS)
    assert await cache.trim() == 0
    assert cache.get("m", KEYS) == {}
    await cache.close()
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


async def test_a_file_of_another_version_is_not_touched(tmp_path: Path) -> None:
    connection = sqlite3.connect(embeddings_path(tmp_path))
    connection.executescript("CREATE TABLE theirs (x); PRAGMA user_version=99;")
    connection.close()
    cache = EmbeddingCache(tmp_path)
    await cache.put("m", ITEMS)
    assert cache.get("m", KEYS) == {}
    assert await cache.repair() == ""
    assert await cache.clear() == 0
    await cache.close()
    connection = sqlite3.connect(embeddings_path(tmp_path))
    assert connection.execute("SELECT count(*) FROM theirs").fetchone() == (0,)
    connection.close()


async def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, max_entries=1000)
    assert await cache.trim() == 0
    await cache.put("m", ITEMS)
    assert await cache.trim() == 500
    assert cache.get("m", KEYS) == {key: ITEMS[key] for key in KEYS[500:]}
    assert await cache.trim() == 0
    await cache.close()


async def test_clearing_frees_what_the_entries_took(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    assert await cache.clear() == 0
    await cache.put("m", ITEMS)
    assert await cache.clear() > 16 * len(ITEMS)
    assert cache.get("m", KEYS) == {}
    await cache.put("m", ITEMS)
    assert cache.get("m", KEYS) == ITEMS
    await cache.close()


async def test_a_damaged_file_is_found_and_deleted_by_a_repair(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    assert await cache.repair() == ""
    await cache.put("m", ITEMS)
    assert await cache.repair() == ""
    assert cache.get("m", KEYS) == ITEMS
    await cache.close()
    file = embeddings_path(tmp_path)
    content = bytearray(file.read_bytes())
    content[3 * 4096 : 5 * 4096] = b"\xaa" * (2 * 4096)
    file.write_bytes(content)
    cache = EmbeddingCache(tmp_path)
    assert "damaged" in await cache.repair()
    assert await cache.repair() == ""
    await cache.put("m", ITEMS)
    assert cache.get("m", KEYS) == ITEMS
    await cache.close()
