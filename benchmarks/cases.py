"""The cases that every peer decides, and what each of them is handed.

All are invented, of 2024, about adults, and use what every peer can express: the list, the six
criteria, one earlier help, one earlier grant, and wishes for services with a told price. No
ministry statistics are behind the shares.
"""

from __future__ import annotations

from random import Random
from typing import Any

CRITERIA = (
    "rapid_genetic_or_neurodegenerative",
    "shortened_life",
    "survival_under_5_years",
    "severe_lasting_loss_of_function",
    "no_recovery_of_function",
    "lasting_increasing_need",
)
LISTED = ("mnd-als", "huntington", "als")
DAY = "2024-03-04"
CEILING = 4_102_200
FOUR = ("83", "97", "112", "116")
SERVICES = (("97", "accompaniment"), ("83", "personal_care"), ("83", "practical_help"))


def cases(count: int, *, asking: bool, seed: int = 1) -> list[dict[str, Any]]:
    """Return *count* cases in the form of the contract, with or without something untold."""
    random = Random(seed + asking)  # noqa: S311 - dice, not secrets
    return [_case(random, number, asking=asking) for number in range(count)]


def _case(random: Random, number: int, *, asking: bool) -> dict[str, Any]:
    listed = random.random() < 0.6
    told: dict[str, Any] = {
        "case": f"BM-{number:05}",
        "decided_on": DAY,
        "request": {"made": True},
        "citizen": {"under_18": False},
        "diagnosis": {"entry": "mnd-als" if listed else "not_listed", "confirmed": True},
        "previous_help": [] if random.random() < 0.6 else [_help(random)],
        "earlier_grants": []
        if random.random() < 0.7
        else [{"date": "2024-01-15", "amount": _kroner(random.randint(1, 40_000_00))}],
        "wishes": [_wish(random, at) for at in range(1, random.randint(1, 4))],
    }
    if not listed:
        told["criteria"] = {name: random.random() < 0.93 for name in CRITERIA}
    if asking:
        _blank(random, told)
    return told


def _help(random: Random) -> dict[str, Any]:
    return {
        "provision": random.choice(FOUR),
        "because_of_disease": random.random() < 0.4,
        "automatic_at_discharge": random.random() < 0.3,
    }


def _wish(random: Random, at: int) -> dict[str, Any]:
    provision, category = random.choice(SERVICES)
    value = _kroner(random.randint(100, 30_000_00))
    return {"id": f"w{at}", "provision": provision, "category": category, "value": value}


def _blank(random: Random, told: dict[str, Any]) -> None:
    """Leave out something that the target group rests on."""
    choice = random.randrange(3)
    if choice == 0:
        del told["previous_help"]
    elif choice == 1:
        del told["diagnosis"]["confirmed"]
    else:
        told["diagnosis"]["entry"] = "not_listed"
        told["criteria"] = {name: True for name in CRITERIA if name != random.choice(CRITERIA)}
        told["previous_help"] = []


def _kroner(ore: int) -> str:
    return f"{ore // 100}.{ore % 100:02}"


def handed(case: dict[str, Any]) -> dict[str, Any]:
    """Return what a peer is handed: the same case with whole øre and flat names, spared the rest."""
    return {
        "entry": case["diagnosis"].get("entry"),
        "confirmed": case["diagnosis"].get("confirmed"),
        **{name: case.get("criteria", {}).get(name) for name in CRITERIA},
        "helps": case.get("previous_help"),
        "spent": sum(_ore(one["amount"]) for one in case["earlier_grants"]),
        "wishes": [
            {"provision": one["provision"], "value": _ore(one["value"])} for one in case["wishes"]
        ],
    }


def _ore(amount: str) -> int:
    return int(amount.replace(".", ""))


def answer_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of our decision that every peer gives: target group, granted and left."""
    amounts = document["amounts"] or {}
    return {
        "target_group": document["target_group"]["value"],
        "granted": _ore(amounts.get("granted", "0.00")),
        "remaining": None if not amounts else _ore(amounts["remaining"]),
    }
