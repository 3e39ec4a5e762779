"""A folder with everything that can lie in one: it is indexed to its end, what is left out is
counted, search works."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import e2e_languages
import pytest
from e2e_client import LspServer, path_of
from e2e_home import Home, relative_paths
from e2e_rights import ordinary_command

from codetriever_lsp.text.languages import detect

MB = 1_000_000
WIDE = "zanzibar = [" + "1234567, " * (10 * MB // 9) + "]"
SETTINGS = {
    "CODETRIEVER_THREADS": "2",
    "CODETRIEVER_E2E_FILE_S": "4",
    "CODETRIEVER_LARGEST_FILE_BYTES": str(12 * MB),
}
LOCK = "gosum/go.sum"
"""The only name of a file of that grammar, and one that is not indexed."""
POSIX = os.name == "posix"


@dataclass
class Odd:
    """The folder as it was made: what must be indexed, and how many paths must be left out for
    which reason."""

    root: Path
    indexed: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    encodings: dict[str, str] = field(default_factory=dict)
    odd_names: list[str] = field(default_factory=list)

    def put(self, name: str, content: bytes | str, skipped: str = "") -> Path:
        file = self.root.joinpath(*name.split("/"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        if skipped:
            self.skipped[skipped] += 1
        else:
            self.indexed.add(name)
        return file


def make_binaries_and_encodings(odd: Odd) -> None:
    noise = random.Random(7).randbytes(5000)
    odd.put("bin/noise.dat", noise, "binary")
    odd.put("bin/nul.py", b"a = 1\0\0\0\n" * 50, "binary")
    odd.put("bin/picture.png", b"\x89PNG\r\n\x1a\n" + noise, "binary")
    odd.put("text/empty.py", "")
    texts = {
        "utf-16": "\ufeffdef utf16_marker(): return 'ü'\n".encode("utf-16-le"),
        "bom": b"\xef\xbb\xbfbom_marker = 1\n",
    }
    texts["latin-1"] = (
        "# Größe und Maße für die Straße\nlatin_marker = 'Übergröße'\n".encode("latin-1") * 3
    )
    texts["mixed"] = b"mixed_marker = 1\r\n\r# half a character: \xc3\n\x0c\n" + b"mixed = 2\n" * 20
    for name, content in texts.items():
        odd.put(f"text/{name}.py", content)


def make_large_files(odd: Odd) -> None:
    with odd.put("large/sparse.py", "", "too large").open("wb") as file:
        file.truncate(50 * MB)
    line = "large_marker = 'a line of real text, and many more of them'\n"
    odd.put("large/real.py", line * (50 * MB // len(line)), "too large")
    odd.put("large/one_line.py", WIDE)


def make_links_and_devices(odd: Odd, outside: Path) -> None:
    outside.write_text(
        "def outside_marker():\n    return 'not of the workspace'\n", encoding="utf-8"
    )
    links = {
        "links/self": odd.root,
        "links/a": odd.root / "links/b",
        "links/b": odd.root / "links/a",
    }
    links |= {
        "links/out.py": outside,
        "links/out": outside.parent,
        "links/broken.py": odd.root / "nowhere.py",
    }
    (odd.root / "links").mkdir()
    for name, target in links.items():
        (odd.root / name).symlink_to(target)
        odd.skipped["symbolic link"] += 1
    os.mkfifo(odd.root / "links/pipe.py")
    odd.skipped["not a regular file"] += 1


def make_unreadable(odd: Odd) -> None:
    """For those whom the rights of files bind."""
    if ordinary_command()[1]:
        return
    odd.put("closed/file.py", "unreadable_marker = 1\n", "unreadable").chmod(0)
    odd.put("closed/folder/inside.py", "unreadable_marker = 2\n", "unreadable").parent.chmod(0)


def make_names(odd: Odd) -> None:
    names = [
        "with space.py",
        "100%25.py",
        "smile 😀.py",
        "日本語.py",
        "a#b&c.py",
        "quote'.py",
        "-dash.py",
        "é.py",
    ]
    names += ["question?.py", "line\nbreak.py", 'double".py', "back\\slash.py"] if POSIX else []
    for number, name in enumerate(names):
        odd.put(f"names/{name}", f"def named_marker_{number}():\n    return {number}\n")
        odd.odd_names.append(f"names/{name}")
    if sys.platform == "linux":  # others refuse such a name
        (odd.root / "names" / os.fsdecode(b"caf\xe9.py")).write_text(
            "undecodable_marker = 1\n", encoding="utf-8"
        )
        odd.skipped["name is not UTF-8"] += 1
    deep = "/".join("d" * 20 for _ in range(30 if POSIX else 3))
    odd.put(f"{deep}/deep.py", "deep_marker = 1\n")


def make_what_nobody_wants(odd: Odd) -> None:
    odd.put("node_modules/left-pad/index.js", "dependency_marker = 1", "dependency")
    odd.put(".git/config", "[core]\n", "version control")
    odd.put(".env", "SECRET_MARKER=hunter2\n", "secret")
    odd.put("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "secret")
    odd.put("poetry.lock", "lock_marker", "lock file")
    odd.put("ignored.log.txt", "ignored_marker", "gitignore")
    odd.put(".gitignore", "*.log.txt\n")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    base = tmp_path_factory.mktemp("odd").resolve()
    odd = Odd(base / "tree")
    for name, text in e2e_languages.samples().items():
        odd.put(f"languages/{name}", text, "lock file" if name == LOCK else "")
    make_binaries_and_encodings(odd)
    make_large_files(odd)
    make_names(odd)
    make_what_nobody_wants(odd)
    if POSIX:
        make_links_and_devices(odd, base / "outside.py")
        make_unreadable(odd)
    yield odd
    if (odd.root / "closed").exists():  # or nobody could remove it
        (odd.root / "closed/folder").chmod(0o700)
    shutil.rmtree(odd.root / "large")


@pytest.fixture(scope="module")
def odd_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One engine with two workers, which gives up on a grammar after few seconds instead of
    twenty."""
    home = Home(tmp_path_factory.mktemp("home"), settings=SETTINGS)
    yield home
    home.close()


@pytest.fixture(scope="module")
def server(odd: Odd, odd_home: Home) -> Iterator[LspServer]:
    command, _ = ordinary_command()
    server = odd_home.server(
        odd.root, command=command, initializationOptions={"maxFileBytes": 12 * MB}
    )
    server.sync()
    yield server
    server.stop()


def found(server: LspServer, odd: Odd, query: str) -> list[str]:
    return relative_paths(server.search(query, mode="lexical", limit=5), odd.root)


def test_everything_is_indexed_or_counted_with_its_reason(server: LspServer, odd: Odd) -> None:
    status = server.folder(odd.root)
    assert status["skipped"] == dict(odd.skipped)
    assert status["files"] == len(odd.indexed)
    assert (status["state"], status["pending"], status.get("lastError", "")) == ("ready", 0, "")
    languages = Counter(
        detect(name, (odd.root / name).read_bytes()[:8192]).name
        for name in odd.indexed
        if "text/" not in name
    )
    assert Counter(status["languages"]) - languages == {"python": 5}  # the files in text/


def test_there_is_a_file_of_every_grammar_and_each_is_found(server: LspServer, odd: Odd) -> None:
    assert len(e2e_languages.GRAMMARS) == 173
    files = {name.split("/")[1]: name for name in odd.indexed if name.startswith("languages/")}
    assert files.keys() | {"gosum"} == e2e_languages.GRAMMARS - e2e_languages.EMBEDDED_ONLY
    asked = {
        grammar: server.begin(
            "codetriever/search",
            {"query": e2e_languages.marker(grammar), "mode": "lexical", "limit": 3},
        )
        for grammar in files
        if grammar != "cobol"
    }
    answers = {
        grammar: relative_paths(future.result(60)["hits"], odd.root)
        for grammar, future in asked.items()
    }
    assert {grammar: paths[:1] for grammar, paths in answers.items()} == {
        grammar: [files[grammar]] for grammar in asked
    }


def test_fault_39_the_grammar_that_hangs_costs_its_file_the_syntax_alone(
    server: LspServer, odd: Odd, odd_home: Home
) -> None:
    cobol = next(name for name in odd.indexed if name.startswith("languages/cobol/"))
    assert (odd.root / cobol).read_text(encoding="utf-8") == "x"
    hits = server.search("x", mode="lexical", filters={"paths": [cobol]})
    assert relative_paths(hits, odd.root) == [cobol]
    assert hits[0]["language"] == "cobol"
    assert odd_home.engine_log().count(f"a worker hangs at {cobol} (parse)") == 2


def test_fault_38_encodings_are_read(server: LspServer, odd: Odd) -> None:
    for word, name in (
        ("utf16_marker", "utf-16"),
        ("bom_marker", "bom"),
        ("latin_marker", "latin-1"),
        ("mixed_marker", "mixed"),
    ):
        assert found(server, odd, word)[:1] == [f"text/{name}.py"]
    assert "Übergröße" in server.search("latin_marker", limit=1)[0]["snippet"]


def test_fault_37_a_line_of_ten_megabytes_is_found_and_its_snippet_bounded(
    server: LspServer, odd: Odd
) -> None:
    hits = server.search("zanzibar", limit=1)
    assert relative_paths(hits, odd.root) == ["large/one_line.py"]
    assert len(hits[0]["snippet"]) < 10_000


def test_names_are_spelled_so_that_they_lead_back_to_the_file(server: LspServer, odd: Odd) -> None:
    for number, name in enumerate(odd.odd_names):
        symbols = server.symbols(f"named_marker_{number}")
        file = path_of(symbols[0]["location"]["uri"])
        assert file == odd.root / name
        assert file.read_text(encoding="utf-8").startswith(f"def named_marker_{number}")
        assert [symbol["name"] for symbol in server.outline(file)] == [f"named_marker_{number}"]
    assert found(server, odd, "deep_marker")[0].endswith("/deep.py")


@pytest.mark.parametrize(
    "word",
    [
        "hunter2",
        *(
            f"{why}_marker"
            for why in "outside unreadable dependency lock ignored undecodable large".split()
        ),
    ],
)
def test_fault_32_33_34_what_is_left_out_is_not_found(
    server: LspServer, odd: Odd, word: str
) -> None:
    if word == "unreadable_marker" and (problem := ordinary_command()[1]):
        pytest.skip(problem)
    assert all(word not in hit["snippet"] for hit in server.search(word, limit=100))


def test_a_second_look_finds_nothing_to_do(server: LspServer, odd: Odd) -> None:
    before = server.folder(odd.root)
    server.request("codetriever/reindex", {})
    server.sync()
    after = server.folder(odd.root)
    for name in ("generation", "embedded", "files", "chunks", "skipped"):
        assert after[name] == before[name]
