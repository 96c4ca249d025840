"""What validation says: issues with a code, a place and a hint, and the five errors."""

from __future__ import annotations

import re

from hjemmel.messages import hint, sentence, words
from hjemmel.records import dataclass, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Six digits and four, the shape of a Danish CPR number: together, or with signs between, and
#: the six perhaps in pairs.
_SIGN = r"[-\u2010-\u2015\u2212./_\s]"
_CPR_SHAPE = (
    rf"(?<!\d)(?:\d{{6}}|\d\d(?P<sign>{_SIGN})\d\d(?P=sign)\d\d){_SIGN}{{0,3}}\d{{4}}(?!\d)"
)
_CPR_DIGITS = 10
#: How much of a line is shown, and how much of that stands before the caret at most.
_WIDTH, _BEFORE = 120, 80
#: How much of what the author wrote is repeated in a sentence.
_LONGEST = 200
#: What is shown for characters that are not seen, or that would move the caret.
_STAND_INS = {"\t": "→", "\N{NO-BREAK SPACE}": " "}


def looks_like_cpr(text: str) -> bool:
    """Say whether *text* holds something shaped like a CPR number."""
    return _may_hold_cpr(text) and re.search(_CPR_SHAPE, text) is not None


def masked(text: str) -> str:
    """Return *text* with everything shaped like a CPR number replaced by crosses.

    The result has the same length, so that a caret below it still points right.
    """
    if not _may_hold_cpr(text):
        return text
    return re.sub(_CPR_SHAPE, lambda found: "x" * len(found.group(0)), text)


def _may_hold_cpr(text: str) -> bool:
    return len(text) >= _CPR_DIGITS and sum(map(str.isdecimal, text)) >= _CPR_DIGITS


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file; lines and columns count from one."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something a rule author or a caseworker should look at.

    The sentence is made from *code* and *fields*; ``messages.py`` holds the words.
    """

    code: str
    place: Place
    fields: Mapping[str, str] = field(default_factory=dict)
    warning: bool = False
    line: str = field(default="", compare=False)

    def message(self, lang: str = "da") -> str:
        """Return the sentence in *lang*."""
        return masked(sentence(self.code, self._tidy(), lang))

    def hint(self, lang: str = "da") -> str:
        """Return the hint in *lang*; empty when the fields give none."""
        return masked(hint(self.code, self._tidy(), lang))

    def _tidy(self) -> Mapping[str, str]:
        """Return the fields, each on one line and none longer than a person cares to read."""
        return {name: _one_line(value) for name, value in self.fields.items()}

    def sort_key(self) -> tuple[Place, str, str]:
        """Return what issues are listed by: place first, then code and words."""
        return (self.place, self.code, self.message())


def show(issue: Issue, lang: str = "da") -> str:
    """Return *issue* as text: place, message and code, the line, a caret and the hint."""
    place = issue.place
    at = f"{masked(place.file)}:{place.line}:{place.column}"
    kind = f"{words('warning', lang)}: " if issue.warning else ""
    rows = [f"{at}: {kind}{issue.message(lang)} [{issue.code}]"]
    margin = " " * len(str(place.line))
    if issue.line:
        line, before = _excerpt(masked(issue.line), place.column - 1)
        rows.append(f"{place.line} | {line}")
        rows.append(f"{margin} | {' ' * before}^")
    if issue.hint(lang):
        rows.append(f"{margin} = {issue.hint(lang)}")
    return "\n".join(rows)


def _one_line(text: str) -> str:
    line = " ".join(text.split()) if len(text.splitlines()) > 1 else text
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _excerpt(line: str, before: int) -> tuple[str, int]:
    """Return the part of *line* worth showing and how much of it stands before the caret.

    Every character takes one place, so that the caret below it points right.
    """
    seen = "".join(one if one.isprintable() else _STAND_INS.get(one, "�") for one in line).rstrip()
    start = max(0, min(before - _BEFORE, len(seen) - _WIDTH))
    part = seen[start : start + _WIDTH]
    if start:
        part = "…" + part[1:]
    if start + _WIDTH < len(seen):
        part = part[:-1] + "…"
    return part, before - start


@dataclass(frozen=True, slots=True)
class Report:
    """Everything validation found, sorted by place; warnings alone do not fail."""

    issues: tuple[Issue, ...] = ()

    @classmethod
    def of(cls, issues: Iterable[Issue], lines: Mapping[str, list[str]] | None = None) -> Report:
        """Return a sorted report without repeats, each issue with its source line from *lines*."""
        seen: dict[tuple[Place, str, str], Issue] = {}
        for issue in issues:
            seen.setdefault(issue.sort_key(), _with_line(issue, lines or {}))
        return cls(tuple(seen[key] for key in sorted(seen)))

    @property
    def errors(self) -> tuple[Issue, ...]:
        """Return the issues that make the file unusable."""
        return tuple(issue for issue in self.issues if not issue.warning)

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """Return the issues that only call for a look."""
        return tuple(issue for issue in self.issues if issue.warning)

    def text(self, lang: str = "da") -> str:
        """Return all issues as text in *lang*, with a blank line between them."""
        return "\n\n".join(show(issue, lang) for issue in self.issues)


def _with_line(issue: Issue, lines: Mapping[str, list[str]]) -> Issue:
    rows = lines.get(issue.place.file, [])
    if issue.line or not 0 < issue.place.line <= len(rows):
        return issue
    return replace(issue, line=rows[issue.place.line - 1])


class HjemmelError(Exception):
    """The base of every error this package raises; its text is meant for people.

    *exit* is what a command that stops for it ends with, as the contract has it.
    """

    code = "error"
    exit = 2

    def __init__(self, key: str, **fields: str) -> None:
        """Take the *key* of the sentence in ``messages.py`` and the *fields* it needs."""
        super().__init__(sentence(key, fields))
        self.key, self.fields = key, fields
        if self.code == HjemmelError.code:
            self.code = key  # a kind of error of its own has one code for all its sentences

    def __reduce__(self) -> tuple[object, ...]:
        """Return what it takes to raise the same error in another process."""
        return _again, (type(self), self.args), vars(self)

    def text(self, lang: str = "da") -> str:
        """Return what happened, with its hint, in *lang*."""
        lines = [sentence(self.key, self.fields, lang), hint(self.key, self.fields, lang)]
        return masked("\n".join(line for line in lines if line))


def _again(kind: type[HjemmelError], told: tuple[object, ...]) -> HjemmelError:
    return kind.__new__(kind, *told)


class _ReportError(HjemmelError):
    def __init__(self, report: Report) -> None:
        """Take the *report* that says what is wrong and where."""
        super().__init__(self.code, count=str(len(report.errors)))
        self.report = report

    def text(self, lang: str = "da") -> str:
        """Return every issue of the report in *lang*."""
        return self.report.text(lang)

    def __str__(self) -> str:
        """Return every issue of the report in Danish."""
        return self.report.text()


class RulesInvalidError(_ReportError):
    """Rule files that cannot be used; carries the whole report."""

    code = "rules-invalid"
    exit = 3


class CaseInvalidError(_ReportError):
    """A case that cannot be read; carries the whole report."""

    code = "case-invalid"


class NotInForceError(HjemmelError):
    """No rule or no rate is in force on the day asked for."""

    code = "not-in-force"
    exit = 3


class UsageError(HjemmelError):
    """A call with something in it that cannot be used."""

    code = "usage"


class SealError(HjemmelError):
    """A seal that is broken, changed, or signed by somebody else."""

    code = "seal-broken"


class BackendError(HjemmelError):
    """An interpreter failed or the two disagreed; the case must go to a person.

    *evidence* holds what is needed to see it happen again, as plain data.
    """

    code = "backend-failed"
    exit = 1

    def __init__(
        self, key: str, evidence: Mapping[str, object] | None = None, **fields: str
    ) -> None:
        """Take the *key* of the sentence, its *fields* and perhaps *evidence*."""
        super().__init__(key, **fields)
        self.evidence = evidence or {}


class DataNotFoundError(HjemmelError):
    """A rule folder, template or data file that was asked for is not there."""

    code = "data-not-found"
