"""The bound above: one policy written out by hand in Python, with the very same explanation.

It knows one day, one municipality's worth of rules and the cases of :mod:`benchmarks.cases`.
Sentences and sources are taken from the rules once, so that only the work is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.cases import CEILING, CRITERIA, FOUR, LISTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from hjemmel.policy.compile import Policy

_MEANING = {True: "true", False: "false", None: "unknown"}
_SHOWN = {True: "ja", False: "nej", None: ""}


def decider(policy: Policy, sources: Callable[[Any], list[dict[str, str]]]) -> Any:
    """Return a function from the JSON of a case to the JSON of its decision and explanation."""
    facts = {name: (fact.label, sources(fact.sources)) for name, fact in policy.facts.items()}
    rules = {
        rule.id: (
            {truth.value: text for truth, text in rule.because.items()}, sources(rule.sources),
            rule.note,
        )
        for conclusion in policy.conclusions.values()
        for rule in conclusion.rules
    }  # fmt: skip
    labels = {name: one.label for name, one in policy.conclusions.items()}
    outcomes = {row.id: (row.label, row.because, sources(row.sources)) for row in policy.outcomes}
    items = {row.id: (row.because, sources(row.sources)) for row in policy.items}

    def fact(
        name: str, value: bool | None, path: str, told: str, label: str = ""
    ) -> dict[str, Any]:
        known, cited = facts[name]
        node: dict[str, Any] = {
            "conclusion": name, "label": label or known, "value": _MEANING[value], "rule": None,
            "sources": cited, "children": [], "fact": path,
        }  # fmt: skip
        if told:
            node["told"] = told
        return node

    def concluded(
        name: str, value: bool | None, rule: str, children: list[Any], *, wanted: bool = True
    ) -> dict[str, Any]:
        because, cited, note = rules[rule]
        node: dict[str, Any] = {
            "conclusion": name, "label": labels[name], "value": _MEANING[value], "rule": rule,
            "sources": cited, "children": children,
        }  # fmt: skip
        text = because[_MEANING[value]]
        if text:
            node["text"] = text
        if value and note:
            node["note"] = note
        if value is not wanted:
            node["decisive"] = True
        return node

    def disease(case: dict[str, Any]) -> tuple[bool | None, dict[str, Any]]:
        told = case["diagnosis"]
        confirmed = True if told.get("confirmed") else None
        established = concluded("established", confirmed, "established_by_hospital", [
            fact("diagnosis.confirmed", confirmed, "diagnosis.confirmed", _SHOWN[confirmed])
        ])  # fmt: skip
        if told["entry"] in LISTED:
            listed = concluded("listed", True, "listed_by_name", [
                fact("diagnosis.listing", True, "diagnosis.entry", "står på listen",
                     "Diagnosen står på listen")
            ])  # fmt: skip
            if confirmed:
                return True, concluded("disease", True, "disease_by_list", [established, listed])
        else:
            shown = "står ikke på listen"
            listed = concluded("listed", False, "listed_by_name", [
                fact("diagnosis.listing", False, "diagnosis.entry", shown, "Diagnosen står på listen"),
                fact("diagnosis.listing", False, "diagnosis.entry", shown,
                     "Diagnosen står på listen i en bestemt form"),
            ])  # fmt: skip
        criteria = case.get("criteria", {})
        values = [criteria.get(name) for name in CRITERIA]
        met = False if False in values else None if None in values else True
        all_six = concluded("criteria_met", met, "criteria_met_all_six", [
            fact(f"criteria.{name}", value, f"criteria.{name}", _SHOWN[value])
            for name, value in zip(CRITERIA, values, strict=True)
        ])  # fmt: skip
        if met and confirmed:
            return True, concluded("disease", True, "disease_by_criteria", [established, all_six])
        value = False if met is False and told["entry"] not in LISTED else None
        rule = "disease_by_criteria"
        if value is False or told["entry"] in LISTED:
            rule = "disease_by_list"
        return value, concluded("disease", value, rule, [established, listed, all_six])

    def helped(case: dict[str, Any]) -> tuple[bool | None, dict[str, Any]]:
        helps = case.get("previous_help")
        if not helps:
            value = None if helps is None else False
            told = "" if helps is None else "ingen"
            return value, concluded("already_helped", value, "already_helped_by_some", [
                fact("previous_help", value, "previous_help", told)
            ], wanted=True)  # fmt: skip
        (one,) = helps
        at = "previous_help[0]."
        because, automatic = one["because_of_disease"], one["automatic_at_discharge"]
        provision = one["provision"]
        value = because and not (provision == "83" and automatic)

        def for_disease() -> dict[str, Any]:
            return concluded("help_for_disease", value, "help_for_disease_unless_discharge", [
                fact("help.because_of_disease", because, f"{at}because_of_disease", _SHOWN[because]),
                fact("help.provision", provision == "83", f"{at}provision", provision,
                     "Hjælpens paragraf er 83"),
                fact("help.automatic_at_discharge", automatic, f"{at}automatic_at_discharge",
                     _SHOWN[automatic]),
            ])  # fmt: skip

        four = fact("help.provision", provision in FOUR, f"{at}provision", provision,
                    "Hjælpens paragraf er en af 83, 97, 112, 116")  # fmt: skip
        children = [for_disease(), four]
        if not value:
            children.append(
                concluded("help_beyond_the_four", False, "help_beyond_the_four_for_disease",
                          [for_disease(), four])
            )  # fmt: skip
        excludes = concluded(
            "help_excludes", value, "help_excludes_the_four", children, wanted=False
        )
        return value, concluded("already_helped", value, "already_helped_by_some", [excludes])

    def choosable(wish: dict[str, Any]) -> dict[str, Any]:
        at = f"wishes[{wish['id']}]."
        return concluded("choosable", True, "choosable_by_order", [
            fact("wish.offered", True, f"{at}category", "ja"),
            concluded("home_adaptation_is_minor", True, "home_adaptation_is_minor_or_other_help", [
                fact("wish.provision", False, f"{at}provision", wish["provision"],
                     "Ønskets paragraf er 116")
            ]),
            concluded("not_barred_by_2025", True, "not_barred_before_2025", []),
            concluded("need_test_passed", True, "need_test_passed_by_reading", []),
        ])  # fmt: skip

    def walked(case: dict[str, Any], left: int) -> tuple[int, bool, list[Any], list[Any]]:
        granted_now, short, settled, shown = 0, False, [], []
        for wish in case["wishes"]:
            value = int(wish["value"].replace(".", ""))
            granted = min(value, left)
            row, status, label = (
                ("item_fits", "granted", "Bevilges") if value <= left
                else ("item_nothing_left", "over_ceiling", "Kan ikke rummes i beløbet") if not left
                else ("item_partly_service", "partly_granted", "Bevilges delvist")
            )  # fmt: skip
            left -= granted
            granted_now += granted
            short |= status != "granted"
            because, cited = items[row]
            settled.append({
                "id": wish["id"], "status": status, "granted": _kroner(granted),
                "own_payment": "0.00", "outside_ceiling": "0.00", "reasons": [because],
            })  # fmt: skip
            whole, rest = divmod(value, 100)
            told = f"{whole:,}".replace(",", ".") + (f",{rest:02}" if rest else "") + " kr."
            shown.append({
                "conclusion": wish["id"], "label": label,
                "value": "false" if status == "over_ceiling" else "true", "rule": row,
                "sources": cited, "children": [choosable(wish)], "text": because, "told": told,
                "decisive": True,
            })  # fmt: skip
        return granted_now, short, settled, shown

    def decide(raw: bytes) -> bytes:
        case = orjson.loads(raw)
        ill, illness = disease(case)
        before, earlier = helped(case)
        value = (
            False if ill is False or before is True else True if ill and before is False else None
        )
        target = concluded("target_group", value, "target_group_by_disease", [illness, earlier])
        settled: list[Any] = []
        shown: list[Any] = []
        amounts = None
        row = "outcome_refuse" if value is False else "outcome_target_group_unknown"
        if value:
            spent = sum(int(one["amount"].replace(".", "")) for one in case["earlier_grants"])
            granted, short, settled, shown = walked(case, max(0, CEILING - spent))
            row = "outcome_partial" if short else "outcome_grant"
            amounts = {
                "ceiling": _kroner(CEILING), "spent_before": _kroner(spent),
                "granted": _kroner(granted), "remaining": _kroner(max(0, CEILING - spent - granted)),
            }  # fmt: skip
        label, because, cited = outcomes[row]
        request = fact("request.made", case["request"]["made"], "request.made", "ja")
        return orjson.dumps({
            "case": case["case"],
            "target_group": {"value": _MEANING[value]},
            "amounts": amounts,
            "items": settled,
            "explanation": {
                "conclusion": "outcome", "label": label, "value": "true", "rule": row,
                "sources": cited, "children": [request, target, *shown], "text": because,
                "decisive": True,
            },
        })  # fmt: skip

    return decide


def _kroner(ore: int) -> str:
    return f"{ore // 100}.{ore % 100:02}"
