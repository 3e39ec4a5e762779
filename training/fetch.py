"""Brings the packages of the manifest into the work folder and checks each against its digest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from training.registries import Package, apt, digest, download

__all__ = ["archive_folder", "fetch", "fetch_all"]

_AT_ONCE = 3


class ChangedError(Exception):
    """A registry gave other bytes than those that the manifest names."""


def archive_folder(work: Path, registry: str, name: str) -> Path:
    """Where the archive of a package lies."""
    return work / "packages" / f"{registry}+{name.replace('/', '+')}"


def fetch(package: Package, work: Path) -> Path:
    """The archive of a package, downloaded unless it is there. Raises ChangedError if it is not the
    one that was pinned.
    """
    folder = archive_folder(work, package.registry, package.name)
    present = [file for file in sorted(folder.glob("*")) if digest(file) == package.sha256]
    if present:
        return present[0]
    archive = download(package.registry, package.name, package.version, folder)
    if digest(archive) != package.sha256:
        raise ChangedError(
            f"{package.registry} gave another {package.name} {package.version} than the pinned one"
        )
    return archive


def fetch_all(packages: list[Package], work: Path) -> list[Path]:
    """The archives in the order of the packages."""
    if any(package.registry == "debian" for package in packages):
        apt(work / "packages")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda package: fetch(package, work), packages))
