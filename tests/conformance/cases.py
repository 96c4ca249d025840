"""Invented cases by seed: plain data in the contract's shape, and what the tests do to them.

The same seed gives the same case on every machine. What can be told is listed here by hand and
not read from the rules: the generator must not learn from what it tests.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hjemmel import Case, RuleBook, load_policy, read_case
from hjemmel.decide.decision import with_settled_entry
from hjemmel.decide.readings import Proposal, propose
from hjemmel.decide.reference import Reference

RULES = Path(__file__).resolve().parents[2] / "rules"
#: More cases where somebody has the time: `HJEMMEL_LONG=1 pytest tests/conformance`.
LONG = os.environ.get("HJEMMEL_LONG") == "1"

DEFINITE = frozenset({"no_request", "refuse", "partial_grant", "grant"})
OPEN = frozenset({"ask", "assess"})
QUESTIONS = frozenset(
    {
        *("listed_is_enough", "child_need", "services_divisible", "own_payment_116"),
        *("ceiling_year", "own_payment_base", "food_service_after_2025", "eldercare_act_83"),
        *("other_help_for_disease", "help_before_law"),
    }
)
MUNICIPALITY = "eksempelkommune"

#: First and last days of rules and rates, a leap day, and days like any other.
DAYS = (
    *("2023-06-01", "2023-12-31", "2024-01-01", "2024-02-29", "2025-06-30", "2025-07-01"),
    *("2025-11-03", "2026-01-01", "2026-12-31"),
)
#: The ceiling of each year in øre, copied by hand from the law.
CEILINGS = {"2023": 3975000, "2024": 4102200, "2025": 4249900, "2026": 4441100}

ENTRIES = {
    "listed": ("mnd-als", "prion-cjd", "leigh", "krabbe"),
    "ask_form": ("sma-type-1", "tay-sachs-infantil", "pompe-klassisk-infantil"),
    "open_group": ("mnd", "leukodystrofi-andre-sjaeldne", "kongenit-myopati"),
    "not_listed": ("not_listed",),
}
TEXTS = {"mnd-als": ("Amyotrofisk lateralsclerose (ALS)", "DG122G"), "leigh": ("Leighs syndrom",)}
CRITERIA = (
    *("rapid_genetic_or_neurodegenerative", "shortened_life", "survival_under_5_years"),
    *("severe_lasting_loss_of_function", "no_recovery_of_function", "lasting_increasing_need"),
)
INDICATORS = ("mobility_help", "care_or_practical_help", "work_difficulty", "cognitive_change")
CATEGORIES = {
    "83": ("personal_care", "practical_help", "food_service"),
    "97": ("accompaniment",),
    "116": ("minor_home_adaptation",),
    "112": (
        *("mobility_and_transport", "transfer", "communication", "operation_and_environment"),
        *("structure_and_memory", "bathing_and_personal_care", "toileting_and_incontinence"),
        *("clothing_and_dressing", "sitting_and_lying", "eating_and_drinking"),
        *("household_and_cooking", "orthoses", "sensory_stimulation", "for_children"),
    ),
}
UNCOVERED = ("113", "113 b", "83 b", "100", "ældreloven")
OTHER_HELP = ("83 b", "86", "95", "96", "113 b", "ældreloven")
#: Texts that could be taken for something else on their way through YAML, JSON or the engine.
TRAPS = (
    '{"$and": [{"sid": 1}]}',
    "null",
    "true",
    "39.750",
    'Åse "O\'Hara" {$neq} \\n',
    "[]",
    "$s",
    "T",
    "--- &a *a !!str",
    "{{ wish }}",
)


@dataclass(frozen=True)
class Drawn:
    """A case as plain data, and whose rates and choices are used."""

    seed: int
    data: dict[str, Any]
    municipality: str

    def __repr__(self) -> str:
        """Return enough to see it happen again."""
        return f"draw({self.seed}) [{self.municipality}] {self.data}"

    def having(self, data: dict[str, Any]) -> Drawn:
        """Return the same with other *data*."""
        return replace(self, data=data)


@cache
def book() -> RuleBook:
    """Return the rules that ship, read once for each process."""
    return load_policy(RULES)


def kroner(ore: int) -> str:
    """Return *ore* as the contract writes amounts."""
    return f"{ore // 100}.{ore % 100:02d}"


def draw(seed: int, *, days: tuple[str, ...] = DAYS, untold: float | None = None) -> Drawn:
    """Return the case that *seed* stands for, decided on one of *days*.

    *untold* is the share of its facts that nobody has told; without it the seed decides that too.
    """
    return _Drawing(seed, days, untold).drawn()


class _Drawing:
    def __init__(self, seed: int, days: tuple[str, ...], untold: float | None) -> None:
        self.random = Random(seed)
        self.seed = seed
        self.day = self.random.choice(days)
        self.year = self.day[:4]
        often = self.random.choice((0.0, 0.0, 0.0, 0.02, 0.05, 0.15))
        self.untold = often if untold is None else untold
        self.left = CEILINGS[self.year]

    def drawn(self) -> Drawn:
        kind = self.one(listed=5, ask_form=3, open_group=1, not_listed=3)
        data = {
            "case": f"S-{self.seed}" if self.chance(0.9) else self.random.choice(TRAPS),
            "decided_on": self.day,
            "request": self.told(made=not self.chance(0.04)),
            "citizen": self.told(under_18=self.chance(0.25), eldercare_act=self.chance(0.4)),
            "diagnosis": self.diagnosis(kind),
            "criteria": self.criteria(kind),
            "indicators": self.told(**{name: self.chance(0.5) for name in INDICATORS}),
            "previous_help": self.maybe_list(self.help, (0.75, 0.2, 0.05)),
            "earlier_grants": self.maybe_list(self.grant, (0.5, 0.3, 0.2)),
        }
        if self.chance(0.92):
            how_many = int(self.one(**{"0": 1, "1": 3, "2": 3, "3": 2, "4": 1}))
            data["wishes"] = [self.wish(number) for number in range(how_many)]
        if self.chance(0.1):
            data["recipient"] = {"name": self.random.choice(TRAPS), "address": ["Åvej 1", "0000 Ø"]}
        told = {key: value for key, value in data.items() if value is not None and value != {}}
        return Drawn(self.seed, told, MUNICIPALITY if self.chance(0.4) else "")

    # --- dice -------------------------------------------------------------------------------------

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely

    def one(self, **weights: float) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def told(self, **facts: Any) -> dict[str, Any]:
        """Return *facts* without those nobody has told; some of those are null instead."""
        given = {}
        for name, value in facts.items():
            if value is None:
                continue
            if not self.chance(self.untold):
                given[name] = value
            elif self.chance(0.2):
                given[name] = None
        return given

    def maybe_list(self, element: Any, weights: tuple[float, float, float]) -> list[Any] | None:
        how_many = self.random.choices((0, 1, 2), weights)[0]
        return None if self.chance(self.untold) else [element() for _ in range(how_many)]

    # --- the parts of a case ----------------------------------------------------------------------

    def diagnosis(self, kind: str) -> dict[str, Any]:
        entry = self.random.choice(ENTRIES[kind])
        confirmed = not self.chance(0.06)
        given = self.told(entry=entry, confirmed=confirmed)
        if kind == "ask_form" or self.chance(0.1):
            given |= self.told(form_confirmed=self.chance(0.6))
        if entry in TEXTS and self.chance(0.3):
            given["text"] = TEXTS[entry][0]
            if self.chance(0.5):
                given["code"] = TEXTS[entry][-1]
        elif self.chance(0.1):
            given["text"] = self.random.choice(TRAPS)
        return given

    def criteria(self, kind: str) -> dict[str, Any] | None:
        if kind == "listed" and self.chance(0.6):
            return None
        likely = self.random.choice((1.0, 1.0, 0.85))
        met = self.told(**{name: self.chance(likely) for name in CRITERIA})
        return {name: self.evidence(value) for name, value in met.items()}

    def evidence(self, value: bool | None) -> Any:  # noqa: FBT001 - the assessment itself
        if value is None or not self.chance(0.3):
            return value
        return {"met": value, "evidence": self.random.choice((*TRAPS, "Epikrise 21-02-2024"))}

    def help(self) -> dict[str, Any]:
        provision = self.random.choice((*CATEGORIES, "83", "83", *OTHER_HELP))
        return self.told(
            provision=self.sign(provision),
            because_of_disease=self.chance(0.3),
            automatic_at_discharge=self.chance(0.5),
            granted_on=self.earlier_day("2021-05-01", "2023-05-31", "2023-06-01"),
        )

    def grant(self) -> dict[str, Any]:
        amount = self.random.choice((1, 99, 100, 500000, 1999999, self.left // 2, self.left - 1))
        amount = max(0, self.random.choice((amount, amount, self.left, self.left + 1, 0)))
        self.left = max(0, self.left - amount)
        day = self.earlier_day("2023-06-01", "2023-12-31", "2024-01-01", "2024-12-31", self.day)
        return self.told(
            date=day, provision=self.random.choice((*CATEGORIES,)), amount=kroner(amount)
        )

    def earlier_day(self, *days: str) -> str:
        return self.random.choice([day for day in days if day <= self.day])

    def sign(self, provision: str) -> str:
        return self.random.choice((provision, provision, f"§{provision}", f"§ {provision}"))

    def wish(self, number: int) -> dict[str, Any]:
        covered = self.chance(0.93)
        provision = self.random.choice((*CATEGORIES, "83", "112") if covered else UNCOVERED)
        category = self.random.choice(CATEGORIES.get(provision, TRAPS))
        identity = self.random.choice((f"w{number}", f"w{number}", f"{number}", f"null.{number}-_"))
        return {"id": identity} | self.told(
            provision=self.sign(provision),
            category=category,
            description=self.random.choice((None, None, "Elkørestol", *TRAPS)),
            minor=not self.chance(0.15) if provision == "116" or self.chance(0.1) else None,
            accepts_own_payment=self.chance(0.6) if self.chance(0.8) else None,
            outside_costs=self.outside_costs() if self.chance(0.25) else None,
            **self.price(provision),
        )

    def outside_costs(self) -> dict[str, str]:
        kinds = self.random.sample(
            ("installation", "reinstatement", "repair"), self.random.randint(0, 3)
        )
        return {kind: self.written(self.random.choice((0, 1, 120000, 99999999))) for kind in kinds}

    def price(self, provision: str) -> dict[str, str]:
        priced = provision in ("83", "97") and self.year != "2023"
        if priced and self.chance(0.3):
            return {
                "quantity": self.random.choice(("0.5", "1.0001", "20", "99.99")),
                "unit": "hour",
            }
        value = self.value()
        if self.chance(0.7):
            self.left = max(0, self.left - value)
        return {"value": self.written(value)}

    def value(self) -> int:
        """Return a price around what is left, around a ceiling, or somewhere below them."""
        edges = [self.left, self.left // 2, self.left // 3, *CEILINGS.values()]
        edge = self.random.choice((*edges, 0, 1, 100, 1850050, 2500000))
        return max(0, edge + self.random.choice((0, 0, -1, 1)))

    def written(self, ore: int) -> str:
        """Return *ore* in one of the ways in which an amount may be written."""
        danish = f"{ore // 100:,}".replace(",", ".")
        forms = [kroner(ore), f"{danish},{ore % 100:02d}", f"{danish},{ore % 100:02d} kr."]
        if ore % 100 == 0:
            forms += [str(ore // 100), f"{ore // 100} kr."]
        return self.random.choice(forms)


# --- what can be blanked and told -----------------------------------------------------------------

Path_ = tuple[str | int, ...]


def paths_of(data: dict[str, Any]) -> Iterator[Path_]:
    """Yield the way to every told fact, list and field of an element in *data*."""
    for group, inner in data.items():
        if group in ("case", "decided_on", "recipient"):
            continue
        if isinstance(inner, list):
            yield (group,)
            for number, element in enumerate(inner):
                yield from ((group, number, key) for key in element if key != "id")
        else:
            yield from ((group, key) for key, value in inner.items() if value is not None)


def without(data: dict[str, Any], *paths: Path_) -> dict[str, Any]:
    """Return a copy of *data* in which nobody has told what stands at *paths*."""
    changed = copy.deepcopy(data)
    for *way, last in paths:
        inner: Any = changed
        for step in way:
            inner = inner[step] if isinstance(step, int) else inner.get(step, {})
        inner.pop(last, None)
    return changed


def with_value(data: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    """Return a copy of *data* in which *value* is told at *path*."""
    changed = copy.deepcopy(data)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step] if isinstance(step, int) else inner.setdefault(step, {})
    inner[path[-1]] = value
    return changed


def shuffled(value: Any, random: Random) -> Any:
    """Return *value* with the keys of every mapping in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(one, random) for one in value] if isinstance(value, list) else value


# --- what a case comes to -------------------------------------------------------------------------


def case_of(drawn: Drawn, rules: RuleBook | None = None) -> Case:
    """Return the case of *drawn*, read as a caller's data are read."""
    return read_case(drawn.data, rules or book())


def proposed(drawn: Drawn, rules: RuleBook | None = None) -> Proposal:
    """Return what the reference alone proposes, without the search for what to ask.

    That the other interpreter says the same is `test_interpreters.py`; to ask one is quicker.
    """
    rules = rules or book()
    case = case_of(drawn, rules)
    policy = rules.on(case.decided_on, drawn.municipality)
    return propose(policy, with_settled_entry(policy, case), Reference(policy.tables()))


def result_of(proposal: Proposal) -> tuple[object, ...]:
    """Return what a citizen would notice: outcome, each item and the amounts, all in øre."""
    items = tuple((item.id, item.status, item.granted, item.own_payment) for item in proposal.items)
    return (proposal.outcome.result, items, proposal.amounts)
