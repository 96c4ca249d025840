"""A new year of rates: computed both ways, written in place, and nothing else touched."""

import difflib
import shutil

import pytest

from helpers.next_year import AWAITS, BESIDE, rules_with_a_source
from hjemmel.assure.rate_year import (
    RateYearError,
    YearRequest,
    plan_year,
    read_percent,
    read_text,
    try_year,
    write_text,
)
from hjemmel.issues import RulesInvalidError
from hjemmel.policy.book import RuleBook, load_policy
from hjemmel.policy.load import parse_yaml
from hjemmel.policy.schema import schema_issues

NOT_KNOWN = "Satsreguleringsprocenten for {} er ikke fundet. Motoren gætter ikke."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a copy of the rules with an invented source for 2027 and two scenarios."""
    return rules_with_a_source(tmp_path_factory.mktemp("year") / "rules", AWAITS, BESIDE)


@pytest.fixture(scope="module")
def book(folder):
    """Return those rules, read and checked."""
    return load_policy(folder)


@pytest.fixture(scope="module")
def text(folder):
    """Return the text of their rates."""
    return read_text(folder / "rates.yaml")


def request_for(**more) -> YearRequest:
    """Return what an author says of 2027, with *more* or something else."""
    return YearRequest(**{"year": 2027, "percent": "3,2", "source": "bek-9-2026", **more})


def edited(book, change):
    """Return *book* with rates whose text is what *change* makes of it, and that text."""
    text = change(read_text(book.folder / "rates.yaml"))
    trees = {**book.trees, "rates": parse_yaml(text, "rates.yaml")}
    return RuleBook(book.folder, trees, {}), text


def plain(text):
    """Return the content of rates written as *text*."""
    return parse_yaml(text, "rates.yaml").plain()


@pytest.mark.parametrize(
    ("given", "percent"),
    [("3.2", "3.2"), ("3,2", "3.2"), ("3", "3"), (" 0,45 % ", "0.45"), ("2.125", "2.125")],
)
def test_a_percentage_is_read_with_comma_or_point(given, percent):
    """A Dane writes a comma, a rule file a point."""
    assert percent == read_percent(given)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("-1", "percent-negative"),
        ("−0,5", "percent-negative"),
        ("tre", "percent-form"),
        ("3,2,1", "percent-form"),
        ("100", "percent-form"),
        ("", "percent-form"),
    ],
)
def test_what_is_no_percentage_is_refused(given, key):
    """Rates are not lowered here, and nothing is guessed."""
    with pytest.raises(RateYearError) as refused:
        read_percent(given)

    assert key == refused.value.key


def test_only_the_new_rows_and_what_is_not_known_change(book, text):
    """Comments, layout and every other byte stay as the author left them."""
    plan = plan_year(book, text, request_for())

    lines = difflib.ndiff(text.splitlines(), plan.text.splitlines())
    changed = [line for line in lines if line[0] in "+-"]
    assert [
        '+       - {year: 2027, percent: "3.2", sources: [{ref: bek-9-2026, at: "§ 1"}]}',
        '+       - {from: "2027-01-01", to: "2027-12-31", amount: "45832", basis: computed,',
        '+          sources: [{ref: bek-9-2026, at: "§ 1"}]}',
        f'-     not_known: {{from: "2027-01-01", why: {NOT_KNOWN.format(2027)}}}',
        f'+     not_known: {{from: "2028-01-01", why: {NOT_KNOWN.format(2028)}}}',
    ] == changed[:5]
    assert {"ceiling", "refund_floor", "accompaniment_activity_costs"} == {
        row.id for row in plan.rows
    }
    assert all(line[2:].lstrip().startswith(("- {from", "not_known")) for line in changed[5:])


def test_the_new_text_is_checked_and_tried_on_a_copy(book, text, folder):
    """The year can be decided then; only what said that it could not is stale."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    trial = try_year(book, plan_year(book, text, request_for()))

    assert not trial.report.errors
    assert ((2023, 2024, 2025, 2026), (2023, 2024, 2025, 2026, 2027)) == (
        trial.before,
        trial.after,
    )
    assert ["2027 kendes ikke"] == [result.scenario.name for result in trial.stale]
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_another_scenario_that_breaks_stops_it(book, text, monkeypatch):
    """Red where the year does not explain it: nothing is changed before somebody has looked."""
    monkeypatch.setattr("hjemmel.assure.rate_year._NOT_KNOWN", "something else")

    with pytest.raises(RateYearError) as refused:
        try_year(book, plan_year(book, text, request_for()))

    assert "rate-year-scenarios" == refused.value.key
    assert "2027 kendes ikke" in refused.value.text()


def test_where_the_chains_differ_both_amounts_are_named(book, text):
    """The law can be read in two ways, and which is right is the ministry's to say."""
    with pytest.raises(RateYearError) as refused:
        plan_year(book, text, request_for(percent="3,5"))

    said = refused.value.text()
    assert "ceiling: 45.965 kr. / 45.966 kr." in said
    assert "--amount ceiling=…" in said


@pytest.mark.parametrize("amount", ["45965", "45966", "45.966,00 kr."])
def test_the_published_amount_settles_it(book, text, amount):
    """Either amount is accepted, and the row says that it was published."""
    plan = plan_year(book, text, request_for(percent="3,5", amounts={"ceiling": amount}))

    assert {"published"} == {row.basis for row in plan.rows if row.id == "ceiling"}
    assert 'basis: published,\n         sources: [{ref: bek-9-2026, at: "§ 1"}]}' in plan.text


@pytest.mark.parametrize(
    ("amounts", "key"),
    [
        ({"ceiling": "45831"}, "rate-year-amount"),
        ({"ceiling": "45.832"}, "ambiguous-amount"),
        ({"ceiling": "mange"}, "not-an-amount"),
        ({"ceilin": "45832"}, "rate-year-unknown-rate"),
    ],
)
def test_an_amount_the_law_cannot_give_is_refused(book, text, amounts, key):
    """A slip in the published figure would otherwise be a wrong decision in January."""
    with pytest.raises(RateYearError) as refused:
        plan_year(book, text, request_for(amounts=amounts))

    assert key == refused.value.key
    assert refused.value.text()
    assert refused.value.text("en")


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"year": 2026}, "rate-year-known"),
        ({"year": 2024}, "rate-year-known"),
        ({"year": 2029}, "rate-year-gap"),
        ({"source": ""}, "rate-year-no-source"),
        ({"source": "bek-8-2026"}, "rate-year-unknown-source"),
        ({"source": "bek-1056-2025"}, "rate-year-source-period"),
        ({"source": "bek-9-2026, § 7"}, "rate-year-place"),
        ({"index": "andet"}, "rate-year-no-index"),
    ],
)
def test_a_year_or_source_that_cannot_be_right_is_refused(book, text, more, key):
    """Nothing false is added: the year is the next one, and its source exists and covers it."""
    with pytest.raises(RateYearError) as refused:
        plan_year(book, text, request_for(**more))

    assert key == refused.value.key


def test_without_a_source_the_author_is_told_what_to_write(book, text):
    """The template is made from last year's source; filled in, it is accepted."""
    with pytest.raises(RateYearError) as refused:
        plan_year(book, text, request_for(source="bek-8-2026"))
    template = refused.value.fields["template"]
    filled = template.replace("nr. … af …", "nr. 8 af 20/08/2026").replace(
        "https://…", "https://example.org/8"
    )
    filled = filled.replace('issued: "…"', 'issued: "2026-08-20"').replace(
        '{on: "…", note: "…"}', '{on: "2026-11-22", note: "Læst."}'
    )
    sources = read_text(book.folder / "sources.yaml") + filled
    trees = {**book.trees, "sources": parse_yaml(sources, "sources.yaml")}

    plan = plan_year(RuleBook(book.folder, trees, {}), text, request_for(source="bek-8-2026"))

    assert not list(schema_issues(trees["sources"], book.folder / "schema", "sources"))
    assert "…" not in filled
    assert ("bek-8-2026", "§ 1") == plan.source


def test_windows_line_ends_and_a_byte_order_mark_stay(book, tmp_path):
    """A file saved on Windows comes back as it was, with the year's rows more."""
    path = tmp_path / "rates.yaml"
    text = read_text(book.folder / "rates.yaml").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    plan = plan_year(*edited(book, lambda _: read_text(path)), request_for())

    write_text(path, plan.text)

    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# yaml-language-server")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    assert [path] == list(tmp_path.iterdir())
    assert plain(plan_year(*edited(book, str), request_for()).text) == plain(read_text(path))


def test_block_layout_comments_and_open_periods_are_understood(book):
    """However the last row is laid out, the new one follows it, before the comment below."""
    row = """      - {from: "2026-01-01", to: "2026-12-31", amount: "44411", basis: computed,
         sources: [{ref: bek-1056-2025, at: "§ 1"}]}
"""
    block = """      - from: "2026-01-01"
        amount: "44411"   # regnet ud
        basis: computed
        sources:
          - {ref: bek-1056-2025, at: "§ 1"}
        # her slutter 2026

"""
    plan = plan_year(*edited(book, lambda text: text.replace(row, block)), request_for())

    assert '      - from: "2026-01-01"\n        to: "2026-12-31"\n' in plan.text
    assert (
        '          - {ref: bek-1056-2025, at: "§ 1"}\n'
        '      - {from: "2027-01-01", to: "2027-12-31", amount: "45832", basis: computed,\n'
        '         sources: [{ref: bek-9-2026, at: "§ 1"}]}\n'
        "        # her slutter 2026\n"
    ) in plan.text
    assert plain(plan_year(*edited(book, str), request_for()).text) == plain(plan.text)


def test_rows_in_one_bracket_are_not_torn_apart(book):
    """Where no row has a line of its own the author is asked to write it."""
    row = '      - {year: 2023, percent: "2.7", sources: [{ref: bek-1204-2022, at: "§ 1"}]}\n'

    def in_a_bracket(text: str) -> str:
        start = text.index("    values:\n" + row)
        end = text.index("    sources:", start)
        rows = [line.strip()[2:] for line in text[start:end].splitlines()[1:]]
        return text[:start] + f"    values: [{', '.join(rows)}]\n" + text[end:]

    with pytest.raises(RateYearError) as refused:
        plan_year(*edited(book, in_a_bracket), request_for())

    assert "rate-year-layout" == refused.value.key


def test_a_rate_that_stopped_is_not_taken_on(book):
    """A rate whose last period ended earlier has been given up; the plan says so."""
    last = '{from: "2026-01-01", to: "2026-12-31", amount: "3520"'
    stopped = last.replace("2026-12-31", "2026-06-30")

    plan = plan_year(*edited(book, lambda text: text.replace(last, stopped)), request_for())

    assert ("Grænse for refusion af egenbetaling",) == plan.left_out
    assert "refund_floor" not in {row.id for row in plan.rows}


def test_rules_that_fail_with_the_new_year_are_reported(book, text):
    """What the check finds is shown as the check shows it."""
    from dataclasses import replace

    plan = plan_year(book, text, request_for())

    with pytest.raises(RulesInvalidError) as refused:
        try_year(book, replace(plan, text=plan.text.replace('"45832"', '"45833"')))

    assert "rate-not-regulated" in refused.value.text()


def test_a_file_that_cannot_be_written_is_left_alone(tmp_path, monkeypatch):
    """The new text is put in place in one step, or not at all."""
    path = tmp_path / "rates.yaml"
    path.write_text("before", encoding="utf-8")

    def full(*_):
        raise OSError("full")

    monkeypatch.setattr(shutil, "copymode", full)
    with pytest.raises(RateYearError):
        write_text(path, "after")

    assert ["before"] == [one.read_text(encoding="utf-8") for one in tmp_path.iterdir()]
