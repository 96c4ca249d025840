"""Readings chosen for one scenario, as a municipality may choose them in its own file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.policy.compile import Policy


def with_choices(policy: Policy, choices: Mapping[str, str]) -> Policy:
    """Return *policy* with the reading of each question in *choices* chosen.

    A question that is not in force on the day of the policy is left out, as it is in the rules.
    """
    chosen = {
        name: replace(policy.questions[name], chosen=reading, chosen_by="")
        for name, reading in choices.items()
        if name in policy.questions
    }
    return replace(policy, questions={**policy.questions, **chosen}) if chosen else policy
