"""Downloads one package at one version from its registry, with the registry's ordinary client."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["Package", "apt", "digest", "download", "read_manifest", "write_manifest"]

_LIMIT_S = 300


@dataclass(frozen=True, slots=True)
class Package:
    """One line of `packages.json`. `registry` is "pypi", "npm", "debian" (source packages) or
    "debian-binary" (packages that install sources); `sha256` is that of the archive that is read.
    `share` is "train", or "held-out" for packages that are never trained on.
    """

    registry: str
    name: str
    version: str
    sha256: str
    licence: str
    share: str = "train"


def read_manifest(file: Path) -> list[Package]:
    """The packages of a manifest in its order."""
    return [Package(**row) for row in json.loads(file.read_text(encoding="utf-8"))]


def write_manifest(file: Path, packages: list[Package]) -> None:
    """One package a line, so that a change is one line of a diff."""
    rows = ",\n".join(" " + json.dumps(asdict(package), ensure_ascii=False) for package in packages)
    file.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def digest(file: Path) -> str:
    """The SHA-256 of a file, as hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(registry: str, name: str, version: str, folder: Path) -> Path:
    """The archive of a package in `folder`; an empty version is the newest. Raises
    CalledProcessError or FileNotFoundError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if registry == "pypi":
        wanted = f"{name}=={version}" if version else name
        options = [
            "--no-deps",
            "--only-binary=:all:",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--quiet",
        ]
        _run(["python3", "-m", "pip", "download", *options, "--dest", str(folder), wanted])
        return _only(folder, r"\.whl$")
    if registry == "npm":
        _run(
            [
                "npm",
                "pack",
                f"{name}@{version or 'latest'}",
                "--ignore-scripts",
                "--silent",
                "--pack-destination",
                str(folder),
            ]
        )
        return _only(folder, r"\.tgz$")
    wanted = f"{name}={version}" if version else name
    if registry == "debian-binary":
        _run(["apt-get", "download", "-qq", wanted], folder)
        return _only(folder, r"\.deb$")
    # A mirror may lack the packaging beside the upstream archive, which is all that is read here.
    _run(
        ["apt-get", "source", "--download-only", "--only-source", "-qq", wanted],
        folder,
        {"APT_CONFIG": str(apt(folder.parent))},
        check=False,
    )
    return _only(folder, r"\.orig\.tar\.\w+$|(?<!debian)(?<!asc)\.tar\.\w+$")


def _run(
    command: list[str],
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    *,
    check: bool = True,
) -> None:
    subprocess.run(
        command, check=check, timeout=_LIMIT_S, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip


def _only(folder: Path, pattern: str) -> Path:
    names = sorted(file.name for file in folder.iterdir() if re.search(pattern, file.name))
    originals = [name for name in names if re.search(r"\.orig\.tar\.\w+$", name)]
    for name in originals or names:
        if ".debian.tar" not in name and not name.endswith(".asc"):
            return folder / name
    raise FileNotFoundError(f"no archive in {folder}")


@lru_cache
def apt(folder: Path) -> Path:
    """A configuration of apt of its own, whose sources are those of this system with source
    packages switched on.
    """
    home = folder.resolve() / ".apt"
    settings = home / "apt.conf"
    if settings.exists():
        return settings
    for part in ("parts", "lists/partial", "cache/archives/partial"):
        (home / part).mkdir(parents=True, exist_ok=True)
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        (home / "parts" / file.name).write_text(
            re.sub(
                r"^Types:.*$",
                "Types: deb-src",
                file.read_text(encoding="utf-8"),
                flags=re.MULTILINE,
            ),
            encoding="utf-8",
        )
    settings.write_text(
        f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{home}/parts";\n'
        f'Dir::State::lists "{home}/lists";\nDir::Cache "{home}/cache";\n',
        encoding="utf-8",
    )
    print("apt: reading the list of source packages", file=sys.stderr)
    _run(["apt-get", "update", "-qq"], None, {"APT_CONFIG": str(settings)})
    return settings
