"""Two editions of the rules side by side: the wording, the decisions, and the effect.

Three questions, each answered on its own: what changed in the law as the files have it
(``compare_law``), whether that leads to other decisions and by which smallest cases it shows
(``compare_witness``), and what it does to a whole population (``compare_cases``).

There are two axes of time. ``on`` is the day whose law every case is decided by; without it each
case keeps its own day of decision. ``known`` is the day whose knowledge is used: rules whose
sources all came later are taken out, or held as the old edition has them (``compare_known`` says
how). They can be set apart for the two editions: the same rules with the old side's knowledge of
one day and the new side's of a later one show what the sources in between have turned. Without
``known`` both editions are used whole, and each changed case is tried once more by the new edition
as it was known on the day of that decision: where that gives the old result, the case is one that
a retroactive change turns.

That no difference was found among the cases is no proof that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.assure.compare_cases import (
    Changed,
    Given,
    Pair,
    Row,
    Tally,
    Unread,
    Verdict,
    read_cases,
    run_tasks,
    tasks,
)
from hjemmel.assure.compare_known import known_by
from hjemmel.assure.compare_law import Change, change_document, legal_changes
from hjemmel.assure.compare_phrases import canonical
from hjemmel.assure.compare_rules import open_rules
from hjemmel.assure.compare_witness import Witness, expected, scenario_text, witnesses
from hjemmel.money import data_amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from hjemmel.model import Amounts
    from hjemmel.policy.book import RuleBook

__all__ = [
    "Comparison",
    "Edition",
    "Options",
    "compare",
    "open_rules",
    "own_scenarios",
    "read_cases",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One of the two editions: what it is called, what it is, and what of it was not known."""

    name: str
    policy: str
    version: str
    digest: str
    known: date | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How two editions are compared."""

    names: tuple[str, str] = ("old", "new")
    on: date | None = None
    known: tuple[date | None, date | None] = (None, None)
    generate: int = 0
    seed: int = 1
    processes: int = 1
    watch: Callable[[Iterable[Tally], int], Iterable[Tally]] | None = field(
        default=None, compare=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything there is to say about two editions of the rules."""

    old: Edition
    new: Edition
    on: date | None
    seed: int
    changes: tuple[Change, ...]
    tally: Tally
    witnesses: tuple[Witness, ...]

    @property
    def same_content(self) -> bool:
        """Say whether both editions hold the same, and the same of it is used."""
        return self.old.digest == self.new.digest and not self.changes

    @property
    def legal(self) -> tuple[Change, ...]:
        """Return the changes that are law."""
        return tuple(one for one in self.changes if not one.editorial)

    @property
    def editorial(self) -> tuple[Change, ...]:
        """Return the changes that only help those who keep the rules."""
        return tuple(one for one in self.changes if one.editorial)

    @property
    def turned(self) -> tuple[Changed, ...]:
        """Return the cases that a retroactive change turns."""
        return tuple(one for one in self.tally.changed if one.turned)

    @property
    def scenarios(self) -> str:
        """Return the witnesses as a scenario file."""
        return scenario_text(self.witnesses)

    def document(self) -> dict[str, Any]:
        """Return the comparison as plain data; amounts in kroner as text."""
        tally = self.tally
        return {
            "old": _edition(self.old),
            "new": _edition(self.new),
            "on": self.on.isoformat() if self.on else None,
            "changes": [change_document(one) for one in self.changes],
            "legal_change": bool(self.legal),
            "equivalent": not tally.changed,
            "examined": {
                "cases": tally.examined,
                "given": tally.given,
                "generated": tally.generated,
                "seed": self.seed,
                "unread": [{"place": one.place, "why": one.why} for one in tally.unread],
            },
            "witnesses": [_witness(one) for one in self.witnesses],
            "effect": {
                "changed": len(tally.changed),
                "turned_by_retroactive_change": len(self.turned),
                "transitions": list(self._transitions()),
                "money": {kind: _moved(*amounts) for kind, amounts in tally.money.items()},
                "items": [
                    {"old": old, "new": new, "count": count}
                    for (old, new), count in sorted(tally.items.items())
                ],
            },
            "changed_cases": [_changed(one) for one in tally.changed],
        }

    def _transitions(self) -> Iterator[dict[str, Any]]:
        for way, count in sorted(self.tally.transitions.items()):
            yield {
                "old": way[0],
                "new": way[1],
                "cases": count,
                "changed": self.tally.altered[way],
                "granted": _moved(*self.tally.granted[way]),
            }


def compare(
    old: RuleBook,
    new: RuleBook,
    cases: Iterable[Given | Row | Unread] = (),
    options: Options | None = None,
) -> Comparison:
    """Return what is different between *old* and *new*, tried on *cases* and invented ones.

    Raises:
        HjemmelError: nothing of an edition was known on the day asked for.
        BackendError: the two interpreters disagree on a witness.
    """
    options = options or Options()
    editions = _editions(old, new, options)
    books = (editions[0][1], editions[1][1])
    pair = Pair(*books, on=options.on)
    tally = run_tasks(
        pair,
        list(tasks(cases, options.generate)),
        seed=options.seed,
        processes=options.processes,
        watch=options.watch,
    )
    return Comparison(
        old=editions[0][0],
        new=editions[1][0],
        on=options.on,
        seed=options.seed,
        changes=legal_changes(*books),
        tally=tally,
        witnesses=witnesses(pair, tally.changed),
    )


def _editions(
    old: RuleBook, new: RuleBook, options: Options
) -> tuple[tuple[Edition, RuleBook], tuple[Edition, RuleBook]]:
    before = _as_known(old, options.names[0], options.known[0], None)
    return before, _as_known(new, options.names[1], options.known[1], before[1])


def _as_known(
    book: RuleBook, name: str, day: date | None, older: RuleBook | None
) -> tuple[Edition, RuleBook]:
    view = known_by(book, day, older) if day else None
    plain: Any = book.tree("index").plain()
    edition = Edition(
        name=name,
        policy=plain["policy"]["id"],
        version=plain["policy"]["version"],
        digest=book.digest(),
        known=day,
        unknown=view.unknown if view else (),
    )
    return edition, view.book if view else book


def own_scenarios(*books: RuleBook) -> Iterator[Given | Row | Unread]:
    """Yield the scenarios that lie beside the rules of *books*, each of them once."""
    seen = set()
    for book in books:
        folder = book.folder / "scenarios"
        for one in read_cases(folder) if folder.is_dir() else ():
            content = (
                canonical([one.data, one.own.municipality, one.own.choices])
                if isinstance(one, Given)
                else one
            )
            if content not in seen:
                seen.add(content)
                yield one


def _edition(one: Edition) -> dict[str, Any]:
    return {
        "name": one.name,
        "policy": one.policy,
        "version": one.version,
        "digest": one.digest,
        "known": one.known.isoformat() if one.known else None,
        "unknown": list(one.unknown),
    }


def _moved(old: int, new: int) -> dict[str, str]:
    return {"old": data_amount(old), "new": data_amount(new), "difference": _signed(new - old)}


def _signed(ore: int) -> str:
    return f"-{data_amount(-ore)}" if ore < 0 else data_amount(ore)


def _changed(one: Changed) -> dict[str, Any]:
    return {
        "case": one.given.data.get("case"),
        "place": one.given.place,
        "municipality": one.given.own.municipality or None,
        "choices": dict(one.given.own.choices),
        "decided_on": one.given.data.get("decided_on"),
        "differs": one.level,
        "favours": one.favours,
        "turned_by_retroactive_change": one.turned,
        "old": _verdict(one.old),
        "new": _verdict(one.new),
        "facts": one.given.data,
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "target_group": one.target_group or None,
        "items": [
            {"id": item.id, "status": item.status, "granted": data_amount(item.granted),
             "own_payment": data_amount(item.own_payment),
             "outside_ceiling": data_amount(item.outside_ceiling)}
            for item in one.items
        ],
        "amounts": _amounts(one.amounts),
    }  # fmt: skip


def _amounts(amounts: Amounts | None) -> dict[str, str | None] | None:
    if amounts is None:
        return None
    named = {
        "ceiling": amounts.ceiling,
        "spent_before": amounts.spent_before,
        "granted": amounts.granted,
        "remaining": amounts.remaining,
    }
    return {name: None if ore is None else data_amount(ore) for name, ore in named.items()}


def _witness(one: Witness) -> dict[str, Any]:
    return {
        "number": one.number,
        "differs": one.changed.level,
        "favours": one.changed.favours,
        "municipality": one.changed.given.own.municipality or None,
        "choices": dict(one.changed.given.own.choices),
        "case": one.case,
        "old": one.old,
        "new": one.new,
        "expect": expected(one.new),
    }
