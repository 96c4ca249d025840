"""The bench a changed rule book is tried on: the checks first, then the scenarios.

A scenario that cannot see a change is not run. That is not a guess: the engine is
deterministic, so a scenario that never asked for a condition, on a day whose policy is the
same but for that condition, goes the same way to the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from hjemmel.assure.choices import with_choices
from hjemmel.assure.coverage_days import Policies, turning_days
from hjemmel.assure.coverage_mcdc import Possible, distinct_atoms
from hjemmel.assure.coverage_rules import municipality_trees
from hjemmel.assure.coverage_run import record
from hjemmel.assure.expect import differences
from hjemmel.assure.scenarios import EXIT_FOR_A_PERSON
from hjemmel.decide.budget import UNDECIDED
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import _duties, touching, with_settled_entry
from hjemmel.decide.grounds import grounds_of
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.missing import missing_facts
from hjemmel.decide.readings import agree, propose
from hjemmel.decide.reference import evaluate
from hjemmel.issues import HjemmelError
from hjemmel.money import data_amount
from hjemmel.policy.book import RuleBook
from hjemmel.policy.checks import run_checks
from hjemmel.policy.checks.base import Rules, walk
from hjemmel.policy.checks.conditions import idle_facts, unreadable_conditions
from hjemmel.policy.checks.identity import wrong_reading_names
from hjemmel.policy.checks.outcomes import tables_without_end
from hjemmel.policy.checks.periods import (
    backward_periods,
    broken_rate_periods,
    conclusions_without_rule,
)
from hjemmel.policy.checks.rates import wrongly_regulated_amounts
from hjemmel.policy.compile import NONE_CHOSEN, Policy
from hjemmel.policy.language import All, FactTest
from hjemmel.policy.schema import schema_issues
from hjemmel.tree import Node
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from hjemmel.assure.coverage_mcdc import Row
    from hjemmel.assure.coverage_run import Recording
    from hjemmel.assure.mutate_changes import Mutant
    from hjemmel.assure.scenarios import Scenario
    from hjemmel.decide.readings import Proposal
    from hjemmel.issues import Issue
    from hjemmel.model import Amounts, Case, Item
    from hjemmel.policy.language import Atom, Condition

#: Kinds that take an element away: anything may have rested on it, so every check is run.
_REMOVALS = ("rule", "row", "category")
#: What other kinds can break, beside the schema; a kind that is not here breaks nothing more.
_DAYS = (backward_periods, broken_rate_periods, conclusions_without_rule, wrongly_regulated_amounts)
_CHECKS: Mapping[str, tuple[Callable[[Rules], Iterable[Issue]], ...]] = {
    "part": (unreadable_conditions, idle_facts, tables_without_end),
    "rows": (tables_without_end,),
    "amount": (wrongly_regulated_amounts,),
    "chosen": (wrong_reading_names,),
    "otherwise": (wrong_reading_names,),
    "in-force-from": _DAYS,
    "in-force-to": _DAYS,
    "rate-from": _DAYS,
    "rate-to": _DAYS,
    "rate-turn": _DAYS,
}
_OF_CONDITIONS = (unreadable_conditions,)

#: What of a policy a decision can rest on; the rest is for letters and lists.
_DECIDING = (
    "facts",
    "items",
    "outcomes",
    "decided_by",
    "covered_by",
    "duties",
    "money",
    "provisions",
    "categories",
    "criteria",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a change: noticed by a check or a scenario, not noticed, or no change."""

    mutant: str
    status: str  # check | scenario | survived | same
    by: str = ""


@dataclass(slots=True)
class _Seen:
    """A scenario, the conditions that what it expects rests on, and what else it used."""

    recording: Recording
    tables: frozenset[str]
    names: frozenset[str]
    tried: frozenset[str] | None = None

    @property
    def scenario(self) -> Scenario:
        """Return the scenario itself."""
        return self.recording.scenario

    @property
    def searches(self) -> bool:
        """Say whether the scenario asks what is missing, which tries cases of its own."""
        asks = any(key.startswith("missing") for key in self.scenario.expect)
        return asks and self.recording.outcome in UNDECIDED

    def may_ask(self, table: str, policies: Policies) -> bool:
        """Say whether the condition *table* is asked on the way to what the scenario expects."""
        if table in self.tables or not self.searches:
            return table in self.tables
        if self.tried is None:
            self.tried = _tried(self.recording, policies)
        return table in self.tried


class Bench:
    """Checked rules with their scenarios, ready to try one change after the other."""

    def __init__(self, book: RuleBook, scenarios: Sequence[Scenario]) -> None:
        """Take the *book* and run *scenarios* on it once; those that fail are set aside."""
        self.book, self.folder = book, book.folder / "schema"
        self.trees, self.municipalities = book.trees, municipality_trees(book)
        self.digest = book.digest()
        self._ceiling = str(getattr(self.trees["outcomes"].at("money", "ceiling"), "value", ""))
        self.policies = Policies(self.trees, self.municipalities, digest=self.digest)
        self.seen = [_seen(one) for one in record(scenarios, book, self.policies)]
        self._held: dict[int, bool] = {}
        self._noticed: dict[str, int] = {}
        self._early = {
            table
            for day in self.policies.turns
            for table in _tables_asked(_policy_or_none(self.policies, day), late=False)
        }

    @property
    def red(self) -> int:
        """Return how many scenarios turned out not to hold under the unchanged rules."""
        return list(self._held.values()).count(False)

    def verdict(self, mutant: Mutant) -> Verdict:
        """Return what becomes of *mutant*."""
        tree = mutant.applied(self.trees[mutant.file])
        trees = {**self.trees, mutant.file: tree}
        rejected = self._rejected(mutant, trees)
        if rejected:
            return Verdict(mutant=mutant.id, status="check", by=rejected)
        if mutant.file == "rates" and self._ceiling not in mutant.about:
            return Verdict(mutant=mutant.id, status="same")
        turns = set(self.policies.turns) | turning_days(
            [tree] if mutant.kind.startswith(("rate", "in-force")) else []
        )
        digest = mutant.id if mutant.file == "diagnoses" else self.digest
        changed = Policies(
            {**self.policies.trees, mutant.file: tree},
            self.policies.municipalities,
            digest=digest,
            turns=turns,
        )
        differing = _Differing(self.policies, changed)
        for one, looking in self._in_order(mutant, changed, differing):
            still = self._still_holds(one, changed, looking, reread=mutant.kind == "category")
            if not still and self._held_before(one):
                self._noticed[one.scenario.place] = self._noticed.get(one.scenario.place, 0) + 1
                return Verdict(mutant=mutant.id, status="scenario", by=one.scenario.place)
        same = self._same(mutant, differing)
        return Verdict(mutant=mutant.id, status="same" if same else "survived")

    # --- the checks -----------------------------------------------------------------------

    def _rejected(self, mutant: Mutant, trees: Mapping[str, Node]) -> str:
        """Return the code of the first issue that the changed *trees* have, if any."""
        thin = _thin(trees[mutant.file], mutant)
        rules = _Near(trees, self.municipalities, tuple(_changed_elements(thin, mutant)))
        checks = _CHECKS.get(mutant.kind, _OF_CONDITIONS if mutant.table else ())
        for issue in schema_issues(thin, self.folder, mutant.file):
            return issue.code
        if mutant.kind in _REMOVALS:
            found = run_checks(trees, self.municipalities)
            return next((issue.code for issue in found if not issue.warning), "")
        for check in checks:
            for issue in check(rules):
                if not issue.warning:
                    return issue.code
        return ""

    # --- the scenarios --------------------------------------------------------------------

    def _in_order(
        self, mutant: Mutant, changed: Policies, differing: _Differing
    ) -> Iterator[tuple[_Seen, Look]]:
        """Yield the scenarios that may see *mutant*, those that most likely do first.

        Compiling is dear, so scenarios of the same days are tried together. Dearer still is the
        search for what is missing: it is left until nothing else has noticed the change.
        """
        late = not mutant.asked & self._early
        able = [one for one in self.seen if self._able(one, mutant, late=late)]
        groups: dict[tuple[int, bool, int, str], list[_Seen]] = {}
        for one in able:
            day = one.recording.day
            period = changed.period(day) if day else -1
            away = abs((day - mutant.near).days) if day and mutant.near else 0
            key = (away, not _touches(one, mutant), period, one.scenario.municipality)
            groups.setdefault(key, []).append(one)
        first, rest = list[_Seen](), list[_Seen]()
        for key in sorted(groups, key=lambda key: (*key[:2], -len(groups[key]), *key[2:])):
            some = groups[key]
            if mutant.kind != "category" and not differing.for_scenario(some[0].recording):
                continue
            some.sort(key=lambda one: -self._noticed.get(one.scenario.place, 0))
            turned = [one for one in some if _turned(one.recording, mutant, changed)]
            yield from ((one, Look.CHEAP) for one in turned)
            first += turned
            left = [one for one in some if one not in turned]
            if mutant.table or mutant.retold:
                rest += left
            else:
                yield from ((one, Look.CHEAP) for one in left)
                first += left
        yield from ((one, Look.CHEAP) for one in rest)
        yield from ((one, Look.MISSING) for one in (*first, *rest) if one.searches)

    def _able(self, one: _Seen, mutant: Mutant, *, late: bool) -> bool:
        """Say whether the scenario could go another way under *mutant*."""
        if mutant.on is not None:
            return one.recording.day == mutant.on
        if not one.recording.outcome:  # an error is expected, perhaps before any condition is asked
            return not mutant.asked or one.recording.case is not None
        if not mutant.asked or late:
            return not mutant.asked or bool(mutant.asked & one.tables)
        return any(one.may_ask(table, self.policies) for table in mutant.asked)

    def _same(self, mutant: Mutant, differing: _Differing) -> bool:
        """Say whether no decision of any day can rest on what *mutant* changes."""
        if mutant.kind == "rows" and not self._rows_meet(mutant):
            return True
        days = [mutant.on] if mutant.on else differing.days()
        places = ["", *self.municipalities] if mutant.file == "readings" else [""]
        return not any(differing.on(day, place) for day in days for place in places)

    def _rows_meet(self, mutant: Mutant) -> bool:
        """Say whether two neighbouring rows can ever fit at once; else their order is no matter."""
        for day in self.policies.turns:
            policy = _policy_or_none(self.policies, day)
            rows = (*policy.items, *policy.outcomes) if policy else ()
            both = All(tuple(row.when for row in rows if row.id in mutant.about))
            if policy and Possible(policy).can(both, _some_true):
                return True
        return False

    def _held_before(self, one: _Seen) -> bool:
        """Say whether the scenario holds under the unchanged rules; else it shows nothing."""
        if id(one) not in self._held:
            told = one.recording.case
            self._held[id(one)] = _holds(one.scenario, self.book, self.policies, told, Look.ALL)
        return self._held[id(one)]

    def _still_holds(self, one: _Seen, changed: Policies, looking: Look, *, reread: bool) -> bool:
        book, case = self.book, one.recording.case
        if reread or case is None:
            book, case = RuleBook(self.book.folder, changed.trees, changed.municipalities), None
        try:
            return _holds(one.scenario, book, changed, case, looking)
        except Exception:  # noqa: BLE001 - a change may break the engine in any way; that is noticed
            return False


def _some_true(rows: set[Row]) -> bool:
    return any(truth is Truth.TRUE for _, truth in rows)


def _seen(recording: Recording) -> _Seen:
    expected = recording.scenario.expect
    tables = set(recording.proposed)
    raised = {
        table
        for (table, _), seen in recording.evaluations.items()
        if table.startswith("question/") and any(truth is not Truth.FALSE for _, truth in seen)
    }
    if "open_questions" in expected:
        tables |= recording.compared
    if any(key.startswith("duties") for key in expected):
        tables |= {table for table, _ in recording.evaluations}
    names = {
        recording.entry,
        *raised,
        *recording.rows,
        *(f"{provision}/{category}" for provision, category in recording.categories),
        *(provision for provision, _ in recording.categories),
        *(rate for rate, _ in recording.amounts),
        *(
            getattr(atom, "fact", "")
            for _, condition in recording.evaluations
            for atom in distinct_atoms(condition)
        ),
    }
    return _Seen(recording, frozenset(tables), frozenset(names))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Watched(Policy):
    """A policy that notes which of its conditions are asked."""

    asked: set[str] = field(default_factory=set)

    def tables(self) -> dict[str, Condition]:
        """Return every condition by its name, watched."""
        return _Noting(Policy.tables(self), self.asked)


class _Noting(dict[str, "Condition"]):
    def __init__(self, tables: Mapping[str, Condition], asked: set[str]) -> None:
        super().__init__(tables)
        self._asked = asked

    def __getitem__(self, name: str) -> Condition:
        self._asked.add(name)
        return super().__getitem__(name)


def _tried(recording: Recording, policies: Policies) -> frozenset[str]:
    """Return the conditions that the search for what is missing asks."""
    case, day = recording.case, recording.day
    if case is None or day is None:
        return frozenset()
    policy = policies.on(day, recording.scenario.municipality)
    policy = with_choices(policy, recording.scenario.choices)
    watched = _Watched(
        **{one.name: getattr(policy, one.name) for one in fields(policy) if one.init}
    )
    answers = _Answers(watched, with_settled_entry(watched, case))
    answers.missing()
    return frozenset(watched.asked)


def _touches(one: _Seen, mutant: Mutant) -> bool:
    """Say whether the scenario uses what *mutant* is about."""
    return mutant.table in one.tables or bool(mutant.about & one.names)


def _turned(recording: Recording, mutant: Mutant, changed: Policies) -> bool:
    """Say whether the changed condition comes to something else on what was recorded."""
    if mutant.retold:
        return _turned_by_fact(recording, *mutant.retold)
    if recording.day is None or not mutant.table:
        return False
    try:
        policy = changed.on(recording.day, recording.scenario.municipality)
    except HjemmelError:
        return True
    condition = policy.tables().get(mutant.table)
    for (name, _), seen in recording.evaluations.items():
        if name == mutant.table and any(
            _other(condition, dict(told), truth) for told, truth in seen
        ):
            return True
    return False


def _turned_by_fact(recording: Recording, name: str, before: Truth, after: Truth) -> bool:
    """Say whether some condition comes to something else when a fact's truth is another."""
    for (_, condition), seen in recording.evaluations.items():
        asks = [one for one in distinct_atoms(condition) if _is_about(one, name)]
        for told, truth in seen if asks else ():
            inputs = dict(told)
            turned = {atom: after for atom in asks if inputs[atom] is before}
            if turned and evaluate(condition, {**inputs, **turned}) is not truth:
                return True
    return False


def _is_about(atom: Atom, name: str) -> bool:
    return name in (getattr(atom, "fact", ""), getattr(atom, "of", ""))


def _other(condition: Condition | None, told: Mapping[Atom, Truth], truth: Truth) -> bool:
    if condition is None or any(atom not in told for atom in distinct_atoms(condition)):
        return True
    return evaluate(condition, told) is not truth


@dataclass(slots=True)
class _Differing:
    """Which days the policies before and after a change differ on, as far as decisions go."""

    before: Policies
    after: Policies
    known: dict[tuple[int, int, str], bool] = field(default_factory=dict)

    def for_scenario(self, recording: Recording) -> bool:
        """Say whether the scenario of *recording* is decided by different policies."""
        if recording.day is None:
            return True
        return self.on(recording.day, recording.scenario.municipality)

    def days(self) -> list[date]:
        """Return a day of every period, before and after."""
        return sorted({*self.before.turns, *self.after.turns})

    def on(self, day: date, municipality: str) -> bool:
        """Say whether the policies for *day* differ."""
        key = (self.before.period(day), self.after.period(day), municipality)
        if key not in self.known:
            self.known[key] = self._policy(self.before, day, municipality) != self._policy(
                self.after, day, municipality
            )
        return self.known[key]

    def _policy(self, policies: Policies, day: date, municipality: str) -> tuple[object, ...]:
        try:
            policy = policies.on(day, municipality)
        except HjemmelError as error:
            return (error.code,)
        asked = _tables_asked(policy, late=True)
        conclusions = {
            name: one for name, one in policy.conclusions.items() if f"conclusion/{name}" in asked
        }
        questions = {
            name: one if one.chosen == NONE_CHOSEN else replace(one, otherwise="")
            for name, one in policy.questions.items()
        }
        return (
            conclusions,
            questions,
            _listing(policy),
            *(getattr(policy, name) for name in _DECIDING),
        )


def _listing(policy: Policy) -> dict[str, str]:
    """Return what the entries of the list mean, as far as any condition can tell."""
    looked_up = {fact.id for fact in policy.facts.values() if fact.given_by == "diagnoses"}
    told_apart = {
        value
        for condition in policy.tables().values()
        for atom in distinct_atoms(condition)
        if isinstance(atom, FactTest) and atom.fact in looked_up
        for value in (atom.operand if isinstance(atom.operand, tuple) else (atom.operand,))
    }
    return {entry: value for entry, value in policy.listing.items() if value in told_apart}


def _policy_or_none(policies: Policies, day: date) -> Policy | None:
    try:
        return policies.on(day)
    except HjemmelError:
        return None


def _tables_asked(policy: Policy | None, *, late: bool) -> set[str]:
    """Return the conditions that a proposal can ask, and with *late* the duties' as well."""
    if policy is None:
        return set()
    tables = policy.tables()
    found = {f"conclusion/{name}" for name in (policy.decided_by, policy.covered_by)}
    found |= {
        table
        for table in tables
        if not table.startswith("conclusion/") and (late or not table.startswith("duty/"))
    }
    waiting = list(found)
    while waiting:
        for atom in distinct_atoms(tables.get(waiting.pop(), All(()))):
            below = f"conclusion/{getattr(atom, 'conclusion', '')}"
            if below in tables and below not in found:
                found.add(below)
                waiting.append(below)
    return found


# --- one scenario ---------------------------------------------------------------------------


class Look(Enum):
    """How much of what a scenario expects is looked at."""

    CHEAP = "all but what is missing"
    MISSING = "what is missing"
    ALL = "all"


def _holds(
    scenario: Scenario, book: RuleBook, policies: Policies, case: Case | None, looking: Look
) -> bool:
    """Say whether *scenario* comes out as expected, as far as *looking* goes."""
    try:
        told = case or case_of(scenario.case, book)
        policy = policies.on(told.decided_on, scenario.municipality)
        policy = with_choices(policy, scenario.choices)
        looked_at = _Answers(policy, with_settled_entry(policy, told))
        return all(
            not any(differences(some, part(looked_at)))
            for some, part in _parts(scenario.expect)
            if looking is Look.ALL or (part is _Answers.missing) is (looking is Look.MISSING)
        )
    except HjemmelError as error:
        document = {"error": error.code, "exit": error.exit}
        return not any(differences(scenario.expect, document))


def _parts(expect: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Callable[[_Answers], Any]]]:
    """Yield what is expected, the cheap answers first, with how each part is answered."""
    for part, prefixes in (
        (_Answers.outcome, ()),
        (_Answers.questions, ("open_questions",)),
        (_Answers.duties, ("duties",)),
        (_Answers.missing, ("missing",)),
    ):
        some = {
            key: value
            for key, value in expect.items()
            if (key.startswith(prefixes) if prefixes else not key.startswith(_LATER))
        }
        if some:
            yield some, part


_LATER = ("open_questions", "duties", "missing")


class _Answers:
    """The parts of a decision, each worked out when it is asked for, by the reference alone."""

    def __init__(self, policy: Policy, case: Case) -> None:
        self.policy, self.case = policy, case
        self.proposal: Proposal = propose(policy, case, reference_for(policy))

    def outcome(self) -> dict[str, Any]:
        proposal = self.proposal
        result = proposal.outcome.result
        return {
            "case": self.case.id,
            "outcome": result,
            "target_group": {
                "value": proposal.target_group.value,
                "grounds": list(grounds_of(proposal)),
            },
            "amounts": _amounts(proposal.amounts),
            "items": [_item(one) for one in proposal.items],
            "exit": EXIT_FOR_A_PERSON if result in UNDECIDED else 0,
        }

    def questions(self) -> dict[str, Any]:
        found = touching(self.policy, self.proposal)
        return {"open_questions": [self._question(name, given) for name, given in found.items()]}

    def duties(self) -> dict[str, Any]:
        return {"duties": [{"id": name} for name in _duties(self.policy, self.proposal)]}

    def missing(self) -> dict[str, Any]:
        found = missing_facts(self.policy, self.case, self.proposal)
        return {"missing": [{"fact": one.fact} for one in found]}

    def _question(self, name: str, given: Mapping[str, Proposal]) -> dict[str, Any]:
        question = self.policy.questions[name]
        first = next(iter(given.values()))
        return {
            "id": name,
            "chosen": question.chosen,
            "robust": all(agree(first, other) for other in given.values()),
            "readings": {reading: _reading(one) for reading, one in given.items()},
        }


def _reading(proposal: Proposal) -> dict[str, Any]:
    return {
        "outcome": proposal.outcome.result,
        "target_group": proposal.target_group.value,
        "items": [_item(one) for one in proposal.items],
        "amounts": _amounts(proposal.amounts),
    }


def _amounts(amounts: Amounts | None) -> dict[str, str | None] | None:
    if amounts is None:
        return None
    names = ("ceiling", "spent_before", "granted", "remaining")
    told = {name: getattr(amounts, name) for name in names}
    return {name: None if ore is None else data_amount(ore) for name, ore in told.items()}


def _item(item: Item) -> dict[str, str]:
    names = ("granted", "own_payment", "outside_ceiling")
    amounts = {name: data_amount(getattr(item, name)) for name in names}
    return {"id": item.id, "status": item.status, **amounts}


# --- what changed ---------------------------------------------------------------------------


def _thin(tree: Node, mutant: Mutant) -> Node:
    """Return *tree* with the long lists cut to what *mutant* changed, for the schema to look at."""
    touched: dict[str, set[int]] = {}
    for path, _ in mutant.edits:
        if len(path) > 1 and isinstance(path[1], int):
            touched.setdefault(str(path[0]), set()).add(path[1])
    entries = {
        key: _cut(child, touched.get(key, {0})) if child.is_list else child
        for key, child in tree.items()
    }
    return Node(entries, tree.place, tree.keys)


def _cut(node: Node, wanted: set[int]) -> Node:
    kept = [one for at, one in enumerate(node.elements()) if at in wanted]
    return Node(tuple(kept or node.elements()[:1]), node.place, node.keys)


def _changed_elements(thin: Node, mutant: Mutant) -> Iterator[Node]:
    """Yield what *mutant* changed in *thin*: elements of its lists, else the tree itself."""
    for path, _ in mutant.edits:
        child = thin.get(str(path[0]))
        yield child if child is not None else thin


@dataclass(frozen=True, slots=True)
class _Near(Rules):
    """Rules of which only *changed* is new: the checks of every node need look no further."""

    changed: tuple[Node, ...] = ()

    def everything(self) -> Iterator[Node]:
        """Return every node that changed, parents first."""
        for node in self.changed:
            yield from walk(node)
