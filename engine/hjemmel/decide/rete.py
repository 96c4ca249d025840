"""What durable-rules is asked and how: truth values in, the truth of a conclusion out.

The rules are generated: for each table one flat rule for every way its condition can be true,
false or unknown. Only generated names and the letters T, F and U ever reach the library.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from types import MappingProxyType
from typing import NamedTuple

from hjemmel.decide.backend import fault as _fault
from hjemmel.decide.backend import library as _library
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    Atom,
    Condition,
    Is,
    Leaf,
    Not,
    atoms_of,
)
from hjemmel.truth import Truth

NOT_STARTED = "durable-rules kunne ikke startes"
CLOSED = "den er lukket og svarer ikke mere"
UNKNOWN_TABLE = "den kender ikke tabellen `{table}`"
MISSING_INPUT = "tabellen `{table}` mangler {missing} af sine {total} sandhedsværdier"
WRONG_ROWS = "beslutningslisten `{table}` har {rows} rækker, men fik {given}"
TABLE_TOO_LARGE = "tabellen `{table}` er for stor, også når den deles op"
POLICY_TOO_LARGE = "regelsættet er for stort: {tables} tabeller og {rules} regler"
SAME_NAME = "navnene `{one}` og `{other}` kan ikke kendes fra hinanden"
NO_ANSWER = "der kom intet svar på tabellen `{table}`"
NOT_ONE_ANSWER = "der kom {count} svar på tabellen `{table}`; der skal være netop ét"

# Where the library breaks, with a margin: 64, 256, 512, 4096 and 255 in its C code.
_MOST_MATCHES = 60
_MOST_RULES_OF_A_TABLE = 250
_MOST_BELOW_A_NODE = 500
_MOST_RULES = 4_000
_MOST_INPUTS = 200
#: How many pieces a table may be split into; each takes a question of its own.
_MOST_PIECES = 100
#: How many answers are remembered before they are all forgotten.
_MOST_REMEMBERED = 50_000

_SESSION = "1"
_MESSAGE_IDS = 1_000
_NO_ROW = "none"
_TRUTHS = {truth.letter: truth for truth in Truth}


# --- a condition over numbered inputs -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Input:
    """One input, by its number in the vector."""

    index: int


@dataclass(frozen=True, slots=True)
class _Count:
    """At least *count* of the parts; all of them and any of them are special cases."""

    count: int
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Opposite:
    """The part does not hold."""

    part: _Node


@dataclass(frozen=True, slots=True)
class _Exactly:
    """Whether the part came to exactly this truth."""

    part: _Node
    truth: Truth


_Node = _Input | _Count | _Opposite | _Exactly


def _node(condition: Condition, numbers: Mapping[Atom, int]) -> _Node:
    """Return *condition* with the atoms replaced by their *numbers*."""
    match condition:
        case Leaf(atom):
            return _Input(numbers[atom])
        case All(parts):
            return _Count(len(parts), tuple(_node(part, numbers) for part in parts))
        case AnyPart(parts):
            return _Count(1, tuple(_node(part, numbers) for part in parts))
        case AtLeast(count, parts):
            return _Count(count, tuple(_node(part, numbers) for part in parts))
        case Not(part):
            return _Opposite(_node(part, numbers))
        case Is(part, truth):
            return _Exactly(_node(part, numbers), truth)


# --- sums of products ---------------------------------------------------------------------

# A term is a conjunction of tests, as a number with three bits an input: the letters that the
# input may not be. A sum is the terms of which one must hold. So `a | b` is "a and b", and a
# term is implied by every term that holds its bits too.
_NOT_T, _NOT_F, _NOT_U = 1, 2, 4
_EACH = (_NOT_T, _NOT_F, _NOT_U)
_TESTS = MappingProxyType(
    {
        _NOT_F | _NOT_U: ("", "T"),
        _NOT_T | _NOT_U: ("", "F"),
        _NOT_T | _NOT_F: ("", "U"),
        _NOT_T: ("$neq", "T"),
        _NOT_F: ("$neq", "F"),
        _NOT_U: ("$neq", "U"),
    }
)
_Sum = tuple[int, ...]
_ALWAYS: _Sum = (0,)
_NEVER: _Sum = ()


class _TooLargeError(Exception):
    """A sum has more terms than one fact may match rules."""


def _contradicts(term: int) -> bool:
    while term:
        if term & 7 == 7:
            return True
        term >>= 3
    return False


def _absorbed(terms: Iterable[int]) -> _Sum:
    """Return *terms* without those that another of them covers."""
    kept: list[int] = []
    for term in sorted(set(terms), key=lambda each: (each.bit_count(), each)):
        if not any(term & wider == wider for wider in kept):
            kept.append(term)
        if len(kept) > _MOST_MATCHES:
            raise _TooLargeError
    return tuple(kept)


def _either(one: _Sum, other: _Sum) -> _Sum:
    return _absorbed(one + other)


def _both(one: _Sum, other: _Sum) -> _Sum:
    products = (a | b for a in one for b in other)
    return _absorbed(term for term in products if not _contradicts(term))


def _at_least(count: int, sums: Sequence[_Sum]) -> _Sum:
    """Return when at least *count* of *sums* hold, counting only what can still be reached."""
    if count <= 0:
        return _ALWAYS
    rows = [_ALWAYS] + [_NEVER] * min(count, len(sums) + 1)
    for done, each in enumerate(sums):
        lowest = max(1, count - (len(sums) - done - 1))
        for held in range(min(done + 1, len(rows) - 1), lowest - 1, -1):
            rows[held] = _either(rows[held], _both(rows[held - 1], each))
    return rows[-1]


class _Forms(NamedTuple):
    """When a condition is true, false, not true and not false; what is left is unknown."""

    true: _Sum
    false: _Sum
    not_true: _Sum
    not_false: _Sum

    def unknown(self) -> _Sum:
        """Return when the condition is neither true nor false."""
        return _both(self.not_true, self.not_false)


def _forms(node: _Node) -> _Forms:
    match node:
        case _Input(index):
            sums = (_NOT_F | _NOT_U, _NOT_T | _NOT_U, _NOT_T, _NOT_F)
            return _Forms(*((bits << 3 * index,) for bits in sums))
        case _Opposite(part):
            true, false, not_true, not_false = _forms(part)
            return _Forms(false, true, not_false, not_true)
        case _Exactly(part, truth):
            return _exactly(_forms(part), truth)
        case _Count(count, parts):
            return _counted(count, [_forms(part) for part in parts])


def _exactly(part: _Forms, truth: Truth) -> _Forms:
    match truth:
        case Truth.TRUE:
            yes, no = part.true, part.not_true
        case Truth.FALSE:
            yes, no = part.false, part.not_false
        case Truth.UNKNOWN:
            yes, no = part.unknown(), _either(part.true, part.false)
    return _Forms(yes, no, no, yes)


def _counted(count: int, parts: Sequence[_Forms]) -> _Forms:
    failing = len(parts) - count + 1  # so many must fail before *count* is out of reach
    return _Forms(
        true=_at_least(count, [part.true for part in parts]),
        false=_at_least(failing, [part.false for part in parts]),
        not_true=_at_least(failing, [part.not_true for part in parts]),
        not_false=_at_least(count, [part.not_false for part in parts]),
    )


# --- flat tables that fit -----------------------------------------------------------------

_Test = tuple[int, int]  # an input's number and the letters it may not be


@dataclass(frozen=True, slots=True)
class _Flat:
    """One set of flat rules: a term and the value that fires when it holds."""

    rules: tuple[tuple[int, str], ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """Return the inputs that some rule tests, in order."""
        used = reduce(or_, (term for term, _ in self.rules), 0)
        return tuple(index for index, _ in _tests(used))

    def fits(self) -> bool:
        """Say whether the library can hold the rules and answer every vector."""
        if len(self.inputs) > _MOST_INPUTS or len(self.rules) > _MOST_RULES_OF_A_TABLE:
            return False
        tree = _Tree()
        for term, _ in self.rules:
            tree.add(list(_tests(term)))
        return tree.fits()


def _tests(term: int) -> Iterator[_Test]:
    """Yield the tests of *term*, in the order of the inputs."""
    index = 0
    while term:
        if term & 7:
            yield index, term & 7
        term >>= 3
        index += 1


class _Tree:
    """The tests as the library shares them: a rule is a way down from the root."""

    __slots__ = ("below",)

    def __init__(self) -> None:
        self.below: dict[_Test, _Tree] = {}

    def add(self, tests: Sequence[_Test]) -> None:
        """Add the rule that makes *tests*."""
        node = self
        for test in tests:
            node = node.below.setdefault(test, _Tree())

    def fits(self) -> bool:
        """Say whether no node has too much below it and no fact can overflow the stack."""
        return self.widest() <= _MOST_BELOW_A_NODE and self.stack() <= _MOST_MATCHES

    def widest(self) -> int:
        """Return the greatest number of tests below one node."""
        return max(len(self.below), *(tree.widest() for tree in self.below.values()), 0)

    def stack(self) -> int:
        """Return at most how many nodes wait at once while the library matches one fact."""
        waiting = sum(
            max(sum(not bits & letter for bits in group) for letter in _EACH)
            for group in self._grouped().values()
        )
        deeper = max((tree.stack() for tree in self.below.values()), default=0)
        return max(waiting, waiting - 1 + deeper)

    def _grouped(self) -> dict[int, list[int]]:
        groups: dict[int, list[int]] = {}
        for index, bits in self.below:
            groups.setdefault(index, []).append(bits)
        return groups


def _flat(node: _Node) -> _Flat | None:
    """Return *node* as one flat table, or nothing if the library could not hold it."""
    try:
        forms = _forms(node)
        sums = {"T": forms.true, "F": forms.false, "U": forms.unknown()}
    except _TooLargeError:
        return None
    flat = _Flat(tuple((term, letter) for letter, terms in sums.items() for term in terms))
    return flat if flat.fits() else None


def _flat_rows(rows: int) -> _Flat:
    """Return the decision list of *rows*: the first that is true, with none before it true."""
    rules = []
    none_before = 0
    for row in range(rows):
        rules.append((none_before | (_NOT_F | _NOT_U) << 3 * row, str(row)))
        none_before |= _NOT_T << 3 * row
    return _Flat((*rules, (none_before, _NO_ROW)))


class _Splitter:
    """Cuts a condition into flat tables, each fed by the inputs and by those before it."""

    def __init__(self, inputs: int) -> None:
        """Start with a condition of so many *inputs*; tables are numbered after them."""
        self.flats: list[_Flat] = []
        self._first = inputs
        self._numbers: dict[_Node, int] = {}

    def settle(self, node: _Node) -> None:
        """Add the tables that *node* needs, its own the last."""
        self.flats.append(self._fitting(node))

    def _fitting(self, node: _Node) -> _Flat:
        flat = _flat(node)
        if flat is not None:
            return flat
        if len(self.flats) >= _MOST_PIECES:
            raise _TooLargeError
        shallow = self._shallow(node)
        return self._fitting(_halved(node) if shallow == node else shallow)

    def _shallow(self, node: _Node) -> _Node:
        match node:
            case _Count(count, parts):
                return _Count(count, tuple(self._fed(part) for part in parts))
            case _Opposite(part):
                return _Opposite(self._fed(part))
            case _Exactly(part, truth):
                return _Exactly(self._fed(part), truth)
            case _Input():
                return node

    def _fed(self, node: _Node) -> _Input:
        """Return the input that carries what a table of its own says about *node*."""
        if isinstance(node, _Input):
            return node
        if node not in self._numbers:
            self.settle(node)
            self._numbers[node] = self._first + len(self.flats) - 1
        return _Input(self._numbers[node])


def _halved(node: _Node) -> _Node:
    """Return the count *node* as the ways its two halves can reach the count together."""
    if not isinstance(node, _Count) or len(node.parts) < 2:
        raise _TooLargeError
    middle = len(node.parts) // 2
    left, right = node.parts[:middle], node.parts[middle:]
    lowest, highest = max(0, node.count - len(right)), min(node.count, len(left))
    return _Count(
        1,
        tuple(
            _Count(2, (_Count(held, left), _Count(node.count - held, right)))
            for held in range(lowest, highest + 1)
        ),
    )


# --- the ruleset --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """A flat table in the ruleset: whose it is, its key there, and the inputs it is told of."""

    owner: str
    key: str
    inputs: tuple[int, ...]


#: A table of no policy, whose one rule fires on every fact about it.
_WARM_UP = _Table("", "w", ())


class _Ruleset:
    """All rules of a policy as the library reads them, and what each of them stands for."""

    def __init__(self) -> None:
        """Start with nothing but the rule that the library is warmed up with."""
        self.values: dict[str, tuple[str, str]] = {}
        self._rules: dict[str, object] = {}
        self._tables = 0
        self._write(_WARM_UP.key, (), "T")

    def add(self, owner: str, flat: _Flat) -> _Table:
        """Add *flat*, a table of *owner*, under a generated key."""
        self._tables += 1
        table = _Table(owner, f"t{self._tables}", flat.inputs)
        for term, value in flat.rules:
            self._write(table.key, _written(term, table.inputs), value)
        return table

    def _write(self, key: str, tests: Iterable[object], value: str) -> None:
        name = f"r{len(self._rules)}"
        self._rules[name] = {"all": [{"m": {"$and": [{"k": key}, *tests]}}]}
        self.values[name] = (key, value)

    def text(self) -> str:
        """Return the ruleset as the library reads it, if it can hold it."""
        _refuse_equal_hashes()
        if self._tables >= _MOST_BELOW_A_NODE or len(self._rules) > _MOST_RULES:
            raise _fault(POLICY_TOO_LARGE, tables=self._tables, rules=len(self._rules))
        return json.dumps(self._rules)


def _written(term: int, inputs: Sequence[int]) -> Iterator[object]:
    for index, bits in _tests(term):
        operator, letter = _TESTS[bits]
        test = {f"i{inputs.index(index)}": letter}
        yield {operator: test} if operator else test


def _fact(number: int, table: _Table, letters: str) -> str:
    told = {f"i{place}": letter for place, letter in enumerate(letters)}
    return json.dumps({"sid": _SESSION, "id": f"m{number}", "k": table.key, **told})


def _hashed(name: str) -> int:
    """Return the 32-bit FNV hash by which the library takes *name* for another."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


@cache
def _refuse_equal_hashes() -> None:
    """Raise unless the library can tell all names apart that we give it in one place."""
    operators = "lt lte gt gte eq neq mt imt iall iany ex nex or and m add sub mul div l r s"
    inputs = [f"i{place}" for place in range(_MOST_INPUTS)]
    _refuse_equal([*inputs, "k", "id", "sid", *(f"${name}" for name in operators.split())])
    _refuse_equal([*(f"m{number}" for number in range(_MESSAGE_IDS)), f"sid-{_SESSION}"])


def _refuse_equal(names: Sequence[str]) -> None:
    seen: dict[int, str] = {}
    for name in names:
        other = seen.setdefault(_hashed(name), name)
        if other != name:
            raise _fault(SAME_NAME, one=other, other=name)


# --- asking -------------------------------------------------------------------------------


class _Engine:
    """One ruleset in one process: a handle for each thread, and one question at a time.

    The library crashes where a handle is shared, where a first session is deleted in which
    nothing fired, and where sessions pile up. So a thread has a handle of its own, a handle is
    warmed up before its first question, and the one session is deleted after each question.
    """

    def __init__(self, rules: str, values: Mapping[str, tuple[str, str]]) -> None:
        """Start with *rules*, of which each name stands for a table's key and a value."""
        self.process = os.getpid()
        self._library = _library()
        self._rules = rules
        self._values = values
        self._numbers = itertools.cycle(range(_MESSAGE_IDS))
        self._handles: dict[threading.Thread, int] = {}
        self._lock = threading.Lock()
        self._closed = False
        with self._lock:
            self._handle()

    def ask(self, table: _Table, letters: str) -> str:
        """Return the one value that fires in *table* for its inputs' *letters*."""
        with self._lock:
            if self._closed:
                raise _fault(CLOSED)
            names = self._fired(self._handle(), table, letters)
        fired = {self._values.get(name, ("", name)) for name in names}
        if len(fired) != 1 or {key for key, _ in fired} != {table.key}:
            raise _fault(NOT_ONE_ANSWER, count=len(fired), table=table.owner)
        return fired.pop()[1]

    def close(self) -> None:
        """Give every handle back; no session is left in them, and a parent's are left alone."""
        if self.process != os.getpid():
            return
        with self._lock:
            self._closed = True
            while self._handles:
                self._library.delete_ruleset(self._handles.popitem()[1])

    def _handle(self) -> int:
        """Return this thread's handle: its own, one that a dead thread left, or a new one."""
        thread = threading.current_thread()
        if thread not in self._handles:
            left = next((each for each in self._handles if not each.is_alive()), None)
            self._handles[thread] = self._started() if left is None else self._handles.pop(left)
        return self._handles[thread]

    def _started(self) -> int:
        try:
            handle = self._library.create_ruleset("h", self._rules)
            if self._run(handle, _WARM_UP, ""):
                self._library.delete_state(handle, _SESSION)
                return handle
        except Exception as problem:
            raise _fault(NOT_STARTED) from problem
        # Where nothing fired, deleting the session could crash: the handle is left to itself.
        raise _fault(NOT_STARTED)

    def _fired(self, handle: int, table: _Table, letters: str) -> list[str]:
        try:
            try:
                return self._run(handle, table, letters)
            finally:
                self._library.delete_state(handle, _SESSION)
        except Exception as problem:
            raise _fault(NO_ANSWER, table=table.owner) from problem

    def _run(self, handle: int, table: _Table, letters: str) -> list[str]:
        """Return the names of the rules that fire; none if the library took the fact oddly."""
        fact = _fact(next(self._numbers), table, letters)
        code, state = self._library.assert_fact(handle, fact)
        started = None if code else self._library.start_action_for_state(handle, state)
        names: list[str] = []
        message = started[1] if started else None
        while message:
            (name,) = json.loads(message)
            if name in names:
                raise RuntimeError(name)  # a rule fires once for a fact
            names.append(name)
            message = self._library.complete_and_start_action(handle, state)
        return names


# --- the policy's tables ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one condition is answered: the atoms in order, and the tables to ask in turn."""

    atoms: tuple[Atom, ...]
    tables: tuple[_Table, ...]


class Rete:
    """One compiled policy as a durable-rules ruleset: truths of inputs in, a truth out."""

    def __init__(
        self, tables: Mapping[str, Condition], row_tables: Mapping[str, int] | None = None
    ) -> None:
        """Compile the conditions in *tables*, and the lists in *row_tables* of so many rows."""
        ruleset = _Ruleset()
        self._plans = {name: _planned(ruleset, name, each) for name, each in tables.items()}
        self._rows = {
            name: (rows, _planned_rows(ruleset, name, rows))
            for name, rows in (row_tables or {}).items()
        }
        self._rules, self._values = ruleset.text(), ruleset.values
        self._remembered: dict[tuple[str, str], str] = {}
        self._closed = False
        self._engine = self._started()

    def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
        """Return the truth of the condition of *table* when its atoms have the truths *inputs*."""
        plan = self._plans.get(table)
        if plan is None:
            raise _fault(UNKNOWN_TABLE, table=table)
        letters = _letters(table, [inputs.get(atom) for atom in plan.atoms])
        for step in plan.tables:
            letters += self._answer(step, "".join(letters[index] for index in step.inputs))
        return _TRUTHS[letters[-1]]

    def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:
        """Return the number of the first of *rows* that is true in the list *table*, if any is."""
        if table not in self._rows:
            raise _fault(UNKNOWN_TABLE, table=table)
        count, step = self._rows[table]
        if len(rows) != count:
            raise _fault(WRONG_ROWS, table=table, rows=count, given=len(rows))
        answer = self._answer(step, "".join(_letters(table, rows)))
        return None if answer == _NO_ROW else int(answer)

    def close(self) -> None:
        """Give back what the library holds; no question is answered afterwards."""
        self._closed = True
        self._engine.close()

    def _started(self) -> _Engine:
        engine = _Engine(self._rules, self._values)
        # Forgetting to close costs nothing; at exit the operating system is quicker.
        weakref.finalize(self, engine.close).atexit = False
        return engine

    def _answer(self, table: _Table, letters: str) -> str:
        """Return the value of *table* for *letters*, remembered from last time if there was one."""
        if self._closed:
            raise _fault(CLOSED)
        answer = self._remembered.get((table.key, letters))
        if answer is None:
            if self._engine.process != os.getpid():  # what was made before a fork is not used
                self._engine = self._started()
            answer = self._engine.ask(table, letters)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[table.key, letters] = answer
        return answer


def _planned(ruleset: _Ruleset, name: str, condition: Condition) -> _Plan:
    """Return the plan for *condition*, with the tables it takes added to *ruleset*."""
    try:
        atoms = tuple(dict.fromkeys(atoms_of(condition)))
        splitter = _Splitter(len(atoms))
        splitter.settle(_node(condition, {atom: number for number, atom in enumerate(atoms)}))
    except (_TooLargeError, RecursionError) as problem:
        raise _fault(TABLE_TOO_LARGE, table=name) from problem
    return _Plan(atoms, tuple(ruleset.add(name, flat) for flat in splitter.flats))


def _planned_rows(ruleset: _Ruleset, name: str, rows: int) -> _Table:
    """Return the decision list *name* of so many *rows*, added to *ruleset*."""
    flat = _flat_rows(rows) if rows < _MOST_INPUTS else None
    if flat is None or not flat.fits():
        raise _fault(TABLE_TOO_LARGE, table=name)
    return ruleset.add(name, flat)


def _letters(table: str, truths: Sequence[Truth | None]) -> list[str]:
    """Return the letters of *truths*, if *table* was given them all."""
    letters = [truth.letter for truth in truths if isinstance(truth, Truth)]
    if len(letters) != len(truths):
        missing = len(truths) - len(letters)
        raise _fault(MISSING_INPUT, table=table, missing=missing, total=len(truths))
    return letters
