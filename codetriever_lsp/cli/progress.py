"""The progress bar of indexing, on standard error."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from codetriever_lsp.engine.ipc import messages

__all__ = ["Bar"]


class Bar:
    """Appears with the first progress that is told, and leaves no trace."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}

    def show(self, event: messages.Progress) -> None:
        if event.folder not in self._tasks:
            self._progress.start()
            self._tasks[event.folder] = self._progress.add_task(event.title, total=None)
        self._progress.update(
            self._tasks[event.folder],
            completed=event.done,
            total=event.total or None,
            description=event.title,
        )

    def close(self) -> None:
        self._progress.stop()
