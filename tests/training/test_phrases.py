import pytest

from training.phrases import bare, fill_message, first_sentence, name_words, second_sentence


@pytest.mark.parametrize(
    ("documentation", "expected"),
    [
        ("Opens the file. Raises if it is missing.", "Opens the file"),
        ("Reads one line\n\n:param size: how much\n:return: the line", "Reads one line"),
        (
            '<summary>Gets the <see cref="T:Foo"/> of a node.</summary>\n<param name="x">y</param>',
            "Gets the Foo of a node",
        ),
        ("Converts {@link Reader} to [text](http://x/y).\n@param a b", "Converts Reader to text"),
        ("@brief Frees all pages of a pool\n@return nothing", "Frees all pages of a pool"),
        ("Copyright 2020 the authors of this file", ""),
        ("eslint-disable-next-line no-console for now", ""),
        ("x", ""),
        ("Args:\n  path: where the file is", ""),
    ],
)
def test_first_sentence(documentation, expected):
    assert first_sentence(documentation) == expected


def test_second_sentence():
    assert (
        second_sentence("Opens the file. Fails if it is missing from disk. More.")
        == "Fails if it is missing from disk"
    )
    assert second_sentence("Opens the file.") == ""


def test_bare_takes_off_what_questions_lack():
    assert bare("Returns the number of open files") == "number of open files"
    assert bare("This function will close every socket") == "close every socket"


def test_name_words():
    assert name_words("HTTPServer.parse_url2") == "http server parse url 2"


def test_messages_are_filled_in_the_same_way_each_time():
    message = fill_message("cannot open %s: error {code} in ${place}", 3)
    assert "%s" not in message
    assert "{" not in message
    assert message == fill_message("cannot open %s: error {code} in ${place}", 3)
