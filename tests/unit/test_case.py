"""Reading a case: three forms of the same facts, and what is not told is not there."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from hjemmel import CaseInvalidError, DataNotFoundError, load_policy, read_case
from hjemmel.decide.case import _read_at_once, case_of
from hjemmel.policy.load import LoadError, parse_json

YAML = """
case: EX-2024-001
decided_on: "2024-03-04"
request: {made: true, date: "2024-03-01"}
citizen: {under_18: false}
diagnosis: {text: "Åse's sygdom", entry: mnd-als, confirmed: true}
criteria:
  shortened_life: true
  survival_under_5_years: {met: false, evidence: Epikrise 21-02-2024}
previous_help:
  - {provision: "§ 83", because_of_disease: true, granted_on: "2024-02-20"}
earlier_grants: []
wishes:
  - {id: w1, provision: "§112", category: transfer, value: "18.500,50 kr.",
     outside_costs: {installation: "1200"}}
  - {id: w2, provision: "97", category: accompaniment, quantity: "1.5", unit: hour}
recipient: {name: Kim Eksempel, address: [Åvej 1, 0000 Ø]}
"""
DATA = {
    "case": "EX-2024-001",
    "decided_on": "2024-03-04",
    "request": {"made": True, "date": "2024-03-01"},
    "citizen": {"under_18": False},
    "diagnosis": {"text": "Åse's sygdom", "entry": "mnd-als", "confirmed": True},
    "criteria": {
        "shortened_life": True,
        "survival_under_5_years": {"met": False, "evidence": "Epikrise 21-02-2024"},
    },
    "previous_help": [
        {"provision": "§ 83", "because_of_disease": True, "granted_on": "2024-02-20"}
    ],
    "earlier_grants": [],
    "wishes": [
        {
            "id": "w1",
            "provision": "§112",
            "category": "transfer",
            "value": "18.500,50 kr.",
            "outside_costs": {"installation": "1200"},
        },
        {
            "id": "w2",
            "provision": "97",
            "category": "accompaniment",
            "quantity": "1.5",
            "unit": "hour",
        },
    ],
    "recipient": {"name": "Kim Eksempel", "address": ["Åvej 1", "0000 Ø"]},
}


@pytest.fixture(scope="module")
def book():
    """Return the rules that ship."""
    return load_policy()


def least(**more):
    """Return the smallest case with *more* told."""
    return {"case": "X", "decided_on": "2024-03-04", **more}


def test_yaml_json_file_and_mapping_are_one_case(book, tmp_path):
    """The same facts are the same case, digest included."""
    file = tmp_path / "case.json"
    file.write_text(json.dumps(DATA), encoding="utf-8")
    from_mapping = read_case(DATA, book)

    assert from_mapping == read_case(YAML, book)
    assert from_mapping == read_case(YAML.encode(), book)
    assert from_mapping == read_case(json.dumps(DATA), book, name="case.json")
    assert from_mapping == read_case(file, book)


def test_what_is_told_is_read(book):
    """Amounts are øre, days are days, and the section sign is gone."""
    case = read_case(DATA, book)

    assert date(2024, 3, 4) == case.decided_on
    assert case.facts["request.made"] is True
    assert case.facts["citizen.under_18"] is False
    assert date(2024, 3, 1) == case.facts["request.date"]
    assert ({"provision": "83", "because_of_disease": True, "granted_on": date(2024, 2, 20)},) == (
        case.lists["previous_help"]
    )
    first, second = case.lists["wishes"]
    assert ("112", 1850050) == (first["provision"], first["value"])
    assert {"installation": 120000} == first["outside_costs"]
    assert Decimal("1.5") == second["quantity"]
    assert ("Kim Eksempel", ("Åvej 1", "0000 Ø")) == (
        case.recipient.name,
        case.recipient.address,
    )


@pytest.mark.parametrize(
    ("written", "provision"),
    [
        pytest.param("83", "83", id="as the contract writes it"),
        pytest.param("§ 83", "83", id="with the sign"),
        pytest.param("§ 83, stk. 1, nr. 2", "83", id="with subsection and number"),
        pytest.param("112 stk 1", "112", id="without signs"),
        pytest.param("§ 83 b, stk. 2", "83 b", id="a letter belongs to it"),
        pytest.param("§§ 83 og 97", "83 og 97", id="two are neither"),
    ],
)
def test_a_provision_is_known_by_its_number(book, written, provision):
    """Help under § 83, stk. 1 is help under § 83, not under some other provision."""
    case = read_case({**DATA, "previous_help": [{"provision": written}]}, book)

    assert [{"provision": provision}] == [dict(one) for one in case.lists["previous_help"]]


def test_evidence_is_kept_beside_the_assessment(book):
    """Both forms of a criterion are the same fact; the evidence decides nothing."""
    case = read_case(DATA, book)

    assert case.facts["criteria.shortened_life"] is True
    assert case.facts["criteria.survival_under_5_years"] is False
    assert {"criteria.survival_under_5_years": "Epikrise 21-02-2024"} == case.evidence


def test_an_empty_list_is_none_and_a_list_left_out_is_unknown(book):
    """The difference between `nothing` and `nobody said`."""
    case = read_case(least(previous_help=[]), book)

    assert () == case.lists["previous_help"]
    assert case.lists["earlier_grants"] is None


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"request": {"made": None}}, id="a fact"),
        pytest.param({"request": None}, id="a group"),
        pytest.param({"criteria": {"shortened_life": None}}, id="a criterion"),
        pytest.param(
            {"criteria": {"shortened_life": {"met": None, "evidence": "Epikrise"}}},
            id="a criterion with a document that is not judged yet",
        ),
        pytest.param({"previous_help": None}, id="a list"),
        pytest.param({"diagnosis": {"text": None, "entry": None}}, id="two facts"),
    ],
)
def test_null_is_the_same_as_left_out(book, told):
    """A form that sends its empty fields tells nothing by that."""
    left_out, null = read_case(least(), book), read_case(least(**told), book)

    assert {k: v for k, v in null.facts.items() if v is not None} == left_out.facts
    assert left_out.lists == null.lists


def test_a_null_in_a_wish_is_left_out(book):
    """Inside the elements of a list as well."""
    (wish,) = read_case(least(wishes=[{"id": "w", "value": None, "minor": None}]), book).lists[
        "wishes"
    ]

    assert {"id": "w"} == {key: value for key, value in wish.items() if value is not None}


def test_the_digest_knows_the_case_and_not_the_person(book):
    """A receipt pins the facts; whose they are it does not know."""
    moved = {**DATA, "recipient": {"name": "En anden", "address": []}}
    other = {**DATA, "request": {"made": False}}

    assert read_case(DATA, book).digest == read_case(moved, book).digest
    assert read_case(DATA, book).digest != read_case(other, book).digest


@pytest.mark.parametrize(
    ("told", "code"),
    [
        pytest.param({"case": "000000-0000"}, "cpr-shaped", id="a CPR number as pseudonym"),
        pytest.param({"wishes": [{"id": "0000000000"}]}, "cpr-shaped", id="or as id of a wish"),
        pytest.param({"case": "000000.0000"}, "cpr-shaped", id="with another sign"),
        pytest.param({"case": "00 00 00 - 0000"}, "cpr-shaped", id="in pairs"),
        pytest.param({"case": "000000\u20110000"}, "cpr-shaped", id="a hyphen that does not break"),
        pytest.param({"wishes": [{"id": "000000_0000"}]}, "cpr-shaped", id="an underscore"),
        pytest.param({"decided_on": "2024-02-30"}, "no-such-day", id="no such day"),
        pytest.param({"request": {"date": "2024-03-05"}}, "day-after-decision", id="tomorrow"),
        pytest.param(
            {"earlier_grants": [{"date": "2024-03-05"}]}, "day-after-decision", id="a grant"
        ),
        pytest.param(
            {"earlier_grants": [{"date": "2023-05-31"}]},
            "grant-before-rules",
            id="a grant too soon",
        ),
        pytest.param(
            {"previous_help": [{"granted_on": "2024-03-05"}]}, "day-after-decision", id="help"
        ),
        pytest.param({"diagnosis": {"entry": "mnd-asl"}}, "unknown-entry", id="unknown entry"),
        pytest.param({"wishes": [{"id": "a"}, {"id": "a"}]}, "duplicate-wish", id="twice"),
        pytest.param(
            {"wishes": [{"id": "a", "provision": "§ 97", "category": "transfer"}]},
            "unknown-category",
            id="a category of another provision",
        ),
        pytest.param(
            {"wishes": [{"id": "a", "value": "41.022"}]}, "ambiguous-amount", id="two amounts"
        ),
        pytest.param({"wishes": [{"id": "a", "value": "-1"}]}, "negative-amount", id="negative"),
        pytest.param({"wishes": [{"id": "a", "value": "dyr"}]}, "not-an-amount", id="no amount"),
        pytest.param({"wishes": [{"id": "a", "value": 41022}]}, "wrong-type", id="a number"),
        pytest.param({"request": {"made": "yes"}}, "wrong-type", id="a text for a yes"),
        pytest.param({"wish": []}, "unknown-key", id="an unknown key"),
        pytest.param({"wishes": [{"provision": "112"}]}, "missing-key", id="a wish without id"),
    ],
)
def test_a_case_that_cannot_be_used(book, told, code):
    """Everything wrong has a code; nothing is guessed."""
    with pytest.raises(CaseInvalidError) as raised:
        read_case(least(**told), book)

    assert code in {issue.code for issue in raised.value.report.errors}


def test_everything_wrong_is_told_at_once(book):
    """A caseworker corrects a case once."""
    wrong = least(
        request={"date": "2025-01-01"},
        wishes=[{"id": "a", "value": "x"}, {"id": "a", "value": "-1"}],
    )
    with pytest.raises(CaseInvalidError) as raised:
        read_case(wrong, book)

    assert {"day-after-decision", "not-an-amount", "negative-amount", "duplicate-wish"} == {
        issue.code for issue in raised.value.report.errors
    }


def test_any_other_provision_is_legal(book):
    """It is not covered, with whatever category, and never an error."""
    wish = {"id": "a", "provision": "ældreloven", "category": '{"$and": []}'}

    assert read_case(least(wishes=[wish]), book).lists["wishes"] == (wish,)


def test_a_path_that_is_not_there(book, tmp_path):
    """Says so, by name."""
    with pytest.raises(DataNotFoundError, match=r"none\.yaml"):
        read_case(tmp_path / "none.yaml", book)


# --- at once, and with care -----------------------------------------------------------------------

SHAPES = (
    *(None, True, False, 0, -1, 1.5, "", "x", "2024-02-30", "2024-03-04\n", "41.022", "-5", " 1 "),
    *(
        [],
        [None],
        [True],
        {},
        {"met": True},
        {"met": None},
        f"010203{'-'}1234",  # as a person's number looks, which no text of ours may hold
        "mnd-als",
        "112",
        "§ 83",
    ),
)


def slots_of(data, path=()):
    """Yield the way to every value in *data*."""
    parts = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in parts:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from slots_of(value, (*path, key))


def changed(data, path, value):
    """Return a copy of *data* with *value* at *path*."""
    copy = json.loads(json.dumps(data))
    below = copy
    for step in path[:-1]:
        below = below[step]
    below[path[-1]] = value
    return copy


def with_care(text, book):
    """Return the case that is read with the place of everything, or what is wrong with it."""
    try:
        return case_of(parse_json(text, "case.json"), book)
    except LoadError as error:
        return [one.code for one in error.issues]
    except CaseInvalidError as error:
        return [(one.code, one.fields) for one in error.report.issues]


@pytest.mark.parametrize("path", list(slots_of(DATA)), ids=str)
def test_what_is_read_at_once_is_what_is_read_with_care(book, path):
    """The quick reader knows its limits: it reads the same case, or leaves it to the other."""
    for shape in SHAPES:
        text = json.dumps(changed(DATA, path, shape))
        quick = _read_at_once(text, book, "case.json")

        assert quick is None or with_care(text, book) == quick, shape


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(DATA)[:-1] + ', "case": "EX-2"}', id="a key twice"),
        pytest.param(
            '{"case": null, "case": "X", "decided_on": "2024-03-04"}', id="null, then told"
        ),
        pytest.param('{"case": "X\\u0007", "decided_on": "2024-03-04"}', id="no text holds a bell"),
        pytest.param('{"case": "X\x7f", "decided_on": "2024-03-04"}', id="nor a delete"),
        pytest.param('{"case": NaN, "decided_on": "2024-03-04"}', id="not a number"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("[]", id="a list"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_fault_is_left_to_the_careful_reader(book, text):
    """It is the one that can say what is wrong, and where."""
    assert _read_at_once(text, book, "case.json") is None
    assert isinstance(with_care(text, book), list)


def test_a_faultless_case_is_read_at_once(book):
    """Most cases are, and the rest of them cost a little more."""
    assert _read_at_once(json.dumps(DATA, ensure_ascii=False), book, "case.json")
