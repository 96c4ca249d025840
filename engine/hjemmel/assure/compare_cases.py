"""Many cases under two editions of the rules: what each comes to, and what that adds up to.

Bulk is decided by the reference interpreter alone, without working out what to ask for; what is
shown as a witness is decided anew by both interpreters. Days on which nothing in the rules begins
or ends share a policy, and a case is decided once where nothing that it rests on differs between
the two editions on its day.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from hjemmel.assure.choices import with_choices
from hjemmel.assure.compare_known import known_view, late_days, rebuilt, starts_in
from hjemmel.assure.population import Population
from hjemmel.data import data_folder
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import with_settled_entry
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.readings import propose
from hjemmel.issues import CaseInvalidError, DataNotFoundError, HjemmelError, Place
from hjemmel.policy.dated import day_of
from hjemmel.policy.load import Loaded, LoadError, parse_json
from hjemmel.policy.schema import load_schema
from hjemmel.tree import MAX_BYTES, Node
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from hjemmel.model import Amounts, Case, Item
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy

#: How many cases a process is given at a time, and from how many on more processes are worth it.
CHUNK, MANY = 100, 2000
#: What a case comes to where it comes to no decision begins with none of the contract's outcomes.
INVALID = CaseInvalidError.code
OUTCOME, TARGET, ITEMS, AMOUNTS = LEVELS = ("outcome", "target_group", "items", "amounts")
NEW, OLD, NEITHER = "new", "old", "neither"
#: Outcomes from best to worst for the citizen; what is not here is no decision at all.
BEST_FIRST = ("grant", "partial_grant", "assess", "ask", "refuse", "no_request")
_MONEY = ("granted", "own_payment", "outside_ceiling", "remaining")
_DATED = ("date", "granted_on")
_Key = TypeVar("_Key")
_EXCUSED = "excused_mutants"
_NOWHERE = Place("case.json", 1, 1)


# --- what a case comes to ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one edition gives for one case: what counts when editions are compared."""

    outcome: str
    target_group: str = ""
    items: tuple[Item, ...] = ()
    amounts: Amounts | None = None
    problem: str = field(default="", compare=False)

    def money(self, kind: str) -> int:
        """Return the øre of *kind* over the whole case; none where they are unknown."""
        if kind == "remaining":
            return (self.amounts.remaining or 0) if self.amounts else 0
        return sum(getattr(item, kind) for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What of the rules is not everybody's: a municipality's file, and what a scenario chooses."""

    municipality: str = ""
    choices: tuple[tuple[str, str], ...] = ()


#: Nothing of it.
EVERYBODYS = Own()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A case to try: plain data, whose rates and choices are used, and where it came from."""

    data: Mapping[str, Any]
    place: str
    own: Own = EVERYBODYS
    meant_unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A row or case that could not be read, and why."""

    place: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A case that the two editions decide differently."""

    given: Given
    old: Verdict
    new: Verdict
    turned: bool = False

    @property
    def level(self) -> str:
        """Return the gravest difference: outcome, target group, a wish, or only what is left."""
        if self.old.outcome != self.new.outcome:
            return OUTCOME
        if self.old.target_group != self.new.target_group:
            return TARGET
        return ITEMS if self.old.items != self.new.items else AMOUNTS

    @property
    def favours(self) -> str:
        """Return which edition gives the citizen more: money first, then the better outcome."""
        old, new = _worth(self.old), _worth(self.new)
        if old == new:
            return NEITHER
        return NEW if new > old else OLD

    @property
    def kind(self) -> tuple[str, str, str, str]:
        """Return what a witness must keep while facts are taken away."""
        return (self.old.outcome, self.new.outcome, self.level, self.favours)


def _worth(verdict: Verdict) -> tuple[int, ...]:
    known = verdict.outcome in BEST_FIRST
    rank = -BEST_FIRST.index(verdict.outcome) if known else -len(BEST_FIRST)
    return (
        verdict.money("granted"),
        rank,
        -verdict.money("own_payment"),
        verdict.money("remaining"),
    )


def own_policy(book: RuleBook, day: date, own: Own) -> Policy:
    """Return the policy of *day* with what is *own* in it.

    Raises:
        HjemmelError: there is none, or a reading is chosen that it does not have.
    """
    policy = book.on(day, own.municipality)
    for name, reading in own.choices:
        question = policy.questions.get(name)
        if question is not None and reading not in question.readings:
            raise HjemmelError("diff-no-reading", question=name, reading=reading)
    return with_choices(policy, dict(own.choices))


class Side:
    """One edition, ready to decide many cases."""

    def __init__(self, book: RuleBook) -> None:
        """Take the *book* to decide by."""
        self.book = book
        self._starts = starts_in(book)
        self._policies: dict[tuple[date, Own], Policy | HjemmelError] = {}

    def read(self, data: Mapping[str, Any]) -> Case | Verdict:
        """Return the case in *data*, or the verdict that it cannot be read."""
        try:
            return case_of(node_of(data), self.book)
        except CaseInvalidError as error:
            return Verdict(outcome=error.code, problem=error.report.issues[0].message())

    def policy(self, day: date, own: Own) -> Policy | HjemmelError:
        """Return a policy that says what the policy of *day* says, or why there is none."""
        at = bisect_right(self._starts, day)
        start = self._starts[at - 1] if at else day
        key = (start, own)
        if key not in self._policies:
            try:
                self._policies[key] = own_policy(self.book, start, own)
            except HjemmelError as error:
                self._policies[key] = error
        return self._policies[key]

    def verdict(self, case: Case, policy: Policy | HjemmelError) -> Verdict:
        """Return what *policy* gives for *case*, by the reference interpreter."""
        if isinstance(policy, HjemmelError):
            return Verdict(outcome=policy.code, problem=policy.text())
        try:
            settled = with_settled_entry(policy, case)
            proposal = propose(policy, settled, reference_for(policy))
        except HjemmelError as error:
            return Verdict(outcome=error.code, problem=error.text())
        return Verdict(
            outcome=proposal.outcome.result,
            target_group=proposal.target_group.value,
            items=proposal.items,
            amounts=proposal.amounts,
        )


class Pair:
    """Two editions, asked about the same cases."""

    def __init__(self, old: RuleBook, new: RuleBook, *, on: date | None = None) -> None:
        """Take the editions, and the day *on* that every case is decided by, if any."""
        self.old, self.new, self.on = Side(old), Side(new), on
        self._read_alike = _reading(old) == _reading(new)
        self._differences: dict[tuple[int, int], _Apart] = {}
        self._late = late_days(new, old)
        self._views: dict[int, Side] = {}

    def verdicts(self, data: Mapping[str, Any], own: Own = EVERYBODYS) -> tuple[Verdict, Verdict]:
        """Return what both editions give for the case in *data*."""
        data = as_of(data, self.on) if self.on else data
        old = self.old.read(data)
        new = old if self._read_alike else self.new.read(data)
        if isinstance(old, Verdict) or isinstance(new, Verdict):
            return self._one(self.old, old, own), self._one(self.new, new, own)
        policies = tuple(side.policy(old.decided_on, own) for side in (self.old, self.new))
        first = self.old.verdict(old, policies[0])
        if self._apart(*policies).cannot_matter(old, first):
            return first, first
        return first, self.new.verdict(new, policies[1])

    def turned(self, data: Mapping[str, Any], own: Own, old: Verdict) -> bool:
        """Say whether the new edition gives *old* too, as it was known on the day of decision.

        What was known then is asked of each case's own day, also where all are decided by another.
        """
        day = day_of(str(data.get("decided_on", "")))
        at = bisect_right(self._late, day) if day else len(self._late)
        if at == len(self._late) or day is None:
            return False
        if at not in self._views:
            self._views[at] = Side(known_view(self.new.book, day, self.old.book))
        view = self._views[at]
        data = as_of(data, self.on) if self.on else data
        return self._one(view, view.read(data), own) == old

    def _one(self, side: Side, read: Case | Verdict, own: Own) -> Verdict:
        if isinstance(read, Verdict):
            return read
        return side.verdict(read, side.policy(read.decided_on, own))

    def _apart(self, old: Policy | HjemmelError, new: Policy | HjemmelError) -> _Apart:
        key = (id(old), id(new))
        if key not in self._differences:
            failed = isinstance(old, HjemmelError) or isinstance(new, HjemmelError)
            self._differences[key] = _Apart(built=True) if failed else _apart(old, new)  # type: ignore[arg-type]
        return self._differences[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Apart:
    """Where two policies say something different, as far as a proposal can depend on it.

    *built* tells that a condition, or what conditions are asked of, is another: then nothing can
    be said of any case.
    """

    built: bool = False
    money: bool = False
    names: bool = False
    entries: frozenset[str] = frozenset()

    def cannot_matter(self, case: Case, verdict: Verdict) -> bool:
        """Say whether *case*, which came to *verdict* in the one, comes to the same in the other.

        Every condition is the same in both, and so is all data that this case's rest on.
        """
        if self.built or verdict.outcome not in BEST_FIRST:
            return False
        entry = case.facts.get("diagnosis.entry")
        if str(entry) in self.entries or (entry is None and self.names):
            return False
        return not self.money or verdict.target_group == Truth.FALSE.value


def _apart(old: Policy, new: Policy) -> _Apart:
    listings = (set(old.listing.items()), set(new.listing.items()))
    return _Apart(
        built=_shape(old) != _shape(new),
        money=_money(old) != _money(new),
        names=old.diagnoses != new.diagnoses,
        entries=frozenset(entry for entry, _ in listings[0] ^ listings[1]),
    )


def _shape(policy: Policy) -> tuple[object, ...]:
    """Return what *policy* is built of besides its list and its amounts; duties decide nothing."""
    return (
        {name: one for name, one in policy.tables().items() if not name.startswith("duty/")},
        {name: (one.scope, len(one.rules)) for name, one in policy.conclusions.items()},
        [(one.id, one.result, one.own_payment) for one in (*policy.items, *policy.outcomes)],
        {
            name: (tuple(one.readings), one.otherwise, one.chosen)
            for name, one in policy.questions.items()
        },
        {
            name: (one.type, one.element, one.given_by, one.asks, one.silent,
                   one.no_means_unknown, one.left_out_is_empty)
            for name, one in policy.facts.items()
        },
        (policy.decided_by, policy.covered_by),
        {name: one.divisible for name, one in policy.provisions.items()},
        set(policy.categories),
    )  # fmt: skip


def _money(policy: Policy) -> tuple[object, ...]:
    """Return the amounts that a case on the day of *policy* can meet: none that come later."""
    money = policy.money
    met = [one for one in money.ceiling.amounts if one.period.start <= policy.on]
    return (met, money.question, money.by_reading, policy.municipality.rates)


def _reading(book: RuleBook) -> tuple[object, ...]:
    """Return everything in *book* that decides whether a case can be read."""
    folder = book.folder / "schema"
    schema = load_schema(folder if folder.is_dir() else data_folder("rules") / "schema", "case")
    names = [
        {(one.text("provision"), one.text("id")) for one in (listed.elements() if listed else ())}
        for listed in (
            book.tree("diagnoses").get("diagnoses"), book.tree("categories").get("categories")
        )
    ]  # fmt: skip
    return (schema, *names)


def node_of(data: Any) -> Node:  # noqa: ANN401 - plain data
    """Return plain *data* as a tree; every place in it is the same."""
    if isinstance(data, dict):
        return Node({str(key): node_of(child) for key, child in data.items()}, _NOWHERE)
    if isinstance(data, list | tuple):
        return Node(tuple(node_of(one) for one in data), _NOWHERE)
    return Node(data, _NOWHERE)


def as_of(data: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Return the case *data* decided on *day*; what is dated later counts as of that day."""
    return {**_until(data, day.isoformat()), "decided_on": day.isoformat()}


def _until(value: Any, day: str, key: str = "") -> Any:  # noqa: ANN401 - plain data
    if isinstance(value, dict):
        return {name: _until(child, day, name) for name, child in value.items()}
    if isinstance(value, list):
        return [_until(one, day) for one in value]
    return min(value, day) if key in _DATED and isinstance(value, str) else value


# --- cases from files --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a JSONL file, not yet read."""

    text: str
    place: str


def read_cases(path: Path) -> Iterator[Given | Row | Unread]:
    """Yield the cases in *path*: a scenario file, a case, JSONL, Parquet, or a folder of those.

    Raises:
        DataNotFoundError: the path does not exist, or Parquet needs an extra that is absent.
    """
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix in (".yaml", ".yml", ".json", ".jsonl", ".parquet"):
                yield from read_cases(file)
    elif not path.is_file():
        raise DataNotFoundError("file-missing", file=str(path))
    elif path.suffix == ".jsonl":
        yield from _rows(path)
    elif path.suffix == ".parquet":
        yield from _parquet_cases(path)
    else:
        yield from _tree_cases(path)


def _rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Row(line.decode("utf-8-sig", errors="replace"), f"{path.name}:{number}")


def _parquet_cases(path: Path) -> Iterator[Given | Unread]:
    """Yield a case for each row: columns and fields are called what the contract calls them."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="batch", file=path.name) from error
    number = 0
    try:
        for block in parquet.ParquetFile(path).iter_batches(batch_size=CHUNK):
            for number, row in enumerate(block.to_pylist(), number + 1):  # noqa: B020 - counts on
                yield _given(_told(row), f"{path.name}:{number}")
    except (OSError, ValueError):  # what Arrow raises for a file that is none of its own
        yield Unread(place=f"{path.name}:{number + 1}", why=_problem("parquet-unreadable"))


def _told(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return *value* as the contract writes it: what is null is left out, the rest is text."""
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_told(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _tree_cases(path: Path) -> Iterator[Given | Unread]:
    loaded = Loaded()
    tree = loaded.read(path, path.name)
    if tree is None:
        issue = loaded.report().issues[0]
        yield Unread(place=f"{path.name}:{issue.place.line}", why=issue.message())
        return
    listed = tree.get("scenarios")
    if listed is None and tree.get(_EXCUSED) is not None:
        return  # a list that lies beside the scenarios, and holds no cases
    for node in listed.elements() if listed else (tree,):
        yield _given(node.plain(), f"{path.name}:{node.place.line}")


def _choices(scenario: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    choices = scenario.get("choices")
    told = choices.items() if isinstance(choices, dict) else ()
    return tuple(sorted((str(name), str(reading)) for name, reading in told))


def _given(data: Any, place: str) -> Given | Unread:  # noqa: ANN401 - plain data of a file
    """Return the case in *data*: a case, or a scenario that holds one."""
    case = data.get("case") if isinstance(data, dict) else None
    if isinstance(case, dict):
        expected = data.get("expect")
        wanted = expected if isinstance(expected, dict) else {}
        meant = wanted.get("error") == INVALID or wanted.get("exit") == CaseInvalidError.exit
        return Given(
            data=_nameless(case),
            place=place,
            own=Own(municipality=str(data.get("municipality") or ""), choices=_choices(data)),
            meant_unreadable=meant,
        )
    if not isinstance(data, dict):
        return Unread(place=place, why=_problem("case-not-mapping"))
    return Given(data=_nameless(data), place=place)


def _nameless(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return *case* without its recipient: nothing here may know a person."""
    return {key: value for key, value in case.items() if key != "recipient"}


def _read_row(row: Row) -> Given | Unread:
    if len(row.text) > MAX_BYTES:
        return Unread(place=row.place, why=_problem("file-too-large", limit=str(MAX_BYTES)))
    try:
        tree = parse_json(row.text, row.place)
    except LoadError as error:
        issue = error.issues[0]
        return Unread(place=f"{row.place}:{issue.place.column}", why=issue.message())
    if not tree.is_mapping:
        return Unread(place=row.place, why=_problem("case-not-mapping"))
    return _given(tree.plain(), row.place)


def _problem(code: str, **fields: str) -> str:
    return HjemmelError(code, **fields).text()


# --- many of them ------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What many cases add up to."""

    given: int = 0
    generated: int = 0
    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    altered: Counter[tuple[str, str]] = field(default_factory=Counter)
    granted: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    money: dict[str, tuple[int, int]] = field(default_factory=dict)
    items: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: list[Changed] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def examined(self) -> int:
        """Return how many cases were decided by both editions."""
        return self.given + self.generated

    def note(self, one: Changed, *, generated: bool) -> None:
        """Count the case *one*, changed or not."""
        self.given += not generated
        self.generated += generated
        way = (one.old.outcome, one.new.outcome)
        self.transitions[way] += 1
        _add(self.granted, way, one.old.money("granted"), one.new.money("granted"))
        for kind in _MONEY:
            _add(self.money, kind, one.old.money(kind), one.new.money(kind))
        if one.old != one.new:
            self.altered[way] += 1
            self.items.update(_moved(one))
            self.changed.append(one)

    def add(self, other: Tally) -> None:
        """Count what *other* has counted."""
        self.given += other.given
        self.generated += other.generated
        self.transitions += other.transitions
        self.altered += other.altered
        self.items += other.items
        self.changed += other.changed
        self.unread += other.unread
        for way, amounts in other.granted.items():
            _add(self.granted, way, *amounts)
        for kind, amounts in other.money.items():
            _add(self.money, kind, *amounts)


def _add(sums: dict[_Key, tuple[int, int]], key: _Key, old: int, new: int) -> None:
    before = sums.get(key, (0, 0))
    sums[key] = (before[0] + old, before[1] + new)


def _moved(one: Changed) -> Iterator[tuple[str, str]]:
    """Yield the old and new status of each wish that comes out differently."""
    old, new = ({item.id: item for item in side.items} for side in (one.old, one.new))
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield (
                old[name].status if name in old else "none",
                new[name].status if name in new else "none",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Some cases to try: those at hand, or numbers of invented ones drawn from an edition."""

    rows: tuple[Given | Row | Unread, ...] = ()
    drawn_from: str = ""
    numbers: range = range(0)


class Worker:
    """Tries cases on a pair of editions; one for each process."""

    def __init__(self, pair: Pair, seed: int) -> None:
        """Take the *pair*, and the *seed* that invented cases are drawn with."""
        self.pair, self._seed = pair, seed
        self._populations: dict[str, Population] = {}

    def run(self, task: Task) -> Tally:
        """Return what the cases of *task* add up to."""
        tally = Tally()
        for row in task.rows:
            given = _read_row(row) if isinstance(row, Row) else row
            if isinstance(given, Unread):
                tally.unread.append(given)
            else:
                self._try(given, tally, generated=False)
        for number in task.numbers:
            data = self._population(task.drawn_from).case(number)
            self._try(Given(data=data, place=str(data["case"])), tally, generated=True)
        return tally

    def _try(self, given: Given, tally: Tally, *, generated: bool) -> None:
        old, new = self.pair.verdicts(given.data, given.own)
        if old.outcome == new.outcome == INVALID:
            if not given.meant_unreadable:
                tally.unread.append(Unread(place=given.place, why=old.problem))
            return
        one = Changed(given=given, old=old, new=new)
        if old != new and self.pair.turned(given.data, given.own, old):
            one = replace(one, turned=True)
        tally.note(one, generated=generated)

    def _population(self, name: str) -> Population:
        if name not in self._populations:
            book = (self.pair.old if name == OLD else self.pair.new).book
            self._populations[name] = Population(book, self._seed, prefix=f"GEN-{name.upper()}")
        return self._populations[name]


def tasks(rows: Iterable[Given | Row | Unread], generate: int) -> Iterator[Task]:
    """Yield the work: the cases at hand, then *generate* invented ones from both editions."""
    remaining = iter(rows)
    while chunk := tuple(islice(remaining, CHUNK)):
        yield Task(rows=chunk)
    for name, count in ((OLD, generate // 2), (NEW, generate - generate // 2)):
        for start in range(0, count, CHUNK):
            yield Task(drawn_from=name, numbers=range(start, min(start + CHUNK, count)))


def run_tasks(
    pair: Pair,
    work: list[Task],
    *,
    seed: int,
    processes: int = 1,
    watch: Callable[[Iterable[Tally], int], Iterable[Tally]] | None = None,
) -> Tally:
    """Return what all of *work* adds up to; the same whatever the number of *processes*.

    *watch* may look at the results as they come, as a progress bar does.
    """
    total = Tally()
    follow = watch or (lambda steps, _: steps)
    if processes <= 1 or len(work) * CHUNK <= MANY:
        worker = Worker(pair, seed)
        for tally in follow(map(worker.run, work), len(work)):
            total.add(tally)
        return total
    context = multiprocessing.get_context("spawn")
    # Only what the rules say is sent: each process compiles them, and remembers, for itself.
    old, new = (rebuilt(side.book, side.book.trees) for side in (pair.old, pair.new))
    given = (old, new, pair.on, seed)
    with context.Pool(processes, initializer=_start, initargs=given) as pool:
        for tally in follow(pool.imap(_run, work, chunksize=1), len(work)):
            total.add(tally)
    return total


_WORKER: list[Worker] = []


def _start(old: RuleBook, new: RuleBook, on: date | None, seed: int) -> None:
    gc.freeze()  # the rules stay as long as the process: do not look through them again and again
    _WORKER[:] = [Worker(Pair(old, new, on=on), seed)]


def _run(task: Task) -> Tally:
    return _WORKER[0].run(task)
