"""Which stores are whole: every file of the folder was in it once. Only a whole store may answer in
the place of another.

The mark is a file in the store's folder. It says what the store was built with, so that nothing has
to be opened to know it.
"""

from __future__ import annotations

import msgspec

from codetriever_lsp.errors import StoreError
from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.store.cache_layout import StoreLocation

__all__ = ["Built", "built_whole", "mark_whole", "unmark"]


class Built(msgspec.Struct, frozen=True):
    """What everything in a store was built with; another one cannot be mixed in. `dimension` is
    None without a model.
    """

    fingerprint: str
    dimension: int | None

    def meta(self) -> dict[str, str]:
        """The same as it stands in the manifest."""
        return {"fingerprint": self.fingerprint, "dimension": str(self.dimension or 0)}


def built_whole(location: StoreLocation) -> Built | None:
    """What the store was built with if it is whole, else None."""
    try:
        return msgspec.json.decode((location.path / "whole.json").read_bytes(), type=Built)
    except (OSError, msgspec.MsgspecError):
        return None


def mark_whole(location: StoreLocation, built: Built) -> None:
    """To be called when every file has been committed. Raises StoreError."""
    try:
        write_atomic(location.path / "whole.json", msgspec.json.encode(built))
    except OSError as error:
        raise StoreError(
            f"The index in {location.path} cannot be written: {error.strerror or error}."
        ) from error


def unmark(location: StoreLocation) -> None:
    """To be called before anything is taken away from a store. Raises OSError."""
    (location.path / "whole.json").unlink(missing_ok=True)
