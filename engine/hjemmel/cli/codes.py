"""``hjemmel codes check``: the codes of the diagnoses against the code systems' own files."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.assure.codes import CodesReport, check_codes
from hjemmel.cli.check import chosen_day
from hjemmel.cli.main import Exit
from hjemmel.explain.reasons import people_day
from hjemmel.issues import Report, UsageError
from hjemmel.messages import words
from hjemmel.policy.book import load_policy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from hjemmel.policy.book import RuleBook


_WIDTH = 100


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with a name and what runs it."""
    codes = add("codes", run_codes)
    codes.add_argument("action", choices=("check",), help=words("help-codes-action"))
    codes.add_argument("files", nargs="+", type=Path, metavar="FIL", help=words("help-codes-files"))
    codes.add_argument("--on", default="", metavar="DAG", help=words("help-codes-on"))
    codes.add_argument("--to", type=Path, metavar="FIL", help=words("help-codes-to"))
    codes.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )


def run_codes(options: argparse.Namespace) -> Exit:
    """Check every code of the diagnoses and print what there is to look at."""
    book = load_policy(options.rules)
    report = check_codes(book.tree("diagnoses"), options.files, chosen_day(options.on))
    document = json.dumps(_document(report, book, options.lang), ensure_ascii=False, indent=2)
    if options.to:
        _save(options.to, document)
    if options.format == "json":
        print(document)
    else:
        print("\n".join(_lines(report, book, options.lang)))
        if options.to:
            print(words("codes-written", options.lang, file=str(options.to)))
    return Exit.FAILED if report.issues else Exit.DONE


def _document(report: CodesReport, book: RuleBook, lang: str) -> dict[str, object]:
    policy = book.tree("index").get("policy")
    rules = {"version": policy.text("version") if policy else "", "digest": book.digest()}
    return {"rules": rules, **report.document(lang)}


def _save(path: Path, document: str) -> None:
    try:
        path.write_text(document + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            "file-not-written", file=str(path), problem=type(error).__name__
        ) from error


def _lines(report: CodesReport, book: RuleBook, lang: str) -> Iterator[str]:
    diagnoses = book.tree("diagnoses").place.file
    yield words("codes-heading", lang, rules=diagnoses, day=people_day(report.on))
    yield from _file_lines(report, lang)
    yield ""
    for count in report.counts:
        fields = {name: str(getattr(count, name)) for name in type(count).__dataclass_fields__}
        yield f"  {words('codes-count', lang, **fields)}"
    yield ""
    if report.issues:
        lines = (book.folder / diagnoses).read_text(encoding="utf-8-sig").splitlines()
        yield Report.of(report.issues, {diagnoses: lines}).text(lang)
        yield ""
    yield from _not_covered(report, lang)
    if report.issues:
        yield words("codes-to-look-at", lang, count=str(len(report.issues)))
    else:
        yield words("codes-fine", lang)


def _file_lines(report: CodesReport, lang: str) -> Iterator[str]:
    labels = {count.system: count.label for count in report.counts}
    for file in report.files:
        fields = {
            "file": file.file,
            "system": labels.get(file.system, file.system),
            "count": str(len(file.entries)),
            "version": file.version,
        }
        key = "codes-file" if file.version else "codes-file-undated"
        yield f"  {words(key, lang, **fields)}"
        if not file.complete:
            yield f"    {words('codes-partial', lang)}"


def _not_covered(report: CodesReport, lang: str) -> Iterator[str]:
    if not report.not_covered:
        return
    yield words("codes-not-covered", lang)
    for system, codes in report.not_covered.items():
        label = next((one.label for one in report.counts if one.system == system), system)
        text = f"{label}: {', '.join(codes)}"
        yield textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    yield ""
