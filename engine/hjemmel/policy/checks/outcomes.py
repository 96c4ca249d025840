"""The decision tables: they must name what exists and always come to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import must_exist, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.policy.checks.base import Rules


def unknown_money_names(rules: Rules) -> Iterator[Issue]:
    """Report a ceiling, question, reading or deciding conclusion that does not exist."""
    tree = rules.trees["outcomes"]
    questions = rules.ids("readings", "readings")
    for key in ("decided_by", "covered_by"):
        yield from must_exist(tree, key, "conclusion", rules.ids("decisions", "conclusions"))
    money = tree.get("money")
    if money is None:
        return
    yield from must_exist(money, "ceiling", "rate", rules.ids("rates", "rates"))
    yield from must_exist(money, "ceiling_question", "question", questions)
    question = questions.get(money.text("ceiling_question"))
    by_reading = money.get("by_reading")
    if question is None or by_reading is None:
        return
    readings = [key for key, _ in (question.get("readings") or question).items()]
    strange = [
        unknown("reading", name, readings, by_reading.key_place(name))
        for name in dict(by_reading.items())
        if name not in readings
    ]
    yield from strange
    meant = {issue.fields["close"] for issue in strange}
    for name in readings:
        if by_reading.get(name) is None and name not in meant:
            fields = {"name": name, "question": question.text("id")}
            place = money.key_place("by_reading")
            yield Issue(code="reading-left-out", place=place, fields=fields)


def tables_without_end(rules: Rules) -> Iterator[Issue]:
    """Report an outcome table whose last row does not always fit."""
    rows = rules.elements("outcomes", "outcomes")
    when = rows[-1].get("when") if rows else None
    last = when.get("all") if when else None
    if rows and (last is None or last.elements()):
        yield Issue(
            code="table-without-end", place=rows[-1].place, fields={"name": rows[-1].text("id")}
        )
