"""``hjemmel generate``: invented cases over what the rules let a case tell."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjemmel.assure.population import generate_cases
from hjemmel.batch.places import aside
from hjemmel.cli.main import Exit
from hjemmel.cli.progress import progress
from hjemmel.issues import DataNotFoundError, HjemmelError
from hjemmel.messages import words
from hjemmel.money import grouped
from hjemmel.policy.book import load_policy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

_JSONL, _PARQUET = ".jsonl", ".parquet"
_AT_ONCE = 50_000


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with its name and what runs it."""
    command = add("generate", run_generate)
    command.add_argument(
        "--cases", type=int, required=True, metavar="N", help=words("help-generate-cases")
    )
    command.add_argument("--seed", type=int, default=1, metavar="S", help=words("help-diff-seed"))
    command.add_argument(
        "--to", type=Path, required=True, metavar="FIL", help=words("help-generate-to")
    )


def run_generate(options: argparse.Namespace) -> Exit:
    """Draw cases and write them; the same rules, seed and number give the same cases."""
    if options.cases < 0:
        raise HjemmelError("generate-count", given=str(options.cases))
    book = load_policy(options.rules)
    cases = generate_cases(book, options.cases, options.seed)
    watched = progress(cases, words("generate-progress", options.lang), options.cases)
    if str(options.to) == "-":
        for case in watched:
            sys.stdout.write(_line(case))
        return Exit.DONE
    if options.to.suffix not in (_JSONL, _PARQUET):
        allowed = f"{_JSONL}, {_PARQUET}"
        raise HjemmelError("batch-format", file=options.to.name, allowed=allowed)
    if options.to.is_dir():
        raise HjemmelError("batch-is-folder", file=str(options.to))
    with aside(options.to) as beside:  # what was broken off is no file of cases
        if options.to.suffix == _PARQUET:
            _write_parquet(watched, beside, book)
        else:
            with beside.open("w", encoding="utf-8") as file:
                file.writelines(_line(case) for case in watched)
    count = grouped(options.cases, options.lang)
    print(words("generate-written", options.lang, count=count, file=str(options.to)))
    return Exit.DONE


def _line(case: dict[str, Any]) -> str:
    return json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n"


def _write_parquet(cases: Iterator[dict[str, Any]], path: Path, book: Any) -> None:  # noqa: ANN401
    try:
        from hjemmel.batch.sources import write_cases
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="batch", file=_PARQUET) from error
    write_cases(path, iter(lambda: list(islice(cases, _AT_ONCE)), []), book)
