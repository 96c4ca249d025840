"""The command line as argparse reads it: every option, help, and what is wrong with a call."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, NoReturn

from hjemmel.cli.main import Exit
from hjemmel.cli.plain import add_common, register_of
from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: What argparse says in English, and the code of what we say instead.
_USAGE_SENTENCES = (
    (r"the following arguments are required: (?P<what>.+)", "usage-missing"),
    (r"unrecognized arguments: (?P<what>.+)", "usage-unknown"),
    (
        (
            r"argument (?P<where>\S+): invalid choice: '?(?P<what>[^' ]*)'? "
            r"\(choose from (?P<known>.+)\)"
        ),
        "usage-choice",
    ),
    (r"argument (?P<where>[^:]+): expected one argument", "usage-value"),
    (r"argument (?P<where>[^:]+): invalid int value: '(?P<what>.*)'", "usage-number"),
    (r"argument (?P<where>[^:]+): invalid Fraction value: '(?P<what>.*)'", "usage-percent"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say in words what is wrong with the call, and end with the code for that."""
        lang = "en" if "--lang=en" in sys.argv or "en" in sys.argv else "da"
        text = message
        for pattern, code in _USAGE_SENTENCES:
            found = re.match(pattern, message)
            if found:
                text = words(
                    code,
                    lang,
                    **{key: value.replace("'", "") for key, value in found.groupdict().items()},
                )
        sys.stderr.write(f"{self.prog}: {text}\n{words('usage-help', lang, prog=self.prog)}\n")
        raise SystemExit(Exit.USAGE)


class _Version(argparse.Action):
    """Prints the version; what it is, is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print it and end."""
        from hjemmel.decide.version import engine_version

        print(f"hjemmel {engine_version()}")
        parser.exit()


def parser_of(modules: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of the commands in *modules*."""
    parser = _Parser(prog="hjemmel", description=words("help-hjemmel"))
    about = "show program's version number and exit"
    parser.add_argument(
        "--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help=about
    )
    below = parser.add_subparsers(
        title=words("help-commands"), metavar="KOMMANDO", required=True, parser_class=_Parser
    )

    def add(name: str, run: Callable[..., int]) -> argparse.ArgumentParser:
        command = below.add_parser(
            name, help=words(f"help-{name}"), description=words(f"help-{name}")
        )
        add_common(command, run)
        return command

    for module in modules:
        register_of(module)(add)
    return parser
