"""What was measured of many cases, as a part of the page and a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.batch import CONTENDERS, kept_measured
from benchmarks.many.told import ASKED
from benchmarks.report import BOUND, MANY, OURS, PAGE, PEER, draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.batch import Size, Spent

_IBIS, _OPENFISCA = CONTENDERS[1].name, CONTENDERS[4].name
_MILLION, _TEN = 1_000_000, 10_000_000


def write() -> None:
    """Write the part of the page on many cases, and its picture, of all that is kept."""
    sizes = kept_measured()
    if not sizes:
        return
    before = PAGE.read_text(encoding="utf-8").partition(f"\n{MANY}\n")[0].rstrip("\n")
    _picture(sizes)
    text = "\n".join([before, "", *_part(sizes)])
    PAGE.write_text(text + "\n", encoding="utf-8")


def _speed(spent: Spent, cases: int) -> float:
    """Return thousands of cases for each second of processor."""
    return cases / spent.seconds / 1e3


def _by_case(size: Size) -> Spent:
    """Return what ours spends without wishes in its answers, or with them if only that is known."""
    return size.ours_by_case or size.ours


def _picture(sizes: Sequence[Size]) -> None:
    size = sizes[-1]
    bars = [
        ("hjemmel, by case", _speed(_by_case(size), size.told), OURS),
        ("hjemmel, with items", _speed(size.ours, size.told), OURS),
    ]
    bars += [("bound: DuckDB reads the Parquet", _speed(size.scan, size.told), BOUND)]
    for way, spent in (("by case", size.by_case), ("with items", size.with_items)):
        bars += [(f"{name}, {way}", _speed(one, size.told), PEER) for name, one in spent.items()]
    bars.sort(key=lambda bar: bar[1])
    draw(
        "benchmark-batch",
        bars,
        title=f"{size.told:,} cases at once: Parquet in, Parquet out",
        told="thousand cases for each second of processor, logarithmic",
        left=10,
        room=3,
    )


def _part(sizes: Sequence[Size]) -> Iterator[str]:
    last = sizes[-1]
    yield MANY
    yield ""
    yield "![Thousand cases for each second of processor](../pictures/benchmark-batch.svg)"
    yield ""
    yield (
        "The same Parquet for all, made by `hjemmel generate`. `make bench` measures 100,000 cases; "
        "`python -m benchmarks.batch --cases 1000000` (or `10000000`, an hour) measures more. Every "
        "contender is a process of its own: processor time of all cores, its libraries' start "
        "included, and its own highest memory. What takes less than eight seconds has three turns, of "
        "which the median counts. Ours is the command `hjemmel batch` with `--without-missing` as the shell "
        "runs it, on one core, and *by case* with `--without-items` as well; the compiled policies, and SQL for another engine, are kept from an earlier "
        "run as they are from the second run on."
    )
    yield ""
    yield (
        "The programs by hand (`benchmarks/many/`) are the rules of every year as somebody who knows the "
        "tool would write them for this file: the target group with unknowns, the wishes walked in "
        "their order with what is left, statuses, amounts and outcome. *By case* they write outcome, "
        "target group and amounts; *with items* also a row for each wish. Since a wish that does not fit "
        "leaves the balance to the next one, a running total by window would be wrong; the wishes are "
        "walked one place at a time, four places wide. They do no readings: so only cases without an "
        "open question that waits for a choice are compared, chosen by `benchmarks/many/told.py`:"
    )
    yield ""
    for one in ASKED:
        yield f"* {one};"
    yield "* no aid or adaptation is priced between what is left and the whole ceiling."
    yield ""
    yield (
        f"That is {last.told / last.cases:.0%} of the invented cases. **Every row of every contender is equal "
        "to ours**, by case and by item, or nothing is written here. Ours does more in the same run: "
        "it writes the rule behind the outcome and each wish, the grounds, which settled "
        "questions touch the case and whether the other reading would change anything; it reads "
        "any day, any list length and any way to name a diagnosis, and rejects a bad row with a reason."
    )
    for size in sizes:
        yield ""
        yield from _table(size)
    yield ""
    yield "### Goals of the batch"
    yield ""
    yield "| Goal | Wanted | Measured | |"
    yield "| --- | --- | --- | --- |"
    yield from _goals(sizes)
    yield ""
    whole = [size for size in sizes if size.all_steps]
    if whole:
        yield from _whole(whole)
        yield ""
    yield from _losses(last)


def _table(size: Size) -> Iterator[str]:
    yield f"### {size.cases:,} cases drawn, {size.told:,} compared, {size.rows:,} wishes"
    yield ""
    yield f"*Measured {size.on}; {size.machine}.*"
    yield ""
    yield (
        "| | Version | By case, k/s | CPU s | GiB | With items, k/s | CPU s | GiB | Ours to it, by case "
        "| with items | Says unknown |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    yield _line("bound: DuckDB reads every column", size.versions.get(CONTENDERS[0].name, ""), size,
                size.scan, None, "–")  # fmt: skip
    rows = [one for one in CONTENDERS if one.name in size.by_case]
    for one in sorted(rows, key=lambda row: size.by_case[row.name].seconds):
        yield _line(
            one.name, size.versions[one.name], size, size.by_case[one.name],
            size.with_items.get(one.name), one.unknown,
        )  # fmt: skip
    for engine, spent in size.engines.items():
        name = f"hjemmel, `--engine {engine}`"
        yield _line(name, size.versions["hjemmel"], size, spent, spent, "yes, with its cause")
    yield _line(
        "hjemmel", size.versions["hjemmel"], size, _by_case(size), size.ours, "yes, with its cause"
    )


def _line(
    name: str, number: str, size: Size, by_case: Spent, with_items: Spent | None, unknown: str
) -> str:
    cells = [name, number]
    for spent in (by_case, with_items):
        cells += (
            ["", "", ""]
            if spent is None
            else [f"{_speed(spent, size.told):,.0f}", f"{spent.seconds:,.1f}", f"{spent.gib:.2f}"]
        )
    cells += [
        "" if spent is None else f"{spent.seconds / ours.seconds:.2g} ×"
        for spent, ours in ((by_case, _by_case(size)), (with_items, size.ours))
    ]
    return f"| {' | '.join([*cells, unknown])} |"


def _goals(sizes: Sequence[Size]) -> Iterator[str]:
    by_cases = {size.cases: size for size in sizes}
    last = sizes[-1]
    at = f"at {last.cases:,} cases drawn" + ("" if last.cases >= _TEN else " (ten million wanted)")
    for name, least, hand, ours in (
        (f"to Ibis by hand, by case, {at}", 0.8, last.by_case[_IBIS], _by_case(last)),
        (f"to Ibis by hand, with items, {at}", 0.9, last.with_items[_IBIS], last.ours),
    ):
        found = hand.seconds / ours.seconds
        yield f"| {name} | at least {least:g} × | {found:.2g} × | {_met(found >= least)} |"
    most = max(
        (size for size in sizes if size.everything.gib), key=lambda one: one.cases, default=last
    )
    gib = max(most.everything.gib, most.ours.gib)
    yield f"| highest memory, {most.cases:,} cases | under 4 GiB | {gib:.1f} GiB | {_met(gib < 4)} |"
    if len(sizes) > 1:
        before = sizes[-2]
        each = [size.ours.seconds / size.told * 1e6 for size in (before, last)]
        yield (
            f"| linear from {before.cases:,} to {last.cases:,} | the same for each case "
            f"| {each[0]:,.0f} and {each[1]:,.0f} µs | {_met(each[1] < 1.15 * each[0])} |"
        )
    of_openfisca = by_cases.get(_MILLION) or last
    if _OPENFISCA in of_openfisca.by_case:
        found = of_openfisca.by_case[_OPENFISCA].seconds / _by_case(of_openfisca).seconds
        name = f"to OpenFisca-core, set-up included, {of_openfisca.cases:,} cases drawn"
        yield f"| {name} | at least 2 × | {found:.2g} × | {_met(found >= 2)} |"


def _met(so: bool) -> str:
    return "met" if so else "**not met**"


def _whole(sizes: Sequence[Size]) -> Iterator[str]:
    yield "### The whole population, and where the time goes"
    yield ""
    yield (
        "Ours also decides the cases that the programs by hand leave out: open questions with every "
        "combination of readings, amounts that are not told, diagnoses by name. Nobody is beside it there."
    )
    yield ""
    yield "| Cases | CPU s | µs a case | k/s | GiB | drawing them, CPU s |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for size in sizes:
        spent = size.everything
        drawn = f"{size.generated:,.0f}" if size.generated else ""
        yield (
            f"| {size.cases:,} | {spent.seconds:,.0f} | {spent.seconds / size.cases * 1e6:,.0f} "
            f"| {_speed(spent, size.cases):,.1f} | {spent.gib:.1f} | {drawn} |"
        )
    yield ""
    yield from _steps(sizes[-1])


def _steps(size: Size) -> Iterator[str]:
    yield f"Processor time by step (`benchmarks/many/profile.py`), {size.cases:,} cases drawn:"
    yield ""
    yield "| Step | compared cases, s | µs each | all cases, s | µs each |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, spent in sorted(size.all_steps.items(), key=lambda one: -one[1]):
        some = size.steps.get(name, 0.0)
        yield (
            f"| {name} | {some:,.1f} | {some / size.told * 1e6:,.1f} | {spent:,.1f} "
            f"| {spent / size.cases * 1e6:,.1f} |"
        )


def _losses(last: Size) -> Iterator[str]:
    yield "### Why programs by hand are quicker"
    yield ""
    each = sorted(last.steps.items(), key=lambda one: -one[1])[:4]
    dearest = ", ".join(f"{name} {spent / last.told * 1e6:.1f}" for name, spent in each)
    yield (
        f"Of the {last.ours.seconds / last.told * 1e6:.1f} µs that ours takes for a compared case with items "
        f"({_by_case(last).seconds / last.told * 1e6:.1f} without), the dearest "
        f"steps are, in µs: {dearest}. All of Ibis by hand is "
        f"{last.by_case[_IBIS].seconds / last.told * 1e6:.1f} by case and "
        f"{last.with_items[_IBIS].seconds / last.told * 1e6:.1f} with items. Programs by hand know the file: one "
        "way to write an amount, four wishes at most, no open question, and each answer is a column or two. Ours "
        "carries two bits for every truth and every question, and every balance that may be left, tries the other reading of "
        "settled questions, and writes rules and grounds beside the answer."
    )
    yield ""
    yield (
        "OpenFisca-core is quick here because the host hands it whole arrays and does what its model has not: "
        "texts, lists and unknowns are read by the same NumPy as in the program by hand, and its "
        "formulas are NumPy too. One household at a time, as in the table of single cases, it is another matter."
    )
