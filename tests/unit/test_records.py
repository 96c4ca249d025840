"""Records are the library's dataclasses in everything but how they are made."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import pickle
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import hjemmel
from hjemmel import records

WAYS = [
    {"frozen": True},
    {"frozen": True, "kw_only": True},
    {"frozen": True, "order": True},
    {"frozen": True, "kw_only": True, "eq": False},
    {},
    {"kw_only": True},
]


def both(define, **asked):
    """Return what *define* makes of the library's functions, and of ours."""
    return define(dataclasses, **asked), define(records, **asked)


def several(library, **asked):
    """Make a class with every kind of field."""

    @library.dataclass(slots=True, **asked)
    class Several:
        """One of each."""

        name: str
        size: int = 3
        places: dict[str, int] = library.field(default_factory=dict)
        unseen: str = library.field(default="u", repr=False)
        apart: str = library.field(default="a", compare=False)
        notes: list[str] = library.field(init=False, repr=False, default_factory=list)

        def twice(self):
            return self.size * 2

    return Several


def single(library, **asked):
    """Make a class with one field."""

    @library.dataclass(slots=True, **asked)
    class Single:
        """Only one."""

        parts: tuple[int, ...]

    return Single


def empty(library, **asked):
    """Make a class without a field."""

    @library.dataclass(slots=True, **asked)
    class Empty:
        """Nothing."""

    return Empty


def outcome(call, made):
    """Return what *call* gives for the class *made*, or which error it is."""
    try:
        return call(made)
    except Exception as problem:  # noqa: BLE001 - errors are compared
        return type(problem), str(problem)


@pytest.mark.parametrize("plainly", [0, 1000], ids=["written", "plainly"])
@pytest.mark.parametrize("asked", WAYS, ids=str)
def test_a_record_is_made_shown_and_compared_as_a_dataclass(asked, plainly, monkeypatch):
    """Whatever is given, the same comes of it: a value, or the same error in the same words."""
    monkeypatch.setattr(records, "_PLAINLY", plainly)
    calls = [
        lambda made: made(name="x"),
        lambda made: made("x"),
        lambda made: made("x", 4),
        lambda made: made("x", name="y"),
        lambda made: made("x", 4, {}, "u", "a", "more"),
        lambda made: made("x", notes=[]),
        lambda made: made(),
        lambda made: made(name="x", size=5, places={"a": 1}, unseen="o", apart="p"),
        lambda made: made(name="x", notes=[]),
        lambda made: made(name="x", other=1),
        lambda made: made(name="x").twice(),
        lambda made: made(name="x").notes,
        lambda made: made(name="x") == made(name="x"),
        lambda made: made(name="x") == made(name="y"),
        lambda made: made(name="x") == made(name="x", apart="b"),
        lambda made: made(name="x") == made(name="x", unseen="b"),
        lambda made: made(name="x") == ("x", 3),
        lambda made: made(name="x") < made(name="y"),
        lambda made: made(name="y") <= made(name="x"),
        lambda made: made(name="y") > ("x",),
        lambda made: made.__match_args__,
        lambda made: made.__slots__,
        lambda made: made.__doc__,
        lambda made: made.__name__,
        inspect.signature,
        lambda made: dataclasses.asdict(made(name="x", places={"a": 1})),
        lambda made: [each.name for each in dataclasses.fields(made)],
        lambda made: dataclasses.is_dataclass(made(name="x")),
        lambda made: setattr(made(name="x"), "size", 4),
        lambda made: delattr(made(name="x"), "size"),
        lambda made: hash(made(name="x", places=())) == hash(made(name="x", places=())),
    ]
    theirs, ours = both(several, **asked)
    for call in calls:
        expected, found = outcome(call, theirs), outcome(call, ours)

        assert repr(expected) == repr(found)


@pytest.mark.parametrize("define", [single, empty], ids=lambda define: define.__name__)
@pytest.mark.parametrize("asked", WAYS, ids=str)
def test_one_field_or_none_is_no_special_case(define, asked):
    """Equality and hash are those of a tuple of the fields, also where there is one or none."""
    given = {"parts": (1, 2)} if define is single else {}
    theirs, ours = both(define, **asked)

    assert repr(theirs(**given)) == repr(ours(**given))
    assert (theirs(**given) == theirs(**given)) == (ours(**given) == ours(**given))
    if asked.get("frozen") and asked.get("eq", True):
        assert hash(theirs(**given)) == hash(ours(**given))


def test_records_of_two_classes_are_never_equal():
    """All of nothing is not any of nothing."""
    assert records_of("One")() != records_of("Two")()


def records_of(name):
    """Make an empty record called *name*."""
    return records.dataclass(frozen=True, slots=True)(type(name, (), {"__annotations__": {}}))


@pytest.mark.parametrize("asked", WAYS, ids=str)
@pytest.mark.parametrize("change", [records.replace, dataclasses.replace])
def test_a_record_is_replaced_by_either_function(asked, change):
    """What is not changed stays, and a name that is no field is an error."""
    _, ours = both(several, **asked)
    before = ours(name="x", apart="kept")

    after = change(before, name="y")

    assert ("y", "kept", "x") == (after.name, after.apart, before.name)
    with pytest.raises(TypeError):
        change(before, other=1)


@records.dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record that a pickle can find."""

    name: str
    places: dict[str, int] = records.field(default_factory=dict)


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, *(lambda one, at=at: pickle.loads(pickle.dumps(one, at)) for at in (2, 5))],
    ids=["copy", "deepcopy", "pickle 2", "pickle 5"],
)  # fmt: skip
def test_a_record_is_copied_and_kept(again):
    """A copy is equal, and as frozen as the first."""
    kept = Kept(name="x", places={"a": 1})
    copied = again(kept)

    assert kept == copied
    with pytest.raises(dataclasses.FrozenInstanceError):
        copied.name = "y"


def test_a_record_in_a_pickle_is_read_before_one_was_made():
    """A process that has made no record of the class reads one all the same."""
    script = (
        "import pickle; from hjemmel.model import Citation; "
        "old = pickle.loads({!r}); assert old == Citation(ref='r', at='a'), old"
    ).format(pickle.dumps(hjemmel.model.Citation(ref="r", at="a")))
    engine = str(Path(hjemmel.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": engine}, check=False
    )

    assert 0 == done.returncode


def test_a_match_takes_a_record_apart():
    """Its fields stand in the order they were written."""
    made = several(records, frozen=True)
    match made("x", 4):
        case made(name, size):
            found = (name, size)

    assert ("x", 4) == found


def test_a_named_tuple_is_the_librarys():
    """Places, names, defaults, methods and what it says of itself."""

    def define(base):
        class Balance(base):
            """What is left."""

            least: int
            most: int = 9

            @property
            def sure(self):
                return self.least == self.most

        return Balance

    theirs, ours = define(typing.NamedTuple), define(records.NamedTuple)
    for made in (theirs, ours):
        one = made(1)

        assert (1, 9) == one
        assert ("least", "most") == made._fields
        assert "Balance(least=1, most=9)" == repr(one)
        assert not one.sure
        assert made(9).sure
        assert (2, 9) == one._replace(least=2)
        assert "What is left." == made.__doc__
        with pytest.raises(AttributeError):
            one.least = 2


def test_a_record_without_slots_is_refused():
    """There is one kind of record."""
    with pytest.raises(TypeError):
        records.dataclass(frozen=True)
