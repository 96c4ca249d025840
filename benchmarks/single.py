"""One case at a time: JSON in, JSON out, every contender in turn in each round."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

import hjemmel
from benchmarks import by_hand, peers
from benchmarks.cases import DAY, answer_of, cases, handed
from hjemmel.assure.population import generate_cases
from hjemmel.decide.decision import decide
from hjemmel.explain.document import sources_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy

ROUNDS = 15
DECIDED, ASKING = 300, 40
#: How many fresh cases are decided, and how many were before them.
SEEN, FRESH = 4_000, 500


class Row(NamedTuple):
    """One line of the table: microseconds for each case, and what the contender can say."""

    name: str
    version: str
    decided: float
    asking: float | None
    unknown: str
    sums: str
    explains: str


class Measured(NamedTuple):
    """What was measured of single cases."""

    rows: list[Row]
    p50: float
    p99: float
    first: float
    fresh: dict[str, float]
    parts: dict[str, float]


def measure() -> Measured:
    """Check that all contenders agree, then measure them."""
    book = hjemmel.load_policy()
    policy = book.on(date.fromisoformat(DAY))
    plain = {True: cases(ASKING, asking=True), False: cases(DECIDED, asking=False)}
    ours = {asking: [orjson.dumps(one) for one in told] for asking, told in plain.items()}
    theirs = {asking: [orjson.dumps(handed(one)) for one in told] for asking, told in plain.items()}
    answers = {asking: _answers(book, policy, told) for asking, told in ours.items()}
    known = _contenders(book, policy)
    first = _first(book, ours[False])
    rows = [
        *_timed(known, ours),
        *_timed(_peers(theirs, answers), theirs),
        *_node(theirs, answers),
    ]
    p50, p99 = _spread(known[0][1], ours[False])
    return Measured(rows, p50, p99, first, _fresh(), _parts(book, policy, ours[False]))


def _answers(book: RuleBook, policy: Policy, told: Sequence[bytes]) -> list[dict[str, Any]]:
    by_us = _full(book, policy)
    hand = by_hand.decider(policy, sources_document)
    answers = []
    for raw in told:
        document = orjson.loads(by_us(raw))
        written = orjson.loads(hand(raw))
        if any(document[part] != written[part] for part in ("amounts", "items", "explanation")):
            raise AssertionError(raw)
        answers.append(answer_of(document))
    return answers


def _full(book: RuleBook, policy: Policy) -> Callable[[bytes], bytes]:
    def decide_fully(raw: bytes) -> bytes:
        case = hjemmel.read_case(raw, book, name="case.json")
        return hjemmel.decision_json(decide(policy, case))

    return decide_fully


def _short(book: RuleBook, policy: Policy) -> Callable[[bytes], bytes]:
    def decide_shortly(raw: bytes) -> bytes:
        decision = decide(policy, hjemmel.read_case(raw, book, name="case.json"))
        amounts = decision.amounts
        return orjson.dumps({
            "outcome": decision.outcome,
            "target_group": decision.target_group.value,
            "granted": amounts.granted if amounts else 0,
            "remaining": amounts.remaining if amounts else None,
            "items": [(one.id, one.status, one.granted) for one in decision.items],
        })  # fmt: skip

    return decide_shortly


def _contenders(book: RuleBook, policy: Policy) -> list[tuple[str, Callable[[bytes], Any], Row]]:
    version = hjemmel.decide.__globals__["engine_version"]()
    both = "yes, of its own"
    said = [
        ("hjemmel, all of it", _full(book, policy), both, "yes", "every node, with law"),
        ("hjemmel, answer only", _short(book, policy), both, "yes", "no"),
        ("bound: Python by hand, same explanation", by_hand.decider(policy, sources_document),
         "by hand", "yes", "the same"),
        ("bound: orjson reads and writes the case", lambda raw: orjson.dumps(orjson.loads(raw)),
         "–", "–", "–"),
    ]  # fmt: skip
    return [
        (name, run, Row(name, version if "hjemmel" in name else "", 0, 0, unknown, sums, why))
        for name, run, unknown, sums, why in said
    ]


def _peers(
    theirs: dict[bool, list[bytes]], answers: dict[bool, list[dict[str, Any]]]
) -> list[tuple[str, Callable[[bytes], Any], Row]]:
    ready = []
    for peer in peers.PEERS:
        decide_case = peer.ready()
        for asking, told in theirs.items():
            if [decide_case(raw) for raw in told] != answers[asking]:
                raise AssertionError(peer.name)
        said = Row(peer.name, peer.version, 0, 0, peer.unknown, peer.sums, peer.explains)
        ready.append((peer.name, decide_case, said))
    return ready


def _timed(
    contenders: Sequence[tuple[str, Callable[[bytes], Any], Row]], told: dict[bool, list[bytes]]
) -> list[Row]:
    """Return the median of the rounds, in each of which every contender has its turn."""
    times: dict[tuple[str, bool], list[float]] = {}
    for _ in range(ROUNDS):
        for name, run, _row in contenders:
            for asking, raws in told.items():
                start = time.process_time()
                for raw in raws:
                    run(raw)
                spent = (time.process_time() - start) / len(raws) * 1e6
                times.setdefault((name, asking), []).append(spent)
    return [
        row._replace(
            decided=statistics.median(times[name, False]),
            asking=statistics.median(times[name, True]),
        )
        for name, _, row in contenders
    ]


def _node(theirs: dict[bool, list[bytes]], answers: dict[bool, list[dict[str, Any]]]) -> list[Row]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for asking, told in theirs.items():
            one = peers.in_node(told, Path(folder))
            if one is None:
                return []
            if one["answers"] != answers[asking]:
                raise AssertionError("json-logic-js")
            found[asking] = one
    decided, asked = (statistics.median(found[asking]["times"]) for asking in (False, True))
    version = f"2.0.5, Node {found[True]['node'].removeprefix('v')}"
    return [Row("json-logic-js in Node", version, decided, asked, "no: numbers", "yes", "no")]


def _spread(run: Callable[[bytes], Any], told: Sequence[bytes]) -> tuple[float, float]:
    """Return the median and the 99th percentile of single calls, each case at its best of rounds.

    The best of several calls leaves out what the machine did meanwhile, but not what the case
    costs.
    """
    best = [float("inf")] * len(told)
    for _ in range(ROUNDS):
        for at, raw in enumerate(told):
            start = time.perf_counter_ns()
            run(raw)
            best[at] = min(best[at], (time.perf_counter_ns() - start) / 1e3)
    return statistics.median(best), statistics.quantiles(best, n=100)[98]


def _first(book: RuleBook, told: Sequence[bytes]) -> float:
    """Return what a case costs when nothing is remembered of any before it, library started."""
    fresh = hjemmel.load_policy()
    policy = fresh.on(date.fromisoformat(DAY), "eksempelkommune")
    run = _full(book, policy)
    run(told[0])
    start = time.process_time()
    for raw in told[1:]:
        run(raw)
    return (time.process_time() - start) / (len(told) - 1) * 1e6


def _fresh() -> dict[str, float]:
    """Return what a case costs that nobody has seen before, when some thousands of others were.

    So it is in a service. Cases of the benchmark are often told alike; those that are drawn over
    all that the rules ask, with other help, evidence and open questions, hardly ever are.
    """
    book = hjemmel.load_policy()
    return {
        "like those of the table": _after(cases(SEEN + FRESH, asking=False, seed=7), book),
        "drawn over all that the rules ask, of all years, decided or not": _after(
            list(generate_cases(book, SEEN + FRESH)), book
        ),
    }


def _after(plain: Sequence[dict[str, Any]], book: RuleBook) -> float:
    """Return what the last of *plain* cost, each decided once, when the others were decided."""
    told = [orjson.dumps(one) for one in plain]
    start = 0.0
    for number, raw in enumerate(told):
        if number == SEEN:
            start = time.process_time()
        case = hjemmel.read_case(raw, book, name="case.json")
        hjemmel.decision_json(decide(book, case, municipality="eksempelkommune"))
    return (time.process_time() - start) / FRESH * 1e6


def _parts(book: RuleBook, policy: Policy, told: Sequence[bytes]) -> dict[str, float]:
    """Return what reading, deciding and writing take of a case."""
    read = [hjemmel.read_case(raw, book, name="case.json") for raw in told]
    decided = [decide(policy, case) for case in read]
    parts: dict[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
        "read and validate": (lambda raw: hjemmel.read_case(raw, book, name="case.json"), told),
        "decide, both interpreters": (lambda case: decide(policy, case), read),
        "explain and write": (hjemmel.decision_json, decided),
    }
    times = {}
    for name, (part, given) in parts.items():
        spent = []
        for _ in range(ROUNDS):
            start = time.process_time()
            for one in given:  # what comes out is let go: to keep it all takes time of its own
                part(one)
            spent.append((time.process_time() - start) / len(told) * 1e6)
        times[name] = statistics.median(spent)
    return times
