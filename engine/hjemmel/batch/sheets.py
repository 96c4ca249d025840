"""The sheets of a policy: the terms that decide its rows, made when they are first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from hjemmel.batch.compile import PLACES, base_sheet, run_and_finish_sheets
from hjemmel.batch.grounds import Grounds, conditions_above
from hjemmel.model import Citation
from hjemmel.policy.compile import Conclusion, Fact, Question, Row, Rule

if TYPE_CHECKING:
    from hjemmel.batch.compile import Sheet
    from hjemmel.batch.scope import Widths
    from hjemmel.policy.compile import Policy


class Sheets:
    """The sheets of a policy for rows of certain widths, each made when it is first needed."""

    def __init__(self, policy: Policy, widths: Widths) -> None:
        """Take the *policy* and the *widths* of the lists."""
        self.policy, self.widths = policy, widths

    @cached_property
    def likeness(self) -> object:
        """Return all of the policy that its terms may be made of, without making them.

        Policies that are alike in this have equal shapes. That is found out in a tenth of the time
        that it takes to make the terms of both, and most stretches of days differ by no more than
        the edition of a law that is cited.
        """
        policy = self.policy
        told = {
            name: _without_citations(getattr(policy, name))
            for name in type(policy).__annotations__
            if name not in _NOT_IN_TERMS
        }
        return (told, policy.money.question, dict(policy.money.by_reading))

    @cached_property
    def shape(self) -> object:
        """Return all that the answers are made of; equal shapes share their sheets."""
        policy = self.policy
        return (
            # Equal terms are one object, so equal sheets are found by comparing names and objects.
            *(tuple(one.outputs.items()) for one in (self.base, self.run, self.finish)),
            tuple(
                (one.id, tuple(one.readings), one.otherwise, one.chosen)
                for one in policy.questions.values()
            ),
            tuple((row.id, row.result) for row in (*policy.items, *policy.outcomes)),
            conditions_above(policy),
            (tuple(policy.criteria), tuple(policy.conclusions)),
            tuple(one.ground for one in policy.conclusions.values()),
        )

    @cached_property
    def grounds(self) -> Grounds:
        """Return what finds the grounds of an answer about the target group."""
        return Grounds(self.policy, PLACES)

    @cached_property
    def base(self) -> Sheet:
        """Return the sheet that decides every row with no question in play."""
        return base_sheet(self.policy, self.widths)

    @property
    def run(self) -> Sheet:
        """Return the sheet of one run a row, its readings told by columns."""
        return self._run_and_finish[0]

    @property
    def finish(self) -> Sheet:
        """Return the sheet that decides from what the runs agree on."""
        return self._run_and_finish[1]

    @cached_property
    def _run_and_finish(self) -> tuple[Sheet, Sheet]:
        return run_and_finish_sheets(self.policy, self.widths)


#: The day and what is told about a policy, amounts, which are columns, and what letters say.
_NOT_IN_TERMS = frozenset((
    *("on", "digest", "version", "reviewed", "elements", "notes", "money", "atoms"),
    *("duties", "refund", "diagnoses", "glossary", "item_texts"),
))  # fmt: skip


def _without_citations(one: object) -> object:
    """Return *one* as plain data to compare, with nothing where a law is cited."""
    if isinstance(one, Citation):
        return None
    if isinstance(one, Mapping):
        return {key: _without_citations(value) for key, value in one.items()}
    if isinstance(one, tuple):
        return [_without_citations(part) for part in one if not isinstance(part, Citation)]
    if isinstance(one, Fact | Conclusion | Question | Row | Rule):
        return [_without_citations(getattr(one, name)) for name in type(one).__annotations__]
    return one
