"""What is found again for a case like others is what would be worked out for it alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import count, islice
from random import Random

import orjson
import pytest

import hjemmel
from conformance.cases import LONG, TRAPS, Drawn, book, case_of, draw, kroner, shuffled
from hjemmel.decide import decision as deciding
from hjemmel.decide import memory
from hjemmel.decide.reference import Reference
from hjemmel.decide.settled import standing
from hjemmel.policy.book import RuleBook

SHARDS = 6
CASES = (1_200 if LONG else 300) // SHARDS
#: What tells cases of one kind from each other: as often as this the same is drawn again.
OF_A_KIND = 11
#: Days on which rules begin, and a later one with the same rules.
DAYS = {
    "2023-06-01": "2023-12-31",
    "2024-01-01": "2024-02-29",
    "2025-07-01": "2025-11-03",
    "2026-01-01": "2026-12-31",
}


def others(drawn: Drawn, random: Random) -> Drawn:
    """Return a case like *drawn* but for its day, its names, its words and its amounts."""
    data = shuffled(drawn.data, random) | {"case": f"A-{random.randrange(10**6)}"}
    edges = (0, 1, 99, 500_000, 2_050_000, 3_975_000, 4_102_200, 4_102_201, 4_249_900, 9_000_000)
    data["decided_on"] = random.choice((data["decided_on"], DAYS[data["decided_on"]]))
    for grant in data.get("earlier_grants") or ():
        if grant.get("amount") is not None:
            grant["amount"] = kroner(random.choice(edges))
    for number, wish in enumerate(data.get("wishes") or ()):
        wish["id"] = f"{random.choice('abc')}{number}"
        wish["description"] = random.choice(("Elkørestol", "Bad", *TRAPS))
        if wish.get("value") is not None:
            wish["value"] = kroner(random.choice(edges) // random.choice((1, 1, 2, 3)))
    return drawn.having(data)


def cases_of(shard: int) -> list[Drawn]:
    """Return drawn cases, a few of each kind, in an order in which kinds are mixed."""
    random = Random(shard)
    firsts = [draw(seed, days=tuple(DAYS)) for seed in range(shard * CASES, (shard + 1) * CASES)]
    drawn = [
        other for one in firsts for other in [one, *[others(one, random) for _ in range(OF_A_KIND)]]
    ]
    random.shuffle(drawn)
    return drawn


def decided(drawn: Drawn, rules: RuleBook) -> tuple[hjemmel.Decision, bytes]:
    """Return what is decided, and its JSON."""
    case = case_of(drawn, rules)
    decision = hjemmel.decide(rules.on(case.decided_on, drawn.municipality), case)
    return decision, hjemmel.decision_json(decision)


def forget(rules: RuleBook, drawn: Drawn) -> None:
    """Forget all that was decided of other cases, and what both interpreters have said of them."""
    policy = rules.on(case_of(drawn, rules).decided_on, drawn.municipality)
    interpreter, _ = deciding._interpreter(policy)
    interpreter.answers.clear()
    interpreter.alike = None
    for name in ("written", "branches"):
        policy.notes.pop(name, None)


@pytest.fixture
def only_reference(monkeypatch):
    """Leave the second interpreter out: it is compared elsewhere, and this takes long enough."""
    monkeypatch.setattr(deciding.backend, "available", lambda: False)


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.usefixtures("only_reference")
def test_a_case_among_others_is_decided_as_it_is_alone(shard):
    """Every byte, whatever was decided before, and in whatever order."""
    shared, alone = hjemmel.load_policy(), hjemmel.load_policy()
    found = 0
    for drawn in cases_of(shard):
        forget(alone, drawn)
        expected, written = decided(drawn, alone)
        decision, one_line = decided(drawn, shared)
        found += hasattr(decision.trace, "kept")

        assert written == one_line, drawn
        assert expected == decision, drawn
        assert orjson.dumps(hjemmel.decision_document(decision)) == one_line, drawn
    # A memory in which nothing is ever found would pass as well.
    assert found > 2 * CASES, found


@cache
def one_case(number: int = 0) -> Drawn:
    """Return a case with wishes, of which everything is told, and that is decided."""
    drawn = (draw(seed, days=("2024-01-01",), untold=0.0) for seed in count(400))
    ready = (one for one in drawn if one.data.get("wishes") and is_granted(one))
    return next(islice(ready, number, None))


def is_granted(drawn: Drawn) -> bool:
    """Say whether something is granted in the case of *drawn*."""
    return decided(drawn, book())[0].outcome in ("grant", "partial_grant")


def decided_often(drawn: Drawn, rules: RuleBook) -> hjemmel.Decision:
    """Return what is decided of *drawn* when cases like it are well known."""
    for _ in range(3):
        decided(drawn, rules)
    return decided(drawn, rules)[0]


def test_a_decision_that_somebody_changed_is_written_as_it_is():
    """The form of decisions like it is not filled in for it."""
    decision = decided_often(one_case(), book())
    changed = replace(decision, receipt=replace(decision.receipt, policy_version="x"), grounds=())

    assert hasattr(decision.trace, "kept")
    assert hjemmel.decision_document(changed) == orjson.loads(hjemmel.decision_json(changed))


def test_how_it_came_about_is_there_for_who_asks():
    """A letter or a picture finds in the decision what it finds in any other."""
    rules = hjemmel.load_policy()
    first, _ = decided(one_case(), rules)
    again = decided_often(one_case(), rules)

    assert first.trace == again.trace.proposal
    assert first.trace.signature() == again.trace.signature()
    assert hjemmel.explain(first) == hjemmel.explain(again)
    assert hjemmel.write_letter(first).trace() == hjemmel.write_letter(again).trace()
    assert hjemmel.what_if(first) == hjemmel.what_if(again)
    assert standing(first.trace) == standing(again.trace)
    with pytest.raises(AttributeError):
        _ = again.trace.nothing_of_the_kind


class Contrary:
    """An interpreter that always says the opposite of the reference."""

    def __init__(self, policy):
        """Take the policy whose conditions it turns round."""
        self._reference = Reference(policy.tables())

    def conclude(self, table, inputs):
        """Return the opposite truth."""
        return self._reference.conclude(table, inputs).negated()

    def first_row(self, table, rows):
        """Return the first row that fits, as the reference does, or the first of all."""
        return self._reference.first_row(table, rows) or 0


def test_what_two_have_agreed_on_hides_no_third_that_does_not(monkeypatch):
    """An interpreter is compared the first time it is asked, however well the case is known."""
    decided_often(one_case(), book())
    monkeypatch.setattr(deciding.backend, "available", lambda: True)
    monkeypatch.setattr(deciding, "backend_for", Contrary)

    with pytest.raises(hjemmel.BackendError):
        decided(one_case(), book())


def test_what_is_kept_is_bounded(monkeypatch):
    """A service that runs for years does not grow, and decides the same when it has forgotten."""
    monkeypatch.setattr(memory, "MOST_REMEMBERED", 8)
    rules = hjemmel.load_policy()
    random = Random(1)
    for number in range(12):
        drawn = one_case(number)
        for one in (drawn, others(drawn, random), others(drawn, random), drawn):
            decision, one_line = decided(one, rules)

            assert orjson.dumps(hjemmel.decision_document(decision)) == one_line
    interpreter, _ = deciding._interpreter(rules.on(case_of(drawn).decided_on, drawn.municipality))
    assert interpreter.alike is not None
    assert len(interpreter.alike) <= memory.MOST_REMEMBERED
