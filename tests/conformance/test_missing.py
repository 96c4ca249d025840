"""What the search finds is what going through every way would find.

The plain search here tells one open fact after another, of the whole case, and looks at every
answer. It is slow and leaves nothing out; the engine's looks at one side of the decision at a
time, goes straight for a witness and leaves out what can be seen to change nothing.
"""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import pytest

from conformance.cases import LONG, OPEN, RULES, book, case_of, draw
from conformance.test_idle import poorer
from hjemmel import load_policy
from hjemmel.assure.population import generate_cases
from hjemmel.decide import missing
from hjemmel.decide.answers import Answers, with_facts
from hjemmel.decide.case import read_case
from hjemmel.decide.decision import with_settled_entry
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.missing import missing_facts
from hjemmel.decide.readings import propose
from hjemmel.decide.sides import Sides, sides_of
from hjemmel.issues import NotInForceError

GENERATED = 3_000 if LONG else 140
SEEDS = range(700, 1_300 if LONG else 740)
#: Cases in which going through every way takes longer are left out, and counted.
MOST = 2_500 if LONG else 300


class TooManyError(Exception):
    """Going through every way takes too long here."""


class Plain:
    """The search that leaves nothing out."""

    def __init__(self, policy, case):
        """Start with nothing tried."""
        self.policy, self.case = policy, case
        self.answers = Answers(policy, case)
        self.seen = {}

    def proposal(self, told):
        """Return what is proposed when *told* is told as well."""
        key = tuple(sorted((path, repr(value)) for path, value in told.items()))
        if key not in self.seen:
            if len(self.seen) > MOST:
                raise TooManyError
            case = with_facts(self.case, told)
            self.seen[key] = propose(self.policy, case, reference_for(self.policy))
        return self.seen[key]

    def matters(self, path, told):
        """Say whether some way to go on from *told* makes *path* decisive."""
        if path not in self.proposal(told).facts:
            return False
        answers = [self.proposal({**told, path: one}) for one in self.answers.to(path, told)]
        left = {fact for answer in answers for fact in answer.facts} - {path, *told}
        if not left:
            return len({answer.signature() for answer in answers}) > 1
        first = min(left, key=lambda one: (self.answers.fact(one).order, one))
        return any(self.matters(path, {**told, first: one}) for one in self.answers.to(first, told))

    def decides_alone(self, path):
        """Return how many answers to *path* settle the outcome."""
        answers = [self.proposal({path: one}) for one in self.answers.to(path, {})]
        return sum(answer.outcome.result not in OPEN for answer in answers)


def generated():
    """Yield the policies and cases of the invented population."""
    for data in generate_cases(book(), GENERATED, seed=77):
        case = read_case(data, book())
        try:
            yield book().on(case.decided_on), case
        except NotInForceError:
            continue


def drawn():
    """Yield policies and cases drawn by hand-written dice, told in full, in part or hardly."""
    for one in [*(draw(seed) for seed in SEEDS), *(one for one, _ in poorer(3))]:
        case = case_of(one)
        yield book().on(case.decided_on, one.municipality), case


def of_rules_that_mix():
    """Yield policies in which age bears on the target group too, and invented cases of them."""
    with TemporaryDirectory() as folder:
        copytree(RULES, folder, dirs_exist_ok=True)
        decisions = Path(folder, "decisions.yaml")
        text = decisions.read_text("utf-8")
        mixed = text.replace(
            "{all: [{conclusion: disease}, {not", "{all: [{fact: citizen.under_18}, {not", 1
        )
        assert mixed != text
        decisions.write_text(mixed, "utf-8")
        rules = load_policy(folder)
    for data in generate_cases(rules, GENERATED // 2, seed=78):
        case = read_case(data, rules)
        policy = rules.on(case.decided_on)
        assert Sides() == sides_of(policy)
        yield policy, case


@pytest.mark.parametrize("cases", [generated, drawn, of_rules_that_mix])
def test_exactly_what_going_through_every_way_finds(cases):
    """The same facts are asked for, and no other; they settle the case alone as often."""
    asked, compared, left_out = 0, 0, 0
    for policy, told in cases():
        case = with_settled_entry(policy, told)
        proposal = propose(policy, case, reference_for(policy))
        if proposal.outcome.result not in OPEN:
            continue
        plain, search = Plain(policy, case), missing._Search(policy, case)
        try:
            expected = {path for path in proposal.facts if plain.matters(path, {})}
        except TooManyError:
            left_out += 1
            continue
        if not expected and proposal.outcome.result == "ask":
            expected = proposal.facts
        found = [one.fact for one in missing_facts(policy, case, proposal)]
        compared += 1
        asked += len(found)

        assert sorted(expected) == sorted(found), told
        assert [plain.decides_alone(one) for one in found] == [
            search.decides_alone(one) for one in found
        ], told

    assert asked > compared > 10 * left_out


def test_what_is_remembered_of_other_cases_is_what_would_be_found_anew():
    """Cases that are alike in what bears on whether are searched once; nothing else is taken."""
    remembered = 0
    for policy, told in generated():
        case = with_settled_entry(policy, told)
        proposal = propose(policy, case, reference_for(policy))
        if proposal.outcome.result not in OPEN:
            continue
        search, anew = missing._Search(policy, case), missing._Search(policy, case, anew=True)
        remembered += bool(search._known)
        for path in sorted(proposal.facts):
            assert search.matters(path) is anew.matters(path), (told, path)
            assert search.decides_alone(path) == anew.decides_alone(path), (told, path)

    assert remembered


def test_a_day_is_remembered_with_the_days_on_its_side():
    """What was found on one day is used on another only if no condition tells them apart."""
    policy = book().on(case_of(draw(1)).decided_on)
    cases = {
        day: read_case({"case": "D", "decided_on": day, "request": {"made": True}}, book())
        for day in ("2024-03-04", "2024-03-05", "2025-03-04")
    }
    known = {
        day: missing._known(policy, sides_of(policy).without_what(case))
        for day, case in cases.items()
    }

    assert known["2024-03-04"] is known["2024-03-05"]
    assert known["2024-03-04"] is not known["2025-03-04"]


def test_the_sides_of_the_shipped_rules_can_be_parted():
    """Nothing bears both on whether somebody is in the target group and on what is given."""
    sides = sides_of(book().on(case_of(draw(1)).decided_on))

    assert sides.only_whether("criteria.shortened_life")
    assert sides.only_whether("previous_help[0].provision")
    assert sides.only_whether("diagnosis.entry")
    assert sides.only_what("wishes[w1].value")
    assert sides.only_what("earlier_grants")
    assert sides.only_what("citizen.under_18")
    assert {"request.made"} == sides.itself
    assert not sides.whether & sides.what
