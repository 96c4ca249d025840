"""The command ``hjemmel``: reads the arguments and turns errors into words and exit codes."""

from __future__ import annotations

import gc
import json
import os
import sys
from enum import IntEnum

from hjemmel.cli.plain import plain_call
from hjemmel.issues import (
    BackendError,
    CaseInvalidError,
    HjemmelError,
    RulesInvalidError,
    masked,
)
from hjemmel.messages import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from hjemmel.cli.plain import Options
    from hjemmel.issues import Issue


class Exit(IntEnum):
    """What the shell is told."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    RULES = 3
    NEEDS_A_PERSON = 4


#: The modules that add commands, in the order `--help` shows them.
COMMAND_MODULES = (
    "check", "commands", "ask", "test", "coverage", "mutate", "verify", "diff", "batch",
    "generate", "rates", "codes", "seal",
)  # fmt: skip
#: The module of each command that is not called as its module is. It is there for speed alone:
#: for a command that is missing here, all modules are asked.
_HOMES = {
    **dict.fromkeys(("decide", "explain", "letter", "match", "demo"), "commands"),
    "replay": "seal",
}


#: How many objects are made before Python looks among them for rubbish, in a process of our own.
_LOOKED_THROUGH = 200_000


def start() -> int:
    """Run the command as a process of its own, and return its exit code.

    A command makes few objects and drops hardly any in circles, so that looking for such rubbish
    is a tenth of what a decision takes; and at the end the system takes all of it at once.
    """
    gc.set_threshold(_LOOKED_THROUGH)
    try:
        return main()
    finally:
        gc.freeze()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, or the process's own, and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        modules = modules_for(given)
        options = plain_call(given, modules) or build_parser(modules).parse_args(given)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        return int(options.run(options))
    except HjemmelError as error:
        return _tell(error, options)
    except BrokenPipeError:
        # The reader has gone; say nothing more to a closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except KeyboardInterrupt:
        sys.stderr.write(words("interrupted", options.lang) + "\n")
        return Exit.FAILED
    except Exception as error:
        if os.environ.get("HJEMMEL_DEBUG"):
            raise
        if isinstance(error, OSError) and error.filename:
            file = masked(str(error.filename))
            sys.stderr.write(words("file-refused", options.lang, file=file) + "\n")
            return Exit.USAGE
        sys.stderr.write(words("internal-error", options.lang, kind=type(error).__name__) + "\n")
        return Exit.FAILED


def _tell(error: HjemmelError, options: Options) -> Exit:
    text = error.text(options.lang)
    if isinstance(error, BackendError) and error.evidence:
        text = f"{text}\n{words('evidence-saved', options.lang, file=_save(error))}"
    with_report = isinstance(error, RulesInvalidError | CaseInvalidError)
    sys.stderr.write((text if with_report else f"{text} [{error.code}]") + "\n")
    if getattr(options, "format", "text") == "json":
        document: dict[str, object] = {"error": error.code, "message": text}
        if isinstance(error, RulesInvalidError | CaseInvalidError):
            document["issues"] = [_plain(one, options.lang) for one in error.report.issues]
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    return Exit(error.exit)


def _plain(issue: Issue, lang: str) -> dict[str, object]:
    return {
        "code": issue.code,
        "message": issue.message(lang),
        "hint": issue.hint(lang),
        "file": issue.place.file,
        "line": issue.place.line,
        "column": issue.place.column,
    }


def _save(error: BackendError) -> str:
    from pathlib import Path

    path = Path("hjemmel-uenighed.json")
    path.write_text(
        json.dumps(error.evidence, ensure_ascii=False, indent=2, default=str) + "\n",
        encoding="utf-8",
    )
    return str(path)


def modules_for(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the modules that must be loaded to understand *arguments*: the command's own, or all.

    Loading the others would take longer than most commands do.
    """
    first = arguments[0] if arguments else ""
    home = _HOMES.get(first, first)
    return (home,) if home in COMMAND_MODULES else COMMAND_MODULES


def build_parser(modules: Iterable[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, or of the commands in *modules*."""
    from hjemmel.cli.parser import parser_of

    return parser_of(COMMAND_MODULES if modules is None else modules)
