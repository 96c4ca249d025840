"""``hjemmel ask``: what to ask next, and why the rest can wait; or ask it all, one by one."""

from __future__ import annotations

import json
import sys
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.cli.dialogue import Dialogue, Talk
from hjemmel.cli.main import Exit
from hjemmel.cli.show import decision_text
from hjemmel.cli.show_ask import guide_text
from hjemmel.decide.case import read_case
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_bytes
from hjemmel.explain.guide_document import next_question_document
from hjemmel.explain.next_question import next_question
from hjemmel.messages import words
from hjemmel.policy.book import load_policy
from hjemmel.policy.load import Loaded
from hjemmel.tree import without_nulls

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hjemmel.model import Case
    from hjemmel.policy.book import RuleBook


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with its name and what runs it."""
    command = add("ask", run_ask)
    command.add_argument("case", metavar="SAG", help=words("help-case"))
    command.add_argument(
        "--municipality", default="", metavar="ID", help=words("help-municipality")
    )
    command.add_argument("--interactive", action="store_true", help=words("help-interactive"))
    command.add_argument("--save", type=Path, metavar="FIL", help=words("help-save"))
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )


def run_ask(options: argparse.Namespace) -> Exit:
    """Print the next question of a case, or ask until it is told."""
    book = load_policy(options.rules)
    if options.interactive:
        return _talk(options, book)
    if options.save:
        return _refused("talk-needs", options.lang, option="--save")
    case = _case(options.case, book)
    decision = decide(book, case, municipality=options.municipality, lang=options.lang)
    guide = next_question(decision)
    if options.format == "json":
        print(json.dumps(next_question_document(guide), ensure_ascii=False, indent=2))
    else:
        print(guide_text(guide, options.lang), end="")
    return Exit.DONE


def _talk(options: argparse.Namespace, book: RuleBook) -> Exit:
    if options.case == "-":
        return _refused("talk-no-file", options.lang)
    if options.save and (options.save.is_dir() or not options.save.parent.is_dir()):
        return _refused("talk-cannot-save", options.lang, file=str(options.save))
    path = Path(options.case)
    read_case(path, book)  # says what is wrong with the file, with its lines
    loaded = Loaded()
    tree = loaded.read(path, str(path))
    assert tree is not None, "the case has just been read"  # noqa: S101
    machine = options.format == "json"
    dialogue = Dialogue(
        book=book,
        municipality=options.municipality,
        plain=without_nulls(tree).plain(),  # type: ignore[arg-type]
        talk=Talk(options.lang, quiet=machine),
        save=options.save,
        comments=_comments(path),
    )
    decision = dialogue.run()
    if machine:
        print(decision_bytes(decision).decode(), end="")
    else:
        print(f"\n{decision_text(decision, options.lang)}", end="")
    return Exit.DONE


def _comments(path: Path) -> str:
    """Return the comments that open the file *path*: they are kept when the case is saved."""
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#"), lines))


def _refused(code: str, lang: str, **fields: str) -> Exit:
    sys.stderr.write(f"hjemmel ask: {words(code, lang, **fields)}\n")
    return Exit.USAGE


def _case(source: str, book: RuleBook) -> Case:
    if source == "-":
        return read_case(sys.stdin.buffer.read(), book, name="-")
    return read_case(Path(source), book)
