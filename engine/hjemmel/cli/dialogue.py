"""Ask a case's questions one at a time, until it is told: for a terminal or a pipe.

Nothing is lost: the case is saved after every answer, whatever ends the talk.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.cli.show_ask import question_text
from hjemmel.decide.answers import Answers, element_at, told_in
from hjemmel.decide.case import NOT_LISTED, read_case
from hjemmel.decide.decision import decide
from hjemmel.decide.match import Matcher
from hjemmel.explain.next_question import open_questions_of, question_of
from hjemmel.issues import CaseInvalidError
from hjemmel.messages import words
from hjemmel.policy.load import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hjemmel.model import Case, Decision, Missing
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Fact, Policy

_YES = ("ja", "j", "yes", "y")
_NO = ("nej", "n", "no")
_SKIP = ("spring over", "ved ikke", "skip", "s", "")
_BACK = ("tilbage", "back", "t", "b")
_STOP = ("stop", "quit", "q")
_HELP = ("?", "hjælp", "help")
_NONE = ("0", "ingen", "none")
#: More elements than this are not told one by one.
_MOST_ELEMENTS = 20
_MOST_CANDIDATES = 6


class Refused(Exception):  # noqa: N818 - an answer is refused; the program has no error
    """An answer that cannot be used; says why in words."""


@dataclass(slots=True)
class Talk:
    """The dialogue's ears and mouth; an end of input is an ``EOFError``."""

    lang: str
    quiet: bool = False

    def say(self, text: str = "") -> None:
        """Print *text*; beside a result for a machine, to standard error."""
        print(text, file=sys.stderr if self.quiet else sys.stdout, flush=True)

    def ask(self, prompt: str) -> str:
        """Return the next line that is typed or piped in, without space around it."""
        if sys.stdin.isatty() and not self.quiet:
            return input(f"{prompt} ").strip()
        print(prompt, end=" ", file=sys.stderr if self.quiet else sys.stdout, flush=True)
        line = sys.stdin.readline()
        if not line:
            self.say()
            raise EOFError
        if not sys.stdin.isatty():
            self.say(line.strip())  # a transcript shows what was answered
        return line.strip()


@dataclass(slots=True)
class _State:
    """What has been told so far, and what was passed over."""

    plain: dict[str, Any]
    skipped: frozenset[str] = frozenset()


@dataclass(slots=True)
class Dialogue:
    """One talk about one case: *plain* is the case as it is told, its recipient included."""

    book: RuleBook
    municipality: str
    plain: Mapping[str, Any]
    talk: Talk
    save: Path | None = None
    comments: str = ""
    _past: list[_State] = field(default_factory=list)

    def run(self) -> Decision:
        """Ask until there is nothing to ask, or nobody to answer; return the last decision."""
        state = _State(dict(self.plain))
        try:
            while (asked := self._asked(state)) is not None:
                decision, missing = asked
                following = self._turn(state, decision, missing)
                if following is None:
                    break
                state = following
                self._keep(state.plain)
        except EOFError:
            self.talk.say(words("talk-ended", self.talk.lang))
        finally:
            self._keep(state.plain)
            self._tell_where(state.plain)
        return self._decide(state.plain)

    def _asked(self, state: _State) -> tuple[Decision, Missing] | None:
        decision = self._decide(state.plain)
        waiting = (one for one in open_questions_of(decision) if one.fact not in state.skipped)
        missing = next(waiting, None)
        return None if missing is None else (decision, missing)

    def _decide(self, plain: Mapping[str, Any]) -> Decision:
        case = read_case(plain, self.book)
        return decide(self.book, case, municipality=self.municipality, lang=self.talk.lang)

    # --- one question -------------------------------------------------------------------

    def _turn(self, state: _State, decision: Decision, missing: Missing) -> _State | None:
        """Ask for *missing* until the answer can be used; nothing where the talk is over."""
        policy: Policy = decision.trace.run.policy
        answers = Answers(policy, decision.case)
        fact = answers.fact(missing.fact)
        question = question_of(decision, missing)
        self.talk.say()
        self.talk.say(question_text(question, policy, answers, self.talk.lang))
        while True:
            line = self.talk.ask(self._prompt(policy, fact, decision.case, missing.fact))
            heard = line.lower()
            if heard in _STOP:
                return None
            if heard in _BACK:
                if self._past:
                    return self._past.pop()
                self.talk.say(words("talk-first", self.talk.lang))
            elif heard in _SKIP:
                self._past.append(state)
                return _State(state.plain, state.skipped | {missing.fact})
            elif heard in _HELP:
                self.talk.say(words("talk-help", self.talk.lang))
            else:
                told = self._told(state, decision, fact, missing.fact, line)
                if told is not None:
                    self._past.append(state)
                    return _State(told, state.skipped)

    def _told(
        self, state: _State, decision: Decision, fact: Fact, path: str, line: str
    ) -> dict[str, Any] | None:
        """Return the case with the answer *line*, or nothing where it says why it cannot be."""
        try:
            reader = _Reader(self.talk, decision.trace.run.policy, decision.case, path)
            value = reader.read(fact, line)
            told = told_in(state.plain, path, value)
            read_case(told, self.book)
        except Refused as refused:
            self.talk.say(f"  ! {refused}")
        except CaseInvalidError as error:
            for issue in error.report.issues:
                hint = issue.hint(self.talk.lang)
                self.talk.say(
                    f"  ! {issue.message(self.talk.lang)}" + (f"; {hint}" if hint else "")
                )
        else:
            return told
        return None

    def _prompt(self, policy: Policy, fact: Fact, case: Case, path: str) -> str:
        lang = self.talk.lang
        choices = _choices(policy, fact, case, path)
        for number, (_, label) in enumerate(choices, 1):
            self.talk.say(f"    {number}. {label}")
        kind = "choice" if choices else "list" if fact.element else fact.type
        if _is_diagnosis(policy, fact):
            kind = "diagnosis"
        self.talk.say("  " + words("talk-allowed", lang, kind=words(f"talk-{kind}", lang)))
        return ">"

    # --- what is kept -------------------------------------------------------------------

    def _keep(self, plain: Mapping[str, Any]) -> None:
        """Write the case to its file in one move, so that no half of it can be left."""
        if self.save is None:
            return
        draft = self.save.with_name(f".{self.save.name}.draft")
        try:
            draft.write_text(self._text(plain), encoding="utf-8")
            draft.replace(self.save)
        except OSError:  # what was told is printed at the end instead
            self.talk.say(words("talk-cannot-save", self.talk.lang, file=str(self.save)))
            self.save = None

    def _text(self, plain: Mapping[str, Any]) -> str:
        if self.save is not None and self.save.suffix == ".json":
            return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"
        return self.comments + yaml_text(dict(plain))

    def _tell_where(self, plain: Mapping[str, Any]) -> None:
        if self.save is not None:
            self.talk.say("\n" + words("talk-saved", self.talk.lang, file=str(self.save)))
        elif plain != self.plain:
            self.talk.say("\n" + words("talk-not-saved", self.talk.lang))
            self.talk.say(self._text(plain))


def _is_diagnosis(policy: Policy, fact: Fact) -> bool:
    """Say whether *fact* is looked up in the list of diagnoses."""
    return any(one.given_by == "diagnoses" and one.asks == fact.id for one in policy.facts.values())


def _choices(policy: Policy, fact: Fact, case: Case, path: str) -> list[tuple[str, str]]:
    """Return what may be answered to a text, and what each is called; none where it is free."""
    if fact.id.endswith(".provision"):
        return [(one.id, f"{one.cite}: {one.label}") for one in policy.provisions.values()]
    if fact.id.endswith(".category"):
        provision = element_at(case, path).get("provision")
        return [
            (name, label)
            for (owner, name), label in policy.categories.items()
            if owner == provision
        ]
    return []


class _Reader:
    """Turns a typed line into what a case would tell."""

    def __init__(self, talk: Talk, policy: Policy, case: Case, path: str) -> None:
        """Take the *talk*, and the *path* in the *case* that is asked for."""
        self.talk, self.policy, self.case, self.path = talk, policy, case, path

    def read(self, fact: Fact, line: str) -> Any:  # noqa: ANN401 - a case tells values of many types
        """Return the plain value of *line* as an answer to *fact*.

        Raises:
            Refused: the line is no answer to it.
        """
        if fact.type == "truth":
            return self._truth(line)
        if fact.element:
            return self._elements(line)
        if _is_diagnosis(self.policy, fact):
            return self._diagnosis(line)
        choices = _choices(self.policy, fact, self.case, self.path)
        if choices and line.isdigit() and 1 <= int(line) <= len(choices):
            return choices[int(line) - 1][0]
        if line.lower() in (*_YES, *_NO):
            raise Refused(words("talk-not-text", self.talk.lang, given=line))
        by_label = {label.lower(): name for name, label in choices}
        return by_label.get(line.lower(), line)

    def _truth(self, line: str) -> bool:
        if line.lower() in _YES:
            return True
        if line.lower() in _NO:
            return False
        raise Refused(words("talk-not-truth", self.talk.lang, given=line))

    def _elements(self, line: str) -> list[dict[str, Any]]:
        if line.lower() in _NONE:
            return []
        if line.isdigit() and int(line) <= _MOST_ELEMENTS:
            return [{} for _ in range(int(line))]
        most = str(_MOST_ELEMENTS)
        raise Refused(words("talk-not-count", self.talk.lang, given=line, most=most))

    def _diagnosis(self, line: str) -> str:
        """Return the entry that *line* names: by its id, or by the one hit that settles it."""
        known = {one["id"]: one["label"] for one in self.policy.diagnoses["diagnoses"]}
        if line in known or line == NOT_LISTED:
            return line
        if line.lower() in words("talk-not-listed", self.talk.lang).split("|"):
            return NOT_LISTED
        found = Matcher(self.policy.diagnoses).match(line)
        if found.settled:
            label = known.get(found.settled, found.settled)
            self.talk.say(f"    = {label} ‹{found.settled}›")
            for one in found.candidates:
                for question in one.confirm:
                    self.talk.say(f"    ? {question}")
            return found.settled
        hits = [(one.entry, one.label) for one in found.candidates]
        hits += [(one.entry, known.get(one.entry, one.text)) for one in found.suggestions]
        offered = dict(hits[:_MOST_CANDIDATES])
        if not offered:
            raise Refused(words("talk-no-diagnosis", self.talk.lang, given=line))
        rows = "".join(f"\n      {name}: {label}" for name, label in offered.items())
        raise Refused(words("talk-which-diagnosis", self.talk.lang, given=line) + rows)
