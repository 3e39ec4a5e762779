"""The environment of all tests: the same for everybody, whatever starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

_KEPT = {
    *("PATH", "TMPDIR", "TEMP", "TMP"),
    *(
        "APPDATA",
        "COMSPEC",
        "LOCALAPPDATA",
        "PATHEXT",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "USERPROFILE",
        "WINDIR",
    ),
}
_KEPT_PREFIXES = ("COV_", "COVERAGE_", "PYTEST_", "DYLD_", "LD_")


@pytest.fixture(scope="session", autouse=True)
def _same_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep only what finds programs and temporary files; child processes inherit the rest.

    Terminal, locale, proxies, settings of Python, git and this product would change what they print
    and do."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper() not in _KEPT and not name.startswith(_KEPT_PREFIXES):
                patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        umask = os.umask(0o022)
        yield
        os.umask(umask)
