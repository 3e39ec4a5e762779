"""What is in the archive of a package: its licence, and its source files as text. Nothing is
unpacked to disk.
"""

from __future__ import annotations

import email
import gzip
import io
import json
import re
import subprocess
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codetriever_lsp.text.decode import decode
from training.licences import copyright_licence, mentions_copyleft

__all__ = ["licence_of", "sources", "version_of"]

_EXTENSIONS = frozenset(
    "py pyi js mjs cjs jsx ts tsx mts go rs java kt kts c h cc cpp cxx hpp hh hxx cs swift scala sc ex exs erl hs lua zig "
    "rb rake php sh bash zsh bats ml mli r jl nim d dart pl pm".split()
)
_SHELL = re.compile(r"#!\s*/(usr/)?bin/(env )?(ba|z|da|k)?sh")
_LEFT_OUT = re.compile(
    r"(^|/)(node_modules|vendor|vendored|_vendor|third_?party|3rdparty|external|extern|contrib|subprojects|deps|dist|build|min|bundle[sd]?|umd|"
    r"generated|gen|autogen|fixtures?|testdata|snapshots?|__snapshots__|locales?|translations?|i18n|po|l10n|assets|docs?/api)/"
    r"|\.min\.|\.bundle\.|[._-]generated\.|\.pb\.|_pb2|\.d\.[mc]?ts$|(^|/)(jquery|bootstrap|require|underscore|lodash)[^/]*\.js$"
    r"|(^|/)debian/",
    re.IGNORECASE,
)
_MOST_BYTES = 400_000
_SHARE_OF_PACKAGE = 2_500_000
_RARE = frozenset("zig kt ex exs scala swift cs lua".split())
"""Languages of which there are few packages: more is taken of each."""


def sources(archive: Path) -> Iterator[tuple[str, str]]:
    """Path (below the folder of the package) and text of each source file worth learning from, in
    the order of paths.
    """
    for path, data in _chosen(archive):
        text = decode(data).text
        if text and not mentions_copyleft(text[:4000]) and not _machine_made(text):
            yield path, text


def _chosen(archive: Path) -> list[tuple[str, bytes]]:
    """The source files by path; of large packages as many as make up the share of each kind, taken
    evenly.
    """
    kinds: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for name, data in _members(archive):
        path = _inside(name)
        if _LEFT_OUT.search("/" + path) or not 200 <= len(data) <= _MOST_BYTES:
            continue
        extension = PurePosixPath(path).suffix[1:].lower()
        if extension not in _EXTENSIONS and (
            extension or not _SHELL.match(data[:40].decode("latin-1"))
        ):
            continue
        kinds[extension].append((path, data))
    chosen = []
    for extension, files in kinds.items():
        share = _SHARE_OF_PACKAGE * (12 if extension in _RARE else 1)
        step = max(1.0, sum(len(data) for _, data in files) / share)
        files.sort()
        chosen += [
            files[int(at * step)]
            for at in range(int(len(files) / step + 0.999))
            if int(at * step) < len(files)
        ]
    return sorted(chosen)


def licence_of(archive: Path) -> str:
    """The licence that the metadata of the package declares, "" where there is none that is
    permissive throughout.
    """
    if archive.suffix == ".whl":
        return _wheel_licence(archive)
    if archive.suffix == ".tgz":
        found = next((data for name, data in _members(archive, r"^[^/]+/package\.json$")), b"{}")
        declared = json.loads(found).get("license", "")
        return str(declared.get("type", "") if isinstance(declared, dict) else declared)
    if archive.suffix == ".deb":
        found = next(
            (data for _, data in _members(archive, r"usr/share/doc/[^/]+/copyright$")), b""
        )
        return copyright_licence(found.decode("utf-8", "replace"))
    for file in sorted(archive.parent.iterdir()):
        if re.search(r"\.debian\.tar\.\w+$", file.name) or file == archive:
            for _, data in _members(file, r"(^|/)debian/copyright$"):
                return copyright_licence(data.decode("utf-8", "replace"))
        if file.name.endswith(".diff.gz"):
            patch = gzip.decompress(file.read_bytes()).decode("utf-8", "replace")
            part = re.search(
                r"^\+\+\+ \S*debian/copyright\n@@.*\n((?:\+.*\n)+)", patch, re.MULTILINE
            )
            if part:
                return copyright_licence(re.sub(r"^\+", "", part[1], flags=re.MULTILINE))
    # Without its packaging: what the licence files at its top grant.
    texts = [
        data.decode("utf-8", "replace")
        for _, data in _members(archive, r"^[^/]+/(UN)?(LICEN[CS]E|COPYING)[^/]*$")
    ]
    grants = [copyright_licence(text) for text in texts]
    return (
        " OR ".join(sorted(filter(None, set(grants))))
        if grants and (all(grants) or len(grants) > 1)
        else ""
    )


def version_of(archive: Path) -> str:
    """The version of the package in the terms of its registry."""
    if archive.suffix == ".whl":
        return archive.name.split("-")[1]
    if archive.suffix == ".tgz":
        return str(
            json.loads(next(data for _, data in _members(archive, r"^[^/]+/package\.json$")))[
                "version"
            ]
        )
    if archive.suffix == ".deb":
        return subprocess.run(
            ["dpkg-deb", "-f", str(archive), "Version"], check=True, capture_output=True, text=True
        ).stdout.strip()
    control = next(file for file in archive.parent.iterdir() if file.suffix == ".dsc").read_text(
        encoding="utf-8"
    )
    found = re.search(r"^Version: (\S+)", control, re.MULTILINE)
    return found[1] if found else ""


def _wheel_licence(archive: Path) -> str:
    with zipfile.ZipFile(archive) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        head = email.message_from_bytes(wheel.read(name))
    classified = [
        value.rpartition(" :: ")[2]
        for value in head.get_all("Classifier", [])
        if value.startswith("License ::")
    ]
    named = [
        value.replace(" License", "").replace("OSI Approved", "").strip() for value in classified
    ]
    declared = str(head.get("License-Expression") or "").strip()
    return (
        declared
        or " AND ".join(filter(None, named))
        or str(head.get("License") or "").strip().split("\n")[0][:60]
    )


def _members(archive: Path, pattern: str = "") -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for entry in sorted(wheel.infolist(), key=lambda entry: entry.filename):
                if entry.file_size <= _MOST_BYTES and re.search(pattern, entry.filename):
                    yield entry.filename, wheel.read(entry)
        return
    with _tar(archive) as tar:
        for member in tar:
            if member.isfile() and member.size <= _MOST_BYTES and re.search(pattern, member.name):
                stream = tar.extractfile(member)
                yield member.name, stream.read() if stream else b""


def _tar(archive: Path) -> tarfile.TarFile:
    if archive.suffix != ".deb":
        return tarfile.open(archive)
    data = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", str(archive)], check=True, capture_output=True
    ).stdout
    return tarfile.open(fileobj=io.BytesIO(data))


def _inside(name: str) -> str:
    """Without the first folder, which carries name and version."""
    return name.removeprefix("./").partition("/")[2] or name


def _machine_made(text: str) -> bool:
    head = text[:1500].lower()
    made = (
        "auto-generated",
        "autogenerated",
        "automatically generated",
        "do not edit",
        "generated by",
        "@generated",
        "code generated",
    )
    return (
        any(word in head for word in made)
        or max(map(len, text.splitlines()[:200]), default=0) > 2000
    )
