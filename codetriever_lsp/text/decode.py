"""Bytes of a file to text: byte order marks, UTF-16 without one, UTF-8, old 8-bit encodings, and
what is no text at all.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

__all__ = ["Decoded", "decode"]

_SAMPLE = 32_768
"""Bytes that are looked at to tell text from binary, and UTF-16."""

_GUESS_SAMPLE = 8_192
"""Bytes around the first foreign one that the encoding is guessed from: detection costs
milliseconds a kilobyte."""

_FEW = 6
"""Fewer foreign bytes are no evidence: a copyright sign, a name."""

_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b\b")) + b"\x7f"
"""Control characters that text does not have; escape and backspace occur in logs and manual
pages."""

_MOST_CONTROLS = 0.02
"""Share of such characters in text: none in source code, a few in terminal recordings, over a tenth
in compressed data."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = re.compile(
    rb"\x7fELF|MZ[\x00\x90]|\x89PNG|GIF8[79]a|\xff\xd8\xff|PK\x03\x04|PK\x05\x06|%PDF-|\x1f\x8b\x08|BZh[1-9]1AY|\xfd7zXZ"
    rb"|7z\xbc\xaf|Rar!|\xca\xfe\xba\xbe|wOF[F2]|\x28\xb5\x2f\xfd|!<arch>\n|BC\xc0\xde|OggS\x00|RIFF[\s\S]{4}WEBP|ID3[\x02-\x04]"
)
_FOREIGN = re.compile(rb"[\x80-\xff]")
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{3,}")
_MULTIBYTE = re.compile(r"cp9[345]|shift|euc|gb|big5|johab|hz|iso2022")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, without its byte order mark; None for a file that is not text.

    `encoding` is a Python codec name, "binary" without a text. `problem` says in words what the
    reader should know ("" for the usual case): that the encoding is a guess, or that some bytes
    could not be read.
    """

    text: str | None
    encoding: str
    problem: str = ""


def decode(data: bytes) -> Decoded:
    """The text in `data`. Never raises; the time is linear in the size, with guesses made on a
    bounded sample.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    wide = _wide_encoding(data[:_SAMPLE])
    if wide:
        return _strict_or_none(data, wide) or Decoded(None, "binary", "It is a binary file.")
    if _looks_binary(data):
        return Decoded(None, "binary", "It is a binary file.")
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        return _old_encoding(data, error.start)


def _marked(body: bytes, encoding: str) -> Decoded:
    try:
        text, problem = body.decode(encoding), ""
    except UnicodeDecodeError:
        text, problem = (
            body.decode(encoding, "replace"),
            f"It says that it is {encoding}, but some of it is not.",
        )
    if _has_controls(text[:_SAMPLE].encode("utf-8", "replace")):
        return Decoded(None, "binary", "It is a binary file.")
    return Decoded(text, encoding, problem)


def _wide_encoding(sample: bytes) -> str:
    """UTF-16 without a mark: mostly Latin letters or line breaks, so one of each two bytes is often
    NUL and the other never.
    """
    sample = sample[: len(sample) & ~1]
    pairs = len(sample) // 2
    if pairs < 2:
        return ""
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if high * 2 >= pairs and low * 20 <= high:
        return "utf-16-le"
    return "utf-16-be" if low * 2 >= pairs and high * 20 <= low else ""


def _strict_or_none(data: bytes, encoding: str) -> Decoded | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if _has_controls(text[:_SAMPLE].encode("utf-8", "replace")):
        return None
    return Decoded(text, encoding, f"It was read as {encoding}, which it does not say.")


def _looks_binary(data: bytes) -> bool:
    """NUL bytes anywhere, a known signature, or many control characters at the beginning or in the
    middle.
    """
    if b"\0" in data or _MAGIC.match(data):
        return True
    middle = len(data) // 2
    return _has_controls(data[:_SAMPLE]) or (
        len(data) > 2 * _SAMPLE and _has_controls(data[middle : middle + _SAMPLE])
    )


def _has_controls(sample: bytes) -> bool:
    return b"\0" in sample or len(sample) - len(
        sample.translate(None, _CONTROLS)
    ) > _MOST_CONTROLS * len(sample)


def _old_encoding(data: bytes, first: int) -> Decoded:
    """Bytes that are no UTF-8, the first such at `first`: a cut or damaged UTF-8 file, or an 8-bit
    or Asian encoding.
    """
    foreign = len(_FOREIGN.findall(data))
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged * 10 <= foreign:
        return Decoded(text, "utf-8", f"{damaged} of its characters are not valid UTF-8.")
    encoding = _guess(data, first)
    try:
        return Decoded(
            data.decode(encoding), encoding, f"It is not UTF-8; it was read as {encoding}."
        )
    except (UnicodeDecodeError, LookupError):
        return Decoded(
            data.decode("latin-1"), "latin-1", "It is not UTF-8; it was read as latin-1."
        )


def _guess(data: bytes, first: int) -> str:
    """The most likely encoding by a sample that begins at a line near the first foreign byte;
    cp1252 when in doubt.
    """
    start = data.rfind(b"\n", max(0, first - _GUESS_SAMPLE // 2), first) + 1 or max(0, first - 64)
    sample = data[start : start + _GUESS_SAMPLE]
    end = sample.rfind(b"\n")
    sample = sample[: end + 1] if end > 0 else sample
    from charset_normalizer import from_bytes  # slow to import and rarely needed

    best = from_bytes(sample, steps=4, chunk_size=1024, preemptive_behaviour=True).best()
    if best is None or best.encoding.startswith("utf") or len(_FOREIGN.findall(sample)) < _FEW:
        return "cp1252"
    if not _MULTIBYTE.match(best.encoding) and _is_latin(sample):
        return (
            "cp1252"  # guesses among the Latin code pages are no better than chance on source code
        )
    return best.encoding


def _is_latin(sample: bytes) -> bool:
    """Latin scripts have their accented letters one by one, other scripts have words of foreign
    bytes.
    """
    in_words = sum(map(len, _FOREIGN_WORD.findall(sample)))
    return in_words * 2 < len(_FOREIGN.findall(sample))
