"""A copy of the rules in which next year's percentage has a source, and cases that await it."""

from __future__ import annotations

import shutil
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "rules"
SOURCE = """
  - id: bek-9-2026
    kind: order
    weight: order
    label: "Opdigtet bekendtgørelse om procenten for 2027"
    short: "bekendtgørelse nr. 9 af 20/08/2026"
    url: "https://example.org/9"
    in_force: {from: "2027-01-01", to: "2027-12-31"}
    checked: {on: "2026-11-22", note: "Opdigtet."}
    provisions:
      - {id: percent_2027, at: "§ 1", kind: amount, text: "Procenten for 2027."}
"""
#: A case that awaits the new year's amount, and one that has nothing to do with it.
AWAITS = """  - name: 2027 kendes ikke
    why: Satsen er ikke meldt ud
    case: {case: T-1, decided_on: "2027-01-01", request: {made: true}}
    expect: {error: not-in-force, exit: 3}
"""
BESIDE = """  - name: Uden anmodning er der intet at afgøre
    why: Loven kræver en anmodning
    case: {case: T-2, decided_on: "2026-03-01", request: {made: false}}
    expect: {outcome: no_request}
"""


def rules_with_a_source(folder: Path, *scenarios: str) -> Path:
    """Copy the rules to *folder* with the invented source and only these *scenarios*."""
    shutil.copytree(RULES, folder, ignore=shutil.ignore_patterns("scenarios"))
    with (folder / "sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(SOURCE)
    (folder / "scenarios").mkdir()
    text = "scenarios:\n" + "".join(scenarios)
    (folder / "scenarios" / "cases.yaml").write_text(text, encoding="utf-8")
    return folder
