"""Decision to letter: which kinds there are, when each may be written, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from hjemmel.issues import HjemmelError
from hjemmel.letters.blocks import parser, title_of
from hjemmel.letters.confined import render
from hjemmel.letters.context import BLANK, BLANKS, LetterContext, letter_context
from hjemmel.letters.docx import REFERENCE, to_docx
from hjemmel.letters.errors import LetterError
from hjemmel.letters.formats import PAGE, to_html
from hjemmel.letters.look import Look, look_of
from hjemmel.letters.marks import Traced, unmarked
from hjemmel.letters.nodes import Nodes
from hjemmel.letters.pdf import to_pdf
from hjemmel.letters.request import LetterFacts
from hjemmel.letters.templating import TemplateFault, fault_of
from hjemmel.letters.trace import (
    LetterSentence,
    courtesies_of,
    sentences_of,
    trace_document,
)
from hjemmel.letters.voice import in_third_person, named
from hjemmel.model import Decision
from hjemmel.policy.compile import Policy

__all__ = ["FORMATS", "KINDS", "KIND_OF", "Letter", "LetterError", "fits", "write_letter"]

#: Which letter an outcome leads to when nobody asks for another.
KIND_OF: Mapping[str, str] = {
    "grant": "grant",
    "partial_grant": "partial_grant",
    "refuse": "refusal",
    "ask": "request_for_information",
    "assess": "assessment_pending",
    "no_request": "no_request",
}
HEARING, BALANCE, ORDINARY = "hearing", "balance", "ordinary_casework"
#: Letters of the case's later life, and the outcomes they may follow.
LATER: Mapping[str, tuple[str, ...]] = {
    "aid_returned": ("grant", "partial_grant"),
    "missed_deadline": ("grant", "partial_grant", "refuse", "ask", "assess"),
    "complaint_forwarded": ("partial_grant", "refuse"),
    ORDINARY: ("partial_grant", "refuse"),
}
KINDS: tuple[str, ...] = (*KIND_OF.values(), HEARING, BALANCE, *LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter, ready to be read by a person before it is sent.

    *blanks* names what only the municipality can fill in; the text shows each place.
    *sentences* are those of the text, in their order, each with the nodes it rests on.
    """

    kind: str
    title: str
    markdown: str
    blanks: tuple[str, ...] = ()
    look: Look = field(repr=False)
    case: str = ""
    sentences: tuple[LetterSentence, ...] = field(default=(), repr=False)
    templates: Path | None = field(default=None, repr=False, compare=False)

    def html(self) -> str:
        """Return the letter as one self-contained, accessible HTML page.

        Raises:
            LetterError: the template of the page cannot be used.
        """
        try:
            return to_html(self.markdown, self.look, self.templates, self.sentences)
        except Exception as error:
            raise _template_error(PAGE, error) from error

    def pdf(self) -> bytes:
        """Return the letter as PDF that a screen reader can read.

        Raises:
            DataNotFoundError: the extra ``pdf`` is not installed.
        """
        return to_pdf(self.markdown, self.look)

    def docx(self) -> bytes:
        """Return the letter as a Word document, in the styles of the municipality's own if any.

        Raises:
            DataNotFoundError: the extra ``docx`` is not installed.
            LetterReferenceError: the municipality's own document cannot carry a letter.
        """
        own = self.templates / REFERENCE if self.templates else None
        return to_docx(self.markdown, self.look, own if own and own.is_file() else None)

    def trace(self) -> str:
        """Return as JSON what each sentence rests on, and which template has it."""
        return trace_document(self.kind, self.case, self.sentences)

    def as_file(self, name: str) -> bytes:
        """Return the letter in the format that the ending of the file *name* asks for.

        Raises:
            LetterError: there is no such format.
            DataNotFoundError: the format is an extra that is not installed.
        """
        suffix = Path(name).suffix.lower()
        if suffix not in FORMATS:
            raise LetterError("letter-format-unknown", file=name, known=", ".join(FORMATS))
        return FORMATS[suffix](self)


#: The formats a letter can be had in, by the ending of the file.
FORMATS: Mapping[str, Callable[[Letter], bytes]] = {
    ".md": lambda letter: letter.markdown.encode(),
    ".html": lambda letter: letter.html().encode(),
    ".docx": Letter.docx,
    ".pdf": Letter.pdf,
}


def write_letter(
    decision: Decision,
    *,
    kind: str | None = None,
    templates: Path | str | None = None,
    answer_by: date | None = None,
    facts: LetterFacts | None = None,
    later: Policy | None = None,
) -> Letter:
    """Return the letter about *decision*: of the *kind* asked for, else the one its outcome needs.

    A folder of *templates* may replace any that ships; *answer_by* is the last day of an answer;
    *facts* are what the letter alone must be told, and *later* the rules of the letter's own day
    where that is another than the decision's.

    Raises:
        LetterError: the kind does not fit the decision, or a template cannot be used.
        DataNotFoundError: the folder of templates does not exist.
    """
    wanted = kind or KIND_OF[decision.outcome]
    _check_kind(decision, wanted)
    folder = Path(templates) if templates is not None else None
    nodes = Nodes(decision, facts, later)
    nodes.told.need(wanted)
    context = letter_context(nodes, wanted, answer_by=answer_by)
    traced = _rendered(f"letters/{wanted}.md.j2", context, folder)
    courtesies = courtesies_of(folder)
    sentences = _sentences(traced, nodes, courtesies)
    if nodes.called:
        traced, sentences = _voiced(traced, sentences, nodes, courtesies)
    markdown = traced.text
    places = {what: BLANK.format(what=what) for what in BLANKS.values()}
    return Letter(
        kind=wanted,
        title=title_of(markdown),
        markdown=markdown,
        blanks=tuple(what for what, place in places.items() if place in markdown),
        look=look_of(decision),
        case=decision.case.id,
        sentences=sentences,
        templates=folder,
    )


def _sentences(
    traced: Traced, nodes: Nodes, courtesies: Mapping[str, str]
) -> tuple[LetterSentence, ...]:
    tokens = parser().parse(traced.text)
    return tuple(sentences_of(traced, tokens, nodes, courtesies))


#: Those who act for the citizen without choosing in the citizen's place.
_ON_BEHALF = ("guardian", "representative")


def _voiced(
    traced: Traced,
    sentences: tuple[LetterSentence, ...],
    nodes: Nodes,
    courtesies: Mapping[str, str],
) -> tuple[Traced, tuple[LetterSentence, ...]]:
    """Return the letter as it reads for somebody who reads it on the citizen's behalf."""
    parent = nodes.decision.case.recipient.role not in _ON_BEHALF
    voiced = in_third_person(traced, sentences, nodes.called, parent=parent)
    known = {"".join(named(one, nodes.called)): group for one, group in courtesies.items()}
    return voiced, _sentences(voiced, nodes, {**known, **courtesies})


def fits(decision: Decision, kind: str) -> bool:
    """Say whether a letter of *kind* may be written about *decision*."""
    try:
        _check_kind(decision, kind)
    except LetterError:
        return False
    return True


def _check_kind(decision: Decision, kind: str) -> None:
    if kind not in KINDS:
        raise LetterError("letter-kind-unknown", kind=kind, known=", ".join(KINDS))
    if kind == HEARING:
        if decision.outcome != "refuse":
            raise LetterError("letter-hearing-without-refusal")
    elif kind == BALANCE:
        if decision.amounts is None or decision.amounts.remaining is None:
            raise LetterError("letter-needs-amounts")
    elif kind in LATER:
        if decision.outcome not in LATER[kind]:
            raise _unfit(decision, kind)
        if kind == ORDINARY and not _goes_on(decision):
            raise LetterError("letter-nothing-goes-on")
    elif kind != KIND_OF[decision.outcome]:
        raise _unfit(decision, kind)


def _unfit(decision: Decision, kind: str) -> LetterError:
    fitting = KIND_OF[decision.outcome]
    return LetterError("letter-kind-unfit", kind=kind, outcome=decision.outcome, fitting=fitting)


def _goes_on(decision: Decision) -> bool:
    """Say whether something goes on to ordinary casework: all of it, or what was not granted."""
    if not any(duty.id == ORDINARY for duty in decision.duties):
        return False
    left = (one for one in decision.items if one.status != "granted")
    return not decision.items or any(not one.own_payment for one in left)


def _rendered(name: str, context: LetterContext, templates: Path | None) -> Traced:
    names = {one.name: getattr(context, one.name) for one in fields(context)}
    try:
        return unmarked(render(name, names, templates))
    except Exception as error:
        raise _template_error(name, error) from error


def _template_error(name: str, error: Exception) -> HjemmelError:
    """Return what a template did wrong, in one line; it may fail in any way at all."""
    if isinstance(error, HjemmelError):
        return error
    if isinstance(error, TemplateFault):
        if error.limit:
            return LetterError("letter-template-limit", template=error.template)
        where, problem = error.template, error.problem
    else:
        where, problem = fault_of(name, error)
    return LetterError("letter-template-failed", template=where, problem=problem)
