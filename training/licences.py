"""Which licences the training packages may have, and which files are left out whatever their
package says.
"""

from __future__ import annotations

import re

__all__ = ["copyright_licence", "is_permissive", "mentions_copyleft"]

_PERMISSIVE = re.compile(
    r"^(the )?(new |modified |simplified |revised |\(?new\)? )?"
    r"(expat|mit|x11|x-?consortium|bsd|apache|asl|isc|zlib|psf|psfl|python|unlicense\b|cc0"
    r"|public[- ]domain|bsl-?1|boost|postgresql|openssl|artistic-2|ncsa|0bsd|curl|libpng|tcl|ruby|edl|hpnd|w3c|unicode|php-3|"
    r"mpich|miros|fsfap|historical permission|blueoak|ms-?pl)",
    re.IGNORECASE,
)
_COPYLEFT = re.compile(
    r"\bl?a?gpl|general public|affero|mozilla|\bmpl|eclipse public|\bepl|cddl|cc-by-sa|cc-by-nc|proprietary|busl",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"General Public License|\b[AL]?GPL(v?[23]|-[23])|Mozilla Public License|Eclipse Public License"
)
_GRANTS = (
    ("MIT", re.compile(r"Permission is hereby granted, free of charge, to any\s+person")),
    ("Apache-2.0", re.compile(r"Apache License,?\s+Version 2\.0|Apache-2\.0", re.IGNORECASE)),
    ("BSD", re.compile(r"Redistribution and use in source and binary forms")),
    ("ISC", re.compile(r"Permission to use, copy, modify, and/?(or)? distribute this software")),
)


def is_permissive(licence: str) -> bool:
    """Whether a declared licence allows any use with attribution. Of alternatives one is enough, of
    a sum all must do.

    >>> is_permissive("MIT OR GPL-2.0"), is_permissive("Apache-2.0 AND LGPL-2.1"), is_permissive("")
    (True, False, False)
    """
    alternatives = re.split(r"\s+or\s+|/|\|\|", licence.strip().strip("()"), flags=re.IGNORECASE)
    return any(
        all(_single(part) for part in re.split(r"\s+and\s+|,", option, flags=re.IGNORECASE))
        for option in alternatives
    )


def mentions_copyleft(head: str) -> bool:
    """Whether the first lines of a source file put it under a licence that asks for more than
    attribution.
    """
    return _HEADER.search(head) is not None


def copyright_licence(text: str) -> str:
    """The licence of a source package by its `debian/copyright`: that of `Files: *`, or of the only
    kinds of grant in it.

    "" where it is copyleft, mixed in a way that this does not see through, or not to be found.
    """
    for paragraph in re.split(r"\n\s*\n", text):
        if re.search(r"^Files:\s*\*", paragraph, re.MULTILINE) and (
            found := re.search(r"^License:\s*(.+)$", paragraph, re.MULTILINE)
        ):
            licence = found[1].strip()
            return licence if is_permissive(licence) else ""
    if "Files:" in text and "License:" in text:
        names = {name.strip() for name in re.findall(r"^License:\s*(\S.*)$", text, re.MULTILINE)}
        return min(names) if names and all(is_permissive(name) for name in names) else ""
    if _COPYLEFT.search(text):
        return ""
    return next((name for name, grant in _GRANTS if grant.search(text)), "")


def _single(name: str) -> bool:
    name = name.strip().strip("()")
    return bool(_PERMISSIVE.match(name)) and not _COPYLEFT.search(name)
