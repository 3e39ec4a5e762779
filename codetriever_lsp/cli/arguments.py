"""The arguments of every command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, get_args

from codetriever_lsp import __version__
from codetriever_lsp.model import KINDS, Mode

__all__ = ["parse"]

_EPILOG = """\
examples:
  codetriever-lsp                                    serve an editor over standard input and output
  codetriever-lsp index                              index the current directory
  codetriever-lsp search where are retries limited   ask in plain words
  codetriever-lsp search --lang python --glob 'src/**' 'parse config file'
  codetriever-lsp symbols HttpCli                    find definitions by name
  codetriever-lsp similar src/http/retry.py:42       code like the code on line 42
  codetriever-lsp doctor                             what is wrong, and what to do

exit codes: 0 found, 1 nothing found, 2 error
"""

Parsers = Any  # argparse's own type of a set of subparsers is private


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line, `command` among them: the function to run.

    Wrong ones end the process with exit code 2.
    """
    parser = argparse.ArgumentParser(
        prog="codetriever-lsp",
        description="Semantic code search: a language server, and the same search on the command line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"codetriever-lsp {__version__}")
    _serve_options(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _serve_options(
        _command(
            commands,
            "serve",
            "serve editors (what happens without a command)",
            example="serve --tcp 127.0.0.1:2087",
        )
    )
    _index(commands)
    _search(commands)
    _lookups(commands)
    _upkeep(commands)
    parser.set_defaults(command=_late("serve"))
    return parser.parse_args(arguments)


def _late(module: str) -> Callable[[argparse.Namespace], int]:
    """A command's `run`, imported when it runs: `--help` needs none of them, and none needs what
    another imports.
    """
    return partial(_run, module)


def _run(module: str, options: argparse.Namespace) -> int:
    code: int = import_module(f"codetriever_lsp.cli.commands.{module}").run(options)
    return code


def _command(
    commands: Parsers, name: str, summary: str, *, example: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  codetriever-lsp {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_late(name))
    return parser


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stdio", action="store_true", help="serve over standard input and output (the default)"
    )
    parser.add_argument("--tcp", metavar="HOST:PORT", help="serve at a TCP port")
    parser.add_argument("--ws", metavar="HOST:PORT", help="serve at a WebSocket port")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="let --tcp and --ws listen where other machines reach them",
    )
    parser.add_argument(
        "--token",
        default="",
        help="what clients must name (initializationOptions.token, or ws://…/?token=)",
    )
    parser.add_argument(
        "--clientProcessId", type=int, help=argparse.SUPPRESS
    )  # VS Code adds it; `initialize` says it again


def _index(commands: Parsers) -> None:
    parser = _command(
        commands,
        "index",
        "index a folder, and wait until it is searchable",
        example="index ~/src/project",
    )
    _path_argument(parser)
    parser.add_argument(
        "--full",
        action="store_true",
        help="build the index anew instead of comparing it with the files",
    )
    _json(parser)


def _search(commands: Parsers) -> None:
    parser = _command(
        commands,
        "search",
        "find code by what it does",
        example="search --lang go --limit 5 how are sessions expired",
    )
    parser.add_argument("query", nargs="+", metavar="QUERY", help="plain words, names, or both")
    _path_option(parser)
    _filters(parser)
    parser.add_argument(
        "--mode",
        choices=get_args(Mode),
        default="hybrid",
        help="what to search by (default: hybrid)",
    )
    parser.add_argument(
        "--explain", action="store_true", help="say why each hit stands where it does"
    )
    _json(parser)


def _lookups(commands: Parsers) -> None:
    parser = _command(commands, "symbols", "find definitions by name", example="symbols gWS")
    parser.add_argument(
        "query",
        metavar="QUERY",
        help="a name, its beginning, its initials; Container.name narrows; '' lists",
    )
    _path_option(parser)
    _limit(parser)
    _json(parser)
    parser = _command(
        commands,
        "similar",
        "find code like the code at a place",
        example="similar src/http/retry.py:42",
    )
    _place(parser)
    _filters(parser)
    _json(parser)
    parser = _command(
        commands,
        "context",
        "show what a reader needs around a place",
        example="context src/http/retry.py:42-60",
    )
    _place(parser)
    parser.add_argument(
        "--max-tokens",
        type=_number(1, 1_000_000),
        default=2000,
        metavar="N",
        help="budget (default: 2000)",
    )
    _json(parser)


def _upkeep(commands: Parsers) -> None:
    parser = _command(
        commands, "status", "show the index of a folder, and the engine", example="status --json"
    )
    _path_argument(parser)
    _json(parser)
    parser = _command(
        commands, "doctor", "check the installation, and say what to do", example="doctor --repair"
    )
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="the folder, for --repair (default: the current directory)",
    )
    parser.add_argument(
        "--repair", action="store_true", help="also look for damage in every index, and mend it"
    )
    _json(parser)
    parser = _command(commands, "clear", "forget the index of a folder", example="clear --all")
    _path_argument(parser)
    parser.add_argument("--all", action="store_true", help="forget every index, and all embeddings")
    _command(commands, "stop", "end the engine; the next request starts it again", example="stop")


def _filters(parser: argparse.ArgumentParser) -> None:
    _limit(parser)
    parser.add_argument(
        "--lang", action="append", default=[], metavar="L", help="only this language (repeatable)"
    )
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="K",
        choices=KINDS,
        help="only function, class, … (repeatable)",
    )
    parser.add_argument(
        "--glob",
        action="append",
        default=[],
        metavar="G",
        help="only paths like this; '!…' excludes (repeatable)",
    )


def _limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        type=_number(1, 100),
        default=20,
        metavar="N",
        help="at most so many, 1 to 100 (default: 20)",
    )


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print what the language server would answer"
    )


def _path_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        nargs="?",
        default=".",
        metavar="PATH",
        help="the folder (default: the current directory)",
    )


def _path_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--path", default=".", metavar="PATH", help="the folder (default: the current directory)"
    )


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "place",
        metavar="FILE:LINE",
        help="a place, or several lines: FILE:FIRST-LAST (lines from 1)",
    )
    _path_option(parser)


def _number(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
        return int(text)

    return convert
