"""The documentation says what is: links lead somewhere, files and tests that are named exist,
examples decode."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path

import msgspec
import pytest

from codetriever_lsp.engine.ipc import messages
from codetriever_lsp.model import KINDS
from codetriever_lsp.server import payloads
from codetriever_lsp.server.message_types import COMMANDS, MESSAGE_TYPES
from codetriever_lsp.settings import EngineSettings, IndexSettings

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
FAULTS = 54

LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
BROKEN_LINK = re.compile(r"\[[^\]]+\]\([^)]*\s[^)]*\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(
    r"`((?:codetriever_lsp|tests|docs|benchmarks)/[\w./-]*)(?:::\w+)?`|`(pyproject\.toml|uv\.lock)`"
)
LOCAL = re.compile(r"`((?:\w+/)*\w+\.(?:py|json))`")
BLOCK = re.compile(r"^```(\S*)[ ]?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (.+?) \| (.+?) \|", re.MULTILINE)

PAGES = pytest.mark.parametrize(
    "page", DOCS, ids=lambda page: page.relative_to(ROOT / "docs").as_posix()
)


def text(page: Path | str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def headings(page: Path) -> set[str]:
    """The anchors that a page has, spelled as GitHub does it."""
    prose = BLOCK.sub("", text(page))
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@cache
def functions(file: str) -> frozenset[str]:
    return frozenset(
        re.findall(
            r"^\s*(?:async )?def (test_\w+)",
            (ROOT / file).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )


def named_tests(page: Path | str) -> list[tuple[str, str]]:
    return TEST.findall(text(page))


@PAGES
def test_links_lead_somewhere(page: Path) -> None:
    assert not BROKEN_LINK.search(BLOCK.sub("", text(page))), "a link is broken across lines"
    for link in LINK.findall(BLOCK.sub("", text(page))):
        target, _, anchor = link.partition("#")
        assert "://" not in target, f"{link} leaves the documentation"
        there = (page.parent / target) if target else page
        assert there.is_file(), f"{link} leads nowhere"
        assert not anchor or anchor in headings(there), f"{link} names no heading"


def test_links_of_the_readme_into_the_documentation_lead_somewhere() -> None:
    for link in LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if target.startswith("docs/") and target.endswith(".md"):
            assert (ROOT / target).is_file(), f"{link} leads nowhere"
            assert not anchor or anchor in headings(ROOT / target), f"{link} names no heading"


@PAGES
def test_files_and_tests_that_are_named_exist(page: Path) -> None:
    for path in {first or second for first, second in FILE.findall(text(page))}:
        assert (ROOT / path).exists(), f"{path} does not exist"
    for file, name in named_tests(page):
        assert name in functions(file), f"{file} has no {name}"


def test_the_folders_of_the_architecture_name_their_files() -> None:
    """Each paragraph "**layer/** …" names files of that layer, and the files of the layer are named
    in it."""
    page = text("architecture.md")
    assert len(page.splitlines()) < 230
    paragraphs = dict(
        re.findall(r"^\*\*(\w+)/\*\* (.+?)(?=\n\n(?:\*\*|#))", page, re.MULTILINE | re.DOTALL)
    )
    assert {
        "text",
        "workspace",
        "embed",
        "store",
        "index",
        "search",
        "engine",
        "server",
    } <= paragraphs.keys()
    for layer, paragraph in paragraphs.items():
        folder = ROOT / "codetriever_lsp" / layer
        named = LOCAL.findall(paragraph)
        assert named, layer
        modules = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("[a-z]*.py")
            if path.parent.name != "handlers"
        }
        assert modules <= set(named), f"{layer}: {modules - set(named)} is not described"
        for file in named:
            assert (folder / file).is_file(), f"{layer}/{file} does not exist"
    for layer in paragraphs:
        assert f"`codetriever_lsp/{layer}/`" in page


def test_decisions_are_numbered_listed_and_complete() -> None:
    numbers = [int(page.name[:3]) for page in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    listed = LINK.findall(text("decisions/README.md"))
    assert listed == [page.name for page in DECISIONS]
    for page in DECISIONS:
        content = page.read_text(encoding="utf-8")
        assert content.startswith(f"# {page.name[:3]} ")
        for part in (
            "**Context.**",
            "**Choice.**",
            "**Measured.**",
            "**What would change our mind.**",
        ):
            assert content.count(part) == 1, f"{page.name}: {part}"


def settings_table(heading: str) -> dict[str, str]:
    """Keys and defaults of the first table below a heading of settings.md."""
    section = text("settings.md").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = ROW.findall(section.split("\n### ", 1)[0])
    return {key.strip("`"): default for key, default in rows if key.startswith("`")}


@pytest.mark.parametrize(
    ("heading", "kind"), [("User scope", EngineSettings), ("Workspace scope", IndexSettings)]
)
def test_every_setting_is_documented_with_its_default(
    heading: str, kind: type[msgspec.Struct]
) -> None:
    table = settings_table(heading)
    assert list(table) == list(kind.__struct_encode_fields__)
    defaults = msgspec.json.decode(msgspec.json.encode(kind()))
    for key, shown in table.items():
        expected = defaults[key]
        if key == "cacheDir":
            assert shown.startswith("the user's cache folder")
        elif expected == "":
            assert shown == "empty"
        else:
            value = expected if isinstance(expected, str) else json.dumps(expected)
            assert shown == f"`{value}`", key


def test_every_variable_of_the_user_scope_is_documented() -> None:
    page = text("settings.md")
    for field in EngineSettings.__struct_fields__:
        assert f"`CODETRIEVER_{field.upper()}`" in page, field


def test_examples_of_settings_can_be_read() -> None:
    seen = 0
    for language, _, body in BLOCK.findall(text("settings.md")):
        if language == "toml":
            keys = tomllib.loads(body).keys()
            assert keys <= set(EngineSettings.__struct_encode_fields__)
            msgspec.convert(tomllib.loads(body), EngineSettings)
        elif language == "json":
            ((_, values),) = json.loads(body).items()
            known = {
                *EngineSettings.__struct_encode_fields__,
                *IndexSettings.__struct_encode_fields__,
                "documentSymbols",
            }
            assert values.keys() <= known
            msgspec.convert(values, IndexSettings)
        else:
            continue
        seen += 1
    assert seen >= 3


EXAMPLES = [
    pytest.param(kind, body, id=f"{number}-{kind or 'json'}")
    for number, (language, kind, body) in enumerate(BLOCK.findall(text("protocol.md")))
    if language == "json"
]


@pytest.mark.parametrize(("kind", "body"), EXAMPLES)
def test_examples_of_the_protocol_are_what_they_name(kind: str, body: str) -> None:
    value = json.loads(body)
    if not kind:
        assert value["jsonrpc"] == "2.0"
        return
    if kind.startswith("From"):
        decoded = msgspec.convert(value, getattr(messages, kind), strict=True)
        assert set(msgspec.to_builtins(decoded)) <= value.keys()
    elif issubclass(shape := getattr(payloads, kind), payloads.Params):
        assert payloads.structure(value, shape)
    else:  # an answer: exactly as it is sent, fields at their default left out
        assert json.loads(msgspec.json.encode(msgspec.json.decode(body, type=shape))) == value


def test_partial_results_in_the_protocol_are_hits() -> None:
    bodies = [
        json.loads(body)
        for language, _, body in BLOCK.findall(text("protocol.md"))
        if language == "json"
    ]
    (partial,) = [body["params"]["value"] for body in bodies if body.get("method") == "$/progress"]
    assert json.loads(msgspec.json.encode(msgspec.convert(partial, payloads.Partial))) == partial


def test_every_message_of_the_protocol_is_described() -> None:
    page = text("protocol.md")
    for method in MESSAGE_TYPES:
        assert f"\n## {method}\n" in page
    for command in COMMANDS:
        assert f"`{command}`" in page
    for request in messages.RESULTS:
        assert f"`{request.__name__}`" in page
    for shape in (
        payloads.SearchParams,
        payloads.SearchFilters,
        payloads.ContextParams,
        payloads.ReindexParams,
        payloads.SyncParams,
    ):
        for field in shape.__struct_encode_fields__:
            assert re.search(rf"[`\".]{field}[`\"]", page), f"{shape.__name__}.{field}"
    assert all(kind in KINDS for kind in ("class", "function", "method"))


def test_every_fault_has_a_row_and_its_tests_are_named() -> None:
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+?) \|$", text("faults.md"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, FAULTS + 1))
    files = [
        file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "tests").rglob("test_*.py"))
    ]
    injected = {
        int(found[1])
        for file in files
        for name in functions(file)
        if (found := re.match(r"test_fault_(\d+)_", name))
    }
    for number, cell in rows:
        named = TEST.findall(cell)
        assert named or cell.startswith("no test yet"), (
            f"row {number} names neither a test nor that there is none"
        )
        assert not named or "no test yet" not in cell
        assert named or int(number) not in injected, (
            f"there is a test for fault {number}; name it in docs/faults.md"
        )


def test_the_lock_file_names_one_index() -> None:
    """A lock file written against a mirror would send everybody there."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    registries = {package["source"].get("registry") for package in lock["package"]} - {None}
    assert len(registries) == 1
    assert "index" not in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "tool"
    ].get("uv", {})


@PAGES
def test_no_page_names_a_machine_or_a_host(page: Path) -> None:
    """Examples live in one made-up home; addresses are of files and of loopback."""
    assert {
        path
        for path in re.findall(r"""[\s"'`(/](/[a-z]\w*/[\w./-]*)""", text(page))
        if not path.startswith("/home/me/")
    } == set()
    assert {
        host
        for host in re.findall(r"\w+://([^/\s`]*)", text(page))
        if host not in ("", "127.0.0.1:2087")
    } == set()
