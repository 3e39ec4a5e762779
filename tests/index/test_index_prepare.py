from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from index_samples import DIMENSION, Cache, SampleModel, age, functions, write

from codetriever_lsp.embed.embedder import Embedder
from codetriever_lsp.errors import ModelError
from codetriever_lsp.index import prepare as module
from codetriever_lsp.index.jobs import Failed, FileTask, Gone, Made, Outcome, Skip, Unchanged
from codetriever_lsp.index.prepare import IN_DOUBT, Tools, prepare
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import FileStamp, Prepared, chunk_id, content_digest, is_owned

SETTINGS = IndexSettings()


def tools(root: Path, model: SampleModel | None = None, cache: Cache | None = None) -> Tools:
    model = model or SampleModel()
    return Tools(DIMENSION, lambda: model, (cache or Cache()).get, clock=age(root))


def made(outcome: Outcome) -> Prepared:
    assert isinstance(outcome, Made), outcome
    return outcome.prepared


def stamp(prepared: Prepared) -> FileStamp:
    return FileStamp(prepared.file.digest, prepared.file.size, prepared.file.mtime_ns)


def test_a_file_becomes_chunks_vectors_and_symbols(root: Path) -> None:
    source = functions(3)
    write(root, {"a.py": source})
    prepared = made(prepare(root, FileTask("a.py"), SETTINGS, tools(root)))
    record = prepared.file
    assert record.digest == content_digest(source.encode())
    assert record.size == len(source)
    assert record.language == "python"
    assert [chunk.ordinal for chunk in record.chunks] == list(range(len(record.chunks)))
    assert len(record.chunks) >= 3
    assert len(prepared.lexical) == len(record.chunks)
    assert set(prepared.file_vectors) == {"file", "names", "path"}
    assert len(prepared.embeddings) == 2 * DIMENSION * len(record.chunks)
    assert prepared.fresh == tuple(range(len(record.chunks)))
    assert {symbol.symbol.name for symbol in record.symbols} >= {"work_0_0", "work_0_1", "work_0_2"}
    assert {symbol.chunk for symbol in record.symbols} <= {chunk.id for chunk in record.chunks}


def test_equal_bytes_are_unchanged_whatever_their_time(root: Path) -> None:
    write(root, {"a.py": "x = 1\n"})
    known = stamp(made(prepare(root, FileTask("a.py"), SETTINGS, tools(root))))
    (root / "a.py").chmod(0o600)
    outcome = prepare(root, FileTask("a.py", FileStamp(known.digest, 1, 2)), SETTINGS, tools(root))
    assert isinstance(outcome, Unchanged)
    assert outcome.stamp.digest == known.digest
    assert outcome.stamp.size == 6
    assert outcome.stamp.mtime_ns not in (2, IN_DOUBT)


def test_a_file_changed_just_before_it_was_read_is_in_doubt(root: Path) -> None:
    write(root, {"a.py": "x = 1\n"})
    changed = (root / "a.py").stat().st_ctime_ns
    now = Tools(DIMENSION, SampleModel, Cache().get, clock=lambda: changed + 1_000_000_000)
    later = Tools(DIMENSION, SampleModel, Cache().get, clock=lambda: changed + 3_000_000_000)
    assert made(prepare(root, FileTask("a.py"), SETTINGS, now)).file.mtime_ns == IN_DOUBT
    assert made(prepare(root, FileTask("a.py"), SETTINGS, later)).file.mtime_ns == changed


def test_of_a_file_that_moved_only_the_words_of_its_path_are_embedded(root: Path) -> None:
    cache, source = Cache(), functions(4)
    write(root, {"a.py": source, "deep/er/b.py": source})
    first = made(prepare(root, FileTask("a.py"), SETTINGS, tools(root, cache=cache)))
    row = 2 * DIMENSION
    cache.rows = {
        chunk.digest: first.embeddings[at * row : (at + 1) * row]
        for at, chunk in enumerate(first.file.chunks)
    }
    model = SampleModel()
    moved = made(prepare(root, FileTask("deep/er/b.py"), SETTINGS, tools(root, model, cache)))
    assert (moved.fresh, model.texts) == ((), ["deep er b"])
    assert moved.fresh_place
    cache.rows[moved.fresh_place] = moved.place
    again = made(prepare(root, FileTask("deep/er/b.py"), SETTINGS, tools(root, model, cache)))
    assert (again.fresh_place, again.place, len(model.texts)) == (b"", moved.place, 1)
    assert moved.embeddings == first.embeddings
    assert {chunk.id for chunk in moved.file.chunks}.isdisjoint(
        chunk.id for chunk in first.file.chunks
    )


def test_equal_chunks_of_a_file_are_embedded_once_and_have_their_own_ids(root: Path) -> None:
    write(root, {"a.txt": "the same line again and again, as in the data of a test\n" * 500})
    model = SampleModel()
    prepared = made(prepare(root, FileTask("a.txt"), SETTINGS, tools(root, model)))
    digests = [chunk.digest for chunk in prepared.file.chunks]
    assert len(set(digests)) < len(digests)
    assert len(model.texts) == len({*digests}) + 1  # and the words of the path
    assert len({chunk.id for chunk in prepared.file.chunks}) == len(digests)
    repeated = next(
        chunk for chunk in prepared.file.chunks if digests.index(chunk.digest) != chunk.ordinal
    )
    assert repeated.id == chunk_id(
        "a.txt", repeated.digest, digests[: repeated.ordinal].count(repeated.digest)
    )
    rows = np.frombuffer(prepared.embeddings, "<f2").reshape(len(digests), DIMENSION)
    assert (rows[repeated.ordinal] == rows[digests.index(repeated.digest)]).all()


def test_a_long_chunk_is_embedded_by_its_beginning_and_known_by_all_of_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EMBEDDED_CHARACTERS", 20)
    model = SampleModel()
    write(
        root,
        {
            "a.txt": "the same beginning of both ... one\n",
            "b.txt": "the same beginning of both ... two\n",
        },
    )
    one = made(prepare(root, FileTask("a.txt"), SETTINGS, tools(root, model)))
    two = made(prepare(root, FileTask("b.txt"), SETTINGS, tools(root, model)))
    assert model.texts == ["the same beginning o", "a", "the same beginning o", "b"]
    assert one.file.chunks[0].digest != two.file.chunks[0].digest


def test_what_is_no_text_or_off_or_gone_is_said_so(root: Path) -> None:
    write(root, {"a.bin": bytes(range(256)) * 10, "b.py": "x = 1\n", "c/d.py": ""})
    binary = prepare(root, FileTask("a.bin"), SETTINGS, tools(root))
    off = prepare(root, FileTask("b.py"), IndexSettings(languages_off=("python",)), tools(root))
    assert isinstance(binary, Skip)
    assert binary.reason == "binary"
    assert isinstance(off, Skip)
    assert isinstance(prepare(root, FileTask("none.py"), SETTINGS, tools(root)), Gone)
    assert isinstance(prepare(root, FileTask("b.py/x"), SETTINGS, tools(root)), Gone)
    assert isinstance(prepare(root, FileTask("c"), SETTINGS, tools(root)), Skip)
    assert made(prepare(root, FileTask("c/d.py"), SETTINGS, tools(root))).file.lines == 1


def test_an_open_buffer_needs_no_file_and_gets_ids_of_its_owner() -> None:
    root = Path("does not exist")
    plain = Tools(DIMENSION, SampleModel, Cache().get)
    prepared = made(prepare(root, FileTask("a.py", text=functions(2), owner=7), SETTINGS, plain))
    assert all(is_owned(chunk.id) for chunk in prepared.file.chunks)


def test_stages_that_may_hang_are_told_before_they_start(root: Path) -> None:
    write(root, {"a.py": functions(1)})
    told: list[tuple[str, bytes]] = []
    watched = tools(root)
    watched.began = lambda stage, key: told.append((stage, key))
    made(prepare(root, FileTask("a.py"), SETTINGS, watched))
    assert [stage for stage, _ in told] == ["parse", "embed"]
    quarantined = tools(root)
    quarantined.began = watched.began
    quarantined.quarantine = frozenset([told[0][1]])
    prepared = made(prepare(root, FileTask("a.py"), SETTINGS, quarantined))
    assert told[2][0] == "lines"
    assert prepared.file.symbols == ()
    assert any("syntax" in problem for problem in prepared.file.problems)


def test_fault_40_numbers_that_are_not_finite_are_never_stored(root: Path) -> None:
    write(root, {"a.py": functions(2)})
    model = SampleModel()
    model.poison = "work_0_1"
    outcome = prepare(root, FileTask("a.py"), SETTINGS, tools(root, model))
    assert isinstance(outcome, Failed)
    assert "not finite" in outcome.message
    without = made(prepare(root, FileTask("a.py", embed=False), SETTINGS, tools(root, model)))
    assert without.embeddings == bytes(2 * DIMENSION * len(without.file.chunks))
    assert without.fresh == ()
    assert any("model" in problem for problem in without.file.problems)
    model.poison = ""
    healthy = made(prepare(root, FileTask("a.py"), SETTINGS, tools(root, model)))
    assert {chunk.id for chunk in healthy.file.chunks}.isdisjoint(
        chunk.id for chunk in without.file.chunks
    )


def test_a_model_that_cannot_be_loaded_is_no_fault_of_the_file(root: Path) -> None:
    def broken() -> Embedder:
        raise ModelError("There is no model folder.")

    write(root, {"a.py": functions(1)})
    with pytest.raises(ModelError, match="no model folder"):
        prepare(root, FileTask("a.py"), SETTINGS, Tools(DIMENSION, broken, Cache().get))


def test_whatever_one_file_does_is_a_value(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_args: object, **_kwargs: object) -> None:
        raise MemoryError("no more")

    write(root, {"a.py": functions(1)})
    monkeypatch.setattr(module, "analyse", explode)
    outcome = prepare(root, FileTask("a.py"), SETTINGS, tools(root))
    assert isinstance(outcome, Failed)
    assert "MemoryError" in outcome.message
