"""``hjemmel check``: what is wrong with the rules, what time has overtaken, where anchors stand."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hjemmel.assure.anchors import AnchorReport, check_anchors, read_official
from hjemmel.assure.watch import each_change, overtaken, snapshot
from hjemmel.cli.main import Exit
from hjemmel.data import data_folder
from hjemmel.issues import DataNotFoundError, HjemmelError, Report, UsageError
from hjemmel.messages import words
from hjemmel.policy.book import check_rules
from hjemmel.policy.compile import reviewed_elements
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hjemmel.issues import Issue
    from hjemmel.policy.book import RuleBook


_FORMATS = ("text", "json", "github")
_CLEAN_SCREEN = "\033[2J\033[H"
#: How long to rest between two looks at the files, in seconds.
_PAUSE = 0.4


@dataclass(frozen=True, slots=True)
class _Checked:
    """Everything one round of checking found."""

    root: Path
    report: Report
    book: RuleBook | None
    anchors: AnchorReport | None

    @property
    def exit(self) -> Exit:
        """Return what the shell is told: anchors that are lost are a failed verification."""
        if self.book is None:
            return Exit.RULES
        lost = self.anchors is not None and self.anchors.lost
        return Exit.FAILED if lost or self.report.errors else Exit.DONE


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with a name and what runs it."""
    check = add("check", run_check)
    check.add_argument("folder", nargs="?", type=Path, metavar="REGLER", help=words("help-rules"))
    check.add_argument("--sources", type=Path, metavar="MAPPE", help=words("help-check-sources"))
    check.add_argument("--watch", action="store_true", help=words("help-check-watch"))
    check.add_argument(
        "--format", choices=_FORMATS, default="text", help=words("help-check-format")
    )
    check.add_argument("--today", default="", metavar="DAG", help=words("help-today"))


def chosen_day(text: str) -> date:
    """Return the day *text* names, or today where it is empty.

    Raises:
        UsageError: there is no such day.
    """
    day = day_of(text) if text else date.today()  # noqa: DTZ011 - the day it is where the user sits
    if day is None:
        raise UsageError("no-such-day", given=text)
    return day


def run_check(options: argparse.Namespace) -> Exit:
    """Check the rule files and print everything that is wrong with them."""
    return _watched(options) if options.watch else _shown(options)


def _watched(options: argparse.Namespace) -> Exit:
    """Check now and after every change, until the user has had enough."""
    folders = [_root(options), *([options.sources] if options.sources else [])]
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing is not None:
        raise DataNotFoundError("folder-missing", folder=str(missing))
    try:
        for _ in each_change(lambda: snapshot(folders), lambda: time.sleep(_PAUSE)):
            if sys.stdout.isatty():
                sys.stdout.write(_CLEAN_SCREEN)
            _one_round(options)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.DONE
    return Exit.DONE


def _one_round(options: argparse.Namespace) -> None:
    try:
        _shown(options)
    except HjemmelError as error:  # a folder that is being moved; the next round will tell
        sys.stderr.write(error.text(options.lang) + "\n")
    if options.format == "text":
        print(words("check-watching", options.lang))


def _shown(options: argparse.Namespace) -> Exit:
    checked = _checked(options)
    show: Callable[[_Checked, str], None] = {
        "text": _as_text,
        "json": _as_json,
        "github": _as_github,
    }[options.format]
    show(checked, options.lang)
    return checked.exit


def _root(options: argparse.Namespace) -> Path:
    return cast("Path | None", options.rules or options.folder) or data_folder("rules")


def _checked(options: argparse.Namespace) -> _Checked:
    root, today = _root(options), chosen_day(options.today)
    report, book = check_rules(root)
    if book is None:
        return _Checked(root, report, None, None)
    anchors = check_anchors(book.trees, options.sources) if options.sources else None
    more = [*overtaken(book, today), *(anchors.issues if anchors else ())]
    return _Checked(root, _with(report, more, root), book, anchors)


def _with(report: Report, more: list[Issue], root: Path) -> Report:
    """Return *report* and the issues *more*, these too with the lines they stand on."""
    files = {issue.place.file for issue in more}
    lines = {
        file: read_official(root / file).splitlines() for file in files if (root / file).is_file()
    }
    return Report.of([*report.issues, *more], lines)


# --- three ways to say it -------------------------------------------------------------------------


def _as_text(checked: _Checked, lang: str) -> None:
    if checked.report.issues:
        print(checked.report.text(lang), end="\n\n")
    _summary(checked, lang)


def _summary(checked: _Checked, lang: str) -> None:
    if checked.anchors is not None:
        count = {name: str(number) for name, number in _anchor_counts(checked.anchors).items()}
        print(words("anchors-held", lang, **count))
    if checked.book is None:
        print(words("check-failed", lang, count=str(len(checked.report.errors))))
        return
    reviewed, elements = reviewed_elements(checked.book.trees)
    counts = {"elements": elements, "warnings": len(checked.report.warnings), "reviewed": reviewed}
    print(words("check-passed", lang, **{name: str(count) for name, count in counts.items()}))


def _anchor_counts(anchors: AnchorReport) -> dict[str, int]:
    return {
        "held": anchors.anchors - anchors.lost,
        "count": anchors.anchors,
        "texts": len(anchors.texts),
    }


def _as_json(checked: _Checked, lang: str) -> None:
    report = checked.report
    document: dict[str, object] = {
        "usable": checked.book is not None,
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "issues": [
            {"code": one.code, "severity": "warning" if one.warning else "error",
             "message": one.message(lang), "hint": one.hint(lang),
             "file": one.place.file, "line": one.place.line, "column": one.place.column}
            for one in report.issues
        ],
    }  # fmt: skip
    if checked.book is not None:
        reviewed, elements = reviewed_elements(checked.book.trees)
        document |= {"elements": elements, "reviewed": reviewed}
    if checked.anchors is not None:
        document["anchors"] = {
            **_anchor_counts(checked.anchors),
            "files": dict(checked.anchors.texts),
        }
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _as_github(checked: _Checked, lang: str) -> None:
    for issue in checked.report.issues:
        print(annotation(issue, _path(checked.root, issue.place.file), lang))
    _summary(checked, lang)


def annotation(issue: Issue, path: str, lang: str = "da") -> str:
    """Return *issue* in the file *path* as a workflow command of GitHub Actions."""
    said = "\n".join(part for part in (issue.message(lang), issue.hint(lang)) if part)
    where = {
        "file": path,
        "line": str(issue.place.line),
        "col": str(issue.place.column),
        "title": issue.code,
    }
    fields = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in where.items())
    return f"::{'warning' if issue.warning else 'error'} {fields}::{_escaped(said)}"


def _escaped(text: str, more: str = "") -> str:
    """Return *text* with the signs that would end a part of the command in hexadecimal."""
    return "".join(f"%{ord(sign):02X}" if sign in f"%\r\n{more}" else sign for sign in text)


def _path(root: Path, file: str) -> str:
    """Return *file* as seen from where the command runs: annotations are placed by that path."""
    path = root / file if (root / file).exists() else Path(file)
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
