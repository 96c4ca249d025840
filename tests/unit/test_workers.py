"""Processes for what is done case by case: in order, ended, and never in the way of a few cases.

What is given to them here stands in for the single case. It is made anew in each process, so
nothing here may load what such a process should not.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys

import pytest

from hjemmel.batch import workers
from hjemmel.batch.workers import Workers, usable_cores
from hjemmel.issues import BackendError, HjemmelError

TABLES = ("ibis", "duckdb", "polars", "pyspark", "pyarrow", "numpy")


class Single:
    """Something to ask case by case."""

    def square(self, number):
        """Return the square of *number*."""
        return number * number

    def process(self, _):
        """Return the process it is asked in."""
        return os.getpid()

    def loaded(self, _):
        """Return which engines for tables are loaded where it is asked."""
        return [name for name in TABLES if name in sys.modules]

    def killed(self, number):
        """End at once, as a process does that the system kills."""
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    def refused(self, number):
        """Raise an error of ours."""
        raise BackendError("interpreters-disagree", evidence={"case": number}, file="")


@pytest.fixture
def always(monkeypatch):
    """Start processes even for a few cases."""
    monkeypatch.setattr(workers, "WORTH_STARTING", 0)
    monkeypatch.setattr(workers, "_LOT", 2)


@pytest.fixture
def two(always):
    """Return two workers, and end them."""
    found = Workers(Single(), 2)
    yield found
    found.close()


def numbers(count):
    """Return *count* tasks."""
    return [(number,) for number in range(count)]


def test_what_comes_back_is_in_the_order_it_was_asked_for(two):
    """However the work is shared; more is asked for than waits at a time."""
    assert [number * number for number in range(101)] == list(two.each("square", numbers(101)))


def test_it_is_done_elsewhere_and_the_processes_stay_for_the_next(two):
    """They are started once."""
    first = set(two.each("process", numbers(20)))
    then = set(two.each("process", numbers(20)))

    assert os.getpid() not in first | then
    assert 2 >= len(first | then)


def test_no_engine_for_tables_is_loaded_there(two):
    """A process looks at cases; it is small."""
    assert [[]] == list(two.each("loaded", numbers(1)))


def test_they_are_gone_when_they_are_closed(two):
    """No process outlives the batch."""
    list(two.each("square", numbers(9)))
    two.close()

    assert [] == multiprocessing.active_children()


@pytest.mark.parametrize(
    ("processes", "count"),
    [pytest.param(2, workers.WORTH_STARTING - 1, id="few"), pytest.param(1, 2_000, id="one")],
)
def test_a_few_cases_or_one_process_start_nothing(monkeypatch, processes, count):
    """Starting takes longer than the work does; and one process is this one."""
    monkeypatch.setattr(workers, "ProcessPoolExecutor", None)

    assert {os.getpid()} == set(Workers(Single(), processes).each("process", numbers(count)))


def test_a_process_that_is_killed_is_told_in_words(two):
    """What was to come from it is not left out in silence."""
    with pytest.raises(BackendError, match="sluttede midt i sit arbejde") as caught:
        list(two.each("killed", numbers(9)))

    assert "--processes 1" in caught.value.text()
    assert 1 == caught.value.exit


def test_an_error_of_ours_arrives_as_it_was_raised(two):
    """With its words in both languages, and its evidence."""
    with pytest.raises(BackendError) as caught:
        list(two.each("refused", numbers(1)))

    assert {"case": 0} == caught.value.evidence
    assert "interpreters" in caught.value.text("en")


def test_every_kind_of_error_can_be_sent():
    """Each is raised again with all that it carries."""
    for kind in HjemmelError.__subclasses__():
        error = kind.__new__(kind, "told")
        error.__dict__.update(key="usage", fields={"what": "x"}, more=[1])
        again = pickle.loads(pickle.dumps(error))

        assert (type(error), error.args, vars(error)) == (type(again), again.args, vars(again))


def test_the_cores_that_may_be_used_are_counted():
    """At least the one that this runs on."""
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
