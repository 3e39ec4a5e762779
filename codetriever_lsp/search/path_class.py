"""What the path of a file says about it: tests, examples, documentation, generated or vendored
code.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["is_aside", "is_test_path"]

_TEST_FOLDER = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testing|testdata|test_data|fixtures|mocks?|__mocks__|e2e|[a-z]+[-_]?tests?)/",
    re.IGNORECASE,
)
_TEST_FILE = re.compile(
    r"(?:^|/)(?:test_[^/]*|[^/]*[._-](?:test|spec|tests)\.[^/]+|[^/]*Tests?\.[^/]+|[^/]*Spec\.[^/]+|conftest\.py|[^/]*\.bats)$"
)
_ASIDE_FOLDER = re.compile(
    r"(?:^|/)(?:examples?|samples?|demos?|docs?|documentation|bench(?:es|marks?)?|vendor|third[-_]?party|external|generated|gen|legacy|compat|deprecated)/",
    re.IGNORECASE,
)


@lru_cache(maxsize=1 << 16)
def is_test_path(path: str) -> bool:
    """Whether the relative path names a test."""
    return bool(_TEST_FOLDER.search(path) or _TEST_FILE.search(path))


@lru_cache(maxsize=1 << 16)
def is_aside(path: str) -> bool:
    """Whether the path names an example, documentation, a benchmark, vendored, generated or
    compatibility code.
    """
    return bool(_ASIDE_FOLDER.search(path))
