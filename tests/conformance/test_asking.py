"""What is asked for can matter, and what is not asked for cannot.

The search here is independent of the engine's: it tells the other facts by dice, from answers
listed by hand, and looks at what comes out.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from random import Random

import pytest

from conformance.cases import (
    CATEGORIES,
    CEILINGS,
    CRITERIA,
    LONG,
    OPEN,
    book,
    case_of,
    draw,
    kroner,
    paths_of,
    proposed,
    result_of,
    with_value,
    without,
)
from hjemmel import decide
from hjemmel.money import parse_amount

SHARDS = range(4)
CASES = 250 if LONG else 12
TRIES = 600
COMPLETIONS = 30

YES_NO = frozenset(
    {
        *("request.made", "diagnosis.confirmed", "diagnosis.form_confirmed"),
        *("citizen.under_18", "citizen.eldercare_act"),
        *(f"criteria.{name}" for name in CRITERIA),
        *("previous_help.because_of_disease", "previous_help.automatic_at_discharge"),
        *("wishes.minor", "wishes.accepts_own_payment"),
    }
)
ENTRIES = ("mnd-als", "sma-type-1", "mnd", "not_listed")


@cache
def asking_cases(shard):
    """Return cases in which up to three told facts were blanked and that must ask or assess."""
    return list(_asking_cases(shard))


def _asking_cases(shard):
    for number in range(CASES):
        random = Random(seed := 600_000 + shard * CASES + number)
        drawn = draw(seed, untold=0)
        paths = [path for path in paths_of(drawn.data) if path[0] != "indicators"]
        blank = sorted(random.sample(paths, min(len(paths), random.randint(0, 3))), key=len)
        # Fields before lists, so that a field is not looked for in a list that is gone.
        drawn = drawn.having(without(drawn.data, *reversed(blank)))
        decided = decide(book(), case_of(drawn), municipality=drawn.municipality)
        if decided.outcome in OPEN:
            yield drawn, decided, random


def path_of(data, fact):
    """Return the way in *data* to the *fact* of the contract, such as ``wishes[w1].value``."""
    found = re.fullmatch(r"(\w+)\[([^\]]+)\]\.(\w+)", fact)
    if found is None:
        return tuple(fact.split("."))
    name, key, field = found.groups()
    if name != "wishes":
        return (name, int(key), field)
    return (name, [wish["id"] for wish in data[name]].index(key), field)


def prices(data):
    """Return prices at which something may tip: around ceilings, less what others take."""
    told = [wish.get("value") for wish in data.get("wishes", ())]
    told += [grant.get("amount") for grant in data.get("earlier_grants", ())]
    taken = [parse_amount(one) for one in told if one]
    sums = {sum(some) for size in range(4) for some in combinations(taken, size)}
    year = data["decided_on"][:4]
    ceilings = {CEILINGS[year], CEILINGS[str(max(2023, int(year) - 1))], CEILINGS["2023"]}
    edges = {abs(ceiling - one) + step for ceiling in ceilings for one in sums for step in (0, 1)}
    return sorted({1, 100, *ceilings, *edges, 99_999_999} - {0})


def answer(data, fact, random):
    """Return a possible answer to *fact* in *data*."""
    path = path_of(data, fact)
    kind = ".".join(str(step) for step in path if not isinstance(step, int))
    if kind in YES_NO:
        return random.random() < 0.5
    price = kroner(random.choice(prices(data)))
    day = random.choice(
        [
            one
            for one in ("2023-06-01", "2024-06-30", data["decided_on"])
            if one <= data["decided_on"]
        ]
    )
    match kind:
        case "diagnosis.entry":
            return random.choice(ENTRIES)
        case "previous_help":
            element = {
                "provision": random.choice(("83", "97", "95")),
                "because_of_disease": random.random() < 0.5,
                "automatic_at_discharge": random.random() < 0.5,
                "granted_on": random.choice(("2023-05-31", "2023-06-01")),
            }
            return random.choice(([], [element]))
        case "earlier_grants":
            return random.choice(([], [{"date": day, "provision": "112", "amount": price}]))
        case "earlier_grants.amount" | "wishes.value":
            return price
        case "earlier_grants.date":
            return day
        case "previous_help.provision":
            return random.choice(("83", "97", "112", "95"))
        case "wishes.provision":
            return random.choice((*CATEGORIES, "113"))
        case "wishes.category":
            return random.choice(CATEGORIES.get(provision_of(data["wishes"][path[1]]), ("x",)))
    message = f"asked for {fact}, which no case can tell"
    raise AssertionError(message)


def provision_of(wish):
    """Return the provision of *wish* without its section sign."""
    return wish.get("provision", "").strip("§ ")


def told(data, facts, random):
    """Return *data* with random answers to *facts*; lists last, so that paths stay right."""
    for fact in sorted(facts, key=lambda one: one in ("previous_help", "earlier_grants")):
        data = with_value(data, path_of(data, fact), answer(data, fact, random))
    for number, wish in enumerate(data.get("wishes", ())):
        known = CATEGORIES.get(provision_of(wish))
        # Whoever tells the provision puts a category right that belongs to another one.
        if known and wish.get("category") not in (None, *known):
            data = with_value(data, ("wishes", number, "category"), known[0])
    return data


def witness(drawn, fact, others, random):
    """Return two tellings that differ in *fact* alone and in what comes of them, if found."""
    for _ in range(TRIES):
        completed = told(drawn.data, others, random)
        first, second = (told(completed, [fact], random) for _ in range(2))
        if first == second:
            continue
        results = [result_of(proposed(drawn.having(one))) for one in (first, second)]
        if results[0] != results[1]:
            return first, second
    return None


@pytest.mark.parametrize("shard", SHARDS)
def test_what_is_asked_for_can_matter(shard):
    """Each fact asked for has two answers between which the outcome or an øre differs."""
    asked = 0
    for drawn, decided, random in asking_cases(shard):
        facts = [one.fact for one in decided.missing]
        for fact in facts:
            asked += 1
            others = [one for one in facts if one != fact]

            assert witness(drawn, fact, others, random), (fact, others, drawn)

    assert asked


# --- what is not asked for ------------------------------------------------------------------------

#: Facts that a case could tell, whether the law has use for them or not.
FACTS = sorted(one for one in YES_NO if one.split(".")[0] not in ("previous_help", "wishes"))
FIELDS = {
    "previous_help": ("provision", "because_of_disease", "automatic_at_discharge"),
    "earlier_grants": ("date", "amount"),
    "wishes": ("provision", "category", "minor", "value", "accepts_own_payment"),
}


def untold(data):
    """Yield every fact that *data* does not tell.

    Left out are facts whose absence has a meaning by contract, so that telling them is another
    case: `wishes` (none yet), `granted_on` (never asks), `outside_costs` (none), `quantity` and
    `unit` (another way to tell the value, which outranks them), and `text` and `code` of the
    diagnosis (another way to tell the entry).
    """
    for fact in (*FACTS, "diagnosis.entry"):
        group, name = fact.split(".")
        if data.get(group, {}).get(name) is None:
            yield fact
    for name, fields in FIELDS.items():
        if name not in data and name != "wishes":
            yield name
        for number, element in enumerate(data.get(name, ())):
            key = element.get("id", number)
            for field in fields:
                if element.get(field) is None and not (field == "value" and "quantity" in element):
                    yield f"{name}[{key}].{field}"


@pytest.mark.parametrize("shard", SHARDS)
def test_what_is_not_asked_for_cannot_matter(shard):
    """However the missing facts turn out, the others change nothing, or are asked for then."""
    looked = 0
    for drawn, decided, random in asking_cases(shard):
        facts = [one.fact for one in decided.missing]
        others = set(untold(drawn.data)) - set(facts)
        looked += len(others)
        for _ in range(COMPLETIONS):
            completed = drawn.having(told(drawn.data, facts, random))
            more = completed.having(told(completed.data, sorted(others), random))
            if result_of(proposed(completed)) == result_of(proposed(more)):
                continue
            # A fact may come into question by what is told: the form, once the entry is known.
            again = decide(book(), case_of(completed), municipality=drawn.municipality)

            assert others & {one.fact for one in again.missing}, (others, facts, completed, more)

    assert looked
