"""Readings in play: which runs a case needs, and what the runs of a case agree on.

The twin of ``decide/readings.py``, over many cases at once. The runs of all proposals lie one
after the other, those of one proposal side by side as a *segment*; what a proposal comes to is
reduced from its segment. A run that was made for one proposal is not made again for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from hjemmel.batch.compile import ITEM_FIELDS, OPEN, YES, chosen_readings
from hjemmel.batch.scope import WISHES, reading_column
from hjemmel.batch.walk import NO_WISH, STATUSES, WAITING_ROW
from hjemmel.decide.budget import ASK, ASSESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hjemmel.batch.cases import Cases
    from hjemmel.batch.compile import Sheet
    from hjemmel.batch.engines import Engine
    from hjemmel.batch.sheets import Sheets
    from hjemmel.policy.compile import Policy

#: Stands for the row of a wish on which the readings differ.
OPEN_ROW = -2
_ASK, _ASSESS = STATUSES.index(ASK), STATUSES.index(ASSESS)
_SAME = ("status", "granted", "own_payment", "outside")
Numbers = dict[str, np.ndarray]
#: What the names of the numbers that ``grounds.py`` reads begin with.
PATTERNS = ("holds.", "fails.")
_NOWHERE = np.iinfo("int64").max


class Questions:
    """The open questions of a policy by number, and how they are read where nothing says else.

    How all of them are read in a run is one number, its *code*: each question has a place in it.
    """

    def __init__(self, policy: Policy) -> None:
        """Take the questions of *policy*."""
        self.names = tuple(policy.questions)
        self.readings = [tuple(one.readings) for one in policy.questions.values()]
        chosen = chosen_readings(policy)
        self.unchosen = sum(1 << at for at, name in enumerate(self.names) if name not in chosen)
        self.usual = [
            self.readings[at].index(chosen.get(one.id, one.otherwise))
            for at, one in enumerate(policy.questions.values())
        ]
        counts = [len(one) for one in self.readings]
        self._weights = [int(np.prod(counts[:at], dtype="int64")) for at in range(len(counts))]
        self.codes = int(np.prod(counts, dtype="int64"))

    def combinations(self, fixed: tuple[int, int], play: tuple[int, ...]) -> np.ndarray:
        """Return the code of each run, with the question *fixed* and those in *play*."""
        runs = []
        for readings in product(*(range(len(self.readings[at])) for at in play)):
            reads = list(self.usual)
            if fixed[0] >= 0:
                reads[fixed[0]] = fixed[1]
            for at, reading in zip(play, readings, strict=True):
                reads[at] = reading
            runs.append(sum(n * weight for n, weight in zip(reads, self._weights, strict=True)))
        return np.array(runs, dtype="int64")

    def reading(self, codes: np.ndarray, at: int) -> np.ndarray:
        """Return how question *at* is read in the runs of *codes*."""
        read: np.ndarray = codes // self._weights[at] % len(self.readings[at])
        return read

    def only(self, codes: np.ndarray, questions: np.ndarray) -> np.ndarray:
        """Return *codes* with nothing but the *questions* (bits, for each code its own) in them."""
        kept = np.zeros_like(codes)
        for at, weight in enumerate(self._weights):
            kept += np.where(questions >> at & 1, self.reading(codes, at) * weight, 0)
        return kept


@dataclass(slots=True)
class Proposals:
    """Cases to propose for, each with a question *fixed* (or none) and those in *play*.

    *fixed* and *play* are codes of what stands in *fixings* and *plays*.
    """

    rows: np.ndarray
    fixed: np.ndarray
    play: np.ndarray


#: No question fixed.
NOTHING_FIXED = (-1, -1)


@dataclass(frozen=True, slots=True)
class Segments:
    """The runs of several proposals, those of each side by side.

    *owner* says for each run in which segment it is, *starts* where each segment begins, *codes*
    how the questions are read in each run.
    """

    owner: np.ndarray
    starts: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, each: list[tuple[int, np.ndarray]]) -> Segments:
        """Return so many segments with the same codes, for each pair of *each*."""
        lengths = np.concatenate([np.full(count, len(codes)) for count, codes in each])
        return cls(
            np.repeat(np.arange(len(lengths)), lengths),
            np.cumsum(lengths) - lengths,
            np.concatenate([np.tile(codes, count) for count, codes in each]),
        )

    def only(self, kept: np.ndarray) -> tuple[Segments, np.ndarray]:
        """Return the segments that are *kept*, and which runs lie in them."""
        runs = kept[self.owner]
        lengths = np.diff(np.append(self.starts, len(self.owner)))[kept]
        owner = np.repeat(np.arange(len(lengths)), lengths)
        return Segments(owner, np.cumsum(lengths) - lengths, self.codes[runs]), runs

    def least(self, values: np.ndarray) -> np.ndarray:
        """Return the least value of each segment."""
        return np.minimum.reduceat(values, self.starts)

    def alike(self, values: np.ndarray) -> np.ndarray:
        """Return in which segments all values are the same."""
        differs = values != values[self.starts][self.owner]
        return ~np.logical_or.reduceat(differs, self.starts)

    def first(self, so: np.ndarray) -> np.ndarray:
        """Return the first run of each segment that is *so*, or a place that is none."""
        return np.minimum.reduceat(np.where(so, np.arange(len(so)), _NOWHERE), self.starts)


class Player:
    """Runs proposals over the columns of one shape of policy until no question is new."""

    def __init__(self, engine: Engine, sheets: Sheets, cases: Cases) -> None:
        """Take the *engine*, the *sheets*, and the *cases* that proposals point into."""
        self._engine, self._sheets, self._cases = engine, sheets, cases
        self.questions = Questions(sheets.policy)
        self.fixings: list[tuple[int, int]] = [NOTHING_FIXED]
        self.plays: list[tuple[int, ...]] = [()]
        self._play_codes: dict[tuple[int, ...], int] = {(): 0}
        self._width = sheets.widths.of[WISHES]
        self._ran = np.zeros(0, dtype="int64")
        self._results: Numbers = {}

    def fixing(self, question: int, reading: int) -> int:
        """Return the code of *question* fixed as *reading*."""
        pair = (question, reading)
        if pair not in self.fixings:
            self.fixings.append(pair)
        return self.fixings.index(pair)

    def in_play(self, before: int, new: int) -> int:
        """Return the code of the play that has the questions in the bits of *new* as well."""
        play = (
            *self.plays[before],
            *(at for at in range(len(self.questions.names)) if new >> at & 1),
        )
        if play not in self._play_codes:
            self._play_codes[play] = len(self.plays)
            self.plays.append(play)
        return self._play_codes[play]

    def propose(self, proposals: Proposals) -> Numbers:
        """Return what all runs of each of *proposals* give together, as numbers by name."""
        merged = _Collected(len(proposals.rows))
        waiting = np.arange(len(proposals.rows))
        while len(waiting):
            waiting = self._round(proposals, waiting, merged)
        return self._finished(proposals, merged.arrays)

    # --- one round of runs --------------------------------------------------------------

    def _round(self, proposals: Proposals, waiting: np.ndarray, merged: _Collected) -> np.ndarray:
        """Run *waiting*; return those in which a question is new, to be run again with it."""
        key = proposals.fixed[waiting] * len(self.plays) + proposals.play[waiting]
        members = waiting[np.argsort(key, kind="stable")]
        segments = Segments.of([
            (count, self.questions.combinations(*self._setting(one)))
            for one, count in zip(*np.unique(key, return_counts=True), strict=True)
        ])  # fmt: skip
        runs = self._run(proposals.rows[members][segments.owner], segments.codes)
        surely = np.bitwise_or.reduceat(runs["raised"], segments.starts)
        new = self._new(proposals, members, surely, segments, runs)
        done = new == 0
        if done.any():
            settled, kept = segments, runs
            if not done.all():
                settled, of = segments.only(done)
                kept = {name: one[of] for name, one in runs.items()}
            sure = surely[done]
            unsure = self._bits(self.plays)[proposals.play[members[done]]] & ~sure
            together = merge(kept, settled, self.questions.only, unsure, self._width)
            merged.note(members[done], {**together, "raised": sure})
        left: np.ndarray = members[~done]
        return left

    def _setting(self, key: int) -> tuple[tuple[int, int], tuple[int, ...]]:
        fixed, play = divmod(int(key), len(self.plays))
        return self.fixings[fixed], self.plays[play]

    @staticmethod
    def _bits(of: list[tuple[int, ...]]) -> np.ndarray:
        bits: np.ndarray = np.array([sum(1 << at for at in one) for one in of], dtype="int64")
        return bits

    def _new(
        self, proposals: Proposals, members: np.ndarray, surely: np.ndarray, segments: Segments,
        runs: Numbers,
    ) -> np.ndarray:  # fmt: skip
        """Put into play what is new in the *runs* of *members*, and return it as bits."""
        new: np.ndarray
        perhaps = surely | np.bitwise_or.reduceat(runs["maybe"], segments.starts)
        play, fixed = proposals.play[members], proposals.fixed[members]
        fixings = self._bits([(one,) if one >= 0 else () for one, _ in self.fixings])
        new = perhaps & self.questions.unchosen & ~self._bits(self.plays)[play] & ~fixings[fixed]
        # What is decided alone is not run again here.
        new[np.logical_or.reduceat(runs["alone"], segments.starts)] = 0
        fresh = np.flatnonzero(new)
        pairs, which = np.unique(
            np.stack([play[fresh], new[fresh]], axis=1), axis=0, return_inverse=True
        )
        codes = np.array([self.in_play(*pair) for pair in pairs.tolist()], dtype="int64")
        proposals.play[members[fresh]] = codes[which.ravel()] if len(fresh) else 0
        return new

    def _run(self, rows: np.ndarray, codes: np.ndarray) -> Numbers:
        """Return what each run gives; what has run before is not run again."""
        wanted, places = _different(rows * self.questions.codes + codes)
        fresh = wanted
        if len(self._ran):
            fresh = wanted[~np.isin(wanted, self._ran, assume_unique=True)]
        if len(fresh):
            made = self._work_out(
                self._sheets.run, fresh // self.questions.codes, fresh % self.questions.codes, {}
            )
            self._keep(fresh, made)
        if len(wanted) < len(self._ran):
            places = np.searchsorted(self._ran, wanted)[places]
        return {name: one[places] for name, one in self._results.items()}

    def _keep(self, fresh: np.ndarray, made: Numbers) -> None:
        """Keep what the *fresh* runs have given, in the order of all keys."""
        if not self._results:
            self._ran, self._results = fresh, made
            return
        order = np.argsort(np.concatenate([self._ran, fresh]), kind="stable")
        self._ran = np.concatenate([self._ran, fresh])[order]
        self._results = {
            name: np.concatenate([self._results[name], one])[order] for name, one in made.items()
        }

    def _work_out(
        self, sheet: Sheet, rows: np.ndarray, codes: np.ndarray, merged: Numbers
    ) -> Numbers:
        reads = {
            reading_column(name): self.questions.reading(codes, at)
            for at, name in enumerate(self.questions.names)
        }
        return self._engine.numbers(sheet, self._cases, rows, {**reads, **merged})

    # --- the end ---------------------------------------------------------------------------

    def _finished(self, proposals: Proposals, merged: Numbers) -> Numbers:
        key = proposals.fixed * len(self.plays) + proposals.play
        different, which = np.unique(key, return_inverse=True)
        first = np.array([self.questions.combinations(*self._setting(one))[0] for one in different])
        told = {f"merged.{name}": one for name, one in merged.items()}
        out = self._work_out(self._sheets.finish, proposals.rows, first[which.ravel()], told)
        kept = ("raised", "alone", *(one for one in merged if one.startswith(PATTERNS)))
        return {**out, **{name: merged[name] for name in kept}}


def _different(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different *keys* in their order, and for each key which of them it is."""
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    new = np.append(True, in_order[1:] != in_order[:-1])[: len(keys)]
    places = np.empty(len(keys), dtype="int64")
    places[order] = np.cumsum(new) - 1
    return in_order[new], places


class _Collected:
    """Numbers by name for many proposals, noted piece by piece."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.arrays: Numbers = {}

    def note(self, members: np.ndarray, numbers: Numbers) -> None:
        for name, one in numbers.items():
            if name not in self.arrays:
                self.arrays[name] = np.zeros(self._count, dtype=one.dtype)
            self.arrays[name][members] = one


def merge(
    runs: Numbers,
    segments: Segments,
    only: Callable[[np.ndarray, np.ndarray], np.ndarray],
    unsure: np.ndarray,
    width: int,
) -> Numbers:
    """Return what the *runs* of each segment give together.

    *unsure* are the questions in play, as bits, that are not surely raised; *only* takes all
    others out of a code.
    """
    if len(segments.starts) == len(segments.owner):
        return _of_one_run(runs, width)
    starts = segments.starts
    lowest = segments.first(runs["ceiling"] == segments.least(runs["ceiling"])[segments.owner])
    merged = {
        "target": np.where(segments.alike(runs["target"]), runs["target"][starts], OPEN),
        "target_facts": np.logical_or.reduceat(runs["target_facts"], starts),
        "ceiling": runs["ceiling"][lowest],
        "spent": runs["spent"][lowest],
        "known": np.logical_and.reduceat(runs["known"], starts),
        "alone": np.logical_or.reduceat(runs["alone"], starts),
    }
    inside = merged["target"] == YES
    for name in runs:
        if name.startswith(PATTERNS):  # yes is carried by the first run's grounds
            agreed = np.bitwise_and.reduceat(runs[name], starts)
            merged[name] = np.where(inside, runs[name][starts], agreed)
    told = _Told(segments, only(segments.codes, unsure[segments.owner]))
    for at in range(width):
        item = {name: runs[f"{at}.{name}"] for name in ITEM_FIELDS}
        merged.update((f"{at}.{name}", one) for name, one in _merged_item(item, told).items())
    # Items are nothing outside the target group.
    for at in range(width):
        merged[f"{at}.status"] = np.where(inside, merged[f"{at}.status"], NO_WISH)
        for name in _SAME[1:]:
            merged[f"{at}.{name}"] = np.where(inside, merged[f"{at}.{name}"], 0)
    return merged


def _of_one_run(runs: Numbers, width: int) -> Numbers:
    """Return what ``merge`` gives where each run is alone in its segment: what the run gives."""
    inside = runs["target"] == YES
    merged = {name: one for name, one in runs.items() if name != "maybe"}
    for at in range(width):
        merged[f"{at}.status"] = np.where(inside, runs[f"{at}.status"], NO_WISH)
        for name in _SAME[1:]:
            merged[f"{at}.{name}"] = np.where(inside, runs[f"{at}.{name}"], 0)
    return merged


class _Told:
    """The runs of segments put together by how the questions not surely raised are read."""

    def __init__(self, segments: Segments, codes: np.ndarray) -> None:
        self.segments = segments
        self._order = np.lexsort((codes, segments.owner))
        owner, codes = segments.owner, codes[self._order]
        begins = np.append(True, (owner[1:] != owner[:-1]) | (codes[1:] != codes[:-1]))
        starts = np.flatnonzero(begins)
        self._within = Segments(np.cumsum(begins) - 1, starts, codes)
        self._of = owner[starts]

    def differs(self, values: np.ndarray) -> np.ndarray:
        """Return in which segments *values* differ though all is told that a question waits for."""
        alike = self._within.alike(values[self._order])
        found = np.zeros(len(self.segments.starts), dtype=bool)
        found[self._of[~alike]] = True
        return found


def _merged_item(item: Numbers, told: _Told) -> Numbers:
    segments = told.segments
    same = np.logical_and.reduce([segments.alike(item[name]) for name in _SAME])
    differs = np.logical_or.reduce([told.differs(item[name]) for name in _SAME])
    first_ask = segments.first(item["status"] == _ASK)
    asks = first_ask != _NOWHERE
    row_that_asks = np.where(asks, item["row"][np.where(asks, first_ask, 0)], WAITING_ROW)
    first = {name: one[segments.starts] for name, one in item.items()}
    merged = {name: np.where(same, first[name], 0) for name in _SAME}
    merged["status"] = np.where(same, first["status"], np.where(differs, _ASSESS, _ASK))
    merged["row"] = np.where(same, first["row"], np.where(differs, OPEN_ROW, row_that_asks))
    return merged
