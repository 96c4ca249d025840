"""``hjemmel batch`` and ``hjemmel generate`` as a user meets them: files in, files and counts out."""

from __future__ import annotations

import csv
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hjemmel import decide, decision_document, load_policy, read_case
from hjemmel.batch.chunk import ChunkDecider
from hjemmel.cli.main import main

#: Cases of one shape of the rules, so that a test compiles one expression.
GOOD = {
    "case": "S-1", "decided_on": "2026-03-02", "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True}, "previous_help": [],
    "earlier_grants": [],
    "wishes": [
        {"id": "w1", "provision": "112", "category": "transfer", "value": "18.500,00 kr."},
        {"id": "w2", "provision": "§ 97", "category": "accompaniment", "value": "30000"},
    ],
}  # fmt: skip
REFUSED = {
    **GOOD,
    "case": "S-2",
    "previous_help": [{"provision": "97", "because_of_disease": True}],
}
UNTOLD = {key: value for key, value in GOOD.items() if key != "earlier_grants"} | {"case": "S-3"}
EMPTY = {**GOOD, "case": "S-4", "wishes": [], "citizen": {"under_18": True}}
CASES = (GOOD, REFUSED, UNTOLD, EMPTY)


@pytest.fixture(scope="module")
def book():
    """Return the rules that ship."""
    return load_policy()


@pytest.fixture
def lines(tmp_path):
    """Return a file of cases, one a line."""
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8")
    return path


def expected(book, case):
    """Return the row that the single decision of *case* stands for."""
    document = decision_document(decide(book, read_case(case, book)))
    items = [{k: v for k, v in one.items() if k != "reasons"} for one in document["items"]]
    return {
        **{
            key: document[key]
            for key in ("case", "decided_on", "outcome", "target_group", "amounts")
        },
        "items": items,
        "missing": [one["fact"] for one in document["missing"]],
        "open_questions": [
            {key: one[key] for key in ("id", "chosen", "robust")}
            for one in document["open_questions"]
        ],
    }


def without_rules(row):
    """Return *row* without the ids of the rules that fitted, which a decision does not print."""
    row = {key: value for key, value in row.items() if key != "rule"}
    return {**row, "items": [{k: v for k, v in one.items() if k != "rule"} for one in row["items"]]}


def rows_in(path):
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_line_is_decided_as_hjemmel_decide_does(book, lines, tmp_path, capsys):
    """Outcome, target group, items, amounts, what is missing and the open questions, in order."""
    to = tmp_path / "out.jsonl"

    assert main(["batch", str(lines), "--to", str(to)]) == 0

    assert [expected(book, case) for case in CASES] == [without_rules(row) for row in rows_in(to)]
    assert "4 sager læst" in capsys.readouterr().out


def test_the_other_formats_hold_the_same(lines, tmp_path):
    """Parquet has amounts as decimals and never as floats; CSV has a cell for each amount."""
    for name in ("out.parquet", "out.csv", "out.jsonl"):
        assert main(["batch", str(lines), "--to", str(tmp_path / name)]) == 0

    rows = rows_in(tmp_path / "out.jsonl")
    schema = pq.read_schema(tmp_path / "out.parquet")
    amounts = schema.field("amounts").type
    assert {pa.decimal128(18, 2)} == {field.type for field in amounts}
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["outcome"] for row in rows] == [row["outcome"] for row in table]
    assert str(table[0]["amounts"]["remaining"]) == rows[0]["amounts"]["remaining"]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == [row["outcome"] for row in cells]
    assert [row["items"] for row in rows] == [json.loads(row["items"]) for row in cells]


def test_every_way_in_gives_the_same(lines, tmp_path):
    """A nested file, two tables, a CSV file and a table in a database hold the same cases."""
    wanted = tmp_path / "wanted.jsonl"
    assert main(["batch", str(lines), "--to", str(wanted)]) == 0
    for name, source in _sources(tmp_path).items():
        to = tmp_path / f"{name}.out.jsonl"

        assert main(["batch", source, "--to", str(to)]) == 0, name

        assert rows_in(wanted) == rows_in(to), name


def _sources(folder):
    nested = folder / "nested.parquet"
    plain = [
        {"citizen": None, **case, "wishes": [_plain(wish) for wish in case["wishes"]]}
        for case in CASES
    ]
    pq.write_table(pa.Table.from_pylist(plain), nested)
    apart = folder / "apart"
    apart.mkdir()
    pq.write_table(pa.Table.from_pylist([
        {key: value for key, value in case.items() if key != "wishes"} for case in plain
    ]), apart / "cases.parquet")  # fmt: skip
    pq.write_table(pa.Table.from_pylist([
        {"case": case["case"], **wish} for case in plain for wish in case["wishes"]
    ]), apart / "wishes.parquet")  # fmt: skip
    cells = [_cells(case) for case in CASES]
    header = list({key: None for row in cells for key in row})
    sheet = folder / "cells.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(cells)
    base = folder / "base.duckdb"
    with duckdb.connect(str(base)) as connection:
        connection.execute(
            f"CREATE TABLE sager AS SELECT * FROM read_csv('{sheet}', all_varchar = true)"
        )
    return {
        "nested": str(nested), "apart": str(apart), "cells": str(sheet),
        "base": f"duckdb://{base}#sager",
    }  # fmt: skip


def _plain(wish):
    value = wish["value"].removesuffix(" kr.").replace(".", "").replace(",", ".")
    return {**wish, "value": value, "provision": wish["provision"].removeprefix("§ ")}


def _cells(case):
    cells = {}
    for key, value in case.items():
        if isinstance(value, dict):
            cells |= {f"{key}.{name}": _cell(one) for name, one in value.items()}
        else:
            cells[key] = json.dumps(value) if isinstance(value, list) else value
    return cells


def _cell(value):
    return str(value).lower() if isinstance(value, bool) else value


BAD = {
    "not JSON at all": '{"case": ',
    "a key twice": '{"case": "A", "case": "B", "decided_on": "2026-03-02"}',
    "two amounts at once": json.dumps({**GOOD, "wishes": [{"id": "w", "value": "41.022"}]}),
    "a day that is not": json.dumps({**GOOD, "decided_on": "2026-02-30"}),
    "no rules that day": json.dumps({**GOOD, "decided_on": "2031-01-01"}),
    "a day after the decision": json.dumps({**GOOD, "request": {"date": "2026-03-03"}}),
    "an unknown entry": json.dumps({**GOOD, "diagnosis": {"entry": "als"}}),
    "an unknown category": json.dumps(
        {**GOOD, "wishes": [{"id": "w", "provision": "112", "category": "stole"}]}
    ),
    "an id twice": json.dumps({**GOOD, "wishes": [{"id": "w"}, {"id": "w"}]}),
    "a number for a text": json.dumps({**GOOD, "case": 7}),
    "a text for a yes": json.dumps({**GOOD, "request": {"made": "true"}}),
    "a person's number": json.dumps({**GOOD, "case": "000000-0000"}),
    "a list of nothing": json.dumps({**GOOD, "wishes": [None]}),
}


def test_a_bad_line_is_told_of_and_no_other_is_lost(book, tmp_path, capsys):
    """Each bad line is in the reject file by its number; the good ones are all answered."""
    path, to = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n\n".join([json.dumps(GOOD), *BAD.values(), json.dumps(REFUSED)]) + "\n")

    assert main(["batch", str(path), "--to", str(to)]) == 1

    assert ["S-1", "S-2"] == [row["case"] for row in rows_in(to)]
    rejects = rows_in(tmp_path / "out.afvist.jsonl")
    assert [2 * at + 3 for at in range(len(BAD))] == [one["line"] for one in rejects]
    assert all(one["code"] and one["reason"] for one in rejects)
    assert "000000-0000" not in (tmp_path / "out.afvist.jsonl").read_text(encoding="utf-8")
    assert f"afvist: {len(BAD)}" in capsys.readouterr().out


def test_an_interrupted_run_goes_on_where_it_stopped(lines, tmp_path, monkeypatch):
    """There is no half-written output, and what was done is not done again."""
    to = tmp_path / "out.jsonl"
    monkeypatch.setattr("hjemmel.batch.sources.TEXT_CHUNK", 2)
    decide_part = ChunkDecider.part
    seen = []

    def interrupted(self, chunk):
        seen.append(list(chunk.lines))
        if len(seen) == 2:
            raise KeyboardInterrupt
        return decide_part(self, chunk)

    monkeypatch.setattr(ChunkDecider, "part", interrupted)
    assert main(["batch", str(lines), "--to", str(to)]) == 1
    assert not to.exists()

    assert main(["batch", str(lines), "--to", str(to)]) == 0

    assert [[1, 2], [3, 4], [3, 4]] == seen
    assert ["S-1", "S-2", "S-3", "S-4"] == [row["case"] for row in rows_in(to)]
    assert ["cases.jsonl", "out.jsonl"] == sorted(path.name for path in tmp_path.iterdir())


def test_chosen_rows_are_explained_in_full(book, lines, tmp_path):
    """An explanation is the whole decision, as it is given for a single case."""
    to = tmp_path / "out.jsonl"

    code = main(["batch", str(lines), "--to", str(to), "--explain-where", "outcome=refuse"])

    assert code == 0
    (document,) = rows_in(tmp_path / "out.forklaret.jsonl")
    assert document == json.loads(
        json.dumps(decision_document(decide(book, read_case(REFUSED, book))))
    )


def test_a_sample_is_the_same_every_time(lines, tmp_path):
    """So many rows, drawn by their line and by nothing else."""
    drawn = []
    for name in ("one", "two"):
        to = tmp_path / f"{name}.jsonl"
        assert main(["batch", str(lines), "--to", str(to), "--sample-explain", "2"]) == 0
        drawn.append([one["case"] for one in rows_in(tmp_path / f"{name}.forklaret.jsonl")])

    assert 2 == len(drawn[0])
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--to", "out.xlsx"], "ingen endelse, der kan skrives"),
        (["--to", "out.jsonl", "--engine", "oracle"], "ingen motor `oracle`"),
        (["--to", "out.jsonl", "--engine", "oracle"], "[batch-engine]"),
        (
            ["--to", "out.jsonl", "--engine", "farve://u:hemmelig@rød"],
            "motoren `farve://u:***@rød` svarer ikke",
        ),
        (["--to", "out.jsonl", "--sample-explain", "fem"], "skal være et helt tal, ikke `fem`"),
        (["--to", "out.jsonl", "--explain-where", "farve=rød"], "farve=rød"),
    ],
)
def test_a_bad_call_is_told_of(lines, tmp_path, capsys, monkeypatch, given, told):
    """What cannot be done ends with 2 and says why."""
    monkeypatch.chdir(tmp_path)

    assert main(["batch", str(lines), *given]) == 2

    assert told.replace("ingen endelse", "ikke en endelse") in capsys.readouterr().err


def test_a_database_by_its_url_writes_the_same_bytes(lines, tmp_path):
    """Where the terms are worked out is seen in no answer, and nothing stays in the database."""
    own = tmp_path / "own.db"
    for name, options in (("usual", []), ("own", ["--engine", f"duckdb://{own}"])):
        to = str(tmp_path / f"{name}.jsonl")
        assert main(["batch", str(lines), "--to", to, "--without-missing", *options]) == 0

    assert (tmp_path / "usual.jsonl").read_bytes() == (tmp_path / "own.jsonl").read_bytes()
    with duckdb.connect(own) as database:
        assert database.sql("SHOW ALL TABLES").fetchall() == []


def test_a_column_of_floats_is_refused(tmp_path, capsys):
    """An amount that went through a float is nobody's amount."""
    path = tmp_path / "floats.parquet"
    pq.write_table(pa.table({
        "case": ["A"], "decided_on": ["2026-03-02"], "wishes": [[{"id": "w1", "value": 18500.0}]],
    }), path)  # fmt: skip

    assert main(["batch", str(path), "--to", str(tmp_path / "out.jsonl")]) == 2

    assert "wishes.value" in capsys.readouterr().err


def test_wishes_are_left_out_where_nobody_asks_for_them(lines, tmp_path):
    """All else is as it is with them, rows that are explained by the status of a wish as well."""
    answers, explained = {}, {}
    for name, options in (("with", ()), ("without", ("--without-items",))):
        to = tmp_path / f"{name}.jsonl"
        chosen = ("--explain-where", "status=granted")
        assert main(["batch", str(lines), "--to", str(to), *chosen, *options]) == 0
        answers[name] = rows_in(to)
        explained[name] = rows_in(tmp_path / f"{name}.forklaret.jsonl")

    assert [{**row, "items": None} for row in answers["with"]] == answers["without"]
    assert explained["with"] == explained["without"]
    assert [] != explained["with"]

    to = str(tmp_path / "without.parquet")
    assert main(["batch", str(lines), "--to", to, "--without-items"]) == 0
    assert [None] * len(CASES) == pq.read_table(to)["items"].to_pylist()


def test_generated_cases_are_the_same_every_time_in_both_formats(tmp_path):
    """The same rules, seed and number give the same cases, and both files decide alike."""
    for name in ("one.jsonl", "two.jsonl", "three.parquet"):
        code = main(["generate", "--cases", "40", "--seed", "7", "--to", str(tmp_path / name)])
        assert code == 0
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()

    for name in ("one.jsonl", "three.parquet"):
        to = str(tmp_path / f"{name}.out.jsonl")
        assert main(["batch", str(tmp_path / name), "--to", to, "--without-missing"]) == 0

    assert rows_in(tmp_path / "one.jsonl.out.jsonl") == rows_in(
        tmp_path / "three.parquet.out.jsonl"
    )
