"""Bytes to text: what is recognised, what is said about it, and that nothing makes it fail."""

from __future__ import annotations

import codecs
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.text.decode import Decoded, decode

ENGLISH = "def find(name):\n    return index[name]  # the definition\n" * 3
RUSSIAN = "# Поиск по коду: функция возвращает список найденных определений.\nПривет, мир!\n" * 4
JAPANESE = "# 日本語のコメントです。検索関数\nprint('結果を表示する')\n" * 4
CHINESE = "// 这是一个用于搜索代码的函数，它返回所有匹配的定义\nint main() { return 0; }\n" * 4
FRENCH = "# Café : le résumé de la fonction, déjà vu, où ça ? À l'été.\nprint(1)\n" * 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Decoded("", "utf-8")),
        (ENGLISH.encode(), Decoded(ENGLISH, "utf-8")),
        (JAPANESE.encode(), Decoded(JAPANESE, "utf-8")),
        (b"a\r\nb\rc\x0cd\x1b[0m\n", Decoded("a\r\nb\rc\x0cd\x1b[0m\n", "utf-8")),
        (codecs.BOM_UTF8 + ENGLISH.encode(), Decoded(ENGLISH, "utf-8")),
        (codecs.BOM_UTF16_LE + RUSSIAN.encode("utf-16-le"), Decoded(RUSSIAN, "utf-16-le")),
        (codecs.BOM_UTF16_BE + RUSSIAN.encode("utf-16-be"), Decoded(RUSSIAN, "utf-16-be")),
        (codecs.BOM_UTF32_LE + RUSSIAN.encode("utf-32-le"), Decoded(RUSSIAN, "utf-32-le")),
        (codecs.BOM_UTF32_BE + RUSSIAN.encode("utf-32-be"), Decoded(RUSSIAN, "utf-32-be")),
        (codecs.BOM_UTF8, Decoded("", "utf-8")),
    ],
)
def test_text_that_says_what_it_is(data: bytes, expected: Decoded) -> None:
    assert decode(data) == expected


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(encoding: str) -> None:
    decoded = decode(FRENCH.encode(encoding))
    assert (decoded.text, decoded.encoding) == (FRENCH, encoding)
    assert encoding in decoded.problem


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift-jis"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gbk"),
        (FRENCH, "latin-1"),
        (FRENCH, "cp1252"),
        ("x = '©'\n", "latin-1"),
    ],
)
def test_old_encodings_are_guessed_and_declared(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.problem == f"It is not UTF-8; it was read as {decoded.encoding}."


def test_a_guess_is_made_where_the_foreign_bytes_are() -> None:
    text = ENGLISH * 2000 + RUSSIAN
    assert decode(text.encode("cp1251")).text == text


def test_damaged_utf8_stays_utf8() -> None:
    data = RUSSIAN.encode()
    decoded = decode(data[:-2] + b"\xff\n")
    assert decoded.encoding == "utf-8"
    assert decoded.text is not None
    assert decoded.text.startswith(RUSSIAN[:-2])
    assert "not valid UTF-8" in decoded.problem


def test_a_wrong_mark_is_declared() -> None:
    decoded = decode(codecs.BOM_UTF8 + b"caf\xe9\n")
    assert (decoded.text, decoded.encoding) == ("caf\ufffd\n", "utf-8")
    assert decoded.problem


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\x02\x01\x01" + b"\0" * 9,
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"%PDF-1.7\n%text\n",
        b"text with one \0 in it",
        bytes(range(256)) * 4,
        zlib.compress(ENGLISH.encode() * 50),
        b"PK\x03\x04" + b"a" * 50,
        ENGLISH.encode() * 3000 + bytes(range(1, 9)) * 20_000 + ENGLISH.encode() * 3000,
        codecs.BOM_UTF16_LE + b"\x01\0\x02\0" * 100,
    ],
)
def test_binary(data: bytes) -> None:
    assert decode(data) == Decoded(None, "binary", "It is a binary file.")


@given(
    st.binary(max_size=2000)
    | st.text(max_size=300).map(lambda text: text.encode("utf-16-le", "surrogatepass"))
)
def test_never_raises(data: bytes) -> None:
    decoded = decode(data)
    assert (decoded.text is None) == (decoded.encoding == "binary")
    assert decoded.text is None or decoded.text.encode("utf-8") is not None


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=300))
def test_utf8_is_itself(text: str) -> None:
    data = text.encode()
    if not data.startswith(codecs.BOM_UTF8):
        assert decode(data).text in (text, None)
    assert decode(codecs.BOM_UTF8 + data).text == text


@given(st.binary(min_size=1, max_size=8), st.integers(50_000, 200_000))
def test_size_does_not_matter(unit: bytes, size: int) -> None:
    assert decode(unit * (size // len(unit))).encoding
