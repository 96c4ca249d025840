"""Every path through the questions: it ends, repeats nothing and asks nothing that is idle.

The walk answers each question with every answer that the rules declare, and a list also with an
element of which nothing is told, as somebody at a keyboard may. Whether a question mattered is
read off the finished walk, not asked of the engine's own search.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from conformance.cases import CRITERIA, LONG, OPEN, book, result_of
from hjemmel import decide, read_case
from hjemmel.decide.answers import Answers, with_facts
from hjemmel.explain.next_question import open_questions_of

MET = dict.fromkeys(CRITERIA, True)
IN = {
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True},
    "previous_help": [],
    "earlier_grants": [],
}
DAY = {"case": "V-1", "decided_on": "2025-09-01"}
#: A wish of each provision, one beyond the law, and one that nobody has told anything about.
WISHES = {
    "83": {"provision": "83"},
    "97": {"provision": "97", "category": "accompaniment"},
    "112": {"provision": "112", "category": "transfer"},
    "116": {"provision": "116", "category": "minor_home_adaptation"},
    "113": {"provision": "113"},
    "untold": {},
}
STARTS = {
    "nothing told": DAY,
    "the criteria alone": {**DAY, **IN, "diagnosis": {"entry": "not_listed", "confirmed": True}},
    "the form alone": {**DAY, **IN, "diagnosis": {"entry": "sma-type-1", "confirmed": True}, "criteria": {**MET, "shortened_life": False}},
    "help of which nothing is told": {**DAY, **IN, "previous_help": [{}]},
    "two grants of which nothing is told": {**DAY, **IN, "earlier_grants": [{}, {}]},
    "a child's wish": {**DAY, **IN, "citizen": {"under_18": True}, "wishes": [{"id": "w", "provision": "112", "category": "transfer"}]},
    **{f"a wish: {name}": {**DAY, **IN, "wishes": [{"id": "w", **wish}]} for name, wish in WISHES.items()},
    "two wishes without prices": {**DAY, **IN, "wishes": [{"id": "a", **WISHES["97"]}, {"id": "b", **WISHES["112"]}]},
}  # fmt: skip
if LONG:
    STARTS["on the first day of the law"] = {**DAY, "decided_on": "2023-06-01"}
#: Where nothing is asked at all.
SETTLED = {"a wish: 113"}


@dataclass(frozen=True)
class End:
    """Where a path ends: everything told on the way, and what the case comes to."""

    told: tuple[tuple[str, object], ...]
    result: tuple[object, ...]
    outcome: str
    waits_for: frozenset[str]


class Walk:
    """Every path from one case, and what was seen on the way."""

    def __init__(self, data):
        self.case = read_case(data, book())
        self.policy = book().on(self.case.decided_on)
        self.questions = 0
        self.idle = []

    def ends(self, told):
        """Return every end that can be reached after *told*."""
        case = with_facts(self.case, told)
        decision = decide(self.policy, case)
        asked = open_questions_of(decision)
        if not asked:
            waits = frozenset(one.fact for one in decision.missing)
            return [End(tuple(told.items()), result_of(decision.trace), decision.outcome, waits)]
        fact = asked[0].fact

        assert fact not in told, f"{fact} is asked for again after {told}"

        self.questions += 1
        branches = [self.ends({**told, fact: value}) for value in self.domain(case, fact)]
        if not mattered(branches, fact):
            self.idle.append((fact, told))
        return [end for branch in branches for end in branch]

    def domain(self, case, fact):
        answers = Answers(self.policy, case)
        found = []
        for value in answers.to(fact, {}):
            if value not in found:
                found.append(value)
        return [*found, ({},)] if answers.fact(fact).element else found


def mattered(branches, fact):
    """Say whether two ends differ in result though what they tell besides *fact* fits together."""
    for left, right in product(branches, repeat=2):
        if left is right:
            continue
        for one, other in product(left, right):
            if one.result != other.result and fit(dict(one.told), dict(other.told), fact):
                return True
    return False


def fit(one, other, fact):
    """Say whether two tellings agree on all that both tell, elements of *fact* and itself aside."""
    return all(
        other.get(path, value) == value
        for path, value in one.items()
        if path != fact and not path.startswith(f"{fact}[")
    )


@pytest.mark.parametrize("start", STARTS)
def test_every_path_ends_and_asks_nothing_twice_and_nothing_idle(start):
    """Whoever answers what is asked comes to a decision by the shortest way the answers allow."""
    walk = Walk(STARTS[start])

    ends = walk.ends({})

    assert [] == walk.idle
    assert walk.questions or start in SETTLED
    for end in ends:
        # An end that still asks waits for what was told as not yet, and for nothing else.
        assert "ask" != end.outcome or end.waits_for, end
        assert end.outcome in OPEN or not end.waits_for, end
        told = {*walk.case.facts, *(path for path, _ in end.told)}
        assert not end.waits_for or told & end.waits_for, end
