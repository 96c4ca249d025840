"""What a caseworker must remember, as the terminal shows it."""

import json

from hjemmel import decide, load_policy, read_case
from hjemmel.cli.show import decision_text
from hjemmel.data import data_folder

CASE = {
    "case": "EX-1",
    "decided_on": "2024-03-04",
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True},
    "previous_help": [],
    "earlier_grants": [],
}


def test_every_duty_of_the_case_is_shown_under_its_phase():
    """No phase that a rule may name is left out, and the phases come in the order of a case."""
    book = load_policy()
    schema = json.loads((data_folder("rules") / "schema/duties.schema.json").read_text("utf-8"))
    phases = schema["properties"]["duties"]["items"]["properties"]["phase"]["enum"]
    decision = decide(book, read_case(CASE, book))
    special = sorted(
        (duty for duty in decision.duties if duty.special), key=lambda one: phases.index(one.phase)
    )

    shown = [line.strip() for line in decision_text(decision).splitlines()]
    bullets = [line for line in shown if line.startswith("• ")]

    assert special
    assert [f"• {duty.label}" for duty in special] == [
        line.partition(" –")[0].partition(" (")[0] for line in bullets
    ]
