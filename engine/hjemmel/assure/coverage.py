"""Coverage: how much of the rules the scenarios have been seen to use.

Every scenario is decided once by a recording reference interpreter. What the rules hold
becomes goals; a goal is reached, not reached, or excused for a reason that is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from hjemmel.assure.coverage_days import Policies
from hjemmel.assure.coverage_mcdc import Possible, distinct_atoms, show_atoms
from hjemmel.assure.coverage_rules import (
    Names,
    called,
    elements,
    municipality_trees,
    written_conditions,
)
from hjemmel.assure.coverage_run import record
from hjemmel.issues import HjemmelError
from hjemmel.messages import words
from hjemmel.policy.checks.base import listed
from hjemmel.policy.dated import day_of
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hjemmel.assure.coverage_rules import Written
    from hjemmel.assure.coverage_run import Evaluation, Recording
    from hjemmel.assure.scenarios import Scenario
    from hjemmel.issues import Place
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Atom, Condition
    from hjemmel.tree import Node

#: The kinds of goals, in the order they are shown.
KINDS = (
    "truth",
    "carrying",
    "item",
    "outcome",
    "question",
    "reading",
    "duty",
    "asked",
    "amount",
    "own_rate",
    "entry",
    "category",
    "atom",
)
#: Conclusions of these scopes are drawn when the outcome is known, so little is unknown to them.
_LATE_SCOPES = ("granted_wish", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Something the scenarios should have been seen to use; *excused* says why they cannot."""

    kind: str
    id: str
    place: Place
    text: str
    reached: bool
    how: str = ""
    excused: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of some goals are reached, as exact numbers."""

    reached: int
    wanted: int
    excused: int = 0

    @property
    def share(self) -> Fraction:
        """Return the exact share reached; all of nothing is everything."""
        return Fraction(self.reached, self.wanted) if self.wanted else Fraction(1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every goal of a rule book, and how the scenarios stand to it."""

    goals: tuple[Goal, ...]
    scenarios: int

    def count(self, *, kind: str = "", file: str = "") -> Count:
        """Return the count of the goals of *kind* in *file*; left out, of all."""
        some = [
            goal for goal in self.goals if kind in ("", goal.kind) and file in ("", goal.place.file)
        ]
        excused = sum(bool(goal.excused) for goal in some)
        return Count(sum(goal.reached for goal in some), len(some) - excused, excused)

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files that hold goals, by name."""
        return tuple(sorted({goal.place.file for goal in self.goals}))

    @property
    def missed(self) -> tuple[Goal, ...]:
        """Return the goals that are neither reached nor excused, by place."""
        left = (goal for goal in self.goals if not goal.reached and not goal.excused)
        return tuple(sorted(left, key=lambda goal: (goal.place, goal.id)))

    @property
    def excused(self) -> tuple[Goal, ...]:
        """Return the goals that cannot be reached, by place."""
        some = (goal for goal in self.goals if goal.excused)
        return tuple(sorted(some, key=lambda goal: (goal.place, goal.id)))


def measure(book: RuleBook, scenarios: Sequence[Scenario], lang: str = "da") -> Coverage:
    """Return what *scenarios* have been seen to use of the rules of *book*."""
    policies = Policies(book.trees, municipality_trees(book), digest=book.digest())
    recordings = record(scenarios, book, policies)
    survey = _Survey(book, policies, recordings, lang)
    goals = [goal for find in GOALS for goal in find(survey)]
    return Coverage(tuple(goals), len(recordings))


@dataclass
class _Survey:
    """The rules and what was recorded of them, ready to be asked for goals."""

    book: RuleBook
    days: Policies
    recordings: list[Recording]
    lang: str = "da"
    evaluations: dict[str, dict[Condition, set[Evaluation]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gather the recorded evaluations of each condition in each of its forms."""
        self.names = Names(self.book.trees, self.lang)
        for recording in self.recordings:
            for (table, condition), seen in recording.evaluations.items():
                forms = self.evaluations.setdefault(table, {})
                forms.setdefault(condition, set()).update(seen)

    @cached_property
    def written(self) -> dict[str, list[Written]]:
        """Return the conditions of the rule files by the name of their table."""
        found: dict[str, list[Written]] = {}
        for one in written_conditions(self.book.trees):
            found.setdefault(one.table, []).append(one)
        return found

    @cached_property
    def policies(self) -> list[Policy]:
        """Return the policies of the days the scenarios are decided on."""
        wanted = {(one.day, one.scenario.municipality) for one in self.recordings if one.day}
        found = []
        for day, municipality in sorted(wanted):
            try:
                found.append(self.days.on(day, municipality))
            except HjemmelError:  # a scenario may be about a day without rules
                continue
        return found

    @cached_property
    def forms(self) -> dict[str, dict[Condition, Policy]]:
        """Return every form each condition takes on those days, with a policy that has it."""
        found: dict[str, dict[Condition, Policy]] = {}
        for policy in self.policies:
            for table, condition in policy.tables().items():
                found.setdefault(table, {}).setdefault(condition, policy)
        return found

    def truths(self, table: str) -> set[Truth]:
        """Return what the condition *table* has come to."""
        forms = self.evaluations.get(table, {})
        return {truth for seen in forms.values() for _, truth in seen}

    @cached_property
    def asked_for(self) -> set[str]:
        """Return the conclusions that some condition asks for."""
        found = {self.book.tree("outcomes").text(key) for key in ("decided_by", "covered_by")}
        for policy in self.policies:
            for condition in policy.tables().values():
                for atom in distinct_atoms(condition):
                    found.add(getattr(atom, "conclusion", ""))
        return found

    def goal(self, kind: str, name: str, place: Place, *, reached: bool, **fields: str) -> Goal:
        """Return a goal with its sentence."""
        text = words(f"goal-{kind}", self.lang, **fields)
        return Goal(kind=kind, id=name, place=place, text=text, reached=reached)

    def excuse(self, goal: Goal, code: str) -> Goal:
        """Return *goal* excused for the reason *code*, unless it is reached."""
        return goal if goal.reached else _excused(goal, words(code, self.lang))


def _excused(goal: Goal, reason: str) -> Goal:
    return Goal(
        kind=goal.kind, id=goal.id, place=goal.place, text=goal.text, reached=False, excused=reason
    )


# --- goals -------------------------------------------------------------------------------


def _truths(survey: _Survey) -> Iterator[Goal]:
    """Every conclusion has come to true, false and unknown."""
    for node in elements(survey.book.trees, "decisions", "conclusions"):
        table = f"conclusion/{node.text('id')}"
        for truth in Truth:
            goal = survey.goal(
                "truth",
                f"{table}={truth.value}",
                node.place,
                reached=truth in survey.truths(table),
                label=survey.names.label("decisions", node.text("id")),
                truth=words(f"truth-{truth.value}", survey.lang),
            )
            yield _with_truth_excuse(survey, goal, node, table, truth)


def _with_truth_excuse(survey: _Survey, goal: Goal, node: Node, table: str, truth: Truth) -> Goal:
    if goal.reached:
        return goal
    if node.text("id") not in survey.asked_for:
        return survey.excuse(goal, "excused-idle")
    if truth is Truth.UNKNOWN and node.text("scope") in _LATE_SCOPES:
        return survey.excuse(goal, "excused-late")
    forms = survey.forms.get(table, {})
    can = any(
        Possible(policy).can(condition, lambda rows: any(row[1] is truth for row in rows))
        for condition, policy in forms.items()
    )
    return goal if can or not forms else survey.excuse(goal, "excused-truth")


def _carrying(survey: _Survey) -> Iterator[Goal]:
    """Every rule of a conclusion with several has carried it: the first of them to be true."""
    carried = _carried(survey)
    for node in elements(survey.book.trees, "decisions", "conclusions"):
        rules = listed(node, "rules")
        for rule in rules if len(rules) > 1 else ():
            name = f"{node.text('id')}/{rule.text('id')}"
            label = survey.names.label("decisions", node.text("id"))
            yield survey.goal(
                "carrying",
                name,
                rule.place,
                reached=name in carried,
                rule=rule.text("id"),
                label=label,
            )


def _carried(survey: _Survey) -> set[str]:
    from hjemmel.decide.reference import evaluate  # noqa: PLC0415 - used here alone

    found: set[str] = set()
    for policy in survey.policies:
        for conclusion in policy.conclusions.values():
            if len(conclusion.rules) == 0:
                continue
            seen = survey.evaluations.get(f"conclusion/{conclusion.id}", {}).get(conclusion.when)
            for inputs, _ in seen or ():
                atoms = dict(inputs)
                true = (
                    one.id for one in conclusion.rules if evaluate(one.when, atoms) is Truth.TRUE
                )
                found.add(f"{conclusion.id}/{next(true, '')}")
    return found


def _rows(survey: _Survey) -> Iterator[Goal]:
    """Every row of the two tables has been the first that fits."""
    fitted = {row for one in survey.recordings for row in one.rows}
    for key, kind in (("items", "item"), ("outcomes", "outcome")):
        for node in elements(survey.book.trees, "outcomes", key):
            name = node.text("id")
            yield survey.goal(kind, name, node.place, reached=name in fitted, label=called(node))


def _questions(survey: _Survey) -> Iterator[Goal]:
    """Every open question has been raised, and every reading of it run."""
    run = {reading for one in survey.recordings for reading in one.readings}
    for node in elements(survey.book.trees, "readings", "readings"):
        name, label = node.text("id"), survey.names.label("readings", node.text("id"))
        raised = Truth.TRUE in survey.truths(f"question/{name}")
        yield survey.goal("question", name, node.place, reached=raised, label=label)
        for reading, one in (node.get("readings") or node).items():
            text = survey.names.reading(name, reading)
            yield survey.goal(
                "reading",
                f"{name}={reading}",
                one.place,
                reached=(name, reading) in run,
                label=label,
                reading=text,
            )


def _duties(survey: _Survey) -> Iterator[Goal]:
    """Every duty has arisen."""
    for node in elements(survey.book.trees, "duties", "duties"):
        name = node.text("id")
        arisen = Truth.TRUE in survey.truths(f"duty/{name}")
        label = survey.names.label("duties", name)
        yield survey.goal("duty", name, node.place, reached=arisen, label=label)


def _asked(survey: _Survey) -> Iterator[Goal]:
    """Every fact that is asked for only in some cases has been asked for."""
    for node in elements(survey.book.trees, "facts", "facts"):
        name = node.text("id")
        if node.get("asked_when") is not None:
            asked = Truth.TRUE in survey.truths(f"asked/{name}")
            label = survey.names.label("facts", name)
            yield survey.goal("asked", name, node.place, reached=asked, label=label)


def _amounts(survey: _Survey) -> Iterator[Goal]:
    """Every amount that decisions read has been read."""
    used = {one for recording in survey.recordings for one in recording.amounts}
    read = survey.book.tree("outcomes").at("money", "ceiling")
    for rate in elements(survey.book.trees, "rates", "rates"):
        for value in listed(rate, "values"):
            start = day_of(value.text("from"))
            goal = survey.goal(
                "amount",
                f"{rate.text('id')}/{value.text('from')}",
                value.place,
                reached=(rate.text("id"), start) in used,
                label=rate.text("label"),
                day=value.text("from"),
            )
            decides = read is not None and read.value == rate.text("id")
            yield goal if decides else survey.excuse(goal, "excused-amount")


def _own_rates(survey: _Survey) -> Iterator[Goal]:
    """Every rate of a municipality has priced a wish."""
    used = {one for recording in survey.recordings for one in recording.own_rates}
    for tree in municipality_trees(survey.book).values():
        for rate in listed(tree.get("municipality") or tree, "rates"):
            key = (rate.text("provision"), rate.text("category"), rate.text("unit"))
            for value in listed(rate, "values"):
                start = day_of(value.text("from"))
                yield survey.goal(
                    "own_rate",
                    "/".join((*key, value.text("from"))),
                    value.place,
                    reached=start is not None and (*key, start) in used,
                    label=rate.text("label"),
                    day=value.text("from"),
                )


def _entries(survey: _Survey) -> Iterator[Goal]:
    """Every diagnosis of the list has been somebody's."""
    used = {one.entry for one in survey.recordings}
    for node in elements(survey.book.trees, "diagnoses", "diagnoses"):
        name = node.text("id")
        yield survey.goal("entry", name, node.place, reached=name in used, label=node.text("label"))


def _categories(survey: _Survey) -> Iterator[Goal]:
    """Every category has been wished for."""
    used = {one for recording in survey.recordings for one in recording.categories}
    for node in elements(survey.book.trees, "categories", "categories"):
        key = (node.text("provision"), node.text("id"))
        yield survey.goal(
            "category", "/".join(key), node.place, reached=key in used, label=node.text("label")
        )


def _atoms(survey: _Survey) -> Iterator[Goal]:
    """Every part of every condition has been seen to decide it (MC/DC)."""
    for table, written in survey.written.items():
        shown = _shown(survey, table)
        places: dict[Atom, tuple[Place, Written]] = {}
        for one in written:
            for atom, place in survey.names.places(one).items():
                places.setdefault(atom, (place, one))
        for number, (atom, (place, one)) in enumerate(places.items()):
            how = shown.get(atom, "not")
            goal = Goal(
                kind="atom",
                id=f"{table}#{number}",
                place=place,
                text=words(
                    "goal-atom",
                    survey.lang,
                    atom=survey.names.atom(atom),
                    owner=survey.names.owner(one),
                ),
                reached=how != "not",
                how=how,
            )
            yield goal if goal.reached else _with_atom_excuse(survey, goal, table, atom)


def _shown(survey: _Survey, table: str) -> dict[Atom, str]:
    found: dict[Atom, str] = {}
    for condition, seen in survey.evaluations.get(table, {}).items():
        policy = survey.forms[table][condition]
        atoms = distinct_atoms(condition)
        rows = [(_ordered(atoms, dict(inputs)), truth) for inputs, truth in seen]
        possible = Possible(policy)
        roots = {atom: possible.roots(atom) for atom in atoms}
        for one in show_atoms(condition, rows, roots):
            if found.get(one.atom, "not") != "unique" and one.how != "not":
                found[one.atom] = one.how
    return found


def _ordered(atoms: Iterable[Atom], inputs: Mapping[Atom, Truth]) -> tuple[Truth, ...]:
    return tuple(inputs[atom] for atom in atoms)


def _with_atom_excuse(survey: _Survey, goal: Goal, table: str, atom: Atom) -> Goal:
    """Return *goal*, excused where no telling of the facts can show *atom*."""
    forms = {
        condition: policy
        for condition, policy in survey.forms.get(table, {}).items()
        if atom in distinct_atoms(condition)
    }
    if not forms:
        return survey.excuse(goal, "excused-day") if table in survey.forms else goal
    name = table.partition("/")[2]
    if table.startswith("conclusion/") and name not in survey.asked_for:
        return survey.excuse(goal, "excused-idle")
    can = any(_can_show(policy, condition, atom) for condition, policy in forms.items())
    return goal if can else survey.excuse(goal, "excused-atom")


def _can_show(policy: Policy, condition: Condition, atom: Atom) -> bool:
    possible = Possible(policy)
    roots = {one: possible.roots(one) for one in distinct_atoms(condition)}
    return possible.can(
        condition,
        lambda rows: any(
            one.atom == atom and one.how != "not" for one in show_atoms(condition, rows, roots)
        ),
    )


#: The table of contents: each finds the goals of one or two kinds.
GOALS = (
    _truths,
    _carrying,
    _rows,
    _questions,
    _duties,
    _asked,
    _amounts,
    _own_rates,
    _entries,
    _categories,
    _atoms,
)
