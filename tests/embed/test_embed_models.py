from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model_samples import onnx_model, static_model

from codetriever_lsp import embed
from codetriever_lsp.embed.counted import CountedModel
from codetriever_lsp.embed.embedder import Embedder, unit_rows
from codetriever_lsp.embed.folder import inspect
from codetriever_lsp.embed.load import NO_MODEL, describe, load
from codetriever_lsp.embed.static import load_static_model
from codetriever_lsp.errors import ModelError
from codetriever_lsp.settings import DEFAULT_MODEL, EngineSettings

BUNDLED = Path(embed.__file__).with_name("models") / DEFAULT_MODEL
MINILM = Path(__file__).resolve().parents[3] / "shared" / "models" / "all-MiniLM-L6-v2-int8"
TEXTS = [
    "find the file",
    "",
    "open close socket",
    "\n\t ",
    "read",
    "write the parse tree of the file " * 40,
    "find the file",
]


def settings(tmp_path: Path, path: Path | None = None, model: str = "tiny") -> EngineSettings:
    return EngineSettings(
        cache_dir=str(tmp_path / "cache"), model=model, model_path=str(path or ""), threads=1
    )


def loaded(tmp_path: Path, path: Path | None, model: str = "tiny") -> Embedder:
    embedder = load(settings(tmp_path, path, model))
    assert embedder is not None
    return embedder


MAKERS: dict[str, Callable[[Path], Path | None]] = {
    "bundled": lambda _: None,
    "static": static_model,
    "static, by roots": lambda folder: static_model(folder, count_power=0.5),
    "onnx": onnx_model,
    "onnx pooled": lambda folder: onnx_model(folder, pooled=True),
    "minilm": lambda _: MINILM,
}


@pytest.fixture(params=MAKERS)
def embedder(request: pytest.FixtureRequest, tmp_path: Path) -> Embedder:
    if request.param == "minilm" and not MINILM.is_dir():
        pytest.skip(f"NOT TESTED: the transformer in {MINILM} is not on this machine")
    path = MAKERS[request.param](tmp_path / "model")
    return loaded(tmp_path, path, DEFAULT_MODEL if path is None else "tiny")


def test_rows_are_float32_of_length_one_and_zero_for_nothing(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), embedder.dimension)
    lengths = np.linalg.norm(rows, axis=1)
    empty = [not text.strip() for text in TEXTS]
    assert lengths[empty] == pytest.approx(0, abs=0)
    assert lengths[np.logical_not(empty)] == pytest.approx(1, abs=1e-6)
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_vector_depends_on_its_text_alone(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    alone = np.stack([embedder.embed([text])[0] for text in TEXTS])
    assert (rows == alone).all(), "bit by bit"
    assert (embedder.embed(TEXTS[::-1])[::-1] == rows).all()
    assert (embedder.embed_query(TEXTS[0]) == rows[0]).all()


def test_a_token_counts_like_a_power_of_how_often_it_comes(tmp_path: Path) -> None:
    plain = loaded(tmp_path, static_model(tmp_path / "plain"))
    roots = loaded(tmp_path, static_model(tmp_path / "roots", count_power=0.5))
    assert plain.fingerprint != roots.fingerprint
    assert (roots.embed(["find the file"]) == plain.embed(["find the file"])).all()
    assert (
        roots.embed(["read " * 4 + "write " * 9]) == plain.embed(["read read write write write"])
    ).all()


def test_the_bundled_model_reads_tokens_and_vectors_as_fastembed_does(tmp_path: Path) -> None:
    ours = CountedModel(inspect(BUNDLED))
    reference = load_static_model(inspect(BUNDLED), "bundled")
    texts = [
        *TEXTS,
        "self.größe = HttpConnPool()",
        "日本語のコメント тест 🙂",
        "x" * 3000,
        "a_b-c.d " * 800,
    ]
    for text in texts:
        ids = ours._tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == reference.tokenizer.encode(text, add_special_tokens=False).ids
    assert ours._unknown == (-1 if reference.unk_token_id is None else reference.unk_token_id)
    every = np.arange(ours._rows.shape[0])
    assert (ours._rows == reference.embeddings[every]).all()
    assert (ours._weights == reference.weights).all()


@pytest.mark.parametrize("damage", ["type", "short", "tokens"])
def test_a_model_that_cannot_be_read_is_said_so(tmp_path: Path, damage: str) -> None:
    folder = static_model(tmp_path / "model", count_power=0.5)
    vectors = folder / "model.safetensors"
    match damage:
        case "type":
            vectors.write_bytes(vectors.read_bytes().replace(b'"F16"', b'"F09"'))
        case "short":
            vectors.write_bytes(vectors.read_bytes()[:-20])
        case _:
            (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="Copy its files again"):
        loaded(tmp_path, folder)


def test_the_bundled_model_needs_none_of_the_libraries_of_others(tmp_path: Path) -> None:
    script = (
        "import sys; from codetriever_lsp.embed.load import load; from codetriever_lsp.settings import EngineSettings;"
        f"load(EngineSettings(cache_dir={str(tmp_path)!r})).embed(['find the file']);"
        "sys.exit(any(name in sys.modules for name in ('fastembed', 'onnxruntime', 'huggingface_hub', 'requests', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_power_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="count_power"):
        loaded(tmp_path, static_model(tmp_path / "model", count_power="half"))


def test_what_is_beyond_the_budget_of_a_model_does_not_count(embedder: Embedder) -> None:
    long = "find the file " * 3000
    assert (embedder.embed([long]) == embedder.embed([long + "socket"])).all()


def test_similar_texts_are_closer_in_the_bundled_model(tmp_path: Path) -> None:
    model = loaded(tmp_path, None, DEFAULT_MODEL)
    query = model.embed_query("open a file and read its lines")
    reads, listens = model.embed(
        [
            "def read_lines(path):\n    with open(path) as file:\n        return file.readlines()",
            "def listen(port):\n    socket.bind(port)",
        ]
    )
    assert query @ reads > query @ listens + 0.1


@pytest.mark.parametrize("make", [static_model, onnx_model])
def test_describe_and_load_agree_and_describe_imports_nothing_heavy(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path / "model")
    embedder, info = loaded(tmp_path, path), describe(settings(tmp_path, path))
    told = (embedder.name, embedder.dimension, embedder.fingerprint, embedder.source)
    assert told == (info.name, info.dimension, info.fingerprint, info.source)
    script = (
        "import sys; from codetriever_lsp.embed.load import describe; from codetriever_lsp.settings import EngineSettings;"
        f"describe(EngineSettings(cache_dir={str(tmp_path)!r}, model='tiny', model_path={str(path)!r}));"
        "sys.exit(any(name in sys.modules for name in ('fastembed', 'onnxruntime', 'huggingface_hub', 'tokenizers')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_dimension_that_no_file_tells_is_measured_once(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "model", 5)
    (path / "config.json").unlink()
    assert describe(settings(tmp_path, path)).dimension == 5
    (note,) = (tmp_path / "cache" / "models").iterdir()
    note.write_text(note.read_text().replace("5}", "9}"))
    assert describe(settings(tmp_path, path)).dimension == 9, "read from the note"


def test_a_wrong_dimension_is_found_when_the_model_is_loaded(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "model", 5)
    (path / "config.json").write_text('{"hidden_size": 7}')
    with pytest.raises(ModelError, match="gives 5 numbers"):
        loaded(tmp_path, path)


def test_fault_40_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    rows = np.ones((12, 4), dtype="<f4")
    rows[7, 2] = np.nan
    for model in (
        loaded(tmp_path, onnx_model(tmp_path / "onnx", rows=rows)),
        loaded(tmp_path, static_model(tmp_path / "static", rows=rows.astype("<f2"))),
    ):
        with pytest.raises(ModelError, match="not finite"):
            model.embed(["find", "socket"])
        assert np.isfinite(model.embed(["find"])).all()


def test_unit_rows_refuses_other_shapes() -> None:
    with pytest.raises(ModelError, match="expected"):
        unit_rows(np.ones((2, 3)), 4, "any")


def test_fault_41_without_a_model_there_is_nothing_to_load(tmp_path: Path) -> None:
    none = settings(tmp_path, None, NO_MODEL)
    assert load(none) is None
    assert (describe(none).dimension, describe(none).kind) == (0, "none")


def test_a_relative_model_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    static_model(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="absolute"):
        describe(EngineSettings(cache_dir=str(tmp_path), model_path="model"))


def test_fault_41_a_model_of_the_catalogue_is_never_fetched_unasked(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="allowDownload"):
        describe(settings(tmp_path, None, "BAAI/bge-small-en-v1.5"))


def test_an_unknown_model_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not know"):
        describe(settings(tmp_path, None, "../static-code-256"))


def test_a_model_of_the_catalogue_is_used_from_the_local_cache(tmp_path: Path) -> None:
    """The files are laid out as the hub's client does it."""
    name = "minishlab/potion-base-8M"
    snapshot = (
        tmp_path
        / "cache"
        / "models"
        / "models--minishlab--potion-base-8M"
        / "snapshots"
        / ("0" * 40)
    )
    static_model(snapshot, 256)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("0" * 40)
    info = describe(settings(tmp_path, None, name))
    assert (info.kind, info.dimension) == ("static", 256)
    assert loaded(tmp_path, None, name).embed(["find the file"]).shape == (1, 256)
    again = describe(settings(tmp_path, None, name))
    assert again == info


def test_loading_and_embedding_print_nothing(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "model")
    script = (
        "from codetriever_lsp.embed.load import load; from codetriever_lsp.settings import EngineSettings;"
        f"load(EngineSettings(cache_dir={str(tmp_path)!r}, model='tiny', model_path={str(path)!r})).embed(['find'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.stdout == b""
