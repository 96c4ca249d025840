"""``hjemmel mutate``: whether a scenario would notice if the rules were a little different."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjemmel.cli.coverage import passes
from hjemmel.cli.main import Exit
from hjemmel.cli.show import styled
from hjemmel.messages import words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from hjemmel.assure.mutate import Mutation
    from hjemmel.assure.mutate_changes import Mutant

_STATUSES = ("scenario", "check", "excused", "same")


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add*."""
    command = add("mutate", run_mutate)
    command.add_argument("path", nargs="?", type=Path, metavar="STI", help=words("help-scenarios"))
    command.add_argument("--only", default="", metavar="FIL", help=words("help-mutate-only"))
    command.add_argument("--limit", type=int, metavar="ANTAL", help=words("help-mutate-limit"))
    command.add_argument(
        "--seed", type=int, default=0, metavar="TAL", help=words("help-mutate-seed")
    )
    command.add_argument(
        "--fail-under", type=Fraction, metavar="PROCENT", help=words("help-fail-under")
    )
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )


def run_mutate(options: argparse.Namespace) -> Exit:
    """Try every small change of the rules and print those that no scenario notices."""
    from hjemmel.assure.mutate import mutants_of, mutate_folder
    from hjemmel.cli.progress import progress
    from hjemmel.issues import DataNotFoundError
    from hjemmel.policy.book import load_policy

    started, lang = time.monotonic(), options.lang
    book = load_policy(options.rules)
    chosen = {"only": options.only, "seed": options.seed, "limit": options.limit}
    mutants = mutants_of(book, **chosen, lang=lang)
    if not mutants:
        raise DataNotFoundError("file-missing", file=options.only)
    found = mutate_folder(
        book,
        options.path or book.folder / "scenarios",
        mutants,
        following=lambda verdicts: progress(verdicts, "mutate", total=len(mutants)),
    )
    if options.format == "json":
        print(json.dumps(_data(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_rows(found, lang)))
        seconds = f"{time.monotonic() - started:.1f}"
        print(words("mutate-seconds", lang, seconds=seconds.replace(".", ",")))
    failed = passes(found.score, options.fail_under, "mutate-under", options)
    return Exit.FAILED if found.stale and options.fail_under is not None else failed


def _rows(found: Mutation, lang: str) -> Iterator[str]:
    from hjemmel.assure.coverage_html import percent

    yield styled(
        words(
            "mutate-score",
            lang,
            killed=str(found.killed),
            total=str(found.total),
            percent=percent(found.score),
        ),
        "bold",
    )
    yield words("mutate-counts", lang, **{name: str(len(found.of(name))) for name in _STATUSES})
    if found.red:
        yield styled(words("mutate-red", lang, count=str(found.red)), "red")
    for title, status in (("mutate-survivors", "survived"), ("mutate-excused", "excused")):
        some = sorted(found.of(status), key=lambda one: (one.place, one.id))
        if some:
            yield ""
            yield styled(words(title, lang), "bold")
        for one in some:
            yield from _told(one, found, lang)
    for stale in found.stale:
        problem = words(f"mutate-stale-{stale.problem}", lang)
        yield styled(words("mutate-stale", lang, mutant=stale.mutant, problem=problem), "red")


def _told(one: Mutant, found: Mutation, lang: str) -> Iterator[str]:
    from hjemmel.assure.mutate import sentence

    yield f"  {one.place.file}:{one.place.line}: {sentence(one, lang)}"
    yield styled(f"    {one.id}", "dim")
    if one.id in found.excuses:
        yield styled(f"    {found.excuses[one.id]}", "dim")


def _data(found: Mutation) -> dict[str, Any]:
    from hjemmel.assure.mutate import sentence

    return {
        "killed": found.killed,
        "total": found.total,
        "counts": {name: len(found.of(name)) for name in _STATUSES},
        "survivors": [
            {"id": one.id, "file": one.place.file, "line": one.place.line, "text": sentence(one)}
            for one in found.of("survived")
        ],
        "excused": [{"id": one.id, "reason": found.excuses[one.id]} for one in found.of("excused")],
        "stale": [{"id": one.mutant, "problem": one.problem} for one in found.stale],
        "red": found.red,
    }
