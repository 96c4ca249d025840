"""A comparison in words and tables, whatever it is shown on: each text is made once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.assure.compare_cases import BEST_FIRST, LEVELS
from hjemmel.assure.compare_witness import expected, name_of
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words
from hjemmel.money import grouped, people_amount
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from hjemmel.assure.compare import Comparison, Edition
    from hjemmel.assure.compare_cases import Changed
    from hjemmel.assure.compare_witness import Witness


def edition_text(edition: Edition, lang: str) -> str:
    """Return which edition this is: where it was found, its number and its digest."""
    return words(
        "diff-edition",
        lang,
        name=edition.name,
        policy=edition.policy,
        version=edition.version,
        digest=edition.digest[:12],
    )


def known_text(side: str, edition: Edition, lang: str) -> str:
    """Return what of the *edition* on *side* was known and used."""
    if edition.known is None:
        return words("diff-known-all", lang, side=side)
    day, count = people_day(edition.known), str(len(edition.unknown))
    return words("diff-known-day", lang, side=side, day=day, count=count)


def summary_text(comparison: Comparison, lang: str) -> str:
    """Return whether anything in the law has changed, and in how many places."""
    legal, editorial = len(comparison.legal), len(comparison.editorial)
    if comparison.same_content:
        return words("diff-no-change", lang)
    if not legal:
        return words("diff-no-legal-change", lang, count=str(editorial))
    return words("diff-legal-changes", lang, legal=str(legal), editorial=str(editorial))


def equivalence_text(comparison: Comparison, lang: str) -> str:
    """Return whether the editions decide alike, and in how many cases not."""
    changed, count = len(comparison.tally.changed), comparison.tally.examined
    if not count:
        return words("diff-no-cases", lang)
    if not changed and comparison.same_content and comparison.old.known == comparison.new.known:
        return words("diff-same-rules", lang)
    if not changed:
        return words("diff-equivalent", lang, count=grouped(count, lang))
    percent = f"{100 * changed / count:.1f}".replace(".", "," if lang == "da" else ".")
    shown = {"changed": grouped(changed, lang), "count": grouped(count, lang), "percent": percent}
    return words("diff-not-equivalent", lang, **shown)


def examined_text(comparison: Comparison, lang: str) -> str:
    """Return which cases were examined, and what invented ones are worth."""
    tally = comparison.tally
    counts = {"given": grouped(tally.given, lang), "generated": grouped(tally.generated, lang)}
    text = words("diff-examined", lang, **counts, seed=str(comparison.seed))
    return f"{text} {words('diff-invented', lang)}" if tally.generated else text


def witness_title(one: Witness, lang: str) -> str:
    """Return the heading of a witness: from which outcome to which."""
    old, new = (name_of(side.outcome, lang) for side in (one.changed.old, one.changed.new))
    return words("diff-witness", lang, **{"number": str(one.number), "from": old, "to": new})


def witness_note(one: Witness, lang: str) -> str:
    """Return what differs in a witness, and for whom it is better."""
    level = words(f"level-{one.changed.level}", lang)
    return f"{level}; {words(f'favours-{one.changed.favours}', lang)}"


def decided_text(decided: Mapping[str, Any], lang: str) -> str:
    """Return what an edition decides on a witness, in a line."""
    data = expected(decided)
    if "error" in data:
        return name_of(data["error"], lang)
    parts = [name_of(data["outcome"], lang)]
    for item in data["items"]:
        status = words(f"status-{item['status']}", lang).lower()
        parts.append(f"{item['id']} {status} {_people(item['granted'], lang)}")
    if "amounts" in data:
        left = data["amounts"]["remaining"]
        shown = words("unknown-amount", lang) if left is None else _people(left, lang)
        parts.append(f"{words('amount-remaining', lang).lower()} {shown}")
    return ", ".join(parts)


def _people(amount: str, lang: str) -> str:
    whole, _, rest = amount.partition(".")
    return people_amount(int(whole) * 100 + int(rest), lang)


def effect_tables(comparison: Comparison, lang: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the title and the rows of each table of the effect, headings first."""
    yield words("diff-table", lang), _transition_rows(comparison, lang)
    tally = comparison.tally
    yield words("diff-money", lang), _money_rows(comparison, lang)
    if tally.items:
        yield words("diff-items", lang), _item_rows(comparison, lang)


def _money_rows(comparison: Comparison, lang: str) -> list[list[str]]:
    headings = ("diff-col-amount", "diff-old", "diff-new", "diff-col-moved")
    rows = [[words(code, lang) for code in headings]]
    for kind, (old, new) in comparison.tally.money.items():
        rows.append([words(f"money-{kind}", lang), *_from_to(old, new, lang)])
    return rows


def _item_rows(comparison: Comparison, lang: str) -> list[list[str]]:
    headings = ("diff-col-status-old", "diff-col-status-new", "diff-col-count")
    rows = [[words(code, lang) for code in headings]]
    for way, count in sorted(comparison.tally.items.items()):
        rows.append([*(words(f"status-{one}", lang) for one in way), grouped(count, lang)])
    return rows


def _from_to(old: int, new: int, lang: str) -> list[str]:
    return [people_amount(old, lang), people_amount(new, lang), signed(new - old, lang)]


def _transition_rows(comparison: Comparison, lang: str) -> list[list[str]]:
    tally = comparison.tally
    headings = ("from", "to", "cases", "changed", "granted-old", "granted-new", "moved")
    rows = [[words(f"diff-col-{code}", lang) for code in headings]]
    for way in sorted(tally.transitions, key=rank):
        names = [name_of(one, lang) for one in way]
        counts = [grouped(one[way], lang) for one in (tally.transitions, tally.altered)]
        rows.append([*names, *counts, *_from_to(*tally.granted[way], lang)])
    counts = [grouped(count, lang) for count in (tally.examined, len(tally.changed))]
    amounts = _from_to(*tally.money.get("granted", (0, 0)), lang)
    rows.append([words("diff-total", lang), "", *counts, *amounts])
    return rows


def rank(way: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """Return what outcomes are listed by: the best for the citizen first."""
    return tuple(
        (BEST_FIRST.index(one) if one in BEST_FIRST else len(BEST_FIRST), one) for one in way
    )


def case_rows(cases: Iterable[Changed], lang: str) -> list[list[str]]:
    """Return *cases* as the rows of a table, headings first."""
    headings = ("case", "day", "where", "from", "to", "granted-old", "granted-new")
    rows = [[words(f"diff-col-{code}", lang) for code in headings]]
    for one in cases:
        day = day_of(str(one.given.data.get("decided_on", "")))
        case, place = str(one.given.data.get("case", "")), one.given.place
        rows.append([
            case, people_day(day) if day else "",
            words("diff-invented-case", lang) if place == case else place,
            name_of(one.old.outcome, lang), name_of(one.new.outcome, lang),
            people_amount(one.old.money("granted"), lang),
            people_amount(one.new.money("granted"), lang),
        ])  # fmt: skip
    return rows


def gravest(changed: Iterable[Changed]) -> list[Changed]:
    """Return *changed* with other outcomes first, then other wishes, then other amounts."""
    return sorted(changed, key=lambda one: LEVELS.index(one.level))


def is_number(cell: str) -> bool:
    """Return whether *cell* of a table is a figure or an amount."""
    bare = cell.removesuffix(" kr.").removeprefix("DKK ")
    return bool(bare) and not bare.strip("0123456789.,+−")


def signed(ore: int, lang: str = "da") -> str:
    """Return *ore* for people with its sign."""
    sign = "−" if ore < 0 else "+" if ore else ""
    return f"{sign}{people_amount(abs(ore), lang)}"
