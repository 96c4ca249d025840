"""Scenarios: invented cases with the decision the law asks for, written by legal staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.assure.choices import with_choices
from hjemmel.assure.expect import (
    Difference,
    difference_text,
    differences,
    names_of,
    unknown_choices,
)
from hjemmel.assure.tables import ENDINGS, read_table
from hjemmel.decide.budget import UNDECIDED
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_document, truth_mark
from hjemmel.explain.reasons import explain
from hjemmel.issues import DataNotFoundError, HjemmelError, Issue, Place, RulesInvalidError
from hjemmel.messages import words
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import schema_issues
from hjemmel.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hjemmel.model import Decision, Reason
    from hjemmel.policy.book import RuleBook

_ENDINGS = (".yaml", *ENDINGS)
#: How deep the reasoning below a failed scenario goes.
_DEEPEST_REASON = 4
_NONE = Node({}, Place("", 1, 1))
#: What the command ends with where a person must act.
EXIT_FOR_A_PERSON = 4


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
    choices: Mapping[str, str] = field(default_factory=dict)


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
            choices={key: str(one.value) for key, one in (node.get("choices") or _NONE).items()},
        )


def run_scenario(scenario: Scenario, book: RuleBook) -> Result:
    """Return what *scenario* comes to under *book*, compared with what it expects."""
    names, decision = names_of(book), None
    misspelt = tuple(unknown_choices(scenario.choices, names))
    if misspelt:  # there is no such rule set to decide by
        return Result(scenario, misspelt, {})
    try:
        case = case_of(scenario.case, book)
        policy = book.on(case.decided_on, scenario.municipality)
        decision = decide(with_choices(policy, scenario.choices), case)
        exit_code = EXIT_FOR_A_PERSON if decision.outcome in UNDECIDED else 0
        document = {**decision_document(decision), "exit": exit_code}
    except HjemmelError as error:
        document = {"error": error.code, "exit": error.exit}
    found = tuple(differences(scenario.expect, document, names))
    return Result(scenario, found, document, decision)


def failure_text(result: Result, lang: str = "da") -> str:
    """Return where *result* differs and the reasoning of the decision that was given."""
    rows = [f"{result.scenario.name}", f"  {result.scenario.place} · {result.scenario.why}"]
    rows.extend(f"  {difference_text(one, lang)}" for one in result.differences)
    if result.decision is not None:
        rows.append("  " + words("scenario-reasoning", lang))
        rows.extend(_reasoning(explain(result.decision), 2))
    return "\n".join(rows)


def _reasoning(reason: Reason, depth: int) -> Iterator[str]:
    """Yield the path that decided: the reason and those of its children that are decisive."""
    told = f": {reason.told}" if reason.told else ""
    yield f"{'  ' * depth}{truth_mark(reason.value)} {reason.label}{told}"
    for child in reason.children:
        if depth < _DEEPEST_REASON:
            yield from _reasoning(child, depth + 1)
