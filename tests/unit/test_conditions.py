"""The condition language: what is read, what is refused, and how a told value compares."""

from __future__ import annotations

from datetime import date

import pytest

from hjemmel.decide.conditions import OPERATORS
from hjemmel.policy.conditions import ConditionParser, FactName, Names
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    ConclusionTest,
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
from hjemmel.policy.load import parse_yaml
from hjemmel.truth import Truth

NAMES = Names(
    facts={
        "told": FactName("truth"),
        "word": FactName("text"),
        "kind": FactName("choice", ("a", "b")),
        "day": FactName("day"),
        "price": FactName("amount"),
        "things": FactName("list"),
    },
    lists={"things": "thing"},
    conclusions={"done": "case", "each": "thing"},
    questions={"open": ("yes", "no")},
)

TOLD = Leaf(FactTest("told", "holds", operand=True))
DONE = Leaf(ConclusionTest("done"))


def parsed(text):
    """Return the condition that *text* holds, and the codes of what is wrong with it."""
    parser = ConditionParser(NAMES)
    condition = parser.parse(parse_yaml(text, "rules.yaml"))
    return condition, [issue.code for issue in parser.issues]


def fact(name, operator, operand):
    """Return the test of a fact."""
    return Leaf(FactTest(name, operator, operand))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{fact: told}", TOLD, id="a yes or no"),
        pytest.param("{fact: told, equals: false}", fact("told", "equals", False), id="a no"),
        pytest.param("{fact: word, equals: '83'}", fact("word", "equals", "83"), id="equals"),
        pytest.param("{fact: kind, equals: a}", fact("kind", "equals", "a"), id="a choice"),
        pytest.param(
            "{fact: kind, one_of: [a, b]}", fact("kind", "one_of", ("a", "b")), id="one of"
        ),
        pytest.param(
            "{fact: day, before: '2023-06-01'}",
            fact("day", "before", date(2023, 6, 1)),
            id="before",
        ),
        pytest.param(
            "{fact: day, after: '2024-02-29'}", fact("day", "after", date(2024, 2, 29)), id="after"
        ),
        pytest.param(
            "{fact: price, at_most: '41.022,50 kr.'}",
            fact("price", "at_most", 4102250),
            id="at most",
        ),
        pytest.param(
            "{fact: price, at_least_value: '0.01'}",
            fact("price", "at_least_value", 1),
            id="at least a value",
        ),
        pytest.param("{fact: told, is: unknown}", Is(TOLD, Truth.UNKNOWN), id="is unknown"),
        pytest.param(
            "{fact: price, is: unknown}",
            Is(fact("price", "told", True), Truth.UNKNOWN),
            id="not told at all",
        ),
        pytest.param("{conclusion: done}", DONE, id="a conclusion"),
        pytest.param("{conclusion: done, is: 'false'}", Is(DONE, Truth.FALSE), id="is false"),
        pytest.param(
            "{question: open, reads: 'yes'}", Leaf(ReadingTest("open", "yes")), id="a reading"
        ),
        pytest.param("{open_question: open}", Leaf(OpenTest("open")), id="an open question"),
        pytest.param(
            "{some: {of: things, conclusion: each}}",
            Leaf(ListTest("some", "things", "each")),
            id="some",
        ),
        pytest.param(
            "{every: {of: things, conclusion: each}}",
            Leaf(ListTest("every", "things", "each")),
            id="every",
        ),
        pytest.param("{all: []}", All(()), id="all of nothing"),
        pytest.param("{any: []}", AnyPart(()), id="any of nothing"),
        pytest.param("{all: [{fact: told}, {conclusion: done}]}", All((TOLD, DONE)), id="all"),
        pytest.param("{any: [{fact: told}]}", AnyPart((TOLD,)), id="any"),
        pytest.param("{not: {fact: told}}", Not(TOLD), id="not"),
        pytest.param(
            "{at_least: {count: 2, of: [{fact: told}, {conclusion: done}]}}",
            AtLeast(2, (TOLD, DONE)),
            id="at least two",
        ),
        pytest.param(
            "{all: [{any: [{not: {fact: told}}, {at_least: {count: 1, of: [{fact: told}]}}]}]}",
            All((AnyPart((Not(TOLD), AtLeast(1, (TOLD,)))),)),
            id="three deep",
        ),
    ],
)
def test_what_can_be_written(text, expected):
    """Each operator of the language becomes its own record."""
    assert (expected, []) == parsed(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("{}", "condition-shape", id="empty"),
        pytest.param("{equals: a}", "condition-shape", id="no subject"),
        pytest.param("{all: [], any: []}", "condition-shape", id="two at once"),
        pytest.param("{fakt: told}", "unknown-key", id="a strange key"),
        pytest.param("{conclusion: done, equals: true}", "condition-key", id="a wrong companion"),
        pytest.param("{fact: told, reads: 'yes'}", "condition-key", id="a reading of a fact"),
        pytest.param(
            "{all: [{all: [{all: [{all: [{fact: told}]}]}]}]}", "condition-too-deep", id="four deep"
        ),
        pytest.param(
            "{not: {all: [{any: [{all: [{not: {fact: told}}]}]}]}}",
            "condition-too-deep",
            id="four deep with a not around it",
        ),
        pytest.param("{fact: tolt}", "unknown-fact", id="an unknown fact"),
        pytest.param("{conclusion: dome}", "unknown-conclusion", id="an unknown conclusion"),
        pytest.param("{question: opn, reads: 'yes'}", "unknown-question", id="unknown question"),
        pytest.param("{question: open, reads: maybe}", "unknown-reading", id="an unknown reading"),
        pytest.param("{open_question: opn}", "unknown-question", id="an unknown open question"),
        pytest.param("{some: {of: stuff, conclusion: each}}", "unknown-list", id="an unknown list"),
        pytest.param(
            "{some: {of: things, conclusion: eech}}", "unknown-conclusion", id="unknown in a list"
        ),
        pytest.param("{fact: kind, equals: c}", "unknown-value", id="no value of the choice"),
        pytest.param("{fact: kind, one_of: [a, c]}", "unknown-value", id="one is no value"),
        pytest.param("{fact: word}", "comparison-missing", id="a text is neither yes nor no"),
        pytest.param("{fact: word, equals: a, one_of: [a]}", "one-comparison", id="two of them"),
        pytest.param("{fact: word, at_most: '1'}", "comparison-type", id="a text is no amount"),
        pytest.param(
            "{fact: price, before: '2023-06-01'}", "comparison-type", id="an amount is no day"
        ),
        pytest.param("{fact: told, equals: 'yes'}", "comparison-value", id="a text for a yes"),
        pytest.param("{fact: word, equals: true}", "comparison-value", id="a yes for a text"),
        pytest.param("{fact: word, one_of: a}", "wrong-type", id="one of no list"),
        pytest.param("{fact: day, before: '2023-02-29'}", "no-such-day", id="no such day"),
        pytest.param("{fact: price, at_most: '1,5'}", "not-an-amount", id="no amount"),
        pytest.param("{fact: price, at_most: '1.500'}", "ambiguous-amount", id="two amounts"),
        pytest.param(
            "{at_least: {count: 3, of: [{fact: told}]}}", "at-least-count", id="more than there are"
        ),
        pytest.param("{at_least: {count: 0, of: [{fact: told}]}}", "at-least-count", id="none"),
        pytest.param("{at_least: {count: 1, of: []}}", "at-least-count", id="of nothing"),
        pytest.param("{at_least: {count: 'a', of: []}}", "wrong-type", id="a count is a number"),
        pytest.param("{at_least: {of: []}}", "missing-key", id="no count"),
        pytest.param("{all: {fact: told}}", "wrong-type", id="no list"),
    ],
)
def test_what_is_refused(text, code):
    """One issue, with its code, and no condition: nothing is half understood."""
    assert (None, [code]) == parsed(text)


def test_one_bad_part_spoils_the_whole():
    """Every bad part is reported, and the condition around them is not used."""
    condition, codes = parsed("{all: [{fact: tolt}, {fact: told}, {not: {conclusion: dome}}]}")

    assert condition is None
    assert ["unknown-fact", "unknown-conclusion"] == codes


def test_atoms_come_from_left_to_right():
    """With repeats, and through every kind of part."""
    condition, _ = parsed(
        "{all: [{fact: told}, {any: [{not: {conclusion: done}}, {fact: told, is: 'true'}]}]}"
    )

    assert [TOLD.atom, DONE.atom, TOLD.atom] == list(atoms_of(condition))
    assert () == parts_of(TOLD)


@pytest.mark.parametrize(
    ("operator", "below", "on", "above"),
    [
        ("before", True, False, False),
        ("after", False, False, True),
        ("at_most", True, True, False),
        ("at_least_value", False, True, True),
        ("equals", False, True, False),
    ],
)
def test_the_boundary_of_each_comparison(operator, below, on, above):
    """The day or the øre itself, the one before and the one after."""
    compare = OPERATORS[operator]
    days = [compare(date(2023, 6, day), date(2023, 6, 2)) for day in (1, 2, 3)]
    amounts = [compare(ore, 4102200) for ore in (4102199, 4102200, 4102201)]
    expected = [Truth.TRUE if one else Truth.FALSE for one in (below, on, above)]

    assert expected == days == amounts


def test_yes_and_no_and_one_of():
    """A number is no yes, and a part of a text is not the text."""
    assert Truth.TRUE is OPERATORS["holds"](True, True)
    assert Truth.FALSE is OPERATORS["holds"](False, True)
    assert Truth.FALSE is OPERATORS["holds"](1, True)
    assert Truth.TRUE is OPERATORS["one_of"]("83", ("83", "97"))
    assert Truth.FALSE is OPERATORS["one_of"]("8", ("83", "97"))
    assert Truth.TRUE is OPERATORS["told"](False, True)


def test_every_comparison_has_an_operator():
    """What the parser reads, the engine can judge."""
    used = {"holds", "told", "equals", "one_of", "at_most", "at_least_value", "before", "after"}

    assert used == OPERATORS.keys()
