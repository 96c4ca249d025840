"""What was measured, as a page and a picture."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.single import Measured

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
PICTURES = ROOT / "docs" / "pictures"
#: Where the part begins that `batch_report.py` writes.
MANY = "## Many cases at once"
OURS, BOUND, PEER = "#1f6f8b", "#b8b8b8", "#d9822b"


def write(measured: Measured, starts: Mapping[str, float], on: str) -> None:
    """Write the page and its picture for what was *measured* on the day *on*."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    _picture(measured)
    many = PAGE.read_text(encoding="utf-8").partition(f"\n{MANY}\n")[1:]
    page = "\n".join(_page(measured, starts, on)) + "\n"
    PAGE.write_text(page + "".join(many), encoding="utf-8")


def _picture(measured: Measured) -> None:
    rows = sorted(measured.rows, key=lambda row: -row.decided)
    bars = [
        (
            row.name,
            1e6 / row.decided,
            OURS if "hjemmel" in row.name else BOUND if "bound" in row.name else PEER,
        )
        for row in rows
    ]
    draw(
        "benchmark-single",
        bars,
        title="One case at a time: JSON in, JSON out",
        told="decisions a second, one process, logarithmic",
    )


def draw(
    name: str,
    bars: Sequence[tuple[str, float, str]],
    *,
    title: str,
    told: str,
    left: float | None = None,
    room: float = 4,
) -> None:
    """Draw *bars* of a name, a speed and a colour as the picture *name*, in SVG and PNG.

    *told* is what the logarithmic axis tells; it goes from *left* to *room* times the quickest.
    """
    plt.rcParams["svg.hashsalt"] = "hjemmel"  # the same bytes for the same figures
    figure, axes = plt.subplots(figsize=(9, 0.42 * len(bars) + 1.4))
    names, speeds, colours = zip(*bars, strict=True)
    drawn = axes.barh(names, speeds, color=colours)
    axes.bar_label(drawn, labels=[f"{speed:,.0f}" for speed in speeds], padding=4, fontsize=8)
    axes.set_xscale("log")
    if left is not None:
        axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(left=left, right=max(speeds) * room)
    axes.set_xlabel(told)
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", labelsize=8)
    figure.tight_layout()
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
    figure.savefig(PICTURES / f"{name}.png", dpi=130)
    plt.close(figure)


def _page(measured: Measured, starts: Mapping[str, float], on: str) -> Iterator[str]:
    rows = {row.name: row for row in measured.rows}
    ours = rows["hjemmel, all of it"]
    answer = rows["hjemmel, answer only"]
    hand = rows["bound: Python by hand, same explanation"]
    zen = rows["zen-engine with trace"]
    yield "# How fast it is, beside others"
    yield ""
    yield f"*Measured {on} by `make bench`, which also wrote this page; run it to see your own figures.*"
    yield ""
    yield (
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, CPU time, "
        "median of 15 rounds in which every contender has its turn. Figures move by a third or so "
        "when others use the machine; the ratios move less."
    )
    yield ""
    yield "## One case at a time"
    yield ""
    yield "![Decisions a second](../pictures/benchmark-single.svg)"
    yield ""
    yield (
        "The same invented cases of 2024 for all (`benchmarks/cases.py`): the list, six criteria, earlier "
        "help, an earlier grant, wishes for services. All answers are compared with ours before anything "
        "is measured. Peers are handed whole øre and flat names, and say whether the citizen is in the "
        "target group, what is granted in all and what is left. Ours reads and validates the contract's "
        "own JSON, runs two interpreters and compares them, walks the wishes one by one, and writes "
        "explanation, duties, citations and receipt. *Asking* are cases in which something is untold; "
        "there, ours also finds out which facts can still matter, and nobody else does."
    )
    yield ""
    yield "| | Version | µs, decided | µs, asking | a second | Says unknown | Sums in its own language | Explains |"
    yield "| --- | --- | ---: | ---: | ---: | --- | --- | --- |"
    for row in sorted(measured.rows, key=lambda one: one.decided):
        asking = "" if row.asking is None else f"{row.asking:,.1f}"
        yield (
            f"| {row.name} | {row.version} | {row.decided:,.1f} | {asking} | {1e6 / row.decided:,.0f} "
            f"| {row.unknown} | {row.sums} | {row.explains} |"
        )
    yield ""
    yield "| Goal | Wanted | Measured | |"
    yield "| --- | --- | --- | --- |"
    yield from _goals(
        [
            ("all of it, to zen-engine with trace", 5.0, zen.decided / ours.decided, "×"),
            (
                "all of it, to Python by hand with the same explanation",
                0.3,
                hand.decided / ours.decided,
                "×",
            ),
            (
                "answer only, to the fastest peer that sums in its own language",
                1.0,
                _fastest(measured) / answer.decided,
                "×",
            ),
        ]
    )
    spread = measured.p99 / measured.p50
    met = "met" if spread <= 3 else "**not met**"
    yield f"| p99 to p50 of remembered vectors | at most 3 × | {spread:.1f} × ({measured.p50:,.0f} and {measured.p99:,.0f} µs) | {met} |"
    yield ""
    yield "Where the time of a decided case goes, in µs:"
    yield ""
    for name, spent in measured.parts.items():
        yield f"* {name}: {spent:,.0f}"
    yield (
        f"* all of it when nothing is remembered of any case before it (a few hundred different cases, the "
        f"first of each kind among them): {measured.first:,.0f}"
    )
    yield ""
    yield (
        "The cases of the table are decided again and again, and found again by what the rules are told "
        "of them; amounts, names and words are this case's own each time. In a service no case comes "
        "twice. So much takes a case that was never seen, in µs, when some thousands of others were:"
    )
    yield ""
    for name, spent in measured.fresh.items():
        yield f"* {name}: {spent:,.0f}"
    yield ""
    yield "## From the shell"
    yield ""
    yield "| | CPU ms | to bare Python |"
    yield "| --- | ---: | ---: |"
    bare = starts["python -c pass"]
    for name, spent in starts.items():
        yield f"| {name} | {spent:,.0f} | {spent / bare:.1f} × |"
    yield ""
    yield "| Goal | Wanted | Measured | |"
    yield "| --- | --- | --- | --- |"
    ours_start, zen_start = starts["hjemmel decide, JSON"], starts["zen-engine, one evaluation"]
    for name, most, found in (
        ("to bare `python -c pass`", 5.0, ours_start / bare),
        ("to the start of zen-engine", 2.0, ours_start / zen_start),
    ):
        yield f"| {name} | at most {most:g} × | {found:.1f} × | {'met' if found <= most else '**not met**'} |"
    yield ""
    yield from _losses()


def _goals(goals: list[tuple[str, float, float, str]]) -> Iterator[str]:
    for name, least, found, unit in goals:
        met = "met" if found >= least else "**not met**"
        yield f"| {name} | at least {least:g} {unit} | {found:.2g} {unit} | {met} |"


def _fastest(measured: Measured) -> float:
    return min(
        row.decided
        for row in measured.rows
        if row.sums == "yes" and "hjemmel" not in row.name and "bound" not in row.name
    )


def _losses() -> Iterator[str]:
    yield "## Where we lose, and why"
    yield ""
    yield (
        "* **To compiled engines on the bare answer.** json-logic in Rust and CEL in C++ evaluate one "
        "expression over a case that is handed to them in the shape they like. Ours is Python: reading, "
        "validating and digesting the contract's JSON alone takes longer than their whole answer."
    )
    yield (
        "* **To Python by hand.** It knows one day and one set of rules, believes what it reads, and writes "
        "half as much. Ours holds the case against its schema, reads every day and amount, digests it, and "
        "makes the decision as data before it is text: all of that is this case's own and found nowhere."
    )
    yield (
        "* **In cases like no other.** Where the rules are told something new, conditions are read one by "
        "one and both interpreters are asked what they have not been asked before."
    )
    yield (
        "* **In asking cases.** A fact is asked for only when two answers to it are found that lead to "
        "different decisions. That search tries some ten answers."
    )
    yield (
        "* **From the shell.** Half of the time is Python's own start and the importing of modules, ours and "
        "the standard library's; a fifth is deciding, most of which a second case would not need again "
        "(see [What happens before a decision from the shell](start-up.md))."
    )
