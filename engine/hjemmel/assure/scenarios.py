"""Scenarios: invented cases with the decision the law asks for, written by legal staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.assure.tables import ENDINGS, read_table
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_document, truth_mark
from hjemmel.explain.reasons import explain
from hjemmel.issues import (
    CaseInvalidError,
    DataNotFoundError,
    HjemmelError,
    Issue,
    NotInForceError,
    RulesInvalidError,
)
from hjemmel.messages import words
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import schema_issues

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hjemmel.model import Decision, Reason
    from hjemmel.policy.book import RuleBook
    from hjemmel.tree import Node

#: What an error ends the command with; a scenario may expect it.
_ENDINGS = (".yaml", *ENDINGS)
_EXIT_OF = {CaseInvalidError: 2, DataNotFoundError: 2, NotInForceError: 3, RulesInvalidError: 3}
#: How deep the reasoning below a failed scenario goes.
_DEEPEST_REASON = 4
_NEEDS_A_PERSON = ("ask", "assess")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One case with a part of its expected decision."""

    name: str
    why: str
    case: Node
    expect: dict[str, Any]
    municipality: str
    place: str
    expect_line: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the decision is not as expected."""

    path: str
    expected: object
    actual: object


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario that was run, what differed, and the decision it came to."""

    scenario: Scenario
    differences: tuple[Difference, ...]
    document: dict[str, Any]
    decision: Decision | None = field(default=None, repr=False)

    @property
    def passed(self) -> bool:
        """Say whether everything expected was so."""
        return not self.differences


def read_scenarios(path: Path, schema_folder: Path) -> list[Scenario]:
    """Return the scenarios in *path*: a file, or every scenario file of a folder by name.

    Raises:
        RulesInvalidError: a file is no scenario file, or a scenario expects nothing.
        DataNotFoundError: *path* does not exist, or a workbook needs an extra that is absent.
    """
    if not path.exists():
        raise DataNotFoundError("file-missing", file=str(path))
    loaded = Loaded()
    files = (
        [one for one in sorted(path.iterdir()) if one.suffix in _ENDINGS]
        if path.is_dir()
        else [path]
    )
    issues: list[Issue] = []
    scenarios: list[Scenario] = []
    for file in files:
        tree = read_table(file, loaded) if file.suffix in ENDINGS else loaded.read(file, file.name)
        if tree is None or (tree.get("scenarios") is None and path.is_dir()):
            continue  # a folder may hold other lists beside the scenarios
        found = list(schema_issues(tree, schema_folder, "scenarios"))
        issues.extend(found)
        if not found:
            scenarios.extend(_scenarios(tree, issues))
    report = loaded.report(issues)
    if report.errors:
        raise RulesInvalidError(report)
    return scenarios


def _scenarios(tree: Node, issues: list[Issue]) -> Iterator[Scenario]:
    listed = tree.get("scenarios")
    for node in listed.elements() if listed else ():
        expect, case = node.get("expect"), node.get("case")
        if expect is None or case is None or not dict(expect.items()):
            issues.append(
                Issue(code="expects-nothing", place=node.place, fields={"name": node.text("name")})
            )
            continue
        place = f"{node.place.file}:{node.place.line}"
        yield Scenario(
            name=node.text("name"),
            why=node.text("why"),
            case=case,
            expect=expect.plain(),  # type: ignore[arg-type]
            municipality=node.text("municipality"),
            place=place,
            expect_line=node.key_place("expect").line,
        )


def run_scenario(scenario: Scenario, book: RuleBook) -> Result:
    """Return what *scenario* comes to under *book*, compared with what it expects."""
    decision = None
    try:
        decision = decide(book, case_of(scenario.case, book), municipality=scenario.municipality)
        exit_code = 4 if decision.outcome in _NEEDS_A_PERSON else 0
        document = {**decision_document(decision), "exit": exit_code}
    except HjemmelError as error:
        document = {"error": error.code, "exit": _EXIT_OF.get(type(error), 2)}
    return Result(scenario, tuple(_compare(scenario.expect, document)), document, decision)


def failure_text(result: Result, lang: str = "da") -> str:
    """Return where *result* differs and the reasoning of the decision that was given."""
    rows = [f"{result.scenario.name}", f"  {result.scenario.place} · {result.scenario.why}"]
    for one in result.differences:
        fields = {"path": one.path, "expected": _told(one.expected), "actual": _told(one.actual)}
        rows.append("  " + words("scenario-difference", lang, **fields))
    if result.decision is not None:
        rows.append("  " + words("scenario-reasoning", lang))
        rows.extend(_reasoning(explain(result.decision), 2))
    return "\n".join(rows)


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value) or "[]"
    return str(value)


def _reasoning(reason: Reason, depth: int) -> Iterator[str]:
    """Yield the path that decided: the reason and those of its children that are decisive."""
    told = f": {reason.told}" if reason.told else ""
    yield f"{'  ' * depth}{truth_mark(reason.value)} {reason.label}{told}"
    for child in reason.children:
        if depth < _DEEPEST_REASON:
            yield from _reasoning(child, depth + 1)


def _compare(expect: dict[str, Any], document: dict[str, Any]) -> Iterator[Difference]:
    for key, wanted in expect.items():
        special = _SPECIAL.get(key)
        if special is not None:
            yield from special(key, wanted, document)
        else:
            yield from _differs(key, wanted, document.get(key, "–"))


def _differs(path: str, wanted: object, actual: object) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(actual, dict):
        for key, value in wanted.items():
            if key == "grounds_include":
                absent = [one for one in value if one not in actual.get("grounds", [])]
                if absent:
                    yield Difference(f"{path}.grounds", value, actual.get("grounds"))
            else:
                yield from _differs(f"{path}.{key}", value, actual.get(key, "–"))
    elif isinstance(wanted, list) and all(isinstance(one, dict) and "id" in one for one in wanted):
        yield from _elements(path, wanted, actual)
    elif wanted != actual:
        yield Difference(path, wanted, actual)


def _elements(path: str, wanted: list[dict[str, Any]], actual: object) -> Iterator[Difference]:
    found = {one["id"]: one for one in actual} if isinstance(actual, list) else {}
    if not wanted and found:
        yield Difference(path, [], sorted(found))
    for one in wanted:
        if one["id"] not in found:
            yield Difference(f"{path}[{one['id']}]", one, "–")
        else:
            yield from _differs(f"{path}[{one['id']}]", one, found[one["id"]])


def _names(key: str, document: dict[str, Any]) -> list[str]:
    kind = key.rsplit("_", 1)[0]
    name = "fact" if kind == "missing" else "id"
    return [one[name] for one in document.get(kind, [])]


def _exactly(key: str, wanted: list[str], document: dict[str, Any]) -> Iterator[Difference]:
    actual = _names(key, document)
    if "error" in document or sorted(wanted) != sorted(actual):
        yield Difference(key, wanted, actual)


def _includes(key: str, wanted: list[str], document: dict[str, Any]) -> Iterator[Difference]:
    actual = _names(key, document)
    if not set(wanted) <= set(actual):
        yield Difference(key, wanted, actual)


def _excludes(key: str, wanted: list[str], document: dict[str, Any]) -> Iterator[Difference]:
    actual = _names(key, document)
    if "error" in document or set(wanted) & set(actual):
        yield Difference(key, wanted, actual)


_SPECIAL = {
    "missing_exactly": _exactly,
    "missing_includes": _includes,
    "missing_excludes": _excludes,
    "open_questions_include": _includes,
    "open_questions_exclude": _excludes,
    "duties_include": _includes,
}
