"""What a reader of a chunk needs on top of its text: where it is, and what the class around it or
under it looks like.
"""

from __future__ import annotations

from codetriever_lsp.text.layout import Item, Piece

__all__ = ["context_of"]

OUTLINE_LENGTH = 1000
"""Characters of an outline; more would drown the head that it explains."""

_MEMBER_LENGTH = 120


def context_of(piece: Piece, *, later: bool = False) -> str:
    """The context of a piece; `later` says that it is not the beginning of its definition.

    Lines: the container's path, then the signature of the definition around it, then its own
    signature if its text does not have it, then for the head of a class the signatures of its
    members.
    """
    item, around = piece.item, piece.around
    if around is item:
        around = None
    parts = [item.definition.symbol.container if item is not None else path_of(around)]
    if around is not None:
        if (
            parts[0] == path_of(around)
            and around.definition.symbol.name in around.definition.symbol.signature
        ):
            parts[0] = around.definition.symbol.container  # its name is in its signature
        parts.append(around.definition.symbol.signature)
    if item is not None and (later or piece.shape == "part"):
        parts.append(item.definition.symbol.signature)
    elif item is not None and piece.shape == "outline":
        parts.append(outline_of(item, piece.last))
    return "\n".join(part for part in parts if part)


def path_of(item: Item | None) -> str:
    """The dotted path of a definition, itself included; "" for the file."""
    if item is None:
        return ""
    symbol = item.definition.symbol
    return f"{symbol.container}.{symbol.name}" if symbol.container else symbol.name


def outline_of(item: Item, after: int) -> str:
    """The signatures of the members below line `after`, one a line, `OUTLINE_LENGTH` characters at
    most.
    """
    lines: list[str] = []
    left = OUTLINE_LENGTH
    for child in item.children:
        if child.first <= after:
            continue
        symbol = child.definition.symbol
        line = (symbol.signature or symbol.name)[:_MEMBER_LENGTH]
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join(lines)
