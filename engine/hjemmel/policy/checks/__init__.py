"""What is checked beyond the schema. The list below is the table of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.policy.checks.base import Rules
from hjemmel.policy.checks.conditions import (
    circular_conclusions,
    conclusions_of_other_lists,
    facts_out_of_scope,
    idle_conclusions,
    idle_facts,
    lists_left_out,
    unanswerable_facts,
    unreadable_conditions,
)
from hjemmel.policy.checks.identity import (
    dangling_diagnosis_names,
    dangling_names,
    misplaced_choices,
    repeated_entries,
    repeated_ids,
    wrong_reading_names,
)
from hjemmel.policy.checks.letters import unreadable_letters
from hjemmel.policy.checks.outcomes import tables_without_end, unknown_money_names
from hjemmel.policy.checks.periods import (
    backward_periods,
    broken_rate_periods,
    conclusions_without_rule,
    days_that_do_not_exist,
)
from hjemmel.policy.checks.rates import unreadable_amounts, wrongly_regulated_amounts
from hjemmel.policy.checks.sources import (
    ambiguous_citations,
    unclaimed_provisions,
    unknown_citations,
)
from hjemmel.policy.checks.translation import idle_translations, untranslated_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hjemmel.issues import Issue
    from hjemmel.tree import Node

#: Days and names first: what the later checks read must exist before it is read.
FIRST: tuple[Callable[[Rules], Iterable[Issue]], ...] = (
    repeated_ids,
    repeated_entries,
    days_that_do_not_exist,
    lists_left_out,
    unanswerable_facts,
    unreadable_amounts,
    unreadable_conditions,
    dangling_names,
    dangling_diagnosis_names,
    wrong_reading_names,
    misplaced_choices,
    unknown_money_names,
)
THEN: tuple[Callable[[Rules], Iterable[Issue]], ...] = (
    backward_periods,
    broken_rate_periods,
    conclusions_without_rule,
    wrongly_regulated_amounts,
    circular_conclusions,
    facts_out_of_scope,
    conclusions_of_other_lists,
    idle_facts,
    idle_conclusions,
    tables_without_end,
    unknown_citations,
    ambiguous_citations,
    unclaimed_provisions,
    untranslated_texts,
    idle_translations,
    unreadable_letters,
)


def run_checks(trees: Mapping[str, Node], municipalities: Mapping[str, Node]) -> Iterator[Issue]:
    """Yield what the checks find in *trees* and *municipalities*, which must fit their schemas."""
    rules = Rules(trees, municipalities)
    first = [issue for check in FIRST for issue in check(rules)]
    yield from first
    if not first:
        for check in THEN:
            yield from check(rules)
