"""Every letter as PDF and as a Word document: whole, accessible, and the same bytes each time."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache

import docx
import page
import pikepdf
import pypdfium2
import pytest
from markdown_it import MarkdownIt

from golden.test_letters import CASES, letter
from hjemmel.decide import backend
from hjemmel.letters.docx import STYLES

PROFILES = (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_2A)
MILLIMETRE = 72 / 25.4
#: Where the window of either usual envelope shows the sheet: C5 and M65, in millimetres.
WINDOWS = ((15, 44, 105, 35), (15, 39, 100, 35))


#: Said of a stream whose last byte is a carriage return, which the validator takes for the end of
#: a line. The lengths are counted here instead.
MISREAD = "a stream /Length does not match its raw content length"
STREAM = re.compile(rb"/Length (\d+)[^>]*>>\s*stream\r?\n")


@pytest.fixture(autouse=True)
def one_interpreter(monkeypatch):
    """Let the reference decide alone, as the letters in Markdown do."""
    monkeypatch.setattr(backend, "available", lambda: False)


@cache
def files(name):
    """Return the letter *name* and its two files."""
    one = letter(name)
    return one, one.pdf(), one.docx()


def words_of(markdown):
    """Return what a reader of *markdown* meets, as :func:`squeezed` leaves it."""
    tokens = MarkdownIt("commonmark").enable("table").disable("image").parse(markdown)
    runs = [child for one in tokens for child in one.children or ()]
    return squeezed(" ".join(one.content or " " for one in runs))


def squeezed(text):
    """Return the letters and digits of *text*, whatever the line breaks and points between."""
    return re.sub(r"[^\w§]", "", text.replace("\u00a0", " ")).lower()


def structure(pdf):
    """Return the kind of every element of the PDF's structure, in reading order."""
    found = []

    def walk(one):
        if isinstance(one, pikepdf.Array):
            for child in one:
                walk(child)
        elif isinstance(one, pikepdf.Dictionary):
            if "/S" in one:
                found.append(str(one.S))
            if "/K" in one:
                walk(one.K)

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        walk(opened.Root.StructTreeRoot)
    return found


def wrong_lengths(pdf):
    """Return where a stream of *pdf* does not end after as many bytes as it says."""
    found = [(one.start(), pdf[one.end() + int(one[1]) :]) for one in STREAM.finditer(pdf)]
    assert found
    return [start for start, rest in found if not re.match(rb"\r?\nendstream", rest[:16])]


@pytest.mark.parametrize("name", CASES)
def test_pdf_is_accessible(name):
    """An independent validator finds nothing against PDF/UA-1 and PDF/A-2a."""
    _, pdf, _ = files(name)

    for profile in PROFILES:
        report = page.validate_pdf_bytes(pdf, profile=profile)
        assert [] == [one.message for one in report.failures if one.message != MISREAD]
    assert [] == wrong_lengths(pdf)


@pytest.mark.parametrize("name", CASES)
def test_pdf_tells_a_reader_what_it_is(name):
    """Language, title, day, and a structure of headings, lists, and tables with headers."""
    one, pdf, _ = files(name)

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root, about = opened.Root, opened.open_metadata()
        assert str(root.Lang) in ("da", "da-DK")
        assert True is bool(root.MarkInfo.Marked)
        assert True is bool(root.ViewerPreferences.DisplayDocTitle)
        assert one.title == about["dc:title"]
        assert "1" == about["pdfuaid:part"]
        assert about["xmp:CreateDate"].startswith(one.look.on.isoformat())
    kinds = structure(pdf)
    headings = re.findall(r"^(#+) ", one.markdown, re.MULTILINE)
    assert [f"/H{len(marks)}" for marks in headings] == [k for k in kinds if re.match(r"/H\d", k)]
    assert one.markdown.count("|---") == kinds.count("/Table") + (
        sum(line.count("|---") - 1 for line in one.markdown.splitlines() if line.startswith("|---"))
    )
    assert len(re.findall(r"^- ", one.markdown, re.MULTILINE)) == kinds.count("/LI")
    for at in (at for at, kind in enumerate(kinds) if kind == "/Table"):
        assert "/TH" in kinds[at : at + 4]


@pytest.mark.parametrize("name", CASES)
def test_pdf_and_document_hold_the_whole_letter(name):
    """Every word of the letter stands in both, in its order."""
    one, pdf, word = files(name)

    shown = " ".join(text_of(docx.Document(io.BytesIO(word))))
    assert words_of(one.markdown) == squeezed(shown)
    assert words_of(one.markdown) == "".join(pages_of(pdf, one.look.case))


def pages_of(pdf, case):
    """Yield the words of each page of *pdf* without those that stand on every page."""
    with pypdfium2.PdfDocument(pdf) as opened:
        for number, sheet in enumerate(opened, start=1):
            text = squeezed(sheet.get_textpage().get_text_bounded())
            foot = f"side{number}af{len(opened)}"
            assert foot in text
            yield text.replace(foot, "").removeprefix(squeezed(f"Sagsnummer {case}") * (number > 1))


def text_of(document):
    """Yield the text of *document* in reading order."""
    for one in document.iter_inner_content():
        if isinstance(one, docx.table.Table):
            for row in one.rows:
                yield from (cell.text for cell in row.cells)
        else:
            yield one.text


@pytest.mark.parametrize("name", CASES)
def test_the_address_shows_in_the_window_and_nothing_else(name):
    """Of C5 and M65 alike, when the sheet lies well in the envelope."""
    one, pdf, _ = files(name)
    recipient = one.markdown.split("\n\n")[1].replace("\\\n", " ")

    for left, top, width, height in WINDOWS:
        with pypdfium2.PdfDocument(pdf) as opened:
            sheet = opened[0]
            up = sheet.get_height()
            seen = sheet.get_textpage().get_text_bounded(
                left=left * MILLIMETRE,
                right=(left + width) * MILLIMETRE,
                top=up - top * MILLIMETRE,
                bottom=up - (top + height) * MILLIMETRE,
            )
        assert squeezed(recipient) == squeezed(seen)


@pytest.mark.parametrize("name", CASES)
def test_document_has_styles_headers_and_a_language(name):
    """What Word and a screen reader need: no look without a style, no empty paragraphs."""
    one, _, word = files(name)
    document = docx.Document(io.BytesIO(word))
    told = document.core_properties

    assert (one.title, "da-DK") == (told.title, told.language)
    assert [] == [each for each in document.paragraphs if not each.text.strip()]
    headings = [each for each in document.paragraphs if each.style.name.startswith("Heading")]
    assert (squeezed(one.title), "Heading 1") == (
        squeezed(headings[0].text),
        headings[0].style.name,
    )
    styles = {each.style.name for each in document.paragraphs}
    assert styles <= {"Normal", "Heading 1", "Heading 2", "List Bullet", *STYLES.values()}
    for table in document.tables:
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    assert 'w:val="da-DK"' in document.styles.element.xml


@pytest.mark.parametrize("name", CASES)
def test_files_are_the_same_each_time(name):
    """No clock, no chance: the day in the file is the day of the decision."""
    one, pdf, word = files(name)

    assert (pdf, word) == (one.pdf(), one.docx())


def test_blanks_are_marked():
    """What the municipality must fill in stands out, in the document as on the page."""
    one, _, word = files("grant-by-criteria-without-municipality")
    runs = [run for each in docx.Document(io.BytesIO(word)).paragraphs for run in each.runs]

    marked = {run.text for run in runs if run.font.highlight_color is not None}
    assert {f"[udfyldes af kommunen: {what}]" for what in one.blanks} == marked


# --- the checks can fail --------------------------------------------------------------------------


def test_validator_sees_a_pdf_without_tags():
    """So that its silence above means something."""
    _, pdf, _ = files("grant-child")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        del opened.Root.StructTreeRoot
        kept = io.BytesIO()
        opened.save(kept)

    report = page.validate_pdf_bytes(kept.getvalue(), profile=PROFILES[0])
    assert not report.is_compliant
    assert MISREAD not in [one.message for one in report.failures]
    assert [] != wrong_lengths(pdf.replace(b"/Length 1", b"/Length 2", 1))


def test_another_day_is_another_file():
    """The bytes depend on the letter's day, and on no other."""
    one, pdf, word = files("grant-child")
    later = replace(one, look=replace(one.look, on=one.look.on.replace(year=2026)))

    assert pdf != later.pdf()
    assert word != later.docx()
