"""What several folders are together."""

from __future__ import annotations

from collections.abc import Sequence

from codetriever_lsp.model import IndexState, State

__all__ = ["worst_of"]


def worst_of(states: Sequence[IndexState]) -> IndexState:
    """The state over several folders: the worst of them, and the sums."""
    order: tuple[State, ...] = ("indexing", "degraded", "ready", "empty")
    worst: State = min((state.state for state in states), key=order.index, default="empty")
    message = next((state.message for state in states if state.message), "")
    generation, files = (
        max((state.generation for state in states), default=0),
        sum(state.files for state in states),
    )
    return IndexState(worst, generation, files, sum(state.pending for state in states), message)
