"""How answers look: for people on a terminal, plain in a pipe, or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from codetriever_lsp import model
from codetriever_lsp.cli.workspace import Workspace

__all__ = ["console", "context_parts", "hits", "print_json", "symbols", "visible"]

SNIPPET_LINES = 6

_HIDDEN = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if code not in (0x09, 0x0A)
}
_HIDDEN |= dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
    "\N{REPLACEMENT CHARACTER}",
)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """For `cli.run` to deal with; rich would end the process with exit code 1, which means
        "nothing found".
        """
        raise BrokenPipeError


def console() -> Console:
    """Colours on a terminal, none in a pipe (and none with NO_COLOR); nothing is wrapped."""
    return _Console(highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One of the shapes of the language server, indented."""
    sys.stdout.write(
        msgspec.json.format(msgspec.json.encode(value), indent=2).decode("utf-8") + "\n"
    )


def visible(text: str) -> str:
    """What a file holds, safe to show: control sequences would act on the terminal, direction marks
    would disguise the code.
    """
    return text.replace("\r\n", "\n").translate(_HIDDEN)


def hits(found: Iterable[model.Hit], workspace: Workspace) -> None:
    """Place, symbol and score of each, and the first lines of it."""
    out = console()
    for hit in found:
        head = _place(workspace.shown(hit.path), hit.span)
        if hit.symbol is not None:
            head.append(f"  {visible(_qualified(hit.symbol.container, hit.symbol.name))}", "bold")
            head.append(f" ({hit.symbol.kind})", "dim")
        head.append(f"  {hit.score:.2f}", "green")
        out.print(head)
        if hit.explain is not None:
            parts = sorted(hit.explain.contributions.items(), key=lambda part: -abs(part[1]))
            out.print(
                Text("    " + ", ".join(f"{name} {value:+.3f}" for name, value in parts), "dim")
            )
        _snippet(out, hit.snippet, hit.language, hit.span.start.line)
        out.print()


def symbols(found: Iterable[model.SymbolHit], workspace: Workspace) -> None:
    """One line each."""
    out = console()
    for symbol in found:
        line = _place(
            workspace.shown(symbol.path), model.Span(symbol.selection.start, symbol.selection.start)
        )
        line.append(f"  {visible(_qualified(symbol.container, symbol.name))}", "bold")
        line.append(f" ({symbol.kind})", "dim")
        out.print(line)


def context_parts(result: model.ContextResult, workspace: Workspace) -> None:
    """The parts in the order of the file, each under its place and role."""
    out = console()
    for part in result.parts:
        head = _place(workspace.shown(result.path), part.span)
        head.append(f"  {part.role}", "dim")
        out.print(head)
        _snippet(out, part.text, result.language, part.span.start.line, lines=None)
        out.print()
    if result.truncated:
        out.print(Text("(cut to the budget; --max-tokens raises it)", "dim"))


def _place(path: str, span: model.Span) -> Text:
    first, last = span.start.line + 1, span.end.line + 1
    place = Text(visible(path), "magenta")
    return place.append(f":{first}" if first == last else f":{first}-{last}", "cyan")


def _qualified(container: str, name: str) -> str:
    return f"{container}.{name}" if container else name


def _snippet(
    out: Console, text: str, language: str, first: int, lines: int | None = SNIPPET_LINES
) -> None:
    every = visible(text).split("\n")
    shown = "\n".join(every[:lines])
    if out.is_terminal:
        code = Syntax(
            shown,
            language or "text",
            background_color="default",
            line_numbers=True,
            start_line=first + 1,
        )
        out.print(Padding(code, (0, 0, 0, 2)))
    else:
        out.print(Text("\n".join(f"    {line}".rstrip() for line in shown.split("\n"))))
    if lines is not None and len(every) > lines:
        out.print(Text(f"    … {len(every) - lines} more lines", "dim"))
