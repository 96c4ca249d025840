"""Decide a chunk of cases: the table first, and the single case for what the table sets aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from hjemmel.batch.answers import AMOUNTS, BY_TABLE, ITEM_AMOUNTS, Answers, Items
from hjemmel.batch.cases import Cases, price
from hjemmel.batch.compile import NO, YES
from hjemmel.batch.plays import OPEN_ROW, Player, Proposals
from hjemmel.batch.scope import WISHES
from hjemmel.batch.sheets import Sheets
from hjemmel.batch.walk import NO_WISH, WAITING_ROW
from hjemmel.batch.words import numbered
from hjemmel.decide.budget import WAITING
from hjemmel.decide.readings import OPEN as OPEN_NAME
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from hjemmel.batch.answers import Words
    from hjemmel.batch.calendar import Calendar
    from hjemmel.batch.columns import Told
    from hjemmel.batch.engines import Engine
    from hjemmel.batch.plays import Numbers
    from hjemmel.batch.scope import Widths
    from hjemmel.policy.compile import Policy

_TARGETS = {YES: Truth.TRUE, NO: Truth.FALSE}


class TableDecider:
    """Decides the rows of chunks that a table can decide, stretch of days by stretch of days."""

    def __init__(self, engine: Engine, calendar: Calendar, widths: Widths) -> None:
        """Take the *engine* to work on, the *calendar* of the rules and the *widths* of lists."""
        self._engine, self._calendar, self._widths = engine, calendar, widths
        self._sheets: dict[object, Sheets] = {}
        self._of_policy: dict[int, tuple[Policy, Sheets]] = {}
        self._alike: list[tuple[object, Sheets]] = []

    def decide(self, told: Told) -> Answers:
        """Return the answers of the rows of *told*; the rows it leaves are marked aside there."""
        answers = Answers(len(told.aside))
        shapes: dict[int, tuple[Sheets, list[tuple[Policy, np.ndarray]]]] = {}
        for policy, rows in self._calendar.stretches(told.days):
            kept = rows[~told.aside[rows]]
            if policy is None:
                told.aside[rows] = True
            elif len(kept):
                price(told, policy, kept)
                sheets = self._sheets_of(policy)
                shapes.setdefault(id(sheets), (sheets, []))[1].append((policy, kept))
        for sheets, parts in shapes.values():
            self._decide_shape(sheets, parts, told, answers)
        return answers

    def _sheets_of(self, policy: Policy) -> Sheets:
        if id(policy) not in self._of_policy:
            self._of_policy[id(policy)] = (policy, self._shared(Sheets(policy, self._widths)))
        return self._of_policy[id(policy)][1]

    def _shared(self, sheets: Sheets) -> Sheets:
        """Return the sheets that have the shape of *sheets*, these or earlier ones."""
        for likeness, earlier in self._alike:
            if likeness == sheets.likeness:
                return earlier
        shared = self._sheets.setdefault(sheets.shape, sheets)
        self._alike.append((sheets.likeness, shared))
        return shared

    def _decide_shape(
        self, sheets: Sheets, parts: list[tuple[Policy, np.ndarray]], told: Told, answers: Answers
    ) -> None:
        cases = Cases(told, parts)
        _ShapeDecider(self._engine, sheets, cases, told, answers).run()


class _ShapeDecider:
    """Decides the rows of one shape of policy and writes their answers down."""

    def __init__(
        self, engine: Engine, sheets: Sheets, cases: Cases, told: Told, answers: Answers
    ) -> None:  # fmt: skip
        self.engine, self.sheets, self.cases, self.rows = engine, sheets, cases, cases.rows
        self.told, self.answers, self.policy = told, answers, sheets.policy
        results = [row.result for row in self.policy.outcomes]
        self._result_codes = np.array([results.index(one) for one in results])

    def run(self) -> None:
        every = np.arange(len(self.rows))
        base = self.engine.numbers(self.sheets.base, self.cases, every, {})
        player = Player(self.engine, self.sheets, self.cases)
        again = np.flatnonzero(~base["alone"] & (base["in_play"] != 0))
        if len(again):
            play = np.zeros(len(again), dtype="int64")
            bits_of = base["in_play"][again]
            for bits in np.unique(bits_of).tolist():
                play[bits_of == bits] = player.in_play(0, bits)
            redone = player.propose(Proposals(again, np.zeros(len(again), dtype="int64"), play))
            for name, one in redone.items():
                if name in base:
                    base[name][again] = one
        touched = np.flatnonzero((base["raised"] != 0) & ~base["alone"])
        robust = self._robust(player, base, touched)
        self.told.aside[self.rows[base["alone"]]] = True
        self._note(base, robust, np.flatnonzero(~base["alone"]))

    # --- readings that mattered --------------------------------------------------------------

    def _robust(self, player: Player, base: Numbers, touched: np.ndarray) -> np.ndarray:
        """Return the bits of the raised questions whose readings all agree, for every row."""
        robust = np.zeros(len(self.rows), dtype="int64")
        questions = player.questions
        rows, fixed, blocks = [], [], []
        start = 0
        for at, readings in enumerate(questions.readings):
            raised = touched[(base["raised"][touched] >> at & 1) == 1]
            # What the chosen reading gives is what was decided.
            chosen = None if questions.unchosen >> at & 1 else questions.usual[at]
            others = [reading for reading in range(len(readings)) if reading != chosen]
            if not others or not len(raised):
                continue
            rows += [raised] * len(others)
            fixed += [np.full(len(raised), player.fixing(at, reading)) for reading in others]
            end = start + len(others) * len(raised)
            blocks.append((at, raised, slice(start, end), chosen is not None))
            start = end
        if not blocks:
            return robust
        all_rows = np.concatenate(rows)
        nothing = np.zeros(len(all_rows), dtype="int64")
        found = player.propose(Proposals(all_rows, np.concatenate(fixed), nothing))
        base["alone"][all_rows[found["alone"]]] = True
        for at, raised, block, is_chosen in blocks:
            robust[self._agree(base, found, raised, block, is_chosen=is_chosen)] |= 1 << at
        return robust

    def _agree(
        self, base: Numbers, found: Numbers, raised: np.ndarray, block: slice, *, is_chosen: bool
    ) -> np.ndarray:
        """Return the rows of *raised* in which every reading of a question gives the same.

        What its readings give stands in a *block* of what was *found*, reading after reading.
        """
        agrees = np.ones(len(raised), dtype=bool)
        for name in self._compared(base):
            values = self._value(found, name)[block].reshape(-1, len(raised))
            first = self._value(base, name)[raised] if is_chosen else values[0]
            agrees &= (values == first).all(axis=0)
        return raised[agrees]

    def _compared(self, base: Numbers) -> list[str]:
        items = [
            name for name in base if name.rpartition(".")[2] in ("status", *ITEM_AMOUNTS)
            and name[0].isdigit()
        ]  # fmt: skip
        return ["rule", "target", *items]

    def _value(self, numbers: Numbers, name: str) -> np.ndarray:
        return self._result_codes[numbers[name]] if name == "rule" else numbers[name]

    # --- the answers --------------------------------------------------------------------------

    def _note(self, base: Numbers, robust: np.ndarray, kept: np.ndarray) -> None:
        if len(kept) < len(self.rows):
            base, robust = {name: one[kept] for name, one in base.items()}, robust[kept]
        answers, policy, rows = self.answers, self.policy, self.rows[kept]
        answers.how[rows] = BY_TABLE
        outcomes = answers.outcomes.codes(row.result for row in policy.outcomes)
        rules = answers.rules.codes(row.id for row in policy.outcomes)
        answers.outcome[rows] = outcomes[base["rule"]]
        answers.rule[rows] = rules[base["rule"]]
        answers.target[rows] = base["target"]
        answers.grounds[rows] = self._grounds(base)
        answers.questions[rows] = self._questions(base["raised"], robust)
        for name in AMOUNTS:
            answers.amounts[name][rows] = base[name]
        items = answers.rules.codes(
            [*(row.id for row in policy.items), OPEN_NAME, WAITING]
        )  # the last two are reached by −2 and −1
        assert (OPEN_ROW, WAITING_ROW) == (-2, -1)  # noqa: S101
        for place in range(self.sheets.widths.of[WISHES]):
            there = np.flatnonzero(base[f"{place}.status"] != NO_WISH)
            if len(there):
                answers.items.append(Items(
                    place=place, rows=rows[there], status=base[f"{place}.status"][there],
                    rule=items[base[f"{place}.row"][there]],
                    amounts={name: base[f"{place}.{name}"][there] for name in ITEM_AMOUNTS},
                ))  # fmt: skip

    def _grounds(self, base: Numbers) -> np.ndarray:
        holds = [one for name, one in base.items() if name.startswith("holds.")]
        fails = [one for name, one in base.items() if name.startswith("fails.")]

        def named(target: int, *parts: int) -> tuple[str, ...]:
            return self.sheets.grounds.of(_TARGETS.get(target, Truth.UNKNOWN), parts)

        # A yes is carried by what holds, and a no by what fails: the rest would only tell apart
        # what names the same grounds.
        target = base["target"]
        holds = [one * (target != NO) for one in holds]
        fails = [one * (target != YES) for one in fails]
        return self._coded([target, *holds, *fails], named, self.answers.ground_lists)

    def _questions(self, raised: np.ndarray, robust: np.ndarray) -> np.ndarray:
        questions = tuple(self.policy.questions.values())

        def named(surely: int, agreed: int) -> tuple[tuple[str, str, bool], ...]:
            return tuple(
                (one.id, one.chosen, bool(agreed >> at & 1))
                for at, one in enumerate(questions)
                if surely >> at & 1
            )

        return self._coded([raised, robust], named, self.answers.question_lists)

    @staticmethod
    def _coded(keys: list[np.ndarray], word: Callable[..., Hashable], words: Words) -> np.ndarray:
        """Return the code of the word that each different row of *keys* stands for."""
        which, different = np.zeros(len(keys[0]), dtype="int64"), 1
        for key in keys:  # each different row gets a number, column after column
            of, more = _numbered(key)
            if different * more > _SAFE:
                which, different = _numbered(which)
            which, different = which * more + of, different * more
        which, different = _numbered(which)
        first = np.zeros(different, dtype="int64")
        first[which[::-1]] = np.arange(len(which))[::-1]
        codes = words.codes(
            word(*row) for row in zip(*(key[first].tolist() for key in keys), strict=True)
        )
        return np.asarray(codes[which])


#: A product of so many different values is still a whole number of 64 bits.
_SAFE = 2**62


def _numbered(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Return a number for each value, the same for the same, and how many there are."""
    different, which = numbered(pa.array(values))
    return which.astype("int64"), len(different)
