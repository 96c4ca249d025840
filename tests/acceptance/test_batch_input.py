"""What people hand to ``hjemmel batch``: each flaw is told of in words, and nothing is dropped."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import sys
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hjemmel.cli.main import main

WISH = {"id": "w1", "provision": "112", "category": "transfer", "value": "18500.00"}
CASE = {
    "case": "S-1", "decided_on": "2026-03-02", "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True}, "previous_help": [],
    "earlier_grants": [], "wishes": [WISH],
}  # fmt: skip
APART = {key: value for key, value in CASE.items() if key != "wishes"}
OWNED = {"case": "S-1", **WISH}
HEADING = (
    "case,decided_on,request.made,diagnosis.entry,diagnosis.confirmed,previous_help,earlier_grants"
)
CELLS = "S-1,2026-03-02,true,mnd-als,true,[],[]"


def rows_in(path):
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def batch(source, folder):
    """Decide *source* in *folder*; return the exit code, the answers and the rejected."""
    to, rejects = folder / "out.jsonl", folder / "out.afvist.jsonl"
    code = main(["batch", str(source), "--to", str(to)])
    return (
        code,
        rows_in(to) if to.exists() else [],
        rows_in(rejects) if rejects.exists() else [],
    )


def refused(source, folder, capsys):
    """Return what is said of *source*, which cannot be read at all and leaves nothing behind."""
    code, answers, rejected = batch(source, folder)
    assert (2, [], []) == (code, answers, rejected)
    assert not list(folder.glob("*out.jsonl*"))
    return capsys.readouterr().err


# --- lines -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason", "hint"),
    [
        (
            {**CASE, "wishes": [{**WISH, "value": "-5"}]},
            "wishes[w1].value: beløbet `-5` er negativt",
            "et beløb er nul eller mere",
        ),
        (
            {**CASE, "decided_on": "2-3-2026"},
            "decided_on: `2-3-2026` har ikke den rigtige form",
            "dag, skrevet åååå-mm-dd",
        ),
        (
            {**CASE, "previous_help": [{"because_of_disease": "ja"}]},
            "previous_help[0].because_of_disease: `because_of_disease` skal være true eller false",
            "skriv true eller false uden anførselstegn",
        ),
        (
            {**CASE, "decided_on": "2022-01-01"},
            "reglerne gælder ikke den 2022-01-01",
            "reglerne gælder: 2023-06-01 – ",
        ),
        (
            {**CASE, "recipient": {"name": ["Bo"]}},
            "recipient.name: `name` skal være tekst",
            "",
        ),
        (
            {**CASE, "recipient": {"role": "parent"}},
            "recipient.role: feltet `on_behalf_of` mangler; det skal med, når `role` er skrevet",
            "det navn, brevet bruger om borgeren, når modtageren er en anden, for eksempel barnets fornavn",
        ),
        ('{"case": "S-1",}', "tegn 15: her står et komma for meget", "slet kommaet"),
        (
            '{"case": "S-1", "case": "S-2"}',
            "tegn 17: feltet `case` står to gange",
            "",
        ),
        (
            '{"case": "S-1", "wishes": ' + "[" * 900 + "]" * 900 + "}",
            "tegn 67: her er mere end 40 niveauer inden i hinanden",
            "",
        ),
        (
            '{"case": "\\ud800", "decided_on": "2026-03-02"}',
            "tegn 10: her står kun et halvt tegn (U+D800)",
            "skriv tegnet selv",
        ),
    ],
)
def test_a_rejected_line_says_where_in_the_case_and_what_to_do(tmp_path, line, reason, hint):
    """The place is written as the contract writes it; a line that is no JSON has its character."""
    text = line if isinstance(line, str) else json.dumps(line)
    source = tmp_path / "in.jsonl"
    source.write_text(f"{json.dumps(CASE)}\n{text}\n", encoding="utf-8")

    code, answers, (rejected,) = batch(source, tmp_path)

    assert (1, 1, 2) == (code, len(answers), rejected["line"])
    assert (reason, hint) == (rejected["reason"], rejected["hint"])


def test_a_rejected_line_carries_the_name_of_its_case(tmp_path):
    """A caseworker finds the case by its name; what could be a person's number is crossed out."""
    source = tmp_path / "in.jsonl"
    bad = [{**CASE, "case": name, "farve": "rød"} for name in ("S-7", "000000-0000")]
    source.write_text("".join(json.dumps(one) + "\n" for one in bad), encoding="utf-8")

    _, _, rejected = batch(source, tmp_path)

    assert ["S-7", "xxxxxxxxxxx"] == [one["case"] for one in rejected]


@pytest.mark.parametrize("name", ["sager.json", "sager.yaml", "sager.xlsx", "sager.jsonl.gz"])
def test_a_format_that_is_not_read_is_named(tmp_path, capsys, name):
    """A file of another kind is not read line by line as if it were JSONL."""
    source = tmp_path / name
    source.write_text("{}", encoding="utf-8")

    assert f"`{name}` har ikke en endelse, der kan læses" in refused(source, tmp_path, capsys)


# --- cells -------------------------------------------------------------------------------


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_the_heading_shows_what_parts_the_cells(tmp_path, between):
    """A spreadsheet in Danish writes semicolons, and perhaps a mark for UTF-8 first."""
    source = tmp_path / "in.CSV"
    text = f"{HEADING}\n{CELLS}\n".replace(",", between).replace("[]" + between, "[]" + between)
    source.write_text(text, encoding="utf-8-sig")

    code, answers, _ = batch(source, tmp_path)

    assert (0, ["grant"]) == (code, [one["outcome"] for one in answers])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param(b"S-2,2026-03-02", "batch-cells", id="too few"),
        pytest.param(CELLS.encode() + b",x", "batch-cells", id="too many"),
        pytest.param(b'"S-2,2026-03-02,true\nmere', "batch-cells", id="a quotation mark"),
        pytest.param("Sæk".encode("latin-1") + CELLS[3:].encode(), "file-not-utf8", id="latin 1"),
        pytest.param(
            CELLS.replace("[],[]", '[],"[{""date"": null, ""date"": null}]"').encode(),
            "batch-key-twice", id="a key twice",
        ),
        pytest.param(
            CELLS.replace("[],[]", "[]," + "[" * 900 + "]" * 900).encode(),
            "file-too-deep", id="deep",
        ),
        pytest.param(
            CELLS.replace("[],[]", "[]," + "x" * 200_000).encode(), "wrong-type", id="a long cell"
        ),
    ],
)  # fmt: skip
def test_a_bad_row_of_cells_is_told_of_by_the_line_it_begins_on(tmp_path, row, code):
    """The rows around it are decided, and each is counted."""
    source = tmp_path / "in.csv"
    good = CELLS.encode()
    source.write_bytes(b"\n".join([HEADING.encode(), good, b"", row, b""]))

    exit_code, answers, (rejected,) = batch(source, tmp_path)

    assert (1, 1) == (exit_code, len(answers))
    assert (4, code) == (rejected["line"], rejected["code"])
    assert rejected["reason"]


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        (HEADING.replace("case,", ""), "mangler kolonnen `case`"),
        (f"{HEADING},case", "kolonnen `case` står to gange"),
        (f"{HEADING},citizen.under18", "mente du `citizen.under_18`?"),
        ("", "mangler kolonnen `case`"),
    ],
)
def test_a_heading_that_is_not_of_cases_is_refused(tmp_path, capsys, heading, told):
    """A column that is not known, is missing or is there twice would change what is told."""
    source = tmp_path / "in.csv"
    source.write_text(f"{heading}\n{CELLS}\n" if heading else "", encoding="utf-8")

    assert told in refused(source, tmp_path, capsys)


def test_a_heading_in_another_encoding_is_refused(tmp_path, capsys):
    """A file in UTF-16 has no row that can be read."""
    source = tmp_path / "in.csv"
    source.write_text(f"{HEADING}\n{CELLS}\n", encoding="utf-16")

    assert "er ikke gemt som UTF-8" in refused(source, tmp_path, capsys)


# --- Parquet -------------------------------------------------------------------------------


def _parquet(path, *rows):
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


@pytest.mark.parametrize("damage", [b"", b"hej", None], ids=["empty", "not Parquet", "half"])
def test_a_broken_parquet_file_is_told_of(tmp_path, capsys, damage):
    """A file that is still being written is no fault of ours."""
    source = _parquet(tmp_path / "in.parquet", CASE)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2] if damage is None else damage)

    assert "kan ikke læses som Parquet" in refused(source, tmp_path, capsys)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({**CASE, "wishes": "[]"}, "kolonnen `wishes` i `in.parquet` er af typen string"),
        ({**CASE, "wishes": ["w1"]}, "men skal være list<struct>"),
        ({**CASE, "request": "ja"}, "men skal være struct"),
        ({**CASE, "diagnosis": {"farve": "rød"}}, "har en kolonne `diagnosis.farve`"),
        (APART | {"decided_on": 1}, "kolonnen `decided_on` i `in.parquet` er af typen int64"),
        ({"case": "S-1"}, "mangler kolonnen `decided_on`"),
    ],
)
def test_columns_that_cannot_be_read_are_named(tmp_path, capsys, row, told):
    """The type is told as Arrow calls it."""
    source = _parquet(tmp_path / "in.parquet", row)

    assert told in refused(source, tmp_path, capsys)


def test_a_column_that_is_there_twice_is_refused(tmp_path, capsys):
    """Nobody knows which of the two is meant."""
    source = tmp_path / "in.parquet"
    columns = [pa.array(["S-1"]), pa.array(["S-2"]), pa.array(["2026-03-02"])]
    pq.write_table(pa.table(columns, names=["case", "case", "decided_on"]), source)

    assert "kolonnen `case` står to gange" in refused(source, tmp_path, capsys)


def test_a_column_that_tells_nothing_is_not_told(tmp_path):
    """A column without a single value has no type that says what it is."""
    row = {**CASE, "citizen": None, "indicators": None, "wishes": [{**WISH, "outside_costs": None}]}
    source = _parquet(tmp_path / "in.parquet", row)

    assert (0, "grant") == (batch(source, tmp_path)[0], batch(source, tmp_path)[1][0]["outcome"])


def test_decimals_of_other_scales_are_read_alike_by_the_table_and_alone(tmp_path):
    """What is left to ask for is searched in the single case: an amount is the same there."""
    day = dt.date(2026, 3, 2)
    asks = {**CASE, "decided_on": day, "previous_help": None}
    wishes = [{**WISH, "value": Decimal("18500.500")}]
    many = [{**WISH, "id": f"w{at}", "value": Decimal("1.000")} for at in range(9)]
    source = _parquet(
        tmp_path / "in.parquet",
        {**asks, "wishes": wishes},
        {**CASE, "decided_on": day, "wishes": many},
    )

    code, answers, rejected = batch(source, tmp_path)

    assert (0, []) == (code, rejected)
    assert [["previous_help"], []] == [one["missing"] for one in answers]
    assert "9.00" == answers[1]["amounts"]["granted"]


@pytest.mark.parametrize(
    ("cases", "wishes", "told"),
    [
        ([APART], [OWNED, {**OWNED, "case": "S-9"}], "hører til sagen `S-9`"),
        ([APART], [OWNED, {**OWNED, "case": None}], "siger ikke, hvilken sag det hører til"),
        ([APART, APART], [OWNED], "sagen `S-1` står to gange"),
        ([CASE], [OWNED], "ønskerne står både i cases.parquet og i wishes.parquet"),
        ([APART], [WISH], "`wishes.parquet` mangler kolonnen `case`"),
        ([APART], [{"case": "S-1"}], "`wishes.parquet` mangler kolonnen `id`"),
        ([{"decided_on": "2026-03-02"}], [OWNED], "`cases.parquet` mangler kolonnen `case`"),
        ([APART], [{**OWNED, "case": 1}], "kolonnen `case` i `wishes.parquet` er af typen int64"),
        ([APART], [{**OWNED, "value": 18500.0}], "kolonnen `wishes.value`"),
        ([{**APART, "file_row_number": 3}], [OWNED], "har en kolonne `file_row_number`"),
    ],
)
def test_two_tables_that_do_not_fit_are_refused(tmp_path, capsys, cases, wishes, told):
    """Nobody can say whose the wishes are, or what they tell."""
    folder = tmp_path / "apart"
    folder.mkdir()
    _parquet(folder / "cases.parquet", *cases)
    _parquet(folder / "wishes.parquet", *wishes)

    assert told in refused(folder, tmp_path, capsys)


def test_signs_in_the_name_of_a_folder_stand_for_themselves(tmp_path):
    """A quotation mark ends no text, and a bracket stands for no other file."""
    folder = tmp_path / "it's [1]*?"
    folder.mkdir()
    _parquet(folder / "cases.parquet", APART)
    _parquet(folder / "wishes.parquet", OWNED)

    code, answers, _ = batch(folder, folder)

    assert (0, ["granted"]) == (code, [one["status"] for one in answers[0]["items"]])


# --- databases -------------------------------------------------------------------------------


def test_truths_of_a_database_without_truths_are_read(tmp_path):
    """SQLite keeps yes and no as one and nought."""
    base = tmp_path / "base.sqlite"
    with sqlite3.connect(base) as connection:
        connection.execute(
            'create table sager ("case" text, decided_on text, "request.made" boolean)'
        )
        connection.execute("insert into sager values ('a', '2026-03-02', 0)")
        connection.execute("insert into sager values ('b', '2026-03-02', 7)")
    connection.close()

    code, answers, (rejected,) = batch(f"sqlite://{base}#sager", tmp_path)

    assert (1, ["no_request"]) == (code, [one["outcome"] for one in answers])
    assert (2, "wrong-type") == (rejected["line"], rejected["code"])


def test_floats_in_a_database_are_refused(tmp_path):
    """An amount that went through a float is nobody's amount, though it has two decimals."""
    base = tmp_path / "base.duckdb"
    with duckdb.connect(str(base)) as connection:
        connection.execute(
            "create table sager as select 'a' as \"case\", '2026-03-02' as decided_on, "
            "[{'id': 'w1', 'provision': '112', 'category': 'transfer', 'value': 18500.25::double}]"
            " as wishes"
        )

    _, _, (rejected,) = batch(f"duckdb://{base}#sager", tmp_path)

    assert "json-fraction" == rejected["code"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("duckdb://{}/ny.duckdb#sager", "ny.duckdb` findes ikke"),
        ("sqlite://{}/ny.sqlite#sager", "ny.sqlite` findes ikke"),
        ("sqlite://{}/base.sqlite#borgere", "der er ingen tabel `borgere`"),
        ("farve://bruger:hemmelig@{}#sager", "databasen `farve://bruger:***@"),
    ],
)
def test_a_database_that_cannot_be_read_is_told_of(tmp_path, capsys, url, told):
    """None is made by looking for it, and no password is shown."""
    sqlite3.connect(tmp_path / "base.sqlite").close()

    said = refused(url.format(tmp_path), tmp_path, capsys)

    assert told in said
    assert "hemmelig" not in said
    assert ["base.sqlite"] == [one.name for one in tmp_path.iterdir()]


# --- files -----------------------------------------------------------------------------------


@pytest.fixture
def lines(tmp_path):
    """Return a file with one case."""
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(CASE) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--to", "in.jsonl"], "kan ikke både være svarene og sagerne"),
        (["--to", "ud.jsonl", "--rejects", "./in.jsonl"], "være de afviste og sagerne"),
        (["--to", "ud.jsonl", "--explain-to", "ud.jsonl"], "være svarene og begrundelserne"),
        (["--to", "mappe.jsonl"], "`mappe.jsonl` er en mappe"),
        (["--to", "in.jsonl/ud.jsonl"], "`in.jsonl` kan ikke læses eller skrives"),
        (["--to", "ud.jsonl", "--explain-where", "outcome=afslag"], "vælg mellem no_request"),
        (["--to", "ud.jsonl", "--explain-where", "status=grant"], "mente du `granted`?"),
        (["--to", "ud.jsonl", "--sample-explain", "0"], "`0` sager kan ikke trækkes ud"),
        (["--to", "ud.jsonl", "--sample-explain", "-3"], "`-3` sager kan ikke trækkes ud"),
    ],
)
def test_no_file_is_written_over_another_and_no_work_done_in_vain(
    lines, tmp_path, capsys, monkeypatch, given, told
):
    """What cannot end well is told of before it begins."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mappe.jsonl").mkdir()

    assert 2 == main(["batch", "in.jsonl", *given])

    assert told in capsys.readouterr().err
    assert [CASE] == rows_in(lines)
    assert ["in.jsonl", "mappe.jsonl"] == sorted(one.name for one in tmp_path.iterdir())


def test_two_runs_do_not_write_the_same_output(lines, tmp_path, capsys, monkeypatch):
    """The second is told to wait, and the first ends as if it had been alone."""
    to = tmp_path / "ud.jsonl"
    inside = []

    def again(parts, *given):
        inside.append(main(["batch", str(lines), "--to", str(to)]))
        return put_together(parts, *given)

    from hjemmel.batch.parts import Parts

    put_together = Parts.put_together
    monkeypatch.setattr(Parts, "put_together", again)

    assert 0 == main(["batch", str(lines), "--to", str(to)])

    assert [2] == inside
    assert "en anden kørsel er ved at skrive" in capsys.readouterr().err
    assert ["in.jsonl", "ud.jsonl"] == sorted(one.name for one in tmp_path.iterdir())


def test_an_input_that_has_changed_is_read_again(lines, tmp_path, monkeypatch):
    """What an interrupted run has left is of the file as it was, and of nothing else."""
    from hjemmel.batch.parts import Parts

    to = tmp_path / "ud.jsonl"

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Parts, "put_together", interrupted)
        assert 1 == main(["batch", str(lines), "--to", str(to)])
    lines.write_text(json.dumps({**CASE, "case": "S-22"}) + "\n", encoding="utf-8")

    assert 0 == main(["batch", str(lines), "--to", str(to)])

    assert ["S-22"] == [one["case"] for one in rows_in(to)]


def test_a_table_that_has_changed_is_read_again(tmp_path, monkeypatch):
    """A database is no older than its file."""
    from hjemmel.batch.parts import Parts

    base, to = tmp_path / "base.duckdb", tmp_path / "ud.jsonl"
    select = "select '{}' as \"case\", '2026-03-02' as decided_on"
    for name, interrupts in (("a", True), ("b", False)):
        with duckdb.connect(str(base)) as connection:
            connection.execute(f"create or replace table sager as {select.format(name)}")
        with monkeypatch.context() as patched:
            if interrupts:
                patched.setattr(Parts, "put_together", _interrupted)
            code = main(["batch", f"duckdb://{base}#sager", "--to", str(to)])
        assert interrupts == code

    assert ["b"] == [one["case"] for one in rows_in(to)]


def _interrupted(*_):
    raise KeyboardInterrupt


def test_explanations_are_counted(lines, tmp_path, capsys):
    """None at all is seen at once."""
    given = ["batch", str(lines), "--to", str(tmp_path / "ud.jsonl"), "--explain-where"]

    assert 0 == main([*given, "outcome=refuse"])
    assert "0 begrundelser er skrevet" in capsys.readouterr().out

    assert 0 == main([*given, "outcome=grant"])
    assert "1 begrundelser er skrevet" in capsys.readouterr().out


def test_a_full_disk_is_told_of(lines, tmp_path, capsys, monkeypatch):
    """What is done is kept, and the same command goes on."""
    from errno import ENOSPC

    def full(*_):
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("hjemmel.batch.parts.Parts.put_together", full)

    assert 2 == main(["batch", str(lines), "--to", str(tmp_path / "ud.jsonl")])

    assert "ikke plads til svarene" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "given", "told"),
    [
        ("duckdb", [], 'pip install "hjemmel[batch]"'),
        ("ibis", ["--engine", "duckdb"], 'pip install "hjemmel[batch]"'),
        ("polars", ["--engine", "polars"], 'pip install "hjemmel[polars]"'),
        ("pyspark", ["--engine", "spark"], 'pip install "hjemmel[spark]"'),
        ("ibis", ["--engine", "oracle://u:hemmelig@x"], 'pip install "ibis-framework[oracle]"'),
    ],
)
def test_an_extra_that_is_missing_is_named(
    lines, tmp_path, capsys, monkeypatch, module, given, told
):
    """What to install is told, and it is something that can be installed."""
    # Whatever test was first: the engines are imported anew, so the package must forget them too.
    monkeypatch.delitem(sys.modules, "hjemmel.batch.backends", raising=False)
    monkeypatch.delattr("hjemmel.batch.backends", raising=False)
    monkeypatch.setitem(sys.modules, module, None)

    assert 2 == main(["batch", str(lines), "--to", str(tmp_path / "ud.jsonl"), *given])

    said = capsys.readouterr().err
    assert told in said
    assert "hemmelig" not in said


@pytest.mark.parametrize("name", ["ud.jsonl", "ud.parquet"])
def test_cases_that_are_broken_off_leave_nothing(tmp_path, monkeypatch, name):
    """Half of a population is not taken for the whole of it, nor left to be found."""

    def broken_off(*_):
        yield {"case": "GEN-1", "decided_on": "2026-03-02"}
        raise KeyboardInterrupt

    monkeypatch.setattr("hjemmel.cli.generate.generate_cases", broken_off)

    assert 1 == main(["generate", "--cases", "9", "--to", str(tmp_path / name)])

    assert [] == list(tmp_path.iterdir())


def test_cases_are_not_written_into_a_folder(tmp_path, capsys):
    """A folder is told of, and nothing is left beside it."""
    folder = tmp_path / "sager.jsonl"
    folder.mkdir()

    assert 2 == main(["generate", "--cases", "1", "--to", str(folder)])

    assert "er en mappe" in capsys.readouterr().err
    assert [folder] == list(tmp_path.iterdir())


def test_a_recipient_is_as_good_as_in_a_single_case(tmp_path):
    """Nobody's letter is written here, but what is wrong with a case is wrong everywhere."""
    source = tmp_path / "in.jsonl"
    good = [
        {"name": "Bo Eksempel", "address": ["Eksempelvej 2", "9999 Eksempelby"]},
        {"role": "parent", "on_behalf_of": "Ida"},
        {},
        None,
    ]
    source.write_text(
        "".join(json.dumps({**CASE, "recipient": one}) + "\n" for one in good), encoding="utf-8"
    )

    code, answers, rejected = batch(source, tmp_path)

    assert (0, 4, []) == (code, len(answers), rejected)
