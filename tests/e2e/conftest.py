"""Homes for the end-to-end tests: one for a module, or one for a test. Each ends with nothing of it
left running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e_home import Home


@contextmanager
def _home(folder: Path) -> Iterator[Home]:
    home = Home(folder)
    yield home
    home.close()


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One cache directory, and one engine that stays, for all tests of a module."""
    with _home(tmp_path_factory.mktemp("home")) as home:
        keeper = home.server()
        keeper.request("codetriever/status", {})
        yield home
        keeper.stop()


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with _home(tmp_path_factory.mktemp("home")) as home:
        yield home
