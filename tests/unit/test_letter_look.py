"""A municipality's own letterhead, words and Word document: what it may change, and what not."""

from __future__ import annotations

import base64
import io
import shutil
import struct
import zlib
from functools import cache
from pathlib import Path

import docx
import page
import pikepdf
import pytest
import yaml

import hjemmel
from hjemmel.decide import backend
from hjemmel.issues import RulesInvalidError
from hjemmel.letters.blocks import NewPage, Paragraph, Points, closing, read
from hjemmel.letters.docx import LetterReferenceError, to_docx
from hjemmel.letters.lint import lint_letter, must_haves
from hjemmel.letters.look import Look, decoded
from hjemmel.letters.write import write_letter
from hjemmel.policy.checks.letters import PLACES

RULES = Path(__file__).resolve().parents[2] / "rules"
FILE = "municipality/eksempelkommune.yaml"


def picture():
    """Return a small red PNG."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = zlib.compress(b"\x00\xc0\x10\x10" * 1)
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


LOGO = "data:image/png;base64," + base64.b64encode(picture()).decode()
TEXTS = {
    "greeting": "Kære {recipient}",
    "opening": "Vi ved, at det kan være en **svær** tid.",
    "contact": "Ring til {caseworker} på {caseworker_phone}, eller skriv til {email}.\n\n- Vi ringer gerne op.",
    "closing": "De bedste hilsner",
    "signature": "{caseworker}, {caseworker_title}\\\n{sender}, {unit}",
}


@pytest.fixture(autouse=True)
def one_interpreter(monkeypatch):
    """Let the reference decide alone: letters are about what was decided, not about who did."""
    monkeypatch.setattr(backend, "available", lambda: False)


def book_with(folder, letters):
    """Return the shipped rules, with *letters* in the municipality's file."""
    shutil.copytree(RULES, folder / "rules")
    path = folder / "rules" / FILE
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    told["municipality"]["letters"] = letters
    path.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return hjemmel.load_policy(folder / "rules")


@cache
def shipped():
    """Return the shipped rules."""
    return hjemmel.load_policy()


def decided(book=None, **told):
    """Return the decision of an ALS case with *told* in place of what it says."""
    case = {
        "case": "EX-1",
        "decided_on": "2025-10-06",
        "request": {"made": True},
        "diagnosis": {"text": "ALS", "entry": "mnd-als", "confirmed": True},
        "previous_help": [],
        "earlier_grants": [],
        "recipient": {"name": "Birgit *Testesen*", "address": ["Prøvevej 7", "9999 Eksempelby"]},
        **told,
    }
    book = book or shipped()
    return hjemmel.decide(book, hjemmel.read_case(case, book), municipality="eksempelkommune")


# --- own words ------------------------------------------------------------------------------------


def test_own_words_stand_in_their_places(tmp_path):
    """Between the letter's own, with names filled in, and a typed star stays a star."""
    markdown = write_letter(decided(book_with(tmp_path, {"texts": TEXTS}))).markdown

    assert (
        "117 a\n\nKære Birgit \\*Testesen\\*\n\nVi ved, at det kan være en **svær** tid.\n\nDu vælger selv"
        in (markdown)
    )
    assert (
        "Ring til Kim Eksempel på 99 99 99 98, eller skriv til visitation@eksempelkommune.example.\n\n"
        "- Vi ringer gerne op.\n\nDe bedste hilsner\n\nKim Eksempel, Visitator\\\nEksempelkommune, "
        "Visitationen\n\n---"
    ) in markdown
    assert "Venlig hilsen" not in markdown


def test_own_words_are_in_every_format(tmp_path):
    """And the PDF is as accessible as without them."""
    one = write_letter(decided(book_with(tmp_path, {"texts": TEXTS})))

    assert "<strong>svær</strong>" in one.html()
    shown = [each.text for each in docx.Document(io.BytesIO(one.docx())).paragraphs]
    assert "Kære Birgit *Testesen*" in shown
    report = page.validate_pdf_bytes(one.pdf(), profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant


def test_what_is_not_told_stays_a_place_to_fill_in(tmp_path):
    """A greeting without a name is no greeting."""
    book = book_with(tmp_path, {"texts": {"greeting": "Kære {recipient}"}})

    assert "\nKære [udfyldes af kommunen: modtagerens navn]\n" in (
        write_letter(decided(book, recipient={})).markdown
    )


@pytest.mark.parametrize("name", PLACES)
def test_every_name_can_be_used(tmp_path, name):
    """The list of names is the list of what is filled in."""
    book = book_with(tmp_path, {"texts": {"contact": f"Her: {{{name}}}."}})

    assert f"{{{name}}}" not in write_letter(decided(book)).markdown


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("Du får 100.000 kr.", False),
        ("Se servicelovens § 112.", False),
        ("Mindst 5 kroner", False),
        ("Ring mellem kl. 9 og 14 på 99 99 99 99.", True),
        ("I 2026 flytter vi til krydset.", True),
    ],
)
def test_own_words_state_neither_law_nor_amount(tmp_path, words, fits):
    """What only a decision can carry is not said beside it."""
    if fits:
        assert (
            words
            in write_letter(decided(book_with(tmp_path, {"texts": {"opening": words}}))).markdown
        )
    else:
        with pytest.raises(RulesInvalidError):
            book_with(tmp_path, {"texts": {"opening": words}})


def test_own_words_leave_every_must_have_in_place(tmp_path):
    """All five of them, in a refusal too."""
    criteria = dict.fromkeys(
        [one["id"] for one in shipped().tree("criteria").plain()["criteria"]], True
    )
    told = {
        "diagnosis": {"text": "MS", "entry": "not_listed", "confirmed": True},
        "criteria": {**criteria, "shortened_life": False},
    }
    decision = decided(book_with(tmp_path, {"texts": TEXTS}), **told)

    assert "refuse" == decision.outcome
    assert lint_letter(write_letter(decision), decision).passed


@pytest.mark.parametrize(
    ("parts", "about"),
    [
        (("letterhead", "signature", "trail"), {"sender", "signature"}),
        (("complaint",), {"complaint_guide", "complaint_address"}),
        (("changes",), {"written_notice", "duty_to_report"}),
    ],
    ids=["sender", "complaint", "duties"],
)
def test_an_overlay_that_drops_a_must_have_fails_the_linter(tmp_path, parts, about):
    """A municipality's own template may say less, but not in silence."""
    (tmp_path / "parts").mkdir()
    for part in parts:
        text = "en\n\nto\n\ntre\n\n" if part == "letterhead" else ""
        (tmp_path / "parts" / f"{part}.md.j2").write_text(text, encoding="utf-8")
    (tmp_path / "courtesies.yaml").write_text("mine: [en, to, tre]\n", encoding="utf-8")
    decision = decided(
        wishes=[
            {
                "id": "w1",
                "provision": "112",
                "category": "mobility_and_transport",
                "value": "50000",
                "accepts_own_payment": True,
            }
        ]
    )

    report = lint_letter(write_letter(decision, templates=tmp_path), decision)
    labels = {one.label for one in must_haves() if one.id in about}
    assert not report.passed
    assert labels <= {one.about for one in report.findings}
    assert lint_letter(write_letter(decision), decision).passed


# --- the page -------------------------------------------------------------------------------------


def test_colour_window_and_logo_reach_every_format(tmp_path):
    """And the logo says in words what it shows."""
    look = {
        "accent": "#7a1040",
        "window": {"left": 25, "top": 48},
        "logo": {"image": LOGO, "words": "Eksempelkommunes våben"},
    }
    one = write_letter(decided(book_with(tmp_path, {"page": look})))

    html = one.html()
    assert f'<img class="logo" src="{LOGO}" alt="Eksempelkommunes våben">' in html
    assert "color: #7a1040" in html
    assert "top: 33mm; left: 5mm" in html
    with pikepdf.open(io.BytesIO(one.pdf())) as opened:
        assert "Eksempelkommunes våben" in alternatives(opened.Root.StructTreeRoot)
    assert page.validate_pdf_bytes(one.pdf(), profile=page.ValidationProfile.PDF_UA_1).is_compliant
    document = docx.Document(io.BytesIO(one.docx()))
    assert 'descr="Eksempelkommunes våben"' in document.sections[0].first_page_header._element.xml
    assert "7A1040" == str(document.styles["Heading 1"].font.color.rgb)
    frames = document.element.body.xpath("./w:p/w:pPr/w:framePr[@w:y='2721']")
    assert 3 == len(frames)


def alternatives(one):
    """Return every alternative text at or below *one*."""
    if isinstance(one, pikepdf.Array):
        return [found for child in one for found in alternatives(child)]
    if not isinstance(one, pikepdf.Dictionary):
        return []
    own = [str(one.Alt)] if "/Alt" in one else []
    return own + (alternatives(one.K) if "/K" in one else [])


@pytest.mark.parametrize(
    ("accent", "fits"),
    [("#000000", True), ("#767676", True), ("#777777", False), ("#ffffff", False)],
)
def test_a_colour_must_stand_out_from_paper(tmp_path, accent, fits):
    """By 4.5 to 1, as WCAG asks: the lightest grey that does is #767676."""
    if fits:
        assert (
            accent
            == write_letter(decided(book_with(tmp_path, {"page": {"accent": accent}}))).look.accent
        )
    else:
        with pytest.raises(RulesInvalidError):
            book_with(tmp_path, {"page": {"accent": accent}})


def test_what_is_not_base64_holds_nothing():
    """Nor does half of it."""
    assert b"" == decoded("*")
    assert b"" == decoded("abc")
    assert b"abc" == decoded("YW\nJj")


# --- the municipality's own Word document ---------------------------------------------------------


def own_document(folder):
    """Write a document for styles into *folder*: a letter of ours, changed in Word."""
    document = docx.Document(io.BytesIO(write_letter(decided()).docx()))
    document.styles["Normal"].font.name = "Georgia"
    document.sections[0].first_page_header.paragraphs[0].text = "Eksempelkommunes brevpapir"
    document.save(str(folder / "reference.docx"))


def test_own_document_lends_its_styles_and_headers(tmp_path):
    """Its text does not come along."""
    own_document(tmp_path)
    one = write_letter(
        decided(recipient={"name": "En Anden", "address": ["Vej 1"]}), templates=tmp_path
    )

    document = docx.Document(io.BytesIO(one.docx()))
    assert "Georgia" == document.styles["Normal"].font.name
    assert "Eksempelkommunes brevpapir" == document.sections[0].first_page_header.paragraphs[0].text
    shown = [each.text for each in document.paragraphs]
    assert "En Anden" in shown
    assert "Birgit *Testesen*" not in shown
    assert one.docx() == one.docx()


def test_own_document_that_is_none_is_told(tmp_path):
    """By its name, and not by a trace."""
    (tmp_path / "reference.docx").write_bytes(b"no document")

    with pytest.raises(LetterReferenceError, match=r"reference\.docx"):
        write_letter(decided(), templates=tmp_path).docx()


def test_own_document_without_a_style_is_told(tmp_path):
    """With the names of all that are missing."""
    document = docx.Document()
    for name in ("List Bullet", "Heading 2"):
        document.styles[name].delete()
    document.save(str(tmp_path / "reference.docx"))

    with pytest.raises(LetterReferenceError, match="Heading 2, List Bullet"):
        write_letter(decided(), templates=tmp_path).docx()


# --- from Markdown to blocks ----------------------------------------------------------------------

LETTER = "Fra\\\nVej 1\n\nTil\n\nDato\n\n# Hej **du**\n\n1. en\n2. to\n   - under\n\n{body}\n\n---\n\nsmåt\n"


def test_a_letter_is_read_part_by_part():
    """Letterhead, letter and small print; lines, numbers and points below points."""
    sheet = read(LETTER.format(body="[x](https://x.dk) _y_"))

    assert "Hej du" == sheet.title
    assert ["Fra", "", "Vej 1"] == [one.text for one in sheet.sender]
    points = sheet.body[1]
    assert points.numbered
    assert isinstance(points.points[1][1], Points)
    link, _, emphasis = sheet.body[2].runs
    assert ("https://x.dk", True) == (link.link, emphasis.emphasis)
    assert [Paragraph] == [type(one) for one in sheet.footer]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("Hilsen\n\nNavn", ["Paragraph", "Paragraph"]),
        ("- a\n- b\n\nHilsen\n\nNavn", ["Points", "Paragraph", "Paragraph"]),
        (
            "- a\n- b\n- c\n- d\n- e\n- f\n- g\n\nHilsen\n\nNavn",
            ["Paragraph", "Paragraph"],
        ),
        ("Hilsen\n\nNavn\n\n***\n\n## Bilag", ["Paragraph", "Paragraph"]),
        ("| a |\n|---|\n| b |", []),
    ],
    ids=["short", "with points", "too many points", "before an enclosure", "no greeting"],
)
def test_the_end_of_a_letter_is_kept_together(body, kept):
    """No page holds a name alone."""
    sheet = read(LETTER.format(body=f"Tekst\n\n## Mere\n\n{body}"))

    assert kept == [type(sheet.body[at]).__name__ for at in closing(sheet.body)]
    assert NewPage not in [type(sheet.body[at]) for at in closing(sheet.body)]


def test_a_control_character_does_not_break_the_document():
    """XML cannot hold it, whoever typed it."""
    from datetime import date

    made = to_docx("Fra\n\n# a\u0001b\n\nx\n", Look(on=date(2025, 1, 1)))

    assert "ab" in [each.text for each in docx.Document(io.BytesIO(made)).paragraphs]
