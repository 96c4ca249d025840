"""Codes against small files in the layouts that the code systems publish."""

from datetime import date

import pytest

from hjemmel.assure.codes import CodesError, check_codes, our_codes, read_code_file
from hjemmel.policy.load import parse_yaml

DAY = date(2026, 7, 1)
DIAGNOSES = """
diagnoses:
  - id: long-ears
    codes:
      - {system: sks, code: DX01, relation: exact, label: Lange ører}
      - {system: orpha, code: "ORPHA:10", relation: exact, label: Long ears}
      - {system: mondo, code: "MONDO:0000010", relation: exact, label: long ear disease}
      - {system: icd10, code: "X01", relation: exact}
    related:
      - {codes: [{system: sks, code: DX02}, {system: orpha, code: "ORPHA:11"}]}
    unverified:
      - {text: uvist, codes: [DX03, "ORPHA:12", "1a"]}
code_traps:
  - {id: foreign, foreign: true, codes: [{code: "X01.23", danish: DX01}]}
  - {id: own, foreign: false, codes: [{code: DX04}, {code: "X02"}]}
systems:
  - {id: sks, label: SKS, optional_prefix: D}
  - {id: icd10, label: ICD-10}
  - {id: orpha, label: Orphanet}
  - {id: mondo, label: Mondo}
"""


def diagnoses(**changed):
    """Return the invented list, with each of *changed* in the place of its name."""
    text = DIAGNOSES
    for old, new in changed.items():
        text = text.replace(old, new)
    return parse_yaml(text, "diagnoses.yaml")


def sks(code, text, start="19940101", end="25000101", kind="dia"):
    """Return one record of SKScomplete.txt: 214 characters."""
    return f"{kind}{code:<20}{start}20260401{end}{text:<120}{'':<20}1{'':<26}"


SKS = [
    sks("DX01", "Lange ører"),
    sks("DX02", "Korte ører"),
    sks("DX03", "Ører UNS", end="20260630"),
    sks("DX03", "Ører", end="20101231"),
    sks("DX04", "Hale", start="20261001"),
    sks("DX01", "Noget andet", kind="opr"),
]
ORPHANET = """<?xml version="1.0" encoding="ISO-8859-1"?>
<JDBOR date="2025-12-09 07:11:27" version="1.3.42 / 4.1.8" copyright="Orphanet (c) 2025">
  <DisorderList count="3">
    <Disorder id="1"><OrphaCode>10</OrphaCode><Name lang="en">Long-eared rabbit disease</Name>
      <SynonymList count="1"><Synonym lang="en">Long ears</Synonym></SynonymList>
      <DisorderFlagList count="1"><DisorderFlag id="1"><Value>1</Value><Label>on-line</Label>
      </DisorderFlag></DisorderFlagList></Disorder>
    <Disorder id="2"><OrphaCode>11</OrphaCode><Name lang="en">OBSOLETE: Short ears</Name>
      <DisorderFlagList count="1"><DisorderFlag id="2"><Value>8192</Value><Label>Inactive</Label>
      </DisorderFlag></DisorderFlagList>
      <DisorderDisorderAssociationList count="1"><DisorderDisorderAssociation>
        <TargetDisorder id="9"><OrphaCode>10</OrphaCode></TargetDisorder>
      </DisorderDisorderAssociation></DisorderDisorderAssociationList></Disorder>
    <Disorder id="3"><OrphaCode>12</OrphaCode><Name lang="en">Tail</Name>
      <Totalstatus>Active</Totalstatus></Disorder>
  </DisorderList>
</JDBOR>
"""
TABLE = (
    "ORPHAcode;PreferredTerm;Synonyms;Status\n"
    '10;"Long-eared rabbit disease";"Lop; Long ears";Active\n'
    "11;Short ears;;Inactive\n"
    "ORPHA:12;Tail;;Active\n"
)
OBO = """format-version: 1.2
data-version: releases/2026-08-04

[Term]
id: MONDO:0000010
name: rabbit disease
synonym: "long ear disease" EXACT [ORDO:10]
synonym: "ears" BROAD []

[Term]
id: MONDO:0000011
name: obsolete tail
is_obsolete: true
replaced_by: MONDO:0000010 ! rabbit disease

[Typedef]
id: part_of
name: part of
"""
SSSOM = """# curie_map:
#   MONDO: http://purl.obolibrary.org/obo/MONDO_
# mapping_set_version: '2026-08-04'
subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification
MONDO:0000010\tlong ear disease\tskos:exactMatch\tOrphanet:10\tLong ears\tsemapv:Manual
"""


@pytest.fixture
def files(tmp_path):
    """Return the invented files, each under a name that says nothing."""
    made = {
        "a": "\r\n".join(SKS).encode("cp1252"),
        "b": ORPHANET.encode("latin-1"),
        "c": TABLE.encode(),
        "d": OBO.encode(),
        "e": SSSOM.encode(),
    }
    for name, raw in made.items():
        (tmp_path / name).write_bytes(raw)
    return {name: tmp_path / name for name in made}


def found(report):
    """Return what *report* says of each code."""
    return [(issue.code, issue.fields["name"]) for issue in report.issues]


def test_every_code_of_the_list_is_looked_at_but_no_foreign_one():
    """Codes without a system are taken where their form tells it; `1a` and `X02` tell nothing."""
    assert [
        ("sks", "DX01"),
        ("orpha", "ORPHA:10"),
        ("mondo", "MONDO:0000010"),
        ("icd10", "X01"),
        ("sks", "DX02"),
        ("orpha", "ORPHA:11"),
        ("sks", "DX03"),
        ("orpha", "ORPHA:12"),
        ("sks", "DX01"),
        ("sks", "DX04"),
    ] == [(one.system, one.code) for one in our_codes(diagnoses())]


@pytest.mark.parametrize(
    ("name", "system", "count", "version", "complete"),
    [
        ("a", "sks", 4, "20260401", True),
        ("b", "orpha", 3, "2025-12-09 07:11:27 1.3.42 / 4.1.8", True),
        ("c", "orpha", 3, "", True),
        ("d", "mondo", 2, "releases/2026-08-04", True),
        ("e", "mondo", 1, "2026-08-04", False),
    ],
)
def test_a_file_is_known_by_what_it_looks_like(files, name, system, count, version, complete):
    """Names of files change with every release; their layouts do not."""
    read = read_code_file(files[name])

    assert (system, count, version, complete) == (
        read.system,
        len(read.entries),
        read.version,
        read.complete,
    )
    assert 64 == len(read.digest)


def test_codes_that_hold_and_mean_the_same_are_fine(files):
    """A synonym is the same meaning; a code of another kind of record is another code."""
    report = check_codes(diagnoses(), [files["a"], files["b"], files["d"]], date(2010, 1, 1))

    assert [("code-retired", "ORPHA:11"), ("code-not-yet", "DX04")] == found(report)
    assert {"icd10": ("X01",)} == report.not_covered


@pytest.mark.parametrize(
    ("day", "finding"),
    [
        pytest.param(date(2026, 6, 30), None, id="the last day"),
        pytest.param(date(2026, 7, 1), ("code-ended", "DX03"), id="the day after"),
    ],
)
def test_a_code_holds_to_its_last_day(files, day, finding):
    """The period that ends last counts, whatever order the records have."""
    report = check_codes(diagnoses(), [files["a"]], day)

    assert ([finding] if finding else []) == [one for one in found(report) if one[1] == "DX03"]


def test_a_code_that_does_not_exist_is_told_with_the_one_that_has_its_name(files):
    """The hint is a code of the same name, and only where there is just one."""
    report = check_codes(diagnoses(DX01="DX09"), [files["a"]], DAY)

    gone = [issue for issue in report.issues if issue.code == "code-gone"]
    assert ["mente du `DX01`?", "søg efter"] == [
        issue.hint().partition(" sygdommens")[0] for issue in gone
    ]
    assert not any(issue.warning for issue in gone)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        pytest.param("lange-ører", False, id="hyphen and capitals"),
        pytest.param("Lange ører (begge)", True, id="more"),
        pytest.param("Lange ben", True, id="something else"),
    ],
)
def test_another_name_is_a_warning_and_another_spelling_is_not(files, label, told):
    """Whether the code still means the same is for a person to say."""
    ours = diagnoses(**{"label: Lange ører": f"label: {label}"})

    renamed = [
        issue
        for issue in check_codes(ours, [files["a"]], DAY).issues
        if issue.code == "code-renamed"
    ]

    expected = [f"`DX01` hedder Lange ører, men reglerne siger {label}"] if told else []
    assert expected == [issue.message() for issue in renamed]
    assert all(issue.warning for issue in renamed)


def test_a_retired_code_names_what_replaced_it(files):
    """The file's own word is passed on."""
    report = check_codes(diagnoses(), [files["b"]], DAY)

    assert ["den er afløst af ORPHA:10"] == [one.hint() for one in report.issues]


def test_a_list_as_a_table_says_the_same_as_the_xml(files):
    """Semicolon, comma or tab: the heading row decides."""
    report = check_codes(diagnoses(), [files["c"]], DAY)

    assert [("code-retired", "ORPHA:11")] == found(report)


def test_names_in_another_language_are_not_compared(tmp_path):
    """Our names of Orphanet's diseases are English."""
    path = tmp_path / "fr.xml"
    path.write_text(
        ORPHANET.replace('lang="en"', 'lang="fr"').replace("Long ears", "Oreilles"),
        encoding="utf-8",
    )

    assert [("code-retired", "ORPHA:11")] == found(check_codes(diagnoses(), [path], DAY))


def test_mappings_alone_never_say_that_a_code_is_gone(files):
    """A mapping file lacks what is not mapped; the ontology itself lacks what does not exist."""
    other = diagnoses(**{"MONDO:0000010": "MONDO:0000099"})

    mapped = check_codes(other, [files["e"]], DAY)
    whole = check_codes(other, [files["e"], files["d"]], DAY)

    assert [] == found(mapped)
    assert ("MONDO:0000099",) == mapped.not_covered["mondo"]
    assert [("code-gone", "MONDO:0000099")] == found(whole)


def test_the_counts_add_up_and_the_document_is_dated(files):
    """Every code counts once for its system; the report says when and against what."""
    report = check_codes(diagnoses(), files.values(), DAY)
    document = report.document()

    assert "2026-07-01" == document["checked_on"]
    assert ["a", "b", "c", "d", "e"] == [one["file"] for one in document["files"]]
    for one in document["systems"]:
        kinds = ("in_force", "renamed", "not_in_force", "gone", "not_covered")
        assert one["codes"] == sum(one[kind] for kind in kinds)
    assert {"sks": (4, 2, 2), "icd10": (1, 0, 0), "orpha": (3, 2, 1), "mondo": (1, 1, 0)} == {
        one["system"]: (one["codes"], one["in_force"], one["not_in_force"])
        for one in document["systems"]
    }
    assert {"finding", "code", "message", "hint", "warning", "file", "line", "column"} == set(
        document["findings"][0]
    )


@pytest.mark.parametrize(
    ("content", "key"),
    [
        pytest.param(None, "codes-file-missing", id="no file"),
        pytest.param(b"hello\n", "codes-format", id="something else"),
        pytest.param(b"<JDBOR><Disorder>", "codes-format", id="torn XML"),
        pytest.param(b"", "codes-format", id="empty"),
    ],
)
def test_a_file_that_is_no_code_file_is_told(tmp_path, content, key):
    """Nothing is compared with what could not be read."""
    path = tmp_path / "x"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CodesError) as refused:
        read_code_file(path)

    assert key == refused.value.key
