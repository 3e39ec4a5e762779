"""One contract, two adapters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient
from store_samples import DIMENSION, embed, location_in, term, words

from codetriever_lsp.errors import BadRequest, ModelError, StoreCorrupt, StoreError
from codetriever_lsp.settings import EngineSettings
from codetriever_lsp.store.cache_layout import StoreLocation
from codetriever_lsp.store.records import Sparse
from codetriever_lsp.store.vectors import edge
from codetriever_lsp.store.vectors.edge import EdgeFactory
from codetriever_lsp.store.vectors.factory import vectors_factory
from codetriever_lsp.store.vectors.interface import (
    VectorFilter,
    VectorPoint,
    VectorQuery,
    Vectors,
    VectorsFactory,
)
from codetriever_lsp.store.vectors.qdrant_server import QdrantFactory

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]


@pytest.fixture
def location(tmp_path: Path) -> StoreLocation:
    made = location_in(tmp_path)
    made.create()
    return made


@pytest.fixture(params=["edge", "qdrant"])
def factory(request: pytest.FixtureRequest) -> Iterator[VectorsFactory]:
    if request.param == "edge":
        yield EdgeFactory()
    else:
        made = QdrantFactory(":memory:", client=lambda: QdrantClient(":memory:"))
        yield made
        made.close()


@pytest.fixture
def vectors(factory: VectorsFactory, location: StoreLocation) -> Iterator[Vectors]:
    opened = factory.open(location, DIMENSION)
    yield opened
    opened.close()


def chunk(
    key: int, text: str, *, file: int = 1, language: str = "python", kind: str = "function"
) -> VectorPoint:
    return VectorPoint(key, "chunk", file, language, kind, embed(text), {"lexical": words(text)})


def whole_file(key: int, text: str, *, language: str = "python") -> VectorPoint:
    return VectorPoint(
        key,
        "file",
        key,
        language,
        sparse={"file": words(text), "names": words(text), "path": words("src x")},
    )


def lexical(text: str, limit: int = 10) -> VectorQuery:
    return VectorQuery("lexical", words(text).lists(), limit)


def found(vectors: Vectors, query: VectorQuery, where: VectorFilter | None = None) -> list[int]:
    return [key for key, _ in vectors.query([query], where)[0]]


def test_dense_finds_the_same_text_first_and_scores_are_cosines(vectors: Vectors) -> None:
    vectors.upsert([chunk(key, f"text {key}") for key in range(1, 30)])
    ((best, score), *_) = vectors.query([VectorQuery("dense", embed("text 7"), 5)])[0]
    assert best == 7
    assert score == pytest.approx(1.0, abs=0.02)


def test_lexical_weighs_rare_words_higher_and_gives_only_what_shares_a_word(
    vectors: Vectors,
) -> None:
    vectors.upsert([chunk(key, f"common word{key}") for key in range(1, 20)])
    ((first, high), (_, low), *_) = vectors.query([lexical("common word5")])[0]
    assert first == 5
    assert high > 2 * low
    assert found(vectors, lexical("nothing")) == []
    assert found(vectors, lexical("word3")) == [3]


def test_several_queries_at_once_keep_their_order(vectors: Vectors) -> None:
    vectors.upsert([chunk(1, "alpha"), chunk(2, "beta"), whole_file(3, "gamma")])
    queries = [
        lexical("beta"),
        VectorQuery("lexical", ([], []), 5),
        VectorQuery("file", words("gamma").lists(), 5),
        lexical("alpha"),
    ]
    assert [[key for key, _ in hits] for hits in vectors.query(queries)] == [[2], [], [3], [1]]


def test_filters(vectors: Vectors) -> None:
    vectors.upsert([
        chunk(1, "word", file=10),
        chunk(2, "word", file=20, language="go"),
        chunk(3, "word", file=10, kind="class"),
        VectorPoint(10, "file", 10, "python", sparse={"file": words("word")}),
        VectorPoint(20, "file", 20, "go", sparse={"file": words("word")}),
    ])  # fmt: skip
    ask, of_files = lexical("word"), VectorQuery("file", words("word").lists(), 10)
    assert sorted(found(vectors, ask, VectorFilter())) == [1, 2, 3]
    assert sorted(found(vectors, ask, VectorFilter(languages=("go", "rust")))) == [2]
    assert sorted(found(vectors, ask, VectorFilter(files=(10,)))) == [1, 3]
    assert sorted(found(vectors, ask, VectorFilter(files=()))) == []
    assert sorted(found(vectors, ask, VectorFilter(kinds=("class",), languages=("python",)))) == [3]
    assert sorted(
        found(vectors, of_files, VectorFilter(kinds=("class",), languages=("python",)))
    ) == [10]
    dense = VectorQuery("dense", embed("word"), 10)
    assert sorted(found(vectors, dense, VectorFilter(files=(20,)))) == [2]


def test_upsert_replaces_a_point_as_a_whole_and_delete_takes_unknown_ids(vectors: Vectors) -> None:
    vectors.upsert([chunk(1, "before"), chunk(2, "other")])
    vectors.upsert([chunk(1, "after")])
    assert found(vectors, lexical("before")) == []
    assert found(vectors, lexical("after")) == [1]
    vectors.delete([2, 999])
    assert vectors.count() == 1
    assert list(vectors.ids()) == [1]


def test_ids_are_up_to_63_bits_and_all_are_listed(vectors: Vectors) -> None:
    keys = [1, 2**32, 2**62 + 5, 2**63 - 1]
    vectors.upsert([chunk(key, "x") for key in keys])
    vectors.flush()
    assert sorted(vectors.ids()) == keys
    assert found(vectors, lexical("x")) != []


def test_points_may_lack_vectors(vectors: Vectors) -> None:
    vectors.upsert(
        [
            VectorPoint(1, "chunk", 1, "text"),
            VectorPoint(2, "chunk", 1, "text", sparse={"lexical": Sparse(b"", b"")}),
        ]
    )
    assert vectors.count() == 2
    assert found(vectors, VectorQuery("dense", embed("x"), 5)) == []


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_refused_before_anything_is_written(
    vectors: Vectors, bad: float
) -> None:
    spoilt = embed("x")
    spoilt[3] = bad
    with pytest.raises(ModelError, match="finite"):
        vectors.upsert([chunk(1, "fine"), VectorPoint(2, "chunk", 1, "python", "", spoilt)])
    with pytest.raises(BadRequest):
        vectors.upsert(
            [VectorPoint(2, "chunk", 1, "python", sparse={"lexical": Sparse.of([1], [bad])})]
        )
    with pytest.raises(ModelError):
        vectors.query([VectorQuery("dense", spoilt, 5)])
    assert vectors.count() == 0


@pytest.mark.parametrize(
    "point",
    [
        VectorPoint(1, "chunk", 1, "x", "", np.zeros(DIMENSION + 1, np.float32)),
        VectorPoint(1, "chunk", 1, "x", sparse={"unknown": words("a")}),
        VectorPoint(1, "chunk", 1, "x", sparse={"lexical": Sparse(b"\0" * 8, b"\0" * 8)}),
        VectorPoint(1, "chunk", 1, "x", sparse={"lexical": Sparse(b"\0" * 4, b"\0" * 8)}),
    ],
    ids=["dimension", "space", "repeated index", "length"],
)
def test_malformed_points_are_refused(vectors: Vectors, point: VectorPoint) -> None:
    with pytest.raises((ModelError, BadRequest)):
        vectors.upsert([point])
    assert vectors.count() == 0


@pytest.mark.parametrize(
    "query",
    [
        VectorQuery("dense", np.zeros(3, np.float32), 1),
        VectorQuery("lexical", ([1, 1], [1.0, 1.0]), 1),
        lexical("x", limit=0),
    ],
    ids=["dimension", "repeated index", "limit"],
)
def test_malformed_queries_are_refused(vectors: Vectors, query: VectorQuery) -> None:
    with pytest.raises((ModelError, BadRequest)):
        vectors.query([query])


def test_without_a_model_there_are_words_only(
    factory: VectorsFactory, location: StoreLocation
) -> None:
    vectors = factory.open(location, None)
    vectors.upsert([VectorPoint(1, "chunk", 1, "python", sparse={"lexical": words("alpha")})])
    assert found(vectors, lexical("alpha")) == [1]
    with pytest.raises(BadRequest):
        vectors.query([VectorQuery("dense", embed("x"), 1)])
    vectors.close()


def test_what_was_written_is_there_after_opening_again_and_gone_after_discard(
    factory: VectorsFactory, location: StoreLocation
) -> None:
    first = factory.open(location, DIMENSION)
    first.upsert([chunk(1, "alpha"), whole_file(2, "beta")])
    first.close()
    first.close()
    again = factory.open(location, DIMENSION)
    assert sorted(again.ids()) == [1, 2]
    assert found(again, lexical("alpha")) == [1]
    again.close()
    factory.discard(location)
    factory.discard(location)
    empty = factory.open(location, DIMENSION)
    assert empty.count() == 0
    empty.close()


def test_another_dimension_is_no_silent_mixture(
    factory: VectorsFactory, location: StoreLocation
) -> None:
    factory.open(location, DIMENSION).close()
    with pytest.raises(StoreCorrupt):
        factory.open(location, DIMENSION + 1)
    with pytest.raises(StoreCorrupt):
        factory.open(location, None)


def test_edge_refuses_to_write_to_a_full_disk(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = EdgeFactory().open(location, DIMENSION)
    vectors.upsert([chunk(1, "alpha")])
    usage = type("Usage", (), {"free": 1 << 20})
    with monkeypatch.context() as patched:
        patched.setattr("shutil.disk_usage", lambda _path: usage)
        with pytest.raises(StoreError, match="1 MiB free"):
            vectors.upsert([chunk(2, "beta")])
        assert found(vectors, lexical("alpha")) == [1]
    vectors.upsert([chunk(2, "beta")])
    assert vectors.count() == 2
    vectors.close()


def test_edge_takes_space_and_says_how_much(location: StoreLocation) -> None:
    vectors = EdgeFactory().open(location, DIMENSION)
    assert vectors.size_bytes() > 0
    vectors.close()


def test_a_server_that_cannot_be_reached_says_what_to_check(location: StoreLocation) -> None:
    factory = vectors_factory(EngineSettings(qdrant_url="http://127.0.0.1:9"))
    assert isinstance(factory, QdrantFactory)
    with pytest.raises(StoreError, match="qdrantUrl"):
        factory.open(location, DIMENSION)
    factory.close()
    assert isinstance(vectors_factory(EngineSettings()), EdgeFactory)


def test_collections_of_two_cache_directories_are_apart(tmp_path: Path) -> None:
    client = QdrantClient(":memory:")
    opened = []
    for name in ("one", "two"):
        location = location_in(tmp_path / name)
        location.create()
        opened.append(QdrantFactory("", client=lambda: client).open(location, DIMENSION))
    opened[0].upsert([chunk(1, "alpha")])
    assert [vectors.count() for vectors in opened] == [1, 0]
    client.close()


def test_terms_of_the_samples_fit_32_bits() -> None:
    assert 0 <= term("alpha") < 2**32


def test_in_a_burst_of_changes_frequencies_are_taken_as_they_are(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(edge, "monotonic", lambda: now[0])
    monkeypatch.setattr(edge, "_BURST", 100)
    counted: list[object] = []
    count = edge.qdrant.IdfParams
    monkeypatch.setattr(
        edge.qdrant, "IdfParams", lambda corpus: counted.append(corpus) or count(corpus)
    )
    vectors = EdgeFactory().open(location, DIMENSION)
    for number in range(3):
        now[0] += 0.5
        vectors.upsert([chunk(key, f"common word{key} round{number}") for key in range(1, 60)])
    vectors.delete(list(range(30, 60)))
    assert found(vectors, lexical("common word5"))[0] == 5
    assert not counted
    now[0] += 1.0
    assert found(vectors, lexical("common word5"))[0] == 5
    assert len(counted) == 1
    vectors.delete([1])
    assert found(vectors, lexical("common word5"))[0] == 5
    assert len(counted) == 2
    vectors.close()
