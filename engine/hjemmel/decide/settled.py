"""What can no longer matter: facts below a condition that no further fact can change.

Kleene's tables are monotone: a condition that is true or false with something untold stays so
whatever is told. Three things are not, and count as open here: a comparison with a fact that is
silent when untold, a test of what a condition *is*, and an open question that is not chosen.
So whatever stands below a settled condition is proved idle, without trying any answer.
"""

from __future__ import annotations

from hjemmel.decide.budget import GRANTED, PARTLY, wish_value
from hjemmel.decide.plan import OF_THE_CASE
from hjemmel.model import GRANTS, WISHES
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    ConclusionTest,
    Condition,
    FactTest,
    Is,
    Leaf,
    ListTest,
    Not,
    OpenTest,
    ReadingTest,
    atoms_of,
    parts_of,
)
from hjemmel.records import dataclass, field
from hjemmel.truth import Truth, all_of, any_of, at_least, truth_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.decide.readings import Proposal
    from hjemmel.decide.run import Run, Scope
    from hjemmel.policy.compile import Fact
    from hjemmel.policy.language import Atom


@dataclass(frozen=True, slots=True)
class Settler:
    """What makes other facts idle: a *kind* of element, its id, and what it came to."""

    kind: str  # conclusion | fact | question | item | outcome | unread
    id: str
    truth: Truth = Truth.TRUE
    operand: object = None
    path: str = ""


#: No rule in force reads the fact.
UNREAD = Settler("unread", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the untold facts of a case stand: still open, each with why, or idle, each with why.

    *open* gives the conclusions that wait for a fact, the nearest first; *idle* what settles it.
    """

    open: dict[str, tuple[str, ...]] = field(default_factory=dict)
    idle: dict[str, Settler] = field(default_factory=dict)


def standing(proposal: Proposal) -> Standing:
    """Return which untold facts of the case of *proposal* may still matter, and which cannot."""
    return _Survey(proposal).standing()


def untold_facts(run: Run) -> Iterator[str]:
    """Yield the path of every fact that could be told and is not, in the order of the rules."""
    case = run.case
    elements = {fact.element: fact.id for fact in run.policy.facts.values() if fact.element}
    for fact in run.policy.facts.values():
        group, _, name = fact.id.partition(".")
        if fact.given_by or not fact.question:
            continue
        if fact.element:
            if case.lists.get(fact.id) is None and not fact.left_out_is_empty:
                yield fact.id
        elif group in elements:
            for scope in run.elements[elements[group]]:
                if not _told(run, scope, name):
                    yield scope.path(fact.id)
        elif case.facts.get(fact.id) is None:
            yield fact.id


def _told(run: Run, scope: Scope, name: str) -> bool:
    if name == "value":  # may be told as a quantity, which the municipality's rate turns into one
        return wish_value(run, scope) is not None
    return (scope.element or {}).get(name) is not None


class Lasting:
    """Finds the truths in a proposal that last, however the rest is told."""

    def __init__(self, proposal: Proposal) -> None:
        """Take the *proposal* in whose case and first run the truths are found."""
        self.run = proposal.run
        self.policy, self.case = self.run.policy, self.run.case
        # Where readings of the ceiling differ, what one of them says of a balance is not all.
        money = self.policy.money.question
        self._one_balance = proposal.raised.get(money, Truth.FALSE) is Truth.FALSE
        self._truths: dict[tuple[int, str], Truth] = {}

    def truth(self, condition: Condition, scope: Scope) -> Truth:
        """Return what *condition* comes to however the rest is told; unknown where that is open."""
        match condition:
            case Leaf(atom):
                return self._atom(atom, scope)
            case All(parts):
                return all_of(self.truth(part, scope) for part in parts)
            case AnyPart(parts):
                return any_of(self.truth(part, scope) for part in parts)
            case Not(part):
                return self.truth(part, scope).negated()
            case AtLeast(count, parts):
                return at_least(count, (self.truth(part, scope) for part in parts))
            case Is(part, truth):
                found = self.truth(part, scope)
                return found if found is Truth.UNKNOWN else truth_of(found is truth)

    def _atom(self, atom: Atom, scope: Scope) -> Truth:
        match atom:
            case FactTest(fact_id):
                fact = self.policy.facts.get(fact_id)
                if fact is not None and not self._lasts(fact, scope):
                    return Truth.UNKNOWN
                return scope.truth(atom)
            case ReadingTest(question, reading):
                chosen = self.policy.questions[question].chosen
                return Truth.UNKNOWN if chosen == NONE_CHOSEN else truth_of(chosen == reading)
            case ConclusionTest(name):
                return self.conclusion(name, scope)
            case ListTest(quantifier, of, name):
                if self.case.lists.get(of) is None and not self.policy.facts[of].left_out_is_empty:
                    return Truth.UNKNOWN
                truths = [self.conclusion(name, one) for one in self.run.elements[of]]
                return any_of(truths) if quantifier == "some" else all_of(truths)
            case OpenTest():
                return Truth.UNKNOWN

    def _lasts(self, fact: Fact, scope: Scope) -> bool:
        """Say whether the value of *fact* is there to stay; silence never is."""
        if fact.given_by == "decision" or (fact.given_by == "budget" and not self._one_balance):
            return False
        return scope.value(fact) is not None

    def conclusion(self, name: str, scope: Scope) -> Truth:
        """Return what the conclusion *name* comes to however the rest is told."""
        conclusion = self.policy.conclusions.get(name)
        if conclusion is None:
            return Truth.FALSE
        owner = self.owner(name, scope)
        key = (id(owner), name)
        if key not in self._truths:
            self._truths[key] = self.truth(conclusion.when, owner)
        return self._truths[key]

    def owner(self, name: str, scope: Scope) -> Scope:
        """Return where the conclusion *name* is drawn when it is asked for in *scope*."""
        at_case = self.policy.conclusions[name].scope in OF_THE_CASE
        return self.run.scope if at_case else scope


def rest_of(proposal: Proposal, wish: str) -> tuple[str, ...]:
    """Return what the *wish* comes to and raises if neither can change; nothing where it can.

    It is never one that is granted: what that comes to is for the budget to say.
    """
    lasting = Lasting(proposal)
    policy = lasting.policy
    scope = next(one for one in lasting.run.elements[WISHES] if one.key == wish)
    for row in policy.items:
        truth = lasting.truth(row.when, scope)
        if truth is Truth.TRUE and row.result not in (GRANTED, PARTLY):
            break
        if truth is not Truth.FALSE:
            return ()
    raised = [
        lasting.conclusion(atom.conclusion, scope)
        for question in policy.questions.values()
        if question.chosen == NONE_CHOSEN
        for atom in atoms_of(question.raised_by)
        if isinstance(atom, ListTest) and atom.of == WISHES
    ]
    if Truth.UNKNOWN in raised:
        return ()
    return (row.id, *(truth.letter for truth in raised))


class _Survey:
    def __init__(self, proposal: Proposal) -> None:
        self.lasting = Lasting(proposal)
        self.run, self.policy = self.lasting.run, self.lasting.policy
        self.truth = self.lasting.truth
        self.untold = tuple(untold_facts(self.run))
        self.found = Standing()
        self._questions: list[str] = []

    def standing(self) -> Standing:
        """Look from everything that decides, and down."""
        request = self.policy.outcomes[0]
        if self.truth(request.when, self.run.scope) is Truth.TRUE:
            self._all_idle(Settler("outcome", request.id))
            return self._complete()
        self._look(request.when, self.run.scope, ())
        self._look(Leaf(ConclusionTest(self.policy.decided_by)), self.run.scope, ())
        decided = self.truth(Leaf(ConclusionTest(self.policy.decided_by)), self.run.scope)
        if decided is Truth.FALSE:
            self._all_idle(Settler("conclusion", self.policy.decided_by, Truth.FALSE))
        else:
            self._look_at_money()
        for name in self._questions:  # grows while questions lead to questions
            self._look(self.policy.questions[name].raised_by, self.run.scope, ())
        return self._complete()

    def _complete(self) -> Standing:
        idle = {
            path: self.found.idle.get(path, UNREAD)
            for path in self.untold
            if path not in self.found.open
        }
        return Standing(open=self.found.open, idle=idle)

    def _all_idle(self, settler: Settler) -> None:
        for path in self.untold:
            self.found.idle.setdefault(path, settler)

    def _look_at_money(self) -> None:
        """Look at each wish's rows and at the balance, which is told with or without wishes."""
        for scope in self.run.elements[WISHES]:
            self._look_at_rows(scope)
        for path in self.untold:
            owner = self.policy.facts.get(path.partition("[")[0])
            if owner is not None and owner.id == GRANTS and not path.endswith(".date"):
                self.found.open.setdefault(path, ())
        self._ask(self.policy.money.question)

    def _look_at_rows(self, scope: Scope) -> None:
        settler: Settler | None = None
        for row in self.policy.items:
            if settler is not None:
                self._idle_below(row.when, scope, settler)
                continue
            self._look(row.when, scope, ())
            if self.truth(row.when, scope) is Truth.TRUE:
                settler = Settler("item", row.id, path=str((scope.element or {}).get("id", "")))

    # --- what is below ------------------------------------------------------------------

    def _look(self, condition: Condition, scope: Scope, chain: tuple[str, ...]) -> None:
        """Note what below *condition* is open, by way of the conclusions of *chain*, or idle."""
        truth = self.truth(condition, scope)
        if truth is not Truth.UNKNOWN:
            settler = self._settler(condition, scope, truth)
            if settler is not None:
                self._idle_below(condition, scope, settler)
            return
        if isinstance(condition, Leaf):
            self._look_at_atom(condition.atom, scope, chain)
            return
        for part in parts_of(condition):
            self._look(part, scope, chain)

    def _look_at_atom(self, atom: Atom, scope: Scope, chain: tuple[str, ...]) -> None:
        match atom:
            case ConclusionTest(name) if name in self.policy.conclusions:
                owner = self.lasting.owner(name, scope)
                self._look(self.policy.conclusions[name].when, owner, (name, *chain))
            case ListTest(_, of, name):
                if of in self.untold:
                    self.found.open.setdefault(of, (name, *chain))
                for element in self.run.elements[of]:
                    self._look(Leaf(ConclusionTest(name)), element, chain)
            case ReadingTest(question):
                self._ask(question)
            case FactTest(fact_id):
                for path in self._paths(fact_id, scope):
                    self.found.open.setdefault(path, chain)

    def _ask(self, question: str) -> None:
        known = self.policy.questions.get(question)
        if known is not None and known.chosen == NONE_CHOSEN and question not in self._questions:
            self._questions.append(question)

    def _paths(self, fact_id: str, scope: Scope) -> Iterator[str]:
        """Yield the paths of the untold facts that the fact *fact_id* is told or worked out by."""
        fact = self.policy.facts.get(fact_id)
        if fact is None:
            return
        if not fact.given_by:
            path = scope.path(fact_id)
            if path in self.untold:
                yield path
        elif fact.asks:
            yield from self._paths(fact.asks, scope)
            if fact.given_by == "categories":
                yield from self._paths(f"{fact_id.partition('.')[0]}.provision", scope)

    def _idle_below(self, condition: Condition, scope: Scope, settler: Settler) -> None:
        for path in self._below(condition, scope):
            self.found.idle.setdefault(path, settler)

    def _below(self, condition: Condition, scope: Scope) -> Iterator[str]:
        for atom in atoms_of(condition):
            match atom:
                case ConclusionTest(name) if name in self.policy.conclusions:
                    yield from self._below(
                        self.policy.conclusions[name].when, self.lasting.owner(name, scope)
                    )
                case ListTest(_, of, name):
                    if of in self.untold:
                        yield of
                    for element in self.run.elements[of]:
                        yield from self._below(Leaf(ConclusionTest(name)), element)
                case FactTest(fact_id):
                    yield from self._paths(fact_id, scope)

    def _settler(self, condition: Condition, scope: Scope, truth: Truth) -> Settler | None:
        """Return what settles *condition*: the nearest element with a name of its own."""
        match condition:
            case Leaf(ConclusionTest(name)) | Is(Leaf(ConclusionTest(name))):
                return Settler("conclusion", name, self.lasting.conclusion(name, scope))
            case Leaf(ListTest(_, _, name)):
                return Settler("conclusion", name, truth)
            case Leaf(ReadingTest(question)):
                return Settler("question", question)
            case Leaf(FactTest(fact_id, _, operand)) | Is(Leaf(FactTest(fact_id, _, operand))):
                if fact_id not in self.policy.facts:
                    return None
                return Settler("fact", fact_id, truth, operand, scope.path(fact_id))
            case Not(part):
                return self._settler(part, scope, truth.negated())
            case All(parts) | AnyPart(parts) | AtLeast(_, parts):
                return self._first_settler(parts, scope, truth)
            case _:
                return None

    def _first_settler(
        self, parts: Iterable[Condition], scope: Scope, truth: Truth
    ) -> Settler | None:
        for part in parts:
            if self.truth(part, scope) is truth:
                found = self._settler(part, scope, truth)
                if found is not None:
                    return found
        return None
