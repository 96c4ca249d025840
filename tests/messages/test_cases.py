"""Each file in cases/ is a case that cannot be read; the text beside it is what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from hjemmel import CaseInvalidError, DataNotFoundError, load_policy, read_case

HERE = Path(__file__).resolve().parent
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.suffix != ".txt")
HEAD = '{"case": "EX-1", "decided_on": "2024-03-04", '


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the small rule set of base/, with the schemas that ship."""
    folder = tmp_path_factory.mktemp("rules")
    for file in (HERE / "base").rglob("*.yaml"):
        copy = folder / file.relative_to(HERE / "base")
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (folder / "schema").symlink_to(HERE.parents[1] / "rules" / "schema")
    return load_policy(folder)


def report_of(source, book, name="case.yaml"):
    """Return what is said about the case *source*, which must not be readable."""
    with pytest.raises(CaseInvalidError) as caught:
        read_case(source, book, name=name)
    return caught.value.report


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_bad_case_is_explained(path, book, assert_same):
    """Place, words, line, caret, code and hint: letter for letter."""
    report = report_of(path.read_bytes(), book, path.name)

    assert all(issue.message("en") for issue in report.issues)
    assert_same(report.text(), path.with_name(f"{path.name}.txt"))


def test_there_is_an_example_for_every_text():
    """And no text without its example."""
    texts = {path.name.removesuffix(".txt") for path in (HERE / "cases").glob("*.txt")}

    assert {path.name for path in CASES} == texts
    assert len(CASES) >= 25


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(b'\xef\xbb\xbfcase: EX-1\ndecided_on: "2024-03-04"\n', "case.yaml", id="BOM"),
        pytest.param(
            b'\xef\xbb\xbf{"case": "EX-1", "decided_on": "2024-03-04"}', "case.json", id="JSON BOM"
        ),
        pytest.param(
            b'{\n\t"case": "EX-1",\n\t"decided_on": "2024-03-04"\n}', "case.json", id="JSON tabs"
        ),
        pytest.param(
            rb'{"case": "EX\u002d1", "decided_on": "2024-03-04"}', "case.json", id="JSON escape"
        ),
        pytest.param(
            HEAD + r'"diagnosis": {"text": "ALS\/MND \ud83d\ude42"}}', "case.json", id="JSON pair"
        ),
        pytest.param(
            '{"case": "EX-1",\r\n "decided_on": "2024-03-04"}\r\n', "case.json", id="JSON Windows"
        ),
        pytest.param(
            'case: EX-1\r\ndecided_on: "2024-03-04"\r\n', "case.yaml", id="YAML of Windows"
        ),
        pytest.param('--- \ncase: EX-1\ndecided_on: "2024-03-04"\n', "case.yaml", id="one ---"),
        pytest.param("{case: EX-1, decided_on: '2024-03-04'}", "case.yaml", id="YAML in a line"),
        pytest.param({"case": "EX-1", "decided_on": "2024-03-04"}, "", id="plain data"),
    ],
)
def test_what_is_no_mistake_is_read(text, name, book):
    """Programs on other systems write these; none of them can be misread."""
    assert "EX-1" == read_case(text, book, name=name).id


@pytest.mark.parametrize(
    ("source", "name", "code", "place"),
    [
        pytest.param(" " * 4_000_001, "case.yaml", "file-too-large", (1, 1), id="huge"),
        pytest.param(" " * 4_000_001, "case.json", "file-too-large", (1, 1), id="huge JSON"),
        pytest.param("[" * 50_000, "case.yaml", "file-too-deep", (1, 42), id="deep"),
        pytest.param("[" * 50_000, "case.json", "file-too-deep", (1, 42), id="deep JSON"),
        pytest.param('{"a":' * 50_000, "case.json", "file-too-deep", (1, 206), id="deep fields"),
        pytest.param("9" * 5_000, "case.json", "json-fraction", (1, 1), id="a very long number"),
        pytest.param(
            "a: " + "9" * 5_000, "case.yaml", "yaml-number", (1, 4), id="a very long YAML number"
        ),
        pytest.param("%YAML 1." + "9" * 5_000, "case.yaml", "yaml-syntax", None, id="version"),
        pytest.param("caf\udce9", "case.yaml", "file-not-utf8", (1, 4), id="half a character"),
        pytest.param(b"a: \xff\xfe", "case.yaml", "file-not-utf8", (1, 4), id="not UTF-8"),
        pytest.param("a: \x00", "case.yaml", "bad-character", (1, 4), id="NUL"),
        pytest.param({("a", "b"): 1}, "", "case-not-data", (1, 1), id="keys that are not text"),
        pytest.param({"case": float("nan")}, "", "json-syntax", (2, 10), id="not a number"),
    ],
)
def test_what_an_attacker_writes_is_a_report_too(source, name, code, place, book):
    """No text and no data makes the reader fail in any other way."""
    (issue,) = report_of(source, book, name).issues

    assert code == issue.code
    assert place in {None, (issue.place.line, issue.place.column)}


def test_a_case_that_is_not_there_is_said_so(tmp_path, book):
    """By its name, and as an error of ours."""
    with pytest.raises(DataNotFoundError) as caught:
        read_case(tmp_path / "sag.yaml", book)

    assert "sag.yaml" in caught.value.text()
