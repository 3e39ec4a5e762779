#!/usr/bin/env python3
"""Does it stay true, quick and small under use that goes on and on? The real server over stdio, one
sub-command per claim.

    python benchmarks/endurance.py kills FOLDER --times 200         the engine is killed again and
    again while files change python benchmarks/endurance.py together FOLDER --times 3        two
    editors and commands, the engine and an editor killed python benchmarks/endurance.py switch
    REPOSITORY TAG1 TAG2      a branch switch under a running server, there and back python
    benchmarks/endurance.py saves FOLDER --count 500         from a save to the answer that knows
    it, beside searches python benchmarks/endurance.py idle FOLDER --seconds 300        what all
    processes use while nothing happens python benchmarks/endurance.py growth FOLDER --count 10000
    memory and disk before and after so many saves

Each works on a copy, in a cache of its own, and prints its figures. The exit code is 1 if something
turned out to be untrue (an answer, an index, a process that stays); no figure is too slow or too
large for it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from endurance_kills import kills
from endurance_server import Violation
from endurance_together import together
from endurance_use import growth, idle, saves, switch
from stdio_client import ServerError


def main() -> int:
    args = arguments()
    with tempfile.TemporaryDirectory() as place:
        try:
            args.run(args, Path(place).resolve())
        except (Violation, ServerError) as violation:
            print(f"VIOLATED: {violation}")
            return 1
    print("nothing violated")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    kills_ = _command(commands, "kills", kills, folder="folder")
    kills_.add_argument("--times", type=int, default=200)
    kills_.add_argument(
        "--compare-every",
        type=int,
        default=10,
        help="kills between two comparisons with a new index",
    )
    together_ = _command(commands, "together", together, folder="folder")
    together_.add_argument("--times", type=int, default=3, help="how often the engine is killed")
    switch_ = _command(commands, "switch", switch, folder="repository")
    switch_.add_argument("tags", nargs=2, metavar="TAG")
    saves_ = _command(commands, "saves", saves, folder="folder")
    saves_.add_argument("--count", type=int, default=500)
    saves_.add_argument("--rate", type=float, default=10.0, help="saves a second")
    idle_ = _command(commands, "idle", idle, folder="folder")
    idle_.add_argument("--seconds", type=float, default=300.0)
    growth_ = _command(commands, "growth", growth, folder="folder")
    growth_.add_argument("--count", type=int, default=10_000)
    return parser.parse_args()


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace, Path], None], *, folder: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=run.__doc__, description=run.__doc__
    )
    parser.add_argument("folder", type=Path, metavar=folder.upper())
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
