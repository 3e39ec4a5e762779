"""Adds packages to the manifest: resolves each name to a version, reads its licence, refuses what
is not permissive.

usage: python -m training.pin WORK < LIST          each line of LIST: a registry, then names
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zlib import crc32

from training.archives import licence_of, version_of
from training.fetch import archive_folder
from training.licences import is_permissive
from training.registries import Package, apt, digest, download, read_manifest, write_manifest

MANIFEST = Path(__file__).parent / "packages.json"
_HELD_OUT = 12
"""One package in so many is kept out of training."""


def main() -> None:
    work = Path(sys.argv[1])
    known = {
        (package.registry, package.name): package
        for package in (read_manifest(MANIFEST) if MANIFEST.exists() else [])
    }
    wanted = [
        (registry, name)
        for registry, *names in map(str.split, sys.stdin)
        for name in names
        if (registry, name) not in known
    ]
    apt(work / "packages")
    with ThreadPoolExecutor(3) as pool:
        for (registry, name), found in zip(
            wanted, pool.map(lambda pair: pin(pair[0], pair[1], work), wanted), strict=True
        ):
            print(
                f"{registry} {name}: {found if isinstance(found, str) else found.licence}",
                flush=True,
            )
            if isinstance(found, Package):
                known[registry, name] = found
                write_manifest(MANIFEST, [known[key] for key in sorted(known)])


def pin(registry: str, name: str, work: Path) -> Package | str:
    """The package as it will stand in the manifest, or why it will not."""
    folder = archive_folder(work, registry, name)
    try:
        archive = download(registry, name, "", folder)
        licence, version = licence_of(archive), version_of(archive)
    except (subprocess.SubprocessError, OSError, ValueError, StopIteration) as error:
        return f"left out ({type(error).__name__})"
    if not is_permissive(licence):
        return f"left out (licence {licence!r})"
    share = "held-out" if crc32(f"{registry}/{name}".encode()) % _HELD_OUT == 0 else "train"
    return Package(registry, name, version, digest(archive), licence, share)


if __name__ == "__main__":
    main()
