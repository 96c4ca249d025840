"""Open questions, executed: every reading in play is run, and only what they agree on stands."""

from __future__ import annotations

from itertools import product
from operator import attrgetter

from hjemmel.decide.budget import ASK, ASSESS, WAITING, Walk, walk_wishes
from hjemmel.decide.memory import remembered
from hjemmel.decide.plan import plan_of
from hjemmel.decide.run import Run, Told
from hjemmel.issues import BackendError
from hjemmel.model import WISHES, Amounts, Item
from hjemmel.policy.language import ConclusionTest, Leaf
from hjemmel.records import NamedTuple, dataclass, field
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from hjemmel.decide.alike import Walked
    from hjemmel.decide.memory import Cone
    from hjemmel.decide.run import Interpreter, Scope
    from hjemmel.model import Case
    from hjemmel.policy.compile import Policy, Row
    from hjemmel.policy.language import Condition

#: The row of a wish on which the readings differ.
OPEN = "open"
NOT_FULLY_GRANTED = frozenset({"partly_granted", "over_ceiling", "not_covered"})


class Result(NamedTuple):
    """What one reading of every open question gives."""

    run: Run
    target_group: Truth
    target_facts: frozenset[str]
    walk: Walk
    raised: Mapping[str, Truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What all readings in play give together."""

    outcome: Row
    target_group: Truth
    items: tuple[Item, ...]
    amounts: Amounts | None
    facts: frozenset[str]
    raised: Mapping[str, Truth]
    run: Run = field(compare=False, repr=False)
    ran: dict[tuple[str, ...], Result] = field(compare=False, repr=False)
    runs: tuple[Run, ...] = field(compare=False, repr=False)

    def agreed(self, scope: Scope, condition: Condition) -> Truth:
        """Return what *condition* comes to in *scope* under every reading, else unknown."""
        if len(self.runs) == 1:
            return scope.value_of(condition)
        truths = {peer.value_of(condition) for peer in self.peers(scope)}
        return truths.pop() if len(truths) == 1 else Truth.UNKNOWN

    def peers(self, scope: Scope) -> tuple[Scope, ...]:
        """Return *scope*, of the first run, as it stands in the run of every reading."""
        if len(self.runs) == 1:
            return (scope,)
        if not scope.list_name:
            return tuple(run.scope for run in self.runs)
        return tuple(run.elements[scope.list_name][scope.at] for run in self.runs)

    def told_otherwise(self, scope: Scope, cone: Cone) -> tuple[Hashable, ...]:
        """Return what *scope*, of the first run, is told of *cone* under each of the others."""
        return tuple([cone.told_of(peer) for peer in self.peers(scope)[1:]])

    def signature(self) -> tuple[object, ...]:
        """Return what counts when proposals are compared: outcome, items and amounts."""
        return (self.outcome.result, self.items, self.amounts)


class Core(NamedTuple):
    """What the interpreters are responsible for: the proposal and all that rests on the rules.

    *readings* are those of each open question that touches the case, with what they give.
    """

    proposal: Proposal
    readings: Mapping[str, Mapping[str, Proposal]]
    duties: tuple[str, ...]
    grounds: tuple[str, ...]


def propose(
    policy: Policy,
    case: Case,
    interpreter: Interpreter,
    *,
    fixed: Mapping[str, str] | None = None,
    ran: dict[tuple[str, ...], Result] | None = None,
    told: Told | None = None,
) -> Proposal:
    """Return what *policy* proposes for *case*; *fixed* settles questions, as if so chosen.

    A question that is raised and has no chosen reading is run in every reading. Where the
    readings differ only because a fact is untold, the fact is asked for; where they differ
    although all is told, a person must assess. What another proposal for the same case *ran*
    is not run again, and what it was found to have *told* is not looked up again.
    """
    plan = plan_of(policy)
    settled = {**plan.chosen, **fixed} if fixed else plan.chosen
    otherwise = {**plan.otherwise, **settled}
    in_play: dict[str, tuple[str, ...]] = {}
    ran = {} if ran is None else ran
    told = told or Told(policy, case)
    while True:
        current: dict[tuple[tuple[str, str], ...], Result] = {}
        for combination in product(*in_play.values()):
            key = tuple(zip(in_play, combination, strict=True))
            readings = {**otherwise, **dict(key)} if key else otherwise
            reads = tuple(readings.values())
            if reads not in ran:
                ran[reads] = _result(Run(policy, case, interpreter, readings, told))
            current[key] = ran[reads]
        raised = _raised_in_any(current.values())
        new = [
            name
            for name, truth in raised.items()
            if truth is not Truth.FALSE and name not in settled and name not in in_play
        ]
        if not new:
            return _merged(policy, current, raised, ran)
        for name in new:
            in_play[name] = tuple(policy.questions[name].readings)


def _result(run: Run) -> Result:
    target_group, target_facts = remembered(run, run.cones.target, None, lambda: _target_group(run))
    refused = target_group is Truth.FALSE
    walk = Walk() if refused else walk_wishes(run)
    raised = remembered(
        run,
        run.cones.questions,
        refused,
        lambda: {name: _raised(run, name, target_group) for name in run.policy.questions},
    )
    return Result(run, target_group, target_facts, walk, raised)


def _target_group(run: Run) -> tuple[Truth, frozenset[str]]:
    """Return whether the citizen is in the target group, and the facts that this waits for."""
    decided_by = run.policy.decided_by
    truth = run.scope.conclusion(decided_by)
    return truth, run.scope.causes(Leaf(ConclusionTest(decided_by))).facts


def _raised(run: Run, name: str, target_group: Truth) -> Truth:
    question = run.policy.questions[name]
    about_money = name == run.policy.money.question or asks_of_wishes(question.raised_by)
    if about_money and target_group is Truth.FALSE:
        return Truth.FALSE
    return run.scope.condition(f"question/{name}")


def asks_of_wishes(condition: object) -> bool:
    """Say whether *condition* is about the wishes, which only the target group has."""
    atom = getattr(condition, "atom", None)
    return getattr(atom, "of", "") == WISHES


def _raised_in_any(results: Collection[Result]) -> Mapping[str, Truth]:
    first, *others = [result.raised for result in results]
    if not others or all(other == first for other in others):
        return first
    raised: dict[str, Truth] = {}
    for result in results:
        for name, truth in result.raised.items():
            strongest = {raised.get(name, Truth.FALSE), truth}
            raised[name] = next(
                one for one in (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE) if one in strongest
            )
    return raised


def _merged(
    policy: Policy,
    results: Mapping[tuple[tuple[str, str], ...], Result],
    raised: Mapping[str, Truth],
    ran: dict[tuple[str, ...], Result],
) -> Proposal:
    ones = tuple(results.values())
    first = ones[0]
    target_group, target_facts = first.target_group, first.target_facts
    runs: tuple[Run, ...] = (first.run,)
    facts = first.walk.facts
    if len(ones) > 1:
        if any(one.target_group is not target_group for one in ones):
            target_group = Truth.UNKNOWN
        target_facts = target_facts.union(*[one.target_facts for one in ones])
        facts = facts.union(*[one.walk.facts for one in ones])
        runs = tuple([one.run for one in ones])
    items: tuple[Item, ...] = ()
    amounts = None
    if target_group is Truth.TRUE:
        items = _merged_items(results, raised)
        walks = [one.walk for one in ones]
        amounts = amounts_of(walks, items, known=all(walk.balance_known for walk in walks))
    outcome, request = _outcome(
        policy, first.run, target_group, items, amounts, only_open=not target_facts
    )
    if outcome.result == policy.outcomes[0].result:  # nobody has asked: nothing is proposed
        items, amounts = (), None
    return Proposal(
        outcome=outcome,
        target_group=target_group,
        items=items,
        amounts=amounts,
        facts=target_facts.union(request, facts),
        raised=raised,
        run=first.run,
        ran=ran,
        runs=runs,
    )


def _merged_items(
    results: Mapping[tuple[tuple[str, str], ...], Result], raised: Mapping[str, Truth]
) -> tuple[Item, ...]:
    runs = list(results.values())
    if len(runs) == 1:
        return tuple(runs[0].walk.items)
    merged = []
    for at, item in enumerate(runs[0].walk.items):
        seen = {one.walk.items[at] for one in runs}
        if len(seen) == 1:
            merged.append(item)
            continue
        status = ASSESS if _differs_though_told(results, raised, at) else ASK
        row = OPEN if status == ASSESS else _row_that_asks(one.walk.items[at] for one in runs)
        merged.append(Item(id=item.id, status=status, row=row))
    return tuple(merged)


def _row_that_asks(items: Iterable[Item]) -> str:
    """Return the row of the first reading that asks, so that the reason given is a question."""
    return next((item.row for item in items if item.status == ASK), WAITING)


def _differs_though_told(
    results: Mapping[tuple[tuple[str, str], ...], Result], raised: Mapping[str, Truth], at: int
) -> bool:
    """Say whether item *at* differs between readings of a question that is surely raised."""
    groups: dict[tuple[tuple[str, str], ...], set[Item]] = {}
    for key, one in results.items():
        unsure = tuple(pair for pair in key if raised[pair[0]] is not Truth.TRUE)
        groups.setdefault(unsure, set()).add(one.walk.items[at])
    return any(len(seen) > 1 for seen in groups.values())


def amounts_of(walks: Sequence[Walk | Walked], items: Iterable[Item], *, known: bool) -> Amounts:
    """Return the amounts of readings that go these *walks* and together come to *items*.

    They are those of the lowest ceiling; what remains is told where every balance is *known*.
    """
    granted = sum([item.granted for item in items])
    lowest = walks[0] if len(walks) == 1 else min(walks, key=_CEILING)
    remaining = max(0, lowest.ceiling - (lowest.spent or 0) - granted) if known else None
    return Amounts(
        ceiling=lowest.ceiling, spent_before=lowest.spent, granted=granted, remaining=remaining
    )


_CEILING = attrgetter("ceiling")


def _outcome(
    policy: Policy,
    run: Run,
    target_group: Truth,
    items: tuple[Item, ...],
    amounts: Amounts | None,
    *,
    only_open: bool,
) -> tuple[Row, frozenset[str]]:
    """Return the row that fits, and the facts that the first row of all waits for."""
    balance_open = amounts is not None and amounts.remaining is None
    statuses = {item.status for item in items}
    given = {
        "decision.only_open_question": only_open,
        "decision.item_assess": ASSESS in statuses,
        "decision.item_ask": ASK in statuses or balance_open,
        "decision.item_short": not NOT_FULLY_GRANTED.isdisjoint(statuses),
    }
    at, request = remembered(
        run,
        run.cones.outcome,
        (target_group, *given.values()),
        lambda: _first_outcome(run, target_group, given),
    )
    return policy.outcomes[at], request


def _first_outcome(
    run: Run, target_group: Truth, given: Mapping[str, bool]
) -> tuple[int, frozenset[str]]:
    rows = run.policy.outcomes
    scope = run.scope.with_given(given)
    scope.suppose(run.policy.decided_by, target_group)
    at = run.interpreter.first_row(
        "outcomes", [scope.condition(f"outcome/{one.id}") for one in rows]
    )
    if at is None:
        raise BackendError("no-row-fits", table="outcomes")
    return at, run.scope.causes(rows[0].when).facts


def agree(left: Proposal, right: Proposal) -> bool:
    """Say whether two proposals give the same outcome, item statuses and item amounts."""
    return (left.outcome.result, left.target_group, left.items) == (
        right.outcome.result,
        right.target_group,
        right.items,
    )


def with_reading(proposal: Proposal, question: str, reading: str) -> Proposal:
    """Return what the case of *proposal* gives when *question* is read as *reading*."""
    run = proposal.run
    if run.plan.chosen.get(question) == reading == run.reads(question):  # so it was read
        return proposal
    return propose(
        run.policy,
        run.case,
        run.interpreter,
        fixed={question: reading},
        ran=proposal.ran,
        told=run.told,
    )
