"""What a download leaves behind that was killed half-way: never taken for the model, and completed
by the next one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub
from model_samples import static_model

from codetriever_lsp.embed.load import describe, load
from codetriever_lsp.errors import ModelError
from codetriever_lsp.settings import EngineSettings

NAME, REPOSITORY = "minishlab/potion-base-8M", "models--minishlab--potion-base-8M"
DOWNLOAD = """
import sys
from codetriever_lsp.embed.load import describe
from codetriever_lsp.settings import EngineSettings
describe(EngineSettings(cache_dir=sys.argv[1], model=sys.argv[2], allow_download=True))
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub(static_model(tmp_path / "published", 256))
    for name in (
        "HF_HUB_OFFLINE",
        "FASTEMBED_CACHE_PATH",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield hub
    hub.close()


def settings(tmp_path: Path, *, download: bool) -> EngineSettings:
    return EngineSettings(
        cache_dir=str(tmp_path / "cache"), model=NAME, threads=1, allow_download=download
    )


def killed_download(hub: FakeHub, tmp_path: Path, file: str) -> Path:
    """The cache of the models after a process died that had half of `file`."""
    hub.stall = file
    process = subprocess.Popen([sys.executable, "-c", DOWNLOAD, str(tmp_path / "cache"), NAME])
    assert hub.stalled.wait(60), "the download never came to the file"
    process.kill()
    process.wait()
    hub.stall = ""
    return tmp_path / "cache" / "models" / REPOSITORY


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_fault_53_half_a_download_is_never_loaded_and_completed_by_the_next(
    tmp_path: Path, hub: FakeHub, file: str
) -> None:
    repository = killed_download(hub, tmp_path, file)
    assert [*repository.glob("blobs/*.incomplete")], "the fault was not injected"
    assert not [*repository.glob(f"snapshots/*/{file}")]
    for use in (describe, load):
        with pytest.raises(ModelError, match="allowDownload"):
            use(settings(tmp_path, download=False))
    hub.served.clear()
    told = describe(settings(tmp_path, download=True))
    assert file in hub.served
    model = load(settings(tmp_path, download=False))
    assert model is not None
    assert model.fingerprint == told.fingerprint
    assert (model.embed(["find the file"]) == published(tmp_path)).all()


def published(tmp_path: Path) -> object:
    whole = load(
        EngineSettings(
            cache_dir=str(tmp_path / "other"), model="whole", model_path=str(tmp_path / "published")
        )
    )
    assert whole is not None
    return whole.embed(["find the file"])


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_fault_53_a_file_that_ends_too_soon_is_never_loaded(tmp_path: Path, file: str) -> None:
    """As a file system leaves it that lost power: the name is there, the end is not."""
    snapshot = static_model(
        tmp_path / "cache" / "models" / REPOSITORY / "snapshots" / ("0" * 40), 256
    )
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("0" * 40)
    assert load(settings(tmp_path, download=False)) is not None
    whole = (snapshot / file).read_bytes()
    (snapshot / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError):
        load(settings(tmp_path, download=False))
