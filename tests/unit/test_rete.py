"""The door to durable-rules: Kleene's truth, from the library itself, or no answer at all."""

from __future__ import annotations

import gc
import itertools
import json
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from hjemmel.decide import backend, rete
from hjemmel.decide.rete import Rete
from hjemmel.issues import BackendError
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    ConclusionTest,
    FactTest,
    Is,
    Leaf,
    Not,
    OpenTest,
)
from hjemmel.truth import Truth

needs_library = pytest.mark.skipif(
    not backend.available(), reason="durable-rules cannot be imported in this Python"
)

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
ATOMS = [ConclusionTest(f"c{number}") for number in range(300)]
A, B, C = (Leaf(atom) for atom in ATOMS[:3])
LEAVES = [Leaf(atom) for atom in ATOMS]

# --- an evaluator that has nothing in common with the one under test: truth as 0, 1, 2 ------------

RANK = {F: 0, U: 1, T: 2}
TRUTH = {rank: truth for truth, rank in RANK.items()}


def rank(condition, given) -> int:
    """Return 2 for true, 1 for unknown and 0 for false."""
    match condition:
        case Leaf(atom):
            return RANK[given[atom]]
        case All(parts):
            return min((rank(part, given) for part in parts), default=2)
        case AnyPart(parts):
            return max((rank(part, given) for part in parts), default=0)
        case Not(part):
            return 2 - rank(part, given)
        case Is(part, truth):
            return 2 * (rank(part, given) == RANK[truth])
        case AtLeast(count, parts):
            best = sorted((rank(part, given) for part in parts), reverse=True)
            return [2, *best, *[0] * count][max(count, 0)]


def expected(condition, given) -> Truth:
    """Return the truth of *condition*, by the order of the truths alone."""
    return TRUTH[rank(condition, given)]


def vectors(size):
    """Yield the truths of the first *size* atoms, in every way."""
    for truths in itertools.product(Truth, repeat=size):
        yield dict(zip(ATOMS[:size], truths, strict=True))


@pytest.fixture
def door():
    """Return what makes a Rete, and close it afterwards."""
    made = []

    def make(*tables, **named):
        made.append(Rete(*tables, **named))
        return made[-1]

    yield make
    for each in made:
        each.close()


def resident_kilobytes() -> int:
    """Return how much memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


# --- truth ----------------------------------------------------------------------------------------

CONDITIONS = [
    pytest.param(A, 1, id="a leaf"),
    pytest.param(Not(A), 1, id="not"),
    pytest.param(Not(Not(A)), 1, id="not not"),
    pytest.param(Is(A, T), 1, id="is true"),
    pytest.param(Is(A, F), 1, id="is false"),
    pytest.param(Is(A, U), 1, id="is unknown"),
    pytest.param(Not(Is(A, U)), 1, id="is known"),
    pytest.param(All(()), 0, id="all of none"),
    pytest.param(AnyPart(()), 0, id="any of none"),
    pytest.param(All((A,)), 1, id="all of one"),
    pytest.param(All((A, B)), 2, id="all of two"),
    pytest.param(All((A, B, C)), 3, id="all of three"),
    pytest.param(AnyPart((A,)), 1, id="any of one"),
    pytest.param(AnyPart((A, B)), 2, id="any of two"),
    pytest.param(AnyPart((A, B, C)), 3, id="any of three"),
    *(
        pytest.param(AtLeast(count, (A, B, C)[:size]), size, id=f"at least {count} of {size}")
        for size in (0, 1, 2, 3)
        for count in range(-1, size + 3)
    ),
    pytest.param(All((A, A)), 1, id="the same twice"),
    pytest.param(All((A, Not(A))), 1, id="a contradiction is unknown while its atom is"),
    pytest.param(AnyPart((A, Not(A))), 1, id="a tautology is unknown while its atom is"),
    pytest.param(AtLeast(2, (A, A, B)), 2, id="one part counted twice"),
    pytest.param(AtLeast(2, (A, Not(A), B)), 2, id="a part and its opposite counted"),
    pytest.param(AnyPart((All((A, B)), All((Not(A), C)))), 3, id="if a then b else c"),
    pytest.param(All((Not(Is(A, U)), AnyPart((A, B)))), 2, id="known, and one of them"),
    pytest.param(Not(AtLeast(2, (A, All((B, C)), Not(B)))), 3, id="nested three deep"),
]


@needs_library
@pytest.mark.parametrize(("condition", "size"), CONDITIONS)
def test_every_vector_gives_kleenes_value(door, condition, size):
    """Unknown stays unknown where it matters, and nowhere else."""
    asked = door({"x": condition})

    assert [expected(condition, given) for given in vectors(size)] == [
        asked.conclude("x", given) for given in vectors(size)
    ]


@needs_library
def test_many_tables_do_not_disturb_each_other(door):
    """One ruleset holds a whole policy; each table answers for itself."""
    conditions = {each.id: each.values[0] for each in CONDITIONS}
    asked = door(conditions, row_tables={"and a list": 3})

    for given in vectors(3):
        assert {name: expected(each, given) for name, each in conditions.items()} == {
            name: asked.conclude(name, given) for name in conditions
        }


@needs_library
def test_truths_of_other_atoms_are_ignored(door):
    """The caller may hand over all it knows."""
    asked = door({"x": A})

    assert T is asked.conclude("x", {ATOMS[0]: T, ATOMS[1]: F, OpenTest("q"): U})


@needs_library
def test_a_policy_without_tables_is_a_policy():
    """Nothing to conclude is no reason to fail; what is not there is told of."""
    empty = Rete({})

    with pytest.raises(BackendError, match="`x`"):
        empty.conclude("x", {})

    empty.close()


# --- decision lists -------------------------------------------------------------------------------


@needs_library
@pytest.mark.parametrize("size", range(5))
def test_the_first_true_row_is_found(door, size):
    """A row that is unknown or false does not fit; where none is true there is no row."""
    asked = door({}, row_tables={"list": size})

    for rows in itertools.product(Truth, repeat=size):
        assert asked.first_row("list", rows) == (rows.index(T) if T in rows else None)


@needs_library
def test_a_long_list_finds_its_last_row(door):
    """A list of a hundred and fifty rows fits."""
    asked = door({}, row_tables={"list": 150})

    assert 149 == asked.first_row("list", [U] * 149 + [T])
    assert asked.first_row("list", [F] * 150) is None


# --- only generated names go in, and what comes out is checked ------------------------------------


@needs_library
def test_only_generated_names_and_letters_reach_the_library(door, monkeypatch):
    """Not a word of a policy or a case does, whatever signs it is written with."""
    seen = []
    real = rete._library()

    class Listening:
        def __getattr__(self, name):
            def call(*arguments):
                seen.extend(each for each in arguments if isinstance(each, str))
                return getattr(real, name)(*arguments)

            return call

    monkeypatch.setattr(rete, "_library", Listening)
    fact = FactTest('citizen."$and"', "equals", 'Åse "O\'Hara" {$neq} 000000-0000')
    asked = door({'navn "æ" {sid}': All((Leaf(fact), B))}, row_tables={"ø": 2})
    asked.conclude('navn "æ" {sid}', {fact: U, ATOMS[1]: T})
    asked.first_row("ø", [F, U])

    words = set(
        json.dumps(seen).replace("\\", "").translate(str.maketrans('"[]{}:,', " " * 7)).split()
    )
    assert seen
    assert {word.rstrip("0123456789") for word in words} <= {
        *("sid", "id", "k", "i", "m", "r", "t", "w", "h", "", "all", "$and", "$neq", *"TFU"),
    }


class Broken:
    """The library as it could be: warm, and then wrong in one way."""

    def __init__(self, **answers):
        self.answers = {}
        self.later = answers
        self.real = rete._library()

    def __getattr__(self, name):
        return self.answers.get(name, getattr(self.real, name))

    def breaks(self):
        """Be wrong from now on."""
        self.answers = self.later


def raises(*_):
    """Fail as the C module does."""
    import durable_rules_engine

    message = "Could not, error code: 303"
    raise durable_rules_engine.error(message)


def fires_only(*names):
    """Fire the rules *names*, whatever was asked."""
    messages = [json.dumps({name: {}}) for name in names]
    return {
        "start_action_for_state": lambda *_: ("{}", messages.pop(0)),
        "complete_and_start_action": lambda *_: messages.pop(0) if messages else None,
    }


@needs_library
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"assert_fact": raises}, id="the fact is refused"),
        pytest.param({"assert_fact": lambda *_: (1, 0)}, id="no rule fits"),
        pytest.param({"assert_fact": lambda *_: (2, 1)}, id="the message was seen before"),
        pytest.param({"start_action_for_state": lambda *_: None}, id="nothing fires"),
        pytest.param({"start_action_for_state": raises}, id="firing fails"),
        pytest.param({"start_action_for_state": lambda *_: ("{}", "[")}, id="no JSON"),
        pytest.param(fires_only("r0"), id="a rule of another table"),
        pytest.param(fires_only("?"), id="no rule of ours"),
        pytest.param(fires_only("r1", "r2"), id="a second value"),
        pytest.param(fires_only("r1", "r1"), id="a rule twice"),
        pytest.param({"complete_and_start_action": raises}, id="completing fails"),
        pytest.param({"delete_state": raises}, id="the session stays"),
    ],
)
def test_an_odd_answer_is_no_answer(monkeypatch, wrong):
    """Exactly one value fires, or the case goes to a person."""
    broken = Broken(**wrong)
    monkeypatch.setattr(rete, "_library", lambda: broken)
    asked = Rete({"x": A})
    broken.breaks()

    with pytest.raises(BackendError, match="`x`"):
        asked.conclude("x", {ATOMS[0]: T})


@needs_library
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"create_ruleset": raises}, id="the rules are refused"),
        pytest.param({"assert_fact": lambda *_: (1, 0)}, id="nothing fires"),
        pytest.param({"start_action_for_state": raises}, id="firing fails"),
    ],
)
def test_a_library_that_does_not_warm_up_is_refused(monkeypatch, wrong):
    """A session in which nothing fired is never deleted: that could crash the process."""
    broken = Broken(**wrong, delete_state=lambda *_: pytest.fail("deleted a cold session"))
    broken.breaks()
    monkeypatch.setattr(rete, "_library", lambda: broken)

    with pytest.raises(BackendError, match=rete.NOT_STARTED):
        Rete({"x": A})


@needs_library
def test_a_failure_is_not_remembered(monkeypatch, door):
    """The next question is asked anew."""
    broken = Broken(assert_fact=raises)
    monkeypatch.setattr(rete, "_library", lambda: broken)
    asked = door({"x": A})
    broken.breaks()
    with pytest.raises(BackendError):
        asked.conclude("x", {ATOMS[0]: T})
    broken.answers = {}

    assert T is asked.conclude("x", {ATOMS[0]: T})


# --- wrong questions ------------------------------------------------------------------------------


@needs_library
def test_a_missing_input_is_an_error(door):
    """Left out is not unknown: the caller says unknown in so many words."""
    asked = door({"x": All((A, B))})

    with pytest.raises(BackendError, match="`x` mangler 1 af sine 2 sandhedsværdier"):
        asked.conclude("x", {ATOMS[0]: T})
    with pytest.raises(BackendError, match="`x` mangler 1 af sine 2 sandhedsværdier"):
        asked.conclude("x", {ATOMS[0]: T, ATOMS[1]: None})


@needs_library
def test_an_unknown_table_is_an_error(door):
    """Conclusions and decision lists are two kinds of table."""
    asked = door({"x": A}, row_tables={"list": 1})

    with pytest.raises(BackendError, match="kender ikke tabellen `y`"):
        asked.conclude("y", {})
    with pytest.raises(BackendError, match="kender ikke tabellen `list`"):
        asked.conclude("list", {})
    with pytest.raises(BackendError, match="kender ikke tabellen `x`"):
        asked.first_row("x", [T])


@needs_library
@pytest.mark.parametrize("rows", [[], [T], [T, F, U]])
def test_a_wrong_number_of_rows_is_an_error(door, rows):
    """A decision list is asked with all its rows."""
    asked = door({}, row_tables={"list": 2})

    with pytest.raises(BackendError, match="`list` har 2 rækker"):
        asked.first_row("list", rows)


@needs_library
def test_a_closed_door_answers_nothing(door):
    """Not even what it remembers; closing twice is harmless."""
    asked = door({"x": A})
    asked.conclude("x", {ATOMS[0]: T})
    asked.close()
    asked.close()

    with pytest.raises(BackendError, match=rete.CLOSED):
        asked.conclude("x", {ATOMS[0]: T})


# --- tables beyond the library's limits -----------------------------------------------------------

HALF = tuple(AnyPart((one, two)) for one, two in zip(LEAVES[:24:2], LEAVES[1:24:2], strict=True))
LARGE = [
    pytest.param(All(tuple(LEAVES[:100])), id="all of a hundred"),
    pytest.param(AnyPart(tuple(LEAVES)), id="any of three hundred"),
    pytest.param(AtLeast(6, tuple(LEAVES[:12])), id="six of twelve"),
    pytest.param(All(HALF), id="all of a dozen pairs"),
    pytest.param(Not(AtLeast(3, HALF)), id="fewer than three of a dozen pairs"),
    pytest.param(All((AtLeast(4, tuple(LEAVES[:9])), AtLeast(5, tuple(LEAVES[5:16])))), id="two"),
    pytest.param(Is(All(tuple(Not(leaf) for leaf in LEAVES[:90])), U), id="is unknown"),
    pytest.param(AtLeast(0, tuple(LEAVES)), id="none of three hundred is enough"),
]


@needs_library
@pytest.mark.parametrize("condition", LARGE)
def test_a_table_that_is_too_large_is_split(door, condition):
    """Inner parts become tables of their own, and their values inputs; the truth is the same."""
    random = Random(1)
    asked = door({"x": condition})

    for _ in range(60):
        weights = random.choice([(1, 1, 1), (50, 1, 1), (1, 50, 1), (1, 1, 50), (300, 0, 1)])
        given = dict(zip(ATOMS, random.choices([T, F, U], weights, k=len(ATOMS)), strict=True))
        assert expected(condition, given) is asked.conclude("x", given)


@needs_library
@pytest.mark.parametrize("condition", LARGE)
def test_the_library_never_meets_its_limits(monkeypatch, door, condition):
    """No node of it has more below, and no fact matches more, than it was measured to bear."""
    written = []
    real = rete._library()
    create = real.create_ruleset
    monkeypatch.setattr(real, "create_ruleset", lambda *a: written.append(a[1]) or create(*a))
    door({"x": condition})

    rules = [rule["all"][0]["m"]["$and"] for rule in json.loads(written[0]).values()]
    below = {}
    for tests in rules:
        for depth, test in enumerate(tests):
            below.setdefault(json.dumps(tests[:depth]), set()).add(json.dumps(test))
    assert 500 >= max(map(len, below.values()))
    assert len(rules) == len({json.dumps(tests) for tests in rules})  # one rule a condition
    for letter in "TFU":
        for table in {tests[0]["k"] for tests in rules}:
            assert 60 >= sum(fires(tests, table, letter) for tests in rules)


@needs_library
def test_what_another_rule_covers_is_left_out(door):
    """A rule more is a slower answer: of `a, or a and b` only `a` is left, in three rules."""
    alone, covered = door({"x": A}), door({"x": AnyPart((A, All((A, B))))})

    assert alone._rules == covered._rules


def test_a_fact_that_matches_too_many_tests_does_not_fit():
    """The library holds 64 tests that wait to be followed; one for each of 61 inputs is refused."""
    is_true = rete._NOT_F | rete._NOT_U
    rules = tuple((is_true << 3 * number, "T") for number in range(61))

    assert rete._Flat(rules[:60]).fits()
    assert not rete._Flat(rules).fits()


def test_no_fact_makes_more_tests_wait_than_was_foreseen():
    """The bound holds against the way the library walks, for any rules and every vector."""
    random = Random(2)
    for _ in range(200):
        tree = rete._Tree()
        rules = [
            [(index, random.randrange(1, 7)) for index in range(4) if random.random() < 0.6]
            for _ in range(random.randrange(1, 12))
        ]
        for rule in rules:
            tree.add(rule)
        for letters in itertools.product(rete._EACH, repeat=4):
            assert most_waiting(tree, letters) <= tree.stack()


def most_waiting(tree, letters) -> int:
    """Return how many nodes wait at once when *tree* is walked as the library does it."""
    waiting, most = [tree], 1
    while waiting:
        node = waiting.pop()
        waiting += [each for (i, bits), each in node.below.items() if not bits & letters[i]]
        most = max(most, len(waiting))
    return most if tree.below else 0


def fires(tests, table, letter) -> bool:
    """Say whether a rule's *tests* all hold for *table* when every input is *letter*."""
    return all(
        table == value if key == "k" else (letter == value) is equal
        for test in tests
        for equal in ["$neq" not in test]
        for key, value in test.get("$neq", test).items()
    )


@needs_library
@pytest.mark.parametrize(
    "tables",
    [
        pytest.param({"x": AtLeast(60, tuple(LEAVES[:120]))}, id="sixty of a hundred and twenty"),
        pytest.param({f"x{number}": A for number in range(600)}, id="six hundred tables"),
    ],
)
def test_what_does_not_fit_even_so_is_refused(tables):
    """At construction, in Danish, and before the library has seen a rule of it."""
    with pytest.raises(BackendError, match="er for stor"):
        Rete(tables)


@needs_library
def test_a_condition_without_end_is_refused():
    """As deep as Python reads, and not deeper."""
    deep = A
    for _ in range(5000):
        deep = Not(deep)

    with pytest.raises(BackendError, match="`x` er for stor"):
        Rete({"x": deep})


@needs_library
def test_a_list_that_is_too_long_is_refused():
    """A decision list is not split."""
    with pytest.raises(BackendError, match="`list` er for stor"):
        Rete({}, {"list": 400})


def test_names_with_equal_hashes_are_refused():
    """The library takes two names with the same 32-bit hash for one; these two have it."""
    with pytest.raises(BackendError, match="`costarring` og `liquid`"):
        rete._refuse_equal(["a", "costarring", "b", "liquid"])
    rete._refuse_equal_hashes()


# --- threads, processes, memory -------------------------------------------------------------------


@needs_library
def test_eight_threads_get_right_answers(door, monkeypatch):
    """Two thousand questions each, none of them remembered."""
    monkeypatch.setattr(rete, "_MOST_REMEMBERED", 0)
    conditions = {"all": All((A, B, C)), "any": AnyPart((A, B, C)), "two": AtLeast(2, (A, B, C))}
    asked = door(conditions, row_tables={"list": 3})
    cases = list(vectors(3))
    start = threading.Barrier(8)

    def ask(seed):
        random = Random(seed)
        start.wait()
        wrong = 0
        for _ in range(2000):
            name, given = random.choice([*conditions, "list"]), random.choice(cases)
            if name == "list":
                rows = list(given.values())
                wrong += asked.first_row(name, rows) != (rows.index(T) if T in rows else None)
            else:
                wrong += asked.conclude(name, given) is not expected(conditions[name], given)
        return wrong

    with ThreadPoolExecutor(8) as threads:
        assert [0] * 8 == list(threads.map(ask, range(8)))
    assert 9 >= len(asked._engine._handles)


@needs_library
def test_the_handle_of_a_dead_thread_is_taken_over(door):
    """A server that makes a thread per request does not make a ruleset per request."""
    asked = door({"x": A})

    for _ in range(20):
        asked._remembered.clear()
        thread = threading.Thread(target=asked.conclude, args=("x", {ATOMS[0]: U}))
        thread.start()
        thread.join()

    assert 2 == len(asked._engine._handles)


@needs_library
def test_closing_while_others_ask_is_safe():
    """They get their answer, or are told that the door is closed."""
    asked = Rete({"x": All((A, B, C))})

    def ask(_):
        said = set()
        for given in list(vectors(3)) * 20:
            asked._remembered.clear()
            try:
                asked.conclude("x", given)
            except BackendError as problem:
                said.add(str(problem))
        return said

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(ask, range(4))
        asked.close()
        assert set().union(*answers) <= {str(rete._fault(rete.CLOSED))}


@needs_library
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_starts_anew():
    """Nothing of the parent's is used or given back; both go on answering."""
    script = """
        import os, threading
        from hjemmel.decide.rete import Rete
        from hjemmel.policy.language import ConclusionTest, Leaf, Not
        from hjemmel.truth import Truth
        atom = ConclusionTest("c")
        asked = Rete({"x": Not(Leaf(atom))})
        other = threading.Thread(target=asked._engine._lock.acquire)  # as if it was asking
        other.start()
        other.join()
        child = os.fork()
        if not child:
            first = asked._engine
            right = asked.conclude("x", {atom: Truth.TRUE}) is Truth.FALSE
            asked.close()
            first.close()
            os._exit(0 if right and asked._engine is not first else 1)
        asked._engine._lock.release()
        status = os.waitpid(child, 0)[1]
        assert asked.conclude("x", {atom: Truth.FALSE}) is Truth.TRUE
        raise SystemExit(os.waitstatus_to_exitcode(status))
    """
    engine = str(Path(rete.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": engine},
        timeout=60,
        check=False,
    )

    assert 0 == done.returncode


@needs_library
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("end", ["closed", "forgotten"])
def test_two_hundred_versions_leave_no_memory_behind(end):
    """A version that is closed, or only forgotten, is given back to the library."""
    tables = {f"x{number}": AtLeast(2, tuple(LEAVES[:4])) for number in range(4)}
    given = dict.fromkeys(ATOMS, U)

    def build():
        asked = Rete(tables)
        asked.conclude("x3", given)
        if end == "closed":
            asked.close()

    for _ in range(20):
        build()
    gc.collect()
    before = resident_kilobytes()
    for _ in range(200):
        build()
    gc.collect()

    assert 20_000 > resident_kilobytes() - before  # kept, they took 315,000


@needs_library
def test_what_is_remembered_is_bounded(door, monkeypatch):
    """When there is no more room, all is forgotten."""
    monkeypatch.setattr(rete, "_MOST_REMEMBERED", 10)
    asked = door({"x": All((A, B, C))})

    for given in vectors(3):
        assert expected(All((A, B, C)), given) is asked.conclude("x", given)
        assert 10 >= len(asked._remembered)


@needs_library
def test_a_question_asked_again_is_not_put_to_the_library_again(door, monkeypatch):
    """The answer is a function of the policy and the truths, so it is remembered."""
    asked = door({"x": A})
    asked.conclude("x", {ATOMS[0]: T})
    monkeypatch.setattr(asked._engine, "ask", lambda *_: pytest.fail("asked again"))

    assert T is asked.conclude("x", {ATOMS[0]: T})


# --- where the library cannot be imported ---------------------------------------------------------


def test_without_the_library_the_door_says_so(monkeypatch):
    """It is not available, and building a Rete is an error that a person can read."""
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)

    assert not backend.available()
    with pytest.raises(BackendError, match=backend.NOT_AVAILABLE):
        Rete({"x": A})


def test_a_library_that_lacks_calls_is_not_available(monkeypatch):
    """A module of that name is not enough."""
    monkeypatch.setitem(sys.modules, "durable_rules_engine", sys)

    assert not backend.available()


def test_importing_the_door_does_not_import_the_library():
    """The library is met at first use."""
    script = "import sys, hjemmel.decide.rete; sys.exit('durable_rules_engine' in sys.modules)"
    engine = str(Path(rete.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": engine},
        timeout=60,
        check=False,
    )

    assert 0 == done.returncode
