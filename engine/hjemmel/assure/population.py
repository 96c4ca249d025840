"""Invented cases over what the rules let a case tell: a population to try rules on.

Nobody is behind these cases. They are drawn from the rules' own lists (diagnoses, criteria,
categories, the days and amounts that the rules compare with) by the shares in ``SHARES`` and
``YES`` below, not from what citizens ask for: a figure over them says what the rules do, never how
often it happens. A fact that is not told is left out. The same rules, seed and number give the
same case on every machine.

Every outcome, every year with a ceiling and every open question is met in a few hundred cases;
days lie on the edges of the rules' periods as well as between them, and prices lie around what is
left of the ceiling, around the ceiling itself, and far from both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from hjemmel.decide.case import NOT_LISTED
from hjemmel.model import GRANTS, HELP, WISHES
from hjemmel.money import data_amount
from hjemmel.policy.dated import edges_of, period_of, periods_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.dated import Rate
    from hjemmel.tree import Node

#: How often what is drawn, in parts; the parts of a row need not make a hundred.
SHARES: Mapping[str, Mapping[str, int]] = {
    # how much of the case is told, and below: the share of facts then left out, in percent
    "told": {"fully": 74, "mostly": 17, "poorly": 9},
    "left_out": {"fully": 0, "mostly": 6, "poorly": 22},
    # where the day of decision lies: anywhere in its year, or at the edge of some period
    "day": {"any": 75, "edge": 25},
    # what the list says of the diagnosis; by_name tells only its text or code
    "diagnosis": {"listed": 40, "ask_form": 17, "open_group": 8, NOT_LISTED: 25, "by_name": 10},
    # the criteria: all met, all but one, each by chance, or not assessed
    "criteria": {"met": 44, "one_not": 20, "by_chance": 11, "not_assessed": 25},
    # how many of each; not_told leaves the list out
    HELP: {"0": 70, "1": 22, "2": 8},
    GRANTS: {"0": 60, "1": 27, "2": 13},
    WISHES: {"not_told": 6, "0": 6, "1": 34, "2": 30, "3": 16, "4": 8},
    # earlier help: under one of the provisions that can be chosen, or under another
    "help_provision": {"offered": 75, "other": 25},
    "help_day": {"recent": 45, "edge": 25, "not_told": 30},
    # earlier grants: in the year of the decision or before it; around a ceiling or below it
    "grant_year": {"same": 55, "earlier": 45},
    "grant_amount": {"part": 72, "edge": 18, "all": 10},
    # wishes
    "wish_provision": {"offered": 94, "other": 6},
    "price": {"low": 30, "middle": 24, "edge_left": 20, "edge_ceiling": 12, "high": 11, "rate": 3},
}
_ADDED_UP = {
    row: (tuple(shares), tuple(accumulate(shares.values()))) for row, shares in SHARES.items()
}
#: How often a yes or no is a yes, in percent; a fact that is not here: ``OTHERWISE``.
YES: Mapping[str, int] = {
    "request.made": 96,
    "diagnosis.confirmed": 93,
    "diagnosis.form_confirmed": 65,
    "citizen.under_18": 22,
    "help.because_of_disease": 40,
    "wish.minor": 85,
    "wish.accepts_own_payment": 65,
}
OTHERWISE = 50
#: How often what may stand beside the facts does so, in percent.
EVIDENCE, OUTSIDE_COSTS = 10, 20
#: The groups of yes/no facts that every case may tell; the diagnosis is drawn by itself.
_GROUPS = ("request", "citizen")
_FIRST_YEARS_BACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """What the rules let a case tell, read from their trees."""

    ceiling: Rate
    edges: tuple[date, ...]
    entries: Mapping[str, tuple[str, ...]]
    names: tuple[Mapping[str, str], ...]
    criteria: tuple[str, ...]
    indicators: tuple[str, ...]
    truths: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, tuple[str, ...]]
    others: tuple[tuple[str, str], ...]
    outside: tuple[str, ...]
    compared: Mapping[str, tuple[str, ...]]

    @property
    def last(self) -> date:
        """Return the last day with a ceiling; of one without an end, the end of its first year."""
        period = self.ceiling.amounts[-1].period
        return period.end or date(period.start.year, 12, 31)

    @property
    def first(self) -> date:
        """Return the first day with a ceiling."""
        return self.ceiling.amounts[0].period.start


def domains_of(book: RuleBook) -> Domains:
    """Return what the rules of *book* let a case tell."""
    index: Any = book.tree("index").plain()
    first = period_of(index["policy"]["in_force"]).start
    ceiling = book.on(first).money.ceiling
    compared = _compared(book)
    categories = _categories(book)
    return Domains(
        ceiling=ceiling,
        edges=_edges(book, ceiling),
        entries=_entries(book),
        names=_names(book),
        criteria=_ids(book, "criteria", "criteria"),
        indicators=_ids(book, "criteria", "indicators"),
        truths=_truths(book),
        categories=categories,
        others=_others(book, categories, compared),
        outside=_ids(book, "categories", "outside_ceiling"),
        compared=compared,
    )


def _elements(book: RuleBook, file: str, key: str) -> tuple[Node, ...]:
    listed = book.tree(file).get(key)
    return listed.elements() if listed else ()


def _ids(book: RuleBook, file: str, key: str) -> tuple[str, ...]:
    return tuple(node.text("id") for node in _elements(book, file, key))


def _edges(book: RuleBook, ceiling: Rate) -> tuple[date, ...]:
    """Return the first and last days of every period of the rules that have a ceiling."""
    edges = edges_of(period for tree in book.trees.values() for period in periods_in(tree))
    days = edges | {edge - timedelta(1) for edge in edges}
    held = [amount.period for amount in ceiling.amounts]
    return tuple(sorted(day for day in days if any(day in period for period in held)))


def _entries(book: RuleBook) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {NOT_LISTED: [NOT_LISTED]}
    for node in _elements(book, "diagnoses", "diagnoses"):
        found.setdefault(node.text("on_name_match"), []).append(node.text("id"))
    return {listing: tuple(entries) for listing, entries in found.items()}


def _names(book: RuleBook) -> tuple[Mapping[str, str], ...]:
    """Return ways to name a diagnosis without its place on the list: its print, and its codes."""
    named: list[Mapping[str, str]] = []
    for node in _elements(book, "diagnoses", "diagnoses"):
        named.append({"text": node.text("printed")})
        codes = node.get("codes")
        named.extend({"code": one.text("code")} for one in (codes.elements() if codes else ())[:2])
    return tuple(named)


def _truths(book: RuleBook) -> dict[str, tuple[str, ...]]:
    """Return the yes/no facts that are told, by their group."""
    found: dict[str, list[str]] = {}
    for node in _elements(book, "facts", "facts"):
        group, _, name = node.text("id").partition(".")
        if node.text("type") == "truth" and not node.text("given_by"):
            found.setdefault(group, []).append(name)
    return {group: tuple(names) for group, names in found.items()}


def _categories(book: RuleBook) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node in _elements(book, "categories", "categories"):
        found.setdefault(node.text("provision"), []).append(node.text("id"))
    return {provision: tuple(categories) for provision, categories in found.items()}


def _others(
    book: RuleBook, offered: Mapping[str, object], compared: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, str], ...]:
    """Return provisions outside those that can be chosen, each with a word for its help."""
    never = _elements(book, "categories", "never_covered")
    named = {node.text("provision"): node.text("label") for node in never}
    for fact in _elements(book, "facts", "facts"):
        examples = fact.get("examples")
        if fact.text("id").endswith(".provision") and examples:
            named.update((str(one.value), "") for one in examples.elements() if one.value)
    spoken = {value for name, values in compared.items() if "provision" in name for value in values}
    named |= {value: named.get(value, "") for value in spoken}
    return tuple(sorted((one, label) for one, label in named.items() if one not in offered))


def _compared(book: RuleBook) -> dict[str, tuple[str, ...]]:
    """Return what each fact is compared with in some condition."""
    found: dict[str, set[str]] = {}
    for tree in book.trees.values():
        _note_compared(tree, found)
    return {fact: tuple(sorted(values)) for fact, values in found.items()}


def _note_compared(node: Node, found: dict[str, set[str]]) -> None:
    if node.text("fact"):
        values = found.setdefault(node.text("fact"), set())
        for key, child in node.items():
            if key not in ("fact", "is"):
                values.update(str(one.value) for one in child.elements() or (child,))
    for _, child in node.items():
        _note_compared(child, found)
    for child in node.elements():
        _note_compared(child, found)


def generate_cases(
    book: RuleBook, count: int, seed: int = 1, *, prefix: str = "GEN"
) -> Iterator[dict[str, Any]]:
    """Yield *count* invented cases over the rules of *book*, as plain data of the contract."""
    population = Population(book, seed, prefix=prefix)
    for number in range(count):
        yield population.case(number)


class Population:
    """Invented cases by number; any of them can be drawn alone."""

    def __init__(self, book: RuleBook, seed: int = 1, *, prefix: str = "GEN") -> None:
        """Take the rules to draw from, the *seed*, and what every case number begins with."""
        self.domains, self.seed, self.prefix = domains_of(book), seed, prefix

    def case(self, number: int) -> dict[str, Any]:
        """Return case *number*: the same for the same rules, seed and number."""
        drawing = _Drawing(self.domains, Random(f"{self.seed}/{number}"))  # noqa: S311 - invented
        return {"case": f"{self.prefix}-{number:06d}", **drawing.case()}


class _Drawing:
    """One case being drawn."""

    def __init__(self, domains: Domains, random: Random) -> None:
        self.domains, self.random, self.bits = domains, random, random.getrandbits
        self.day = self._day()
        self.ceiling = domains.ceiling.on(self.day)
        self.left = self.ceiling
        self.left_out = SHARES["left_out"][self._one("told")]

    def case(self) -> dict[str, Any]:
        kind = self._one("diagnosis")
        data = {
            "decided_on": self.day.isoformat(),
            **{group: self._told_truths(group) for group in _GROUPS},
            "diagnosis": self._diagnosis(kind),
            "criteria": self._criteria(),
            "indicators": self._told({name: self._yes(name) for name in self.domains.indicators}),
            HELP: self._list(HELP, self._help),
            GRANTS: self._list(GRANTS, self._grant),
            WISHES: self._wishes(),
        }
        return {key: value for key, value in data.items() if value not in (None, {})}

    # --- dice ---------------------------------------------------------------------------

    def _one(self, row: str) -> str:
        names, sums = _ADDED_UP[row]
        return self.random.choices(names, cum_weights=sums)[0]

    def _chance(self, percent: int) -> bool:
        # What `randrange(100)` draws, bit for bit, at a third of its cost: some fifty a case.
        drawn = self.bits(7)
        while drawn >= 100:
            drawn = self.bits(7)
        return drawn < percent

    def _yes(self, fact: str) -> bool:
        return self._chance(YES.get(fact, OTHERWISE))

    def _told(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return *facts* without those that nobody has told."""
        return {
            name: value
            for name, value in facts.items()
            if value is not None and not self._chance(self.left_out)
        }

    def _told_truths(self, group: str, without: Sequence[str] = ()) -> dict[str, Any]:
        names = [name for name in self.domains.truths.get(group, ()) if name not in without]
        return self._told({name: self._yes(f"{group}.{name}") for name in names})

    # --- days and amounts ----------------------------------------------------------------

    def _day(self) -> date:
        domains = self.domains
        if domains.edges and self._one("day") == "edge":
            return self.random.choice(domains.edges)
        year = self.random.randint(domains.first.year, domains.last.year)
        return self._between(
            max(domains.first, date(year, 1, 1)), min(domains.last, date(year, 12, 31))
        )

    def _between(self, first: date, last: date) -> date:
        return first + timedelta(self.random.randint(0, max(0, (last - first).days)))

    def _part(self, ore: int, low: int, high: int) -> int:
        """Return between *low* and *high* percent of *ore*, mostly in whole tens of kroner."""
        amount = ore * self.random.randint(low, high) // 100
        return amount if self._chance(10) else amount // 1000 * 1000

    def _around(self, ore: int) -> int:
        return max(0, ore + self.random.choice((-1, 0, 0, 1)))

    # --- the parts of a case -------------------------------------------------------------

    def _diagnosis(self, kind: str) -> dict[str, Any]:
        if kind == "by_name":
            named = dict(self.random.choice(self.domains.names))
            return named | self._told_truths("diagnosis")
        listings = self.domains.entries
        listing = kind if kind in listings else self.random.choice(sorted(listings))
        entry = self._told({"entry": self.random.choice(listings[listing])})
        only_for = () if listing == "ask_form" else ("form_confirmed",)
        return entry | self._told_truths("diagnosis", only_for)

    def _criteria(self) -> dict[str, Any]:
        how, names = self._one("criteria"), self.domains.criteria
        if how == "not_assessed" or not names:
            return {}
        met = dict.fromkeys(names, True)
        if how == "one_not":
            met[self.random.choice(names)] = False
        elif how == "by_chance":
            met = {name: self._chance(OTHERWISE) for name in names}
        return {name: self._with_evidence(value) for name, value in self._told(met).items()}

    def _with_evidence(self, met: bool) -> Any:  # noqa: ANN401, FBT001 - the assessment itself
        return {"met": met, "evidence": "Opdigtet epikrise"} if self._chance(EVIDENCE) else met

    def _list(self, name: str, draw: Callable[[], dict[str, Any]]) -> list[Any] | None:
        how_many = self._one(name)
        if how_many == "not_told" or self._chance(self.left_out):
            return None
        return [draw() for _ in range(int(how_many))]

    def _help(self) -> dict[str, Any]:
        provision, _ = self._provision("help_provision")
        facts = {"provision": provision, "granted_on": self._help_day()}
        return self._told(facts) | self._told_truths("help")

    def _help_day(self) -> str | None:
        how = self._one("help_day")
        compared = self.domains.compared.get("help.granted_on", ())
        if how == "not_told":
            return None
        if how == "edge" and compared:
            day = date.fromisoformat(self.random.choice(compared))
            day += timedelta(self.random.choice((-1, 0)))
        else:
            day = self._between(date(self.day.year - 2, 1, 1), self.day)
        return min(day, self.day).isoformat()

    def _grant(self) -> dict[str, Any]:
        ceiling = self.domains.ceiling
        year = self.day.year
        if self._one("grant_year") == "earlier" and year > self.domains.first.year:
            year = self.random.randint(
                max(self.domains.first.year, year - _FIRST_YEARS_BACK), year - 1
            )
        first = max(self.domains.first, date(year, 1, 1))
        day = self._between(first, min(self.day, date(year, 12, 31)))
        how = self._one("grant_amount")
        amount = self._part(ceiling.on(day), 1, 55)
        if how == "edge":
            amount = self._around(self.left)
        elif how == "all":
            amount = ceiling.on(day)
        self.left = max(0, self.left - amount)
        provision = self.random.choice(sorted(self.domains.categories))
        return self._told(
            {"date": day.isoformat(), "provision": provision, "amount": data_amount(amount)}
        )

    def _provision(self, row: str) -> tuple[str, str]:
        if self.domains.others and self._one(row) == "other":
            return self.random.choice(self.domains.others)
        provision = self.random.choice(sorted(self.domains.categories))
        return provision, self.random.choice(self.domains.categories[provision])

    def _wishes(self) -> list[Any] | None:
        how_many = self._one(WISHES)
        if how_many == "not_told":
            return None
        return [self._wish(number) for number in range(1, int(how_many) + 1)]

    def _wish(self, number: int) -> dict[str, Any]:
        provision, category = self._provision("wish_provision")
        facts = {"provision": provision, "category": category or None, **self._price()}
        wish: dict[str, Any] = {"id": f"w{number}", **self._told(facts)}
        wish |= self._told_truths("wish")
        if self.domains.outside and self._chance(OUTSIDE_COSTS):
            kind = self.random.choice(self.domains.outside)
            wish["outside_costs"] = {kind: data_amount(self._part(self.ceiling, 1, 10))}
        return wish

    def _price(self) -> dict[str, Any]:
        how = self._one("price")
        if how == "edge_left" and not self.left:
            how = "edge_ceiling"
        if how == "rate":
            return {"quantity": str(self.random.randint(1, 60)), "unit": "hour"}
        value = {
            "low": lambda: self._part(self.ceiling, 1, 15),
            "middle": lambda: self._part(self.ceiling, 15, 60),
            "edge_left": lambda: self._around(self.left),
            "edge_ceiling": lambda: self._around(self.ceiling),
            "high": lambda: self._part(self.ceiling, 101, 200),
        }[how]()
        self.left = max(0, self.left - value)
        return {"value": data_amount(value)}
