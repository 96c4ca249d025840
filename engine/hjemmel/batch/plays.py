"""Readings in play: which runs a case needs, and what the runs of a case agree on.

The twin of ``decide/readings.py``, over many cases at once. Proposals are put together by the
questions they have in play, so that the runs of a group form a table of cases by combinations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from hjemmel.batch.compile import ITEM_FIELDS, OPEN, YES, chosen_readings
from hjemmel.batch.engines import NUMBER, needed
from hjemmel.batch.lower import plain_name
from hjemmel.batch.scope import WISHES, reading_column
from hjemmel.batch.walk import NO_WISH, STATUSES, WAITING_ROW
from hjemmel.decide.budget import ASK, ASSESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.batch.calendar import Sheets
    from hjemmel.batch.columns import Column
    from hjemmel.batch.compile import Sheet
    from hjemmel.batch.engines import Engine
    from hjemmel.policy.compile import Policy

#: Stands for the row of a wish on which the readings differ.
OPEN_ROW = -2
_ASK, _ASSESS = STATUSES.index(ASK), STATUSES.index(ASSESS)
_SAME = ("status", "granted", "own_payment", "outside")
Numbers = dict[str, np.ndarray]
#: What the names of the numbers that ``grounds.py`` reads begin with.
PATTERNS = ("holds.", "fails.")


class Questions:
    """The open questions of a policy by number, and how they are read where nothing says else."""

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

    def combinations(self, fixed: tuple[int, int], play: tuple[int, ...]) -> np.ndarray:
        """Return how each question is read in each run, with *fixed* and those in *play*."""
        runs = []
        for readings in product(*(range(len(self.readings[at])) for at in play)):
            reads = list(self.usual)
            if fixed[0] >= 0:
                reads[fixed[0]] = fixed[1]
            for at, reading in zip(play, readings, strict=True):
                reads[at] = reading
            runs.append(reads)
        return np.array(runs, dtype="int64").reshape(len(runs), len(self.names))


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


class Player:
    """Runs proposals over the columns of one shape of policy until no question is new."""

    def __init__(self, engine: Engine, sheets: Sheets, columns: Mapping[str, Column]) -> None:
        """Take the *engine*, the *sheets*, and the case *columns* that proposals point into."""
        self._engine, self._sheets, self._columns = engine, sheets, columns
        self.questions = Questions(sheets.policy)
        self.fixings: list[tuple[int, int]] = [NOTHING_FIXED]
        self.plays: list[tuple[int, ...]] = [()]
        self._play_codes: dict[tuple[int, ...], int] = {(): 0}
        self._width = sheets.widths.of[WISHES]

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
        groups = self._groups(proposals, waiting)
        results = self._run(self._sheets.run, proposals, groups)
        return np.concatenate([
            self._settle(proposals, group, result, merged)
            for group, result in zip(groups, results, strict=True)
        ])  # fmt: skip

    def _groups(self, proposals: Proposals, chosen: np.ndarray) -> list[_Group]:
        key = proposals.fixed[chosen] * len(self.plays) + proposals.play[chosen]
        groups = []
        for one in np.unique(key).tolist():
            fixed, play = divmod(one, len(self.plays))
            reads = self.questions.combinations(self.fixings[fixed], self.plays[play])
            groups.append(_Group(chosen[key == one], play, self.fixings[fixed], reads))
        return groups

    def _run(self, sheet: Sheet, proposals: Proposals, groups: list[_Group]) -> list[Numbers]:
        rows = np.concatenate(
            [np.repeat(proposals.rows[group.members], len(group.reads)) for group in groups]
        )
        reads = np.concatenate([np.tile(group.reads, (len(group.members), 1)) for group in groups])
        out = self._work_out(sheet, rows, reads, {})
        results, at = [], 0
        for group in groups:
            size = len(group.members) * len(group.reads)
            shape = (len(group.members), len(group.reads))
            results.append({name: one[at : at + size].reshape(shape) for name, one in out.items()})
            at += size
        return results

    def _work_out(
        self, sheet: Sheet, rows: np.ndarray, reads: np.ndarray, merged: Numbers
    ) -> Numbers:
        places = pa.array(rows)
        table: dict[str, Column] = {NUMBER: pa.array(np.arange(len(rows)))}
        by_reading = {
            reading_column(name): reads[:, at] for at, name in enumerate(self.questions.names)
        }
        for name in needed(sheet):
            if name in by_reading:
                column = pa.array(np.ascontiguousarray(by_reading[name]))
            elif name in merged:
                column = pa.array(merged[name])
            else:
                column = self._columns[name].take(places)
            table[plain_name(name)] = column
        return numbers_of(self._engine.work_out(sheet, pa.table(table)))

    def _settle(
        self, proposals: Proposals, group: _Group, result: Numbers, merged: _Collected
    ) -> np.ndarray:
        """Note what is settled in *group*; return the proposals to run again."""
        members = group.members
        surely = np.bitwise_or.reduce(result["raised"], axis=1)
        perhaps = surely | np.bitwise_or.reduce(result["maybe"], axis=1)
        played = sum(1 << at for at in self.plays[group.play])
        fixed = 1 << group.fixed[0] if group.fixed[0] >= 0 else 0
        new = perhaps & self.questions.unchosen & ~np.int64(played) & ~np.int64(fixed)
        new[result["alone"].any(axis=1)] = 0  # decided alone, so nothing more is run here
        for bits in np.unique(new[new != 0]).tolist():
            proposals.play[members[new == bits]] = self.in_play(group.play, bits)
        done = new == 0
        kept = {name: one[done] for name, one in result.items()}
        together = merge(kept, surely[done], self.plays[group.play], group.reads, self._width)
        merged.note(members[done], {**together, "raised": surely[done]})
        waiting: np.ndarray = members[~done]
        return waiting

    # --- the end ---------------------------------------------------------------------------

    def _finished(self, proposals: Proposals, merged: Numbers) -> Numbers:
        count = len(proposals.rows)
        reads = np.zeros((count, len(self.questions.names)), dtype="int64")
        key = proposals.fixed * len(self.plays) + proposals.play
        for one in np.unique(key).tolist():
            fixed, play = divmod(one, len(self.plays))
            first = self.questions.combinations(self.fixings[fixed], self.plays[play])[0]
            reads[key == one] = first
        told = {f"merged.{name}": one for name, one in merged.items()}
        out = self._work_out(self._sheets.finish, proposals.rows, reads, told)
        kept = ("raised", "alone", *(one for one in merged if one.startswith(PATTERNS)))
        return {**out, **{name: merged[name] for name in kept}}


@dataclass(frozen=True, slots=True)
class _Group:
    """Proposals with the same question fixed and the same ones in play."""

    members: np.ndarray
    play: int
    fixed: tuple[int, int]
    reads: np.ndarray


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


def numbers_of(table: pa.Table) -> Numbers:
    """Return the columns of *table* as arrays, by the names of the sheet."""
    return {
        name.replace("__", "."): np.array(table[name].to_numpy()) for name in table.column_names
    }


def merge(
    runs: Numbers, surely: np.ndarray, play: tuple[int, ...], reads: np.ndarray, width: int
) -> Numbers:
    """Return what *runs*, an array of cases by combinations, give together."""
    targets = runs["target"]
    same_target = (targets == targets[:, :1]).all(axis=1)
    lowest = runs["ceiling"].argmin(axis=1) if len(targets) else np.zeros(0, dtype="int64")
    each = np.arange(len(targets))
    merged = {
        "target": np.where(same_target, targets[:, 0], OPEN),
        "target_facts": runs["target_facts"].any(axis=1),
        "ceiling": runs["ceiling"][each, lowest],
        "spent": runs["spent"][each, lowest],
        "known": runs["known"].all(axis=1),
        "alone": runs["alone"].any(axis=1),
    }
    for name in runs:
        if name.startswith(PATTERNS):  # yes is carried by the first run's grounds
            agreed = np.bitwise_and.reduce(runs[name], axis=1)
            merged[name] = np.where(merged["target"] == YES, runs[name][:, 0], agreed)
    for at in range(width):
        item = {name: runs[f"{at}.{name}"] for name in ITEM_FIELDS}
        merged.update(
            (f"{at}.{name}", one) for name, one in _merged_item(item, surely, play, reads).items()
        )
    # Items are nothing outside the target group.
    inside = merged["target"] == YES
    for at in range(width):
        merged[f"{at}.status"] = np.where(inside, merged[f"{at}.status"], NO_WISH)
        for name in _SAME[1:]:
            merged[f"{at}.{name}"] = np.where(inside, merged[f"{at}.{name}"], 0)
    return merged


def _merged_item(
    item: Numbers, surely: np.ndarray, play: tuple[int, ...], reads: np.ndarray
) -> Numbers:
    same = np.logical_and.reduce([(item[name] == item[name][:, :1]).all(axis=1) for name in _SAME])
    differs = _differs_though_told(item, surely, play, reads)
    asks = item["status"] == _ASK
    first_ask = asks.argmax(axis=1) if len(asks) else np.zeros(0, dtype="int64")
    row_that_asks = np.where(
        asks.any(axis=1), item["row"][np.arange(len(asks)), first_ask], WAITING_ROW
    )
    merged = {name: np.where(same, item[name][:, 0], 0) for name in _SAME}
    merged["status"] = np.where(same, item["status"][:, 0], np.where(differs, _ASSESS, _ASK))
    merged["row"] = np.where(same, item["row"][:, 0], np.where(differs, OPEN_ROW, row_that_asks))
    return merged


def _differs_though_told(
    item: Numbers, surely: np.ndarray, play: tuple[int, ...], reads: np.ndarray
) -> np.ndarray:
    """Say where the item differs between readings of a question that is surely raised."""
    differs = np.zeros(len(surely), dtype=bool)
    played = sum(1 << at for at in play)
    sure_of = surely & played
    for bits in np.unique(sure_of).tolist():
        cases = sure_of == bits
        unsure = [at for at in play if not bits >> at & 1]
        _, group = np.unique(reads[:, unsure], axis=0, return_inverse=True)
        for one in np.unique(group).tolist():
            within = np.flatnonzero(group.ravel() == one)
            for name in _SAME:
                there = item[name][cases][:, within]
                differs[cases] |= (there != there[:, :1]).any(axis=1)
    return differs
