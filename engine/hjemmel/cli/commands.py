"""What each command does: call the library, print, return a code with a name."""

from __future__ import annotations

import json
import sys

from hjemmel.cli.main import Exit
from hjemmel.cli.plain import as_path
from hjemmel.cli.show import citizen_text, decision_text, explanation_text, match_text, styled
from hjemmel.decide.budget import UNDECIDED
from hjemmel.decide.case import read_case, read_case_file
from hjemmel.decide.decision import decide
from hjemmel.decide.interpreters import keep, recall
from hjemmel.explain.document import decision_bytes, decision_document
from hjemmel.issues import UsageError
from hjemmel.messages import words
from hjemmel.policy.book import load_policy
from hjemmel.policy.translation import DANISH

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from hjemmel.cli.plain import Options
    from hjemmel.letters.write import Letter
    from hjemmel.model import Case, Decision
    from hjemmel.policy.book import RuleBook

_EXAMPLES = ("als.yaml", "mangler.yaml", "afslag.yaml")
_BAR = 30
#: Whom an explanation may speak to.
VOICES = ("caseworker", "citizen")


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of this module by calling *add* with a name and what runs it."""
    for name, run in (("decide", run_decide), ("explain", run_explain), ("letter", run_letter)):
        command = add(name, run)
        command.add_argument("case", metavar="SAG", help=words("help-case"))
        command.add_argument(
            "--municipality", default="", metavar="ID", help=words("help-municipality")
        )
        if name == "letter":
            _letter_options(command)
        else:
            _format_option(command)
        if name == "explain":
            command.add_argument("--what-if", action="store_true", help=words("help-what-if"))
            command.add_argument(
                "--voice", choices=VOICES, default=VOICES[0], help=words("help-voice")
            )
            command.add_argument("--to", type=as_path, metavar="FIL", help=words("help-picture"))
        if name == "decide":
            command.add_argument("--receipt", type=as_path, metavar="FIL", help=words("help-keep"))
    match = add("match", run_match)
    match.add_argument("query", metavar="TEKST", help=words("help-query"))
    _format_option(match)
    demo = add("demo", run_demo)
    demo.add_argument(
        "--to", type=as_path, default="demo", metavar="MAPPE", help=words("help-demo-to")
    )


def _format_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )


def _letter_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", type=as_path, metavar="FIL", help=words("help-to"))
    command.add_argument("--trace", type=as_path, metavar="FIL", help=words("help-trace"))
    command.add_argument("--lint", action="store_true", help=words("help-lint"))
    command.add_argument("--kind", metavar="SLAGS", help=words("help-kind"))
    command.add_argument(
        "--with", dest="facts", type=as_path, metavar="FIL", help=words("help-with")
    )
    command.add_argument("--templates", type=as_path, metavar="MAPPE", help=words("help-templates"))


def run_decide(options: Options) -> Exit:
    """Decide a case and print the proposal."""
    decision = _decided(options)
    if options.receipt:
        # A receipt is kept in the rules' own language, whatever language is read on the screen.
        _keep(options, decision if options.lang == DANISH else _decided(options, DANISH))
    if options.format == "json":
        print(decision_bytes(decision).decode(), end="")
    else:
        print(decision_text(decision, options.lang), end="")
    return Exit.NEEDS_A_PERSON if decision.outcome in UNDECIDED else Exit.DONE


def run_explain(options: Options) -> Exit:
    """Decide a case and print the reasoning."""
    from dataclasses import asdict

    from hjemmel.cli.pictures import write_picture
    from hjemmel.explain.voices import citizen_voice

    if options.what_if and options.to:
        raise UsageError("usage-what-if-picture")
    decision = _decided(options)
    if options.what_if:
        return _print_what_if(decision, options)
    to_citizen = options.voice == "citizen"
    if options.to:
        write_picture(options.to, _picture(decision, options.to, to_citizen=to_citizen))
        print(words("picture-written", options.lang, file=str(options.to)))
    elif options.format == "json":
        said = citizen_voice(decision) if to_citizen else None
        document = asdict(said) if said else decision_document(decision)["explanation"]
        print(json.dumps(document, ensure_ascii=False, indent=2))
    elif to_citizen:
        print(citizen_text(citizen_voice(decision)), end="")
    else:
        print(explanation_text(decision, options.lang), end="")
    return Exit.DONE


def _picture(decision: Decision, file: Path, *, to_citizen: bool) -> str:
    """Return what *file* is to hold, by its ending: a picture, or a page with everything."""
    from hjemmel.cli.pictures import ending_of
    from hjemmel.explain.graph_picture import graph_picture
    from hjemmel.letters.explained import caseworker_page, citizen_page

    if ending_of(file) == ".html":
        return citizen_page(decision) if to_citizen else caseworker_page(decision)
    if to_citizen:
        raise UsageError("usage-picture-voice")
    return graph_picture(decision)


def _print_what_if(decision: Decision, options: Options) -> Exit:
    from hjemmel.cli.show_what_if import what_if_text
    from hjemmel.explain.counterfactual import what_if
    from hjemmel.explain.what_if_document import what_if_document

    found = what_if(decision)
    if options.format == "json":
        print(json.dumps(what_if_document(found), ensure_ascii=False, indent=2))
    else:
        print(what_if_text(found, options.lang), end="")
    return Exit.DONE


def run_letter(options: Options) -> Exit:
    """Decide a case and write the letter."""
    from hjemmel.letters.request import read_letter_facts
    from hjemmel.letters.write import LetterError, write_letter

    if not (options.to or options.trace or options.lint):
        raise LetterError("letter-without-file")
    decision = _decided(options, DANISH)
    book = load_policy(options.rules)
    facts = read_letter_facts(options.facts, book.folder / "schema") if options.facts else None
    written_on = facts.told.get("written_on") if facts else None
    later = book.on(written_on, options.municipality) if written_on else None
    letter = write_letter(
        decision, kind=options.kind, templates=options.templates, facts=facts, later=later
    )
    if options.to:
        options.to.write_bytes(letter.as_file(options.to.name))
        print(words("letter-written", options.lang, file=str(options.to)))
    if options.trace:
        options.trace.write_text(letter.trace(), encoding="utf-8")
        print(words("letter-traced", options.lang, file=str(options.trace)))
    for blank in letter.blanks:
        print(f"  {words('letter-blank', options.lang, blank=blank)}")
    return _linted(letter, decision, options.lang) if options.lint else Exit.DONE


def _linted(letter: Letter, decision: Decision, lang: str) -> Exit:
    """Print what *letter* lacks and how easy it is to read."""
    from hjemmel.letters.lint import lint_letter

    report = lint_letter(letter, decision)
    for one in report.findings:
        sign = styled("!", "yellow") if one.warning else styled("✗", "red")
        print(sign, one.text(lang))
    told = report.readability
    counts = {"words": told.words, "sentences": told.sentences, "long": told.long_words}
    shown = {name: str(count) for name, count in counts.items()}
    print(words("lint-lix-is", lang, lix=f"{told.lix:.0f}", **shown))
    print(words("lint-passed" if report.passed else "lint-failed", lang))
    return Exit.DONE if report.passed else Exit.FAILED


def run_match(options: Options) -> Exit:
    """Look a diagnosis up by text or code and print the candidates."""
    from dataclasses import asdict

    from hjemmel.decide.match import Matcher

    book = load_policy(options.rules)
    result = Matcher(book.tree("diagnoses").plain()).match(options.query)  # type: ignore[arg-type]
    if options.format == "json":
        print(json.dumps(asdict(result), ensure_ascii=False, indent=2))
    else:
        print(match_text(result, options.lang))
    return Exit.DONE


def run_demo(options: Options) -> Exit:
    """Decide three invented cases, show decision and reasoning, and write their letters."""
    from hjemmel.data import data_folder
    from hjemmel.letters.write import write_letter

    book, folder = load_policy(options.rules), data_folder("examples")
    options.to.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name in _EXAMPLES:
        case, municipality = read_case(folder / name, book), book.municipalities[0]
        decision = decide(book, case, municipality=municipality, lang=options.lang)
        print(
            styled(f"━━ {name} " + "━" * 60, "blue"),
            decision_text(decision, options.lang),
            sep="\n",
        )
        print(explanation_text(decision, options.lang))
        letter = write_letter(decide(book, case, municipality=municipality))
        for ending in (".md", ".html"):
            written.append(options.to / as_path(name).with_suffix(ending).name)
            written[-1].write_bytes(letter.as_file(written[-1].name))
    print(words("demo-letters", options.lang))
    for path in written:
        print(f"  {path}")
    return Exit.DONE


def _decided(options: Options, lang: str | None = None) -> Decision:
    book = load_policy(options.rules)
    case = _case(options.case, book)
    policy = book.on(case.decided_on, options.municipality, lang=lang or options.lang)
    known = recall(book, policy)
    decision = decide(policy, case)
    keep(book, policy, known)
    return decision


def _keep(options: Options, decision: Decision) -> None:
    """Write what it takes to decide again: the decision and the case without its recipient."""
    kept = {
        "replay": {"case": decision.case.plain},
        "decision": decision_document(decision),
    }
    text = json.dumps(kept, ensure_ascii=False, indent=2)
    options.receipt.write_text(text + "\n", encoding="utf-8")


def _case(source: str, book: RuleBook) -> Case:
    if source == "-":
        return read_case(sys.stdin.buffer.read(), book, name="-")
    return read_case_file(source, book)
