"""The SQL of a batch is written once: later processes find it, and never that of other terms."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hjemmel.batch.backends import DuckDB, _Writer
from hjemmel.batch.compile import Sheet
from hjemmel.batch.engines import NUMBER
from hjemmel.batch.lower import name_of
from hjemmel.batch.terms import both, no, number, pick, plus, tells, told

TABLE = pa.table({NUMBER: pa.array([0, 1, 2]), "a": [True, False, None], "n": [3, 4, 5]})


class Shelf(dict):
    """Where things are kept, and nothing more."""

    put = dict.__setitem__


def sheet(more=1):
    """Return a sheet of three outputs."""
    so = tells("a", "holds", operand=True)
    return Sheet(outputs={
        "sum": plus(number("n"), pick(so, more, 0)), "told": told("a"), "not": both(told("a"), no(so)),
    })  # fmt: skip


def work(shelf, outputs):
    """Return what a new engine makes of *outputs*."""
    engine = DuckDB(shelf)
    try:
        return engine.work_out(outputs, TABLE).to_pydict()
    finally:
        engine.close()


def test_what_one_engine_wrote_the_next_one_reads(monkeypatch):
    """The second engine writes nothing at all and comes to the same."""
    shelf = Shelf()
    first = work(shelf, sheet())
    monkeypatch.setattr(_Writer, "_written", lambda *_: pytest.fail("written again"))

    assert first == work(shelf, sheet())
    assert [4, 4, 5] == first["sum"]


def test_other_terms_are_written_anew():
    """A rule that changes by a single number is another sheet."""
    shelf = Shelf()
    work(shelf, sheet())

    assert [5, 4, 5] == work(shelf, sheet(more=2))["sum"]
    assert 2 == len(shelf)


@pytest.mark.parametrize(
    "other",
    [
        {"x": tells("a", "one_of", ("1", "2"))}, {"x": tells("a", "one_of", ("1",))},
        {"x": tells("a", "equals", "1")}, {"x": tells("a", "equals", 1)},
        {"x": tells("a", "equals", operand=True)}, {"x": tells("b", "equals", 1)},
        {"y": tells("a", "equals", 1)}, {"x": no(tells("a", "equals", 1))}, {"x": 1}, {"x": True},
    ],
)  # fmt: skip
def test_no_two_outputs_share_a_name(other):
    """Not even where what is compared with is equal to Python, as 1 and True are."""
    assert name_of(other) == name_of(dict(other))
    assert name_of(other) != name_of({"x": tells("a", "equals", "true")})
    assert name_of(other) != name_of(other, "another engine")


def test_names_differ_pairwise():
    """One, True and the texts of them are four different things to compare with."""
    names = {name_of({"x": tells("a", "equals", one)}) for one in (1, True, "1", "True")}

    assert 4 == len(names)
