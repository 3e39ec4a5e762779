"""Keep a store of the present format for the tests of later ones: python
tests/store/formats/make.py, once for each format.

The number in the name is that of the manifest's schema. What is in it are the files of
`FORMAT_FILES`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from store_samples import FORMAT_FILES, location_in, open_store, prepare  # noqa: E402

from codetriever_lsp.store.sql import schema  # noqa: E402

LEFT_OUT = frozenset({"lock", "owner.json"})


async def make(cache: Path) -> None:
    store = await open_store(cache)
    await store.commit([prepare(path, texts) for path, texts in FORMAT_FILES.items()])
    await store.commit([prepare("src/a.py", FORMAT_FILES["src/a.py"])], removed=())
    await store.mark_whole()
    await store.close()


def main() -> None:
    target = HERE / f"manifest-{len(schema.MIGRATIONS)}.zip"
    if target.exists():
        raise SystemExit(
            f"{target.name} is there already; a format that was released does not change"
        )
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(make(Path(folder)))
        store = location_in(Path(folder)).path
        with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
            for path in sorted(store.rglob("*")):
                if path.is_file() and path.name not in LEFT_OUT:
                    archive.write(path, path.relative_to(store).as_posix())
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
