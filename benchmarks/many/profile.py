"""Where the time of a batch of ours goes: processor time by step, each without what it calls on.

Steps are wrapped from outside while this runs; the product itself holds no clock.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The functions that make a step, as module and name.
STEPS = {
    "making the terms and the programs": (
        ("sheets", "base_sheet"), ("sheets", "run_and_finish_sheets"),
        ("engines", "Program.__init__"), ("narrow", "Known.narrowed"),
    ),
    "reading Parquet": (("batch", "chunks_of"),),
    "checking texts, days and amounts, making columns": (
        ("columns", "Reader.read"), ("cases", "Cases.__init__"),
    ),
    "working terms out": (("engines", "NumPy.numbers"),),
    "every row once: the rest of it": (("decide", "_ShapeDecider.run"),),
    "questions in play: the rest of their runs": (("plays", "Player.propose"),),
    "whether readings agree: the rest": (("decide", "_ShapeDecider._robust"),),
    "noting outcomes, grounds, items": (("decide", "_ShapeDecider._note"),),
    "putting the answers together": (("chunk", "rows_of"), ("chunk", "table_of")),
    "alone, by the single case": (("workers", "Workers.each"),),
    "writing Parquet, part by part and whole": (
        ("parts", "Parts.write"), ("parts", "Parts.put_together"),
    ),
}  # fmt: skip


class Clock:
    """Processor time by step; what a step calls on that is a step itself does not count in it."""

    def __init__(self) -> None:
        """Start with nothing spent."""
        self.spent: dict[str, float] = defaultdict(float)
        self._inside = ["everything else"]
        self._since = time.process_time()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is spent meanwhile as *name*."""
        self._turn()
        self._inside.append(name)
        try:
            yield
        finally:
            self._turn()
            self._inside.pop()

    def _turn(self) -> None:
        now = time.process_time()
        self.spent[self._inside[-1]] += now - self._since
        self._since = now

    def done(self) -> dict[str, float]:
        """Return what was spent, the dearest step first."""
        self._turn()
        return dict(sorted(self.spent.items(), key=lambda one: -one[1]))


def watch() -> Clock:
    """Wrap every step, from here on to the end of the process, and return the clock."""
    clock = Clock()
    for step, owner, name in functions():
        _wrap(clock, step, owner, name)
    return clock


def functions() -> Iterator[tuple[str, Any, str]]:
    """Yield each function of a step: the step, and whose function it is by what name.

    Raises:
        AttributeError: the product has no such function any more.
    """
    for step, paths in STEPS.items():
        for module, path in paths:
            owner: Any = import_module(f"hjemmel.batch.{module}")
            way, _, name = path.rpartition(".")
            owner = attrgetter(way)(owner) if way else owner
            getattr(owner, name)
            yield step, owner, name


def _wrap(clock: Clock, step: str, owner: Any, name: str) -> None:
    function: Callable[..., Any] = getattr(owner, name)

    def timed(*given: Any, **named: Any) -> Any:
        with clock.step(step):
            made = function(*given, **named)
        return _each(clock, step, made) if hasattr(made, "__next__") else made

    setattr(owner, name, timed)


def _each(clock: Clock, name: str, made: Iterator[Any]) -> Iterator[Any]:
    nothing = object()
    while True:
        with clock.step(name):
            one = next(made, nothing)
        if one is nothing:
            return
        yield one
