"""Anchors in official texts: recognised, taken apart, and looked for in their place."""

import os
from datetime import date
from pathlib import Path

import pytest

from hjemmel.assure.anchors import check_anchors, flat, recognised, split
from hjemmel.assure.watch import each_change, overtaken, snapshot
from hjemmel.issues import DataNotFoundError
from hjemmel.policy.book import RuleBook, load_policy
from hjemmel.policy.checks.base import listed
from hjemmel.policy.load import parse_yaml

ROOT = Path(__file__).parents[2]
SOURCES = """
sources:
  - id: vej-7-2020
    label: Vejledning om kaninhold
    short: "vejledning nr. 7 af 01/02/2020"
    issued: "2020-02-01"
    url: "https://example.org/eli/2020/7"
    in_force: {from: "2020-03-01"}
    checked: {on: "2024-02-29", note: "læst"}
    provisions:
      - {id: a, row: 1, at: "Indledning", anchor: "gælder for kaniner"}
      - {id: b, row: 2, at: "pkt. 1", anchor: "et bur på 2 m"}
      - {id: c, row: 3, at: "pkt. 2, nr. 2", anchor: "frisk vand"}
      - {id: d, row: 4, at: "pkt. 2, nr. 2, litra b", anchor: "hver aften"}
  - id: bek-9-2019
    label: Bekendtgørelse om bure
    short: "bekendtgørelse nr. 9 af 03/04/2019"
    url: "https://example.org/eli/2019/9"
    in_force: {from: "2019-05-01"}
    checked: {on: "2024-06-01", note: "læst"}
    provisions:
      - {id: e, at: "§ 12 a, stk. 2, 2. pkt.", anchor: "buret skal kunne lukkes"}
      - {id: f, at: "§ 13", anchor: "i kraft"}
  - id: svar-kaniner
    label: Spørgsmål og svar om kaniner
    short: "svarene, opdateret 05/06/2021"
    url: "https://example.org/spoergsmaal-og-svar-om-kaniner"
    in_force: {from: "2021-01-01"}
    checked: {on: "2024-06-01", note: "læst"}
    provisions:
      - {id: g, row: 5, at: "svar 1", anchor: "må gerne"}
      - {id: h, row: 6, at: "svar 2", anchor: "ikke om natten"}
"""
RULES = """
rules:
  - id: rule
    sources: [{ref: bek-9-2019, at: "§ 12 a, stk. 1", anchor: "mindst to døre"}]
"""
GUIDANCE = """
VEJ nr 7 af 01/02/2020 (Gældende)

Indledning

Vejledningen gælder for kani\u00adner. Den bygger på bekendtgørelse nr. 9 af 3. april 2019.

Kapitel 1

1. Kaninen skal have et   bur på
2 m.

3. maj er kaninens dag.

2. Den skal have:
- 1) hø
- 2) frisk vand
 - a. hver morgen
 - b. hver aften
"""
ORDER = """
BEK nr 9 af 03/04/2019

§ 12. Noget andet.

§ 12 a. Et bur har mindst to døre.
Stk. 2. Først dette. Derpå: **bu-ret** skal kunne lukkes.

§ 13. Reglerne er i kraft.
"""
ANSWERS = """
Spørgsmål og svar om kaniner

Se også vejledning nr. 7 af 01/02/2020.

Spørgsmål: Må de ud?
Svar: Ja, de må gerne.

Spørgsmål: Også sent?
Svar: Nej, ikke om natten.
"""


def trees():
    """Return the invented rules and sources."""
    return {
        "sources": parse_yaml(SOURCES, "sources.yaml"),
        "rules": parse_yaml(RULES, "rules.yaml"),
    }


def folder(tmp_path, **texts):
    """Return a folder with *texts*, or the three invented ones, under names that say nothing."""
    for name, text in {"0": GUIDANCE, "1": ORDER, "2": ANSWERS, **texts}.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def found(report):
    """Return code and hint of every issue of *report*."""
    return [(issue.code, issue.message(), issue.hint()) for issue in report.issues]


def test_every_anchor_is_found_in_the_texts_as_they_are(tmp_path):
    """Soft hyphens, hyphens of a print, emphasis and line breaks do not count."""
    report = check_anchors(trees(), folder(tmp_path))

    assert [] == found(report)
    assert 9 == report.anchors
    assert {"vej-7-2020": "0.txt", "bek-9-2019": "1.txt", "svar-kaniner": "2.txt"} == report.texts


def test_an_anchor_that_moved_or_vanished_is_told(tmp_path):
    """Moved within a place counts too: from a number to another."""
    moved = GUIDANCE.replace("- 1) hø", "- 1) frisk vand").replace("- 2) frisk vand", "- 2) hø")
    order = ORDER.replace("mindst to døre", "mindst én dør")

    report = check_anchors(trees(), folder(tmp_path, **{"0": moved, "1": order}))

    assert [
        (
            "anchor-moved",
            "ordene `frisk vand` står ikke længere i `vej-7-2020`, pkt. 2, nr. 2",
            "de står nu i pkt. 2, nr. 1; er stedet flyttet, så ret `at`",
        ),
        (
            "anchor-vanished",
            "ordene `mindst to døre` findes ikke længere i `bek-9-2019`",
            "læs § 12 a, stk. 1 i 1.txt: er reglen ændret, eller kun ordlyden?",
        ),
    ] == found(report)
    assert 2 == report.lost


def test_a_place_that_is_gone_makes_its_anchor_move(tmp_path):
    """A section that was renumbered no longer holds what the rules cite."""
    report = check_anchors(trees(), folder(tmp_path, **{"1": ORDER.replace("§ 13.", "§ 14.")}))

    assert [("anchor-moved", "de står nu i § 14, stk. 1; er stedet flyttet, så ret `at`")] == [
        (code, hint) for code, _, hint in found(report)
    ]


def test_places_that_nobody_mentions_are_listed(tmp_path):
    """Only where a source has been gone through line by line: nobody cites a whole act."""
    report = check_anchors(
        trees(),
        folder(
            tmp_path,
            **{
                "0": GUIDANCE + "\n3. Et nyt punkt.\n",
                "2": ANSWERS + "\nSpørgsmål: Hvorfor?\nSvar: Derfor.\n",
            },
        ),
    )

    assert [
        "`vej-7-2020` har steder, som sources.yaml ikke nævner: pkt. 3",
        "`svar-kaniner` har steder, som sources.yaml ikke nævner: svar 3",
    ] == [message for _, message, _ in found(report)]
    assert 0 == report.lost


def test_texts_that_are_missing_strange_or_there_twice_are_told(tmp_path):
    """What was not looked for is never counted as found."""
    (folder(tmp_path) / "2.txt").unlink()
    (tmp_path / "3.txt").write_text("Noget helt andet.", encoding="utf-8")
    (tmp_path / "4.md").write_text(ORDER, encoding="utf-8")
    (tmp_path / "5.pdf").write_bytes(b"%PDF")

    report = check_anchors(trees(), tmp_path)

    assert ["text-unrecognised", "text-twice", "text-missing"] == [
        issue.code for issue in report.issues
    ]
    assert "2 ankre" in report.issues[2].message()
    assert 7 == report.anchors


def test_the_index_and_the_file_name_say_what_a_text_is(tmp_path):
    """The index comes first; a name that is a source's id needs no index."""
    (tmp_path / "a.txt").write_text("1. Et bur.\n", encoding="utf-8")
    (tmp_path / "bek-9-2019.md").write_text("§ 13. Sådan.\n", encoding="cp1252")
    (tmp_path / "index.yaml").write_text(
        "vej-7-2020: a.txt\nvej-8-2020: a.txt\nsvar-kaniner: b.txt\n", encoding="utf-8"
    )

    report = check_anchors(trees(), tmp_path)

    assert {"vej-7-2020": "a.txt", "bek-9-2019": "bek-9-2019.md"} == report.texts
    assert ["unknown-source", "file-missing"] == [issue.code for issue in report.issues][:2]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(GUIDANCE, "vej-7-2020", id="number and date, before what it builds on"),
        pytest.param(ANSWERS, "svar-kaniner", id="title, before what it refers to"),
        pytest.param("**Bekendtgørelse om bure**\n", "bek-9-2019", id="title alone"),
        pytest.param("BEK nr. 9, 3. april 2019", "bek-9-2019", id="a day in words"),
        pytest.param("BEK nr. 9 af 3. maj 2019", "", id="another day"),
        pytest.param("BEK nr. 90 af 03/04/2019", "", id="another number"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_text_is_recognised_by_what_it_says_of_itself(text, name):
    """Number and day together, or the title: one alone of the former says nothing."""
    sources = {node.text("id"): node for node in listed(trees()["sources"], "sources")}

    assert name == recognised(sources, text)


def test_a_date_at_the_beginning_of_a_line_is_no_point():
    """Points are counted, so that `3. maj` after point 1 stays in point 1."""
    parts = split("x", GUIDANCE, ["Indledning"]).parts

    assert [
        (),
        ("Indledning",),
        (),
        ("pkt. 1",),
        ("pkt. 2",),
        ("pkt. 2", "nr. 1"),
        ("pkt. 2", "nr. 2"),
        ("pkt. 2", "nr. 2", "litra a"),
        ("pkt. 2", "nr. 2", "litra b"),
    ] == [part.path for part in parts]


def test_a_single_answer_needs_no_number():
    """A letter with one question is cited by `Svar` alone."""
    text = split("x", "**Spørgsmål nr. 356:**\nHvad?\n**Svar:**\nIntet.\n")

    assert "Intet." in text.at("Svar")[0].text
    assert text.at("svar 2") is None


def test_texts_are_compared_without_what_print_adds():
    """Case, quotes, spaces and hyphens are the typesetter's."""
    assert flat("“Ud-\n måling”\u00a0**her**") == flat('"udmåling" HER')


def test_a_folder_that_is_not_there_is_told(tmp_path):
    """A slip in the path is no empty folder."""
    with pytest.raises(DataNotFoundError):
        check_anchors(trees(), tmp_path / "nothing")


@pytest.mark.skipif("HJEMMEL_SHARED" not in os.environ, reason="the texts are not published here")
def test_the_rules_anchors_stand_in_the_five_texts():
    """The five documents the rules began with, under names that say nothing."""
    seeds = Path(os.environ["HJEMMEL_SHARED"]) / "law" / "seeds"

    report = check_anchors(load_policy(ROOT / "rules").trees, seeds)

    assert [] == found(report)
    assert 5 == len(report.texts)
    assert report.anchors >= 140


# --- what time does -------------------------------------------------------------------------------

TIMES = """
rates:
  - id: old
    values: [{from: "2023-01-01", to: "2023-12-31"}, {from: "2024-01-01", to: "2024-12-31"}]
    regulation: {index: i}
  - id: open
    values: [{from: "2024-01-01"}]
indices:
  - id: i
    values: [{year: 2024, sources: [{ref: gone, at: "1"}]}]
rules:
  - {id: past, in_force: {from: "2020-01-01", to: "2024-12-31"}, sources: [{ref: gone, at: "1"}]}
  - {id: now, sources: [{ref: gone, at: "1"}, {ref: replaced, at: "1"}, {ref: new, at: "1"}]}
"""
AGES = """
sources:
  - {id: gone, in_force: {from: "2020-01-01", to: "2024-12-31"}, checked: {on: "2025-01-01"}}
  - {id: replaced, in_force: {from: "2020-01-01", to: "2024-12-31"}, checked: {on: "2025-01-01"}}
  - {id: new, supersedes: replaced, in_force: {from: "2025-01-01"}, checked: {on: "2024-02-29"}}
"""


def aged(day):
    """Return what time has overtaken on *day*, by code and line."""
    book = RuleBook(
        Path(),
        {
            "index": parse_yaml("files: {}", "index.yaml"),
            "rates": parse_yaml(TIMES, "rates.yaml"),
            "sources": parse_yaml(AGES, "sources.yaml"),
        },
        {},
    )
    return [(one.code, one.place.line, one.warning) for one in overtaken(book, day)]


def test_nothing_is_too_old_while_it_holds():
    """The last day of a year and of a check's year are still in time."""
    assert [] == aged(date(2024, 12, 31))


def test_what_has_ended_is_a_warning_where_something_still_rests_on_it():
    """A past rule may rest on a past source; a source with a successor is followed by itself."""
    assert [("rate-outdated", 4, True), ("source-superseded", 13, True)] == aged(date(2025, 1, 1))


def test_a_check_of_the_leap_day_is_a_year_old_after_february():
    """No day is lost, and none is invented."""
    assert ("source-check-old", 5, True) not in aged(date(2025, 3, 1))
    assert ("source-check-old", 5, True) in aged(date(2025, 3, 2))


# --- files that are being edited ------------------------------------------------------------------


def test_a_round_follows_each_change_that_has_come_to_rest():
    """Three quick saves are one change; without a change there is only waiting."""
    seen = iter(["a", "a", "a", "b", "c", "c", "c", "d", "d"])
    waits = []
    rounds = each_change(lambda: next(seen), lambda: waits.append(1))

    next(rounds)
    next(rounds)
    assert 4 == len(waits)
    next(rounds)
    assert 6 == len(waits)


def test_a_snapshot_sees_new_changed_and_removed_files(tmp_path):
    """Files of the editor itself, which begin with a dot, do not count."""
    empty = snapshot([tmp_path])
    (tmp_path / "a.yaml").write_text("1", encoding="utf-8")
    (tmp_path / ".a.yaml.swp").write_text("1", encoding="utf-8")
    one = snapshot([tmp_path])
    (tmp_path / "a.yaml").write_text("12", encoding="utf-8")

    assert {} == empty
    assert [tmp_path / "a.yaml"] == list(one)
    assert one != snapshot([tmp_path])
