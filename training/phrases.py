"""From documentation to what a developer would type: first sentences without mark-up, split names,
messages with values.
"""

from __future__ import annotations

import re

from codetriever_lsp.text.terms import split, words

__all__ = ["bare", "fill_message", "first_sentence", "is_english", "name_words", "second_sentence"]

_CUT = re.compile(
    r"^\s*(?:[@\\](?!(?:brief|summary|desc(?:ription)?|internal|short|ref|link|code)\b)\w+|:\w+[^:\n]*:"
    r"|(?:Args|Arguments|Parameters?|Params|Returns?|Raises|"
    r"Yields?|Examples?|Notes?|See Also|Attributes|Usage|References|Options|Throws|Safety|Panics|Errors|Warnings?"
    r"|TODO|FIXME)\s*:?\s*(?:\n|$)"
    r"|#+ |={3,}|-{3,}|>>>|```|\.\. \w+::|<(?:param|returns?|remarks|exception|typeparam|example|value)\b|~~~|\||\*{4,}|_{4,})",
    re.MULTILINE,
)
_SUMMARY = re.compile(r"<summary>([\s\S]*?)</summary>", re.IGNORECASE)
_LINKS = (
    (
        re.compile(r"\{@(?:link|code|linkplain|literal|value|see)\s+(?:[^}|]*[|\s])?([^}|]*)\}"),
        r"\1",
    ),
    (re.compile(r"<(?:see|seealso|paramref|typeparamref)\s+\w+=\"(?:\w:)?([^\"]*)\"\s*/?>"), r"\1"),
    (re.compile(r"!?\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])?"), r"\1"),
    (re.compile(r":\w+(?::\w+)?:`~?([^`<]*)(?:<[^`]*>)?`"), r"\1"),
    (re.compile(r"</?\w[^>\n]*>"), " "),
    (
        re.compile(r"[@\\](?:brief|summary|desc(?:ription)?|internal|short|ref|code|c|p|a|em)\b:?"),
        " ",
    ),
    (re.compile(r"https?://\S+"), " "),
    (re.compile(r"[`*_]{1,3}(?=\w)|(?<=\w)[`*]{1,3}|&\w+;"), " "),
)
_SENTENCE = re.compile(r"(?<=[.!?:。])\s+(?=[A-Z\"'(\d一-鿿])|\n\s*\n")
_OPENING = re.compile(
    r"^(?:(?:this|the)\s+(?:(?:class|function|method|module|type|struct|interface|trait|object|macro|routine)\s+)?(?:is|will|can|does)?\s*)?"
    r"(?:(?:an?|the)\s+)?(?:(?:helper|utility)\s+(?:function|class|method)?\s*(?:to|that|for)?\s*)?",
    re.IGNORECASE,
)
_RETURNS = re.compile(r"^(?:returns?|gets?|sets?)\s+(?:the|an?|whether|true if)?\s*", re.IGNORECASE)
_JUNK = re.compile(
    r"copyright|licen[cs]e|all rights|\bspdx\b|^todo|^fixme|eslint|pylint|noqa|nolint|rubocop|clang-format|coverage|prettier|"
    r"deprecated|inheritdoc|to be supplied|^see\b|-\*-|vim:|auto-?generated|do not edit|type: ignore|"
    r"istanbul|@ts-|^region|^endregion|^pragma|^\W*$|^(?:https?|www)|author|"
    r"^\(?non-javadoc|method comment|missing doc|undocumented",
    re.IGNORECASE,
)
_HOLE = re.compile(
    r"%[-+ 0#]*\d*(?:\.\d+)?(?:ll?|z|h)?[a-zA-Z]|\$?\{[^{}\n]*\}|#\{[^{}\n]*\}|\\\([^()\n]*\)|\$\w+"
)
_VALUES = (
    "foo",
    "42",
    "name",
    "config.json",
    "0",
    "user",
    "127",
    "None",
    "main",
    "/tmp/data",
    "x",
    "404",
    "bar",
    "string",
    "int",
)
_FUNCTION_WORDS = frozenset(
    "the a an of to in is for and or if be with that this it as on by from at are not when which into".split()
)


def first_sentence(documentation: str, longest: int = 40) -> str:
    """The first sentence of a doc comment, without tags, links and mark-up; "" where it says
    nothing to learn from.
    """
    return next(iter(_sentences(documentation, longest)), "")


def second_sentence(documentation: str, longest: int = 40) -> str:
    """The sentence after the first one, "" where there is none."""
    return next(iter(_sentences(documentation, longest)[1:]), "")


def _sentences(documentation: str, longest: int) -> list[str]:
    if summary := _SUMMARY.search(documentation):
        documentation = summary[1]
    end = _CUT.search(documentation)
    text = documentation[: end.start()] if end else documentation
    for pattern, replacement in _LINKS:
        text = pattern.sub(replacement, text)
    found = []
    for sentence in _SENTENCE.split(text.strip())[:2]:
        plain = " ".join(sentence.split()[:longest]).strip(" .:;,-=*#/!|")
        if _JUNK.search(plain) or not len(re.findall(r"\w\w+", plain)) >= 3 or not _is_prose(plain):
            break
        found.append(plain)
    return found


def bare(sentence: str) -> str:
    """Without "This function", "Returns the" and the like, which questions do not have.

    >>> bare("Returns the number of open files")
    'number of open files'
    """
    return _RETURNS.sub("", _OPENING.sub("", sentence)) or sentence


def name_words(name: str) -> str:
    """The words of an identifier, lower case.

    >>> name_words("parseHTTPHeader_v2")
    'parse http header v 2'
    """
    return " ".join(part for word in words(name) for part in split(word))


def fill_message(literal: str, seed: int) -> str:
    """An error message as it would be seen, its variables filled in with values."""
    count = 0

    def value(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return _VALUES[(seed + 7 * count) % len(_VALUES)]

    return _HOLE.sub(value, literal)


def is_english(text: str) -> bool:
    """Whether a text is in Latin letters and has one of the commonest English words."""
    return text.isascii() and not _FUNCTION_WORDS.isdisjoint(text.lower().split())


def _is_prose(text: str) -> bool:
    letters = sum(char.isalpha() or char.isspace() for char in text)
    return letters >= 0.8 * len(text) and len(max(text.split(), key=len)) < 50
