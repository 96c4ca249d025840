"""What a case tells, as marks: two bits for each test, and nothing that no test asks about."""

from __future__ import annotations

from datetime import date

import pytest

from conformance.cases import book, case_of, draw
from hjemmel.decide.conditions import OPERATORS, WRITTEN
from hjemmel.decide.marks import TRUTHS
from hjemmel.decide.plan import plan_of
from hjemmel.decide.reference import Reference
from hjemmel.decide.run import Run
from hjemmel.policy.language import FactTest
from hjemmel.truth import Truth

DAY = date(2024, 3, 4)
EXAMPLES = {
    "holds": [(True, True), (False, True), (False, False), (1, True)],
    "told": [("", True)],
    "equals": [("a", "a"), ("b", "a"), (1, 1)],
    "one_of": [("a", ("a", "b")), ("ab", ("a", "b"))],
    "at_most": [(1, 2), (2, 2), (3, 2)],
    "at_least_value": [(1, 2), (2, 2), (3, 2)],
    "before": [(date(2024, 3, day), DAY) for day in (3, 4, 5)],
    "after": [(date(2024, 3, day), DAY) for day in (3, 4, 5)],
}


@pytest.fixture(scope="module")
def policy():
    """Return the rules of one day."""
    return book().on(DAY)


@pytest.fixture(scope="module")
def marks(policy):
    """Return the marks of the shipped rules."""
    return plan_of(policy).marks


def test_every_operator_is_written_as_it_is_worked_out():
    """The text of an operator and its function say the same."""
    assert OPERATORS.keys() == WRITTEN.keys() == EXAMPLES.keys()
    for operator, examples in EXAMPLES.items():
        for value, operand in examples:
            text = WRITTEN[operator].format(value="value", operand="operand")
            written = eval(text, {"value": value, "operand": operand})

            assert OPERATORS[operator](value, operand) is (Truth.TRUE if written else Truth.FALSE)


def test_a_case_that_tells_nothing_has_no_marks_but_those_of_silence(policy, marks):
    """What nobody told is unknown, but where silence is a no."""
    told = marks.of_case({})
    silent = [
        test
        for atoms in policy.atoms.values()
        for test in atoms
        if isinstance(test, FactTest)
        and policy.facts[test.fact].silent
        and not marks.place(policy.facts[test.fact])
    ]

    assert {Truth.FALSE} >= {TRUTHS[told >> marks.shift(test) & 3] for test in silent}
    assert 2 * len(set(silent)) >= told.bit_count()


def worked_out(scope, policy, test):
    """Return the truth of *test* in *scope* by its operator, without the marks."""
    fact = policy.facts[test.fact]
    value = scope.value(fact)
    if value is None:
        return Truth.FALSE if fact.silent else Truth.UNKNOWN
    if value is False and fact.no_means_unknown:
        return Truth.UNKNOWN
    return OPERATORS[test.operator](value, test.operand)


@pytest.mark.parametrize("shard", range(4))
def test_marks_say_what_the_operators_say(shard):
    """In every place that asks it, a test comes to what its operator makes of the told value."""
    asked = 0
    for seed in range(shard * 60, (shard + 1) * 60):
        case = case_of(draw(seed))
        policy = book().on(case.decided_on)
        run = Run(policy, case, Reference(policy.tables()), {})
        for test in dict.fromkeys(one for atoms in policy.atoms.values() for one in atoms):
            if not isinstance(test, FactTest) or test.fact not in policy.facts:
                continue
            place = run.plan.list_of(test.fact)
            for scope in run.elements[place] if place else [run.scope]:
                asked += 1

                assert worked_out(scope, policy, test) is scope.truth(test), (seed, test)

    assert asked > 2_000


def test_what_no_test_asks_about_leaves_no_mark(marks):
    """Names, prices and days that nothing compares make no two cases different."""
    one = {"id": "w1", "provision": "97", "category": "accompaniment", "value": 100}

    assert marks.of_element["wishes"](one) == marks.of_element["wishes"](
        {**one, "id": "w2", "value": 90_000, "description": "Ledsagelse"}
    )


def test_an_element_without_provision_is_told_apart(marks):
    """Where the provision is untold another fact is asked for, though no test is other for it."""
    told, untold = ({"provision": one, "category": None} for one in ("112", None))

    assert marks.of_element["wishes"](told) != marks.of_element["wishes"](untold)
