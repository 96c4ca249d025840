# ruff: noqa: E501 - the texts below are long; this line goes when they stand in messages.py
"""``hjemmel codes check``: the codes of the diagnoses against the code systems' own files."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hjemmel import messages
from hjemmel.assure.codes import CodesReport, check_codes
from hjemmel.cli.check import UsageError, chosen_day
from hjemmel.cli.main import Exit
from hjemmel.explain.reasons import people_day
from hjemmel.issues import Report
from hjemmel.messages import Text, words
from hjemmel.policy.book import load_policy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from hjemmel.policy.book import RuleBook

TEXTS: Mapping[str, Text] = {
    "help-codes": Text("efterprøv diagnosernes koder mod kodesystemernes egne filer", "check the codes of the diagnoses against the code systems' own files"),
    "help-codes-action": Text("check: findes koderne, gælder de, og betyder de stadig det samme?", "check: do the codes exist, hold, and still mean the same?"),
    "help-codes-files": Text("SKScomplete.txt, Orphanets XML eller liste (CSV/TSV), Mondo (OBO eller SSSOM)", "SKScomplete.txt, Orphanet's XML or list (CSV/TSV), Mondo (OBO or SSSOM)"),
    "help-codes-on": Text("den dag, koderne skal gælde (ÅÅÅÅ-MM-DD); ellers i dag", "the day the codes must hold (YYYY-MM-DD); else today"),
    "help-codes-to": Text("skriv også resultatet som JSON til denne fil", "write the result as JSON to this file as well"),
    "codes-heading": Text("Koderne i {rules} den {day}", "The codes in {rules} on {day}"),
    "codes-file": Text("{file} ({system}): {count} koder, version {version}", "{file} ({system}): {count} codes, version {version}"),
    "codes-file-undated": Text("{file} ({system}): {count} koder, uden version", "{file} ({system}): {count} codes, without a version"),
    "codes-partial": Text("filen er en del af systemet: en kode, den ikke nævner, kan stadig findes", "the file is a part of the system: a code that it lacks may still exist"),
    "codes-count": Text("{label}: {codes} koder · {in_force} gælder · {renamed} med andet navn · {not_in_force} gælder ikke · {gone} findes ikke · {not_covered} ikke efterprøvet",
                        "{label}: {codes} codes · {in_force} hold · {renamed} renamed · {not_in_force} do not hold · {gone} do not exist · {not_covered} not checked"),
    "codes-not-covered": Text("ikke efterprøvet, for ingen af filerne dækker dem:", "not checked, for none of the files covers them:"),
    "codes-fine": Text("alle koder, filerne dækker, gælder og betyder det samme", "all codes that the files cover hold and mean the same"),
    "codes-to-look-at": Text("{count} steder skal ses på", "{count} places to look at"),
    "codes-written": Text("resultatet er skrevet: {file}", "the result is written: {file}"),
}  # fmt: skip
for _code, _text in TEXTS.items():  # until they stand in messages.py
    cast("dict[str, Text]", messages.TEXTS).setdefault(_code, _text)

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
