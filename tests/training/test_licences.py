import pytest

from training.licences import copyright_licence, is_permissive, mentions_copyleft


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache-2.0",
        "BSD-3-Clause",
        "Expat",
        "MIT OR GPL-3.0",
        "(BSD-2-Clause OR GPL-2.0)",
        "MIT AND ISC",
    ],
)
def test_permissive_licences_are_taken(licence):
    assert is_permissive(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "",
        "GPL-3.0",
        "LGPL-2.1",
        "MPL-2.0",
        "MIT AND LGPL-2.1",
        "BSD-3-clause and GPL-2+",
        "UNLICENSED",
    ],
)
def test_others_are_not(licence):
    assert not is_permissive(licence)


def test_the_stanza_for_all_files_decides():
    text = (
        "Files: *\nCopyright: x\nLicense: Expat\n\nFiles: debian/*\nCopyright: y\nLicense: GPL-3\n"
    )
    assert copyright_licence(text) == "Expat"
    assert copyright_licence(text.replace("Expat", "GPL-2+")) == ""


def test_a_grant_in_free_text_is_recognised_unless_copyleft_is_mentioned():
    grant = "Redistribution and use in source and binary forms, with or without modification"
    assert copyright_licence(grant) == "BSD"
    assert copyright_licence(grant + "\nOr the GNU General Public License") == ""


def test_a_file_under_copyleft_is_seen():
    assert mentions_copyleft("/* This program is under the GNU General Public License */")
    assert not mentions_copyleft("// SPDX-License-Identifier: MIT")
