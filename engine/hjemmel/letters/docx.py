"""A letter as a Word document that a caseworker can finish: styles, real lists, real headers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjemmel.issues import DataNotFoundError, HjemmelError
from hjemmel.letters.blocks import (
    Block,
    Heading,
    NewPage,
    Paragraph,
    Points,
    Runs,
    Table,
    closing,
    lines_of,
    read,
)
from hjemmel.letters.look import ACCENT, Look

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle
    from docx.table import Table as WordTable
    from docx.text.paragraph import Paragraph as WordParagraph

#: The municipality's own document for styles, letterhead and foot, in its folder of templates.
REFERENCE = "reference.docx"
#: The styles of the letterhead, by the part of the letter they are for.
STYLES: Mapping[str, str] = {
    "sender": "Brev afsender",
    "recipient": "Brev modtager",
    "about": "Brev sag",
    "footer": "Brev med småt",
}
_NEEDED = ("Normal", "Heading 1", "Heading 2", "List Bullet", "List Number")
_PAGE = (210, 297)
_MARGIN, _RIGHT_COLUMN, _RIGHT_WIDTH = 20, 122, 68
_ABOUT, _BODY_STARTS, _LINE = 50, 80, 5
_AMOUNT, _WORDS = 30, 40
_OLDEST = (1980, 1, 1, 0, 0, 0)  # what an archive can tell
_TWIPS_A_MM = 1440 / 25.4
_FONT, _LANGUAGE = "Arial", "da-DK"


class LetterReferenceError(HjemmelError):
    """The municipality's document cannot carry a letter."""

    code = "letter-reference-failed"


def to_docx(markdown: str, look: Look, reference: Path | None = None) -> bytes:
    """Return the letter *markdown* as a Word document, the same bytes for the same letter.

    Styles, headers and footers are those of the *reference* document if there is one.

    Raises:
        DataNotFoundError: the library that writes documents is an extra that is not installed.
        LetterReferenceError: the reference is no Word document, or lacks a style the letter needs.
    """
    try:
        import docx  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="docx", file=".docx") from error
    writer = _Writer(look, reference)
    return _settled(writer.written(markdown))


class _Writer:
    """One document, while it is written."""

    def __init__(self, look: Look, reference: Path | None) -> None:
        self.look = look
        self.own = reference is not None
        self.document = _opened(reference) if reference else _fresh(look.accent)
        _speak(self.document)
        if not self.own:
            self._lay_out()
        self._add_styles()

    def written(self, markdown: str) -> bytes:
        """Return the document with the letter in it."""
        sheet = read(markdown)
        self._logo()
        self._framed("sender", sheet.sender, _RIGHT_COLUMN, _MARGIN, _RIGHT_WIDTH)
        self._framed("recipient", sheet.recipient, self.look.left, self.look.top, 85)
        below = _MARGIN + len(lines_of(sheet.sender)) * _LINE + _LINE
        self._framed("about", sheet.about, _RIGHT_COLUMN, max(_ABOUT, below), _RIGHT_WIDTH)
        at = len(self.document.paragraphs)
        self._blocks(sheet.body)
        self._start(self.document.paragraphs[at:])
        for block in sheet.footer:
            if isinstance(block, Paragraph):
                self._fill(self._paragraph(STYLES["footer"]), block.runs)
        self._name(sheet.title)
        kept = io.BytesIO()
        self.document.save(kept)
        return kept.getvalue()

    # --- the letter ---------------------------------------------------------------------

    def _blocks(self, blocks: Sequence[Block]) -> None:
        """Write *blocks*; a page break and the air below a table fall to the paragraph after."""
        together, after = closing(blocks), ""
        for at, block in enumerate(blocks):
            written = len(self.document.paragraphs)
            match block:
                case Heading(level=level, runs=runs):
                    self._fill(self._paragraph(f"Heading {min(level, 2)}"), runs)
                case Paragraph(runs=runs):
                    paragraph = self._paragraph("Normal")
                    self._fill(paragraph, runs)
                    # What a colon promises stands on the same page; an address is not divided.
                    paragraph.paragraph_format.keep_together = True
                    paragraph.paragraph_format.keep_with_next = paragraph.text.endswith(":") or None
                case Points(numbered=numbered, points=points):
                    self._points("List Number" if numbered else "List Bullet", points)
                case Table():
                    self._table(block)
            new = self.document.paragraphs[written:]
            first = next(iter(new), None)
            if first is not None:
                _follow(first, after, greets=at in together[-2:-1])
            for paragraph in new if at in together[:-1] else ():
                paragraph.paragraph_format.keep_with_next = True
            if first is not None or isinstance(block, NewPage | Table):
                after = type(block).__name__

    def _points(self, style: str, points: Iterable[tuple[Block, ...]]) -> None:
        for point in points:
            for block in point:
                if isinstance(block, Paragraph):
                    self._fill(self._paragraph(style), block.runs)
                else:
                    self._blocks((block,))

    def _table(self, told: Table) -> None:
        table = self.document.add_table(rows=0, cols=len(told.head))
        widths = _widths(told.right)
        for number, row in enumerate((told.head, *told.rows)):
            for cell, runs, right in zip(table.add_row().cells, row, told.right, strict=True):
                paragraph = cell.paragraphs[0]
                self._fill(paragraph, runs, strong=number == 0)
                _stand(paragraph, right=right, last=number == len(told.rows))
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
            for cell in column.cells:
                cell.width = width
        _rule(table, self.look.accent)

    def _fill(self, paragraph: WordParagraph, runs: Runs, *, strong: bool = False) -> None:
        from docx.enum.text import WD_COLOR_INDEX  # noqa: PLC0415 - an extra

        for one in runs:
            if one.ends_line:
                paragraph.add_run().add_break()
                continue
            run = paragraph.add_run(_writable(one.text))
            run.bold = True if strong or one.strong else None
            run.italic = True if one.emphasis else None
            if one.blank:
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW

    def _paragraph(self, style: str) -> WordParagraph:
        return self.document.add_paragraph(style=style)

    def _start(self, written: Sequence[WordParagraph]) -> None:
        """Let the letter begin below the envelope's window."""
        from docx.shared import Mm  # noqa: PLC0415 - an extra

        for first in written[:1]:
            above = self.document.sections[0].top_margin or Mm(0)
            first.paragraph_format.space_before = max(Mm(_BODY_STARTS) - above, Mm(0))

    # --- the letterhead -----------------------------------------------------------------

    def _logo(self) -> None:
        """Put the logo above the sender, unless the municipality's own document has one."""
        if self.look.logo is None or self.own:
            return
        from docx.shared import Mm  # noqa: PLC0415 - an extra

        paragraph = self.document.sections[0].first_page_header.paragraphs[0]
        picture = paragraph.add_run().add_picture(io.BytesIO(self.look.logo.data), height=Mm(12))
        picture._inline.docPr.set("descr", self.look.logo.words)  # noqa: SLF001 - no other door

    def _framed(self, part: str, runs: Runs, left: int, top: int, width: int) -> None:
        """Write *runs* where they show in the window, or beside it; one paragraph a line."""
        for line in lines_of(runs):
            paragraph = self._paragraph(STYLES[part])
            self._fill(paragraph, line)
            frame = {
                "w:w": _twips(width),
                "w:wrap": "around",
                "w:vAnchor": "page",
                "w:hAnchor": "page",
                "w:x": _twips(left),
                "w:y": _twips(top),
            }
            paragraph._p.get_or_add_pPr().append(_element("w:framePr", frame))  # noqa: SLF001 - no other door

    # --- how it looks -------------------------------------------------------------------

    def _lay_out(self) -> None:
        """Lay out a document of our own: paper, headers with the case, footers with the page."""
        from docx.shared import Mm  # noqa: PLC0415 - an extra

        section = self.document.sections[0]
        section.page_width, section.page_height = (Mm(one) for one in _PAGE)
        section.left_margin = section.right_margin = section.top_margin = Mm(_MARGIN)
        section.bottom_margin = Mm(_MARGIN)
        section.different_first_page_header_footer = True
        if self.look.case:
            _small(section.header.paragraphs[0], f"Sagsnummer: {self.look.case}")
        for footer in (section.footer, section.first_page_footer):
            paragraph = footer.paragraphs[0]
            _small(paragraph, "Side ")
            _field(paragraph, "PAGE")
            _small(paragraph, " af ")
            _field(paragraph, "NUMPAGES")

    def _add_styles(self) -> None:
        """Add the styles of the letterhead where the document has none of that name."""
        from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415 - an extra
        from docx.shared import Pt  # noqa: PLC0415 - as above

        styles = self.document.styles
        for part, name in STYLES.items():
            if name in styles:
                continue
            style: ParagraphStyle = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = styles["Normal"]
            style.font.size = Pt(11 if part == "recipient" else 8.5 if part == "footer" else 9.5)
            style.paragraph_format.space_after = Pt(0)
            if part == "footer":
                style.paragraph_format.space_before = Pt(12)

    def _name(self, title: str) -> None:
        """Say what the document is, in the place where Word and screen readers look."""
        told = self.document.core_properties
        told.title, told.author = _writable(title), _writable(self.look.author)
        told.subject, told.language = _writable(self.look.case), _LANGUAGE
        told.last_modified_by, told.comments, told.revision = "", "", 1
        told.created = told.modified = datetime.combine(self.look.on, time(), UTC)


def _opened(reference: Path) -> Document:
    """Return the *reference* document without its text."""
    import docx  # noqa: PLC0415 - an extra

    try:
        document = docx.Document(str(reference))
    except Exception as error:
        problem = type(error).__name__
        raise LetterReferenceError(
            "letter-reference-failed", file=reference.name, problem=problem
        ) from error
    missing = [name for name in _NEEDED if name not in document.styles]
    if missing:
        raise LetterReferenceError(
            "letter-reference-styles", file=reference.name, styles=", ".join(missing)
        )
    body = document.element.body
    for part in [one for one in body if not one.tag.endswith("}sectPr")]:
        body.remove(part)
    return document


def _fresh(accent: str) -> Document:
    """Return an empty document with styles that read well on paper and in print."""
    import docx  # noqa: PLC0415 - an extra
    from docx.shared import Pt, RGBColor  # noqa: PLC0415 - as above

    document = docx.Document()
    for name, size, before, after in (
        ("Normal", 11, 0, 6),
        ("Heading 1", 16, 0, 8),
        ("Heading 2", 12.5, 12, 4),
        ("List Bullet", 11, 0, 2),
        ("List Number", 11, 0, 2),
    ):
        style: Any = document.styles[name]
        style.font.size, style.font.name = Pt(size), _FONT
        shown = accent if name.startswith("Heading") else ACCENT
        style.font.color.rgb = RGBColor.from_string(shown.removeprefix("#").upper())
        _every_script(style)
        style.paragraph_format.space_before, style.paragraph_format.space_after = (
            Pt(before),
            Pt(after),
        )
    return document


def _speak(document: Document) -> None:
    """Say that the text is Danish, so that Word spells and screen readers speak it so."""
    from docx.oxml.ns import qn  # noqa: PLC0415 - an extra

    for language in document.styles.element.xpath("w:docDefaults//w:lang"):
        language.set(qn("w:val"), _LANGUAGE)


def _every_script(style: Any) -> None:  # noqa: ANN401 - the library does not type this part
    """Let *style* use its font for all letters: Word keeps one font for each kind of script."""
    from docx.oxml.ns import qn  # noqa: PLC0415 - an extra

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [one for one in fonts.attrib if one.endswith("Theme")]:
        del fonts.attrib[name]
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), _FONT)


def _follow(paragraph: WordParagraph, after: str, *, greets: bool) -> None:
    """Let *paragraph* keep the distance that what it stands *after* calls for."""
    from docx.shared import Pt  # noqa: PLC0415 - an extra

    heading = (paragraph.style.name or "").startswith("Heading") if paragraph.style else False
    if after == NewPage.__name__:
        paragraph.paragraph_format.page_break_before = True
    elif after == Table.__name__ and not heading:
        paragraph.paragraph_format.space_before = Pt(8)
    elif after == Points.__name__ and paragraph.style and paragraph.style.name == "Normal":
        paragraph.paragraph_format.space_before = Pt(6)
    if greets:
        paragraph.paragraph_format.space_before = Pt(18)


def _widths(right: Sequence[bool]) -> list[int]:
    """Return how wide the columns of a table are; the first has what the others leave."""
    from docx.shared import Mm  # noqa: PLC0415 - an extra

    others = [_AMOUNT if one else _WORDS for one in right[1:]]
    return [Mm(_PAGE[0] - 2 * _MARGIN - sum(others)), *map(Mm, others)]


def _stand(paragraph: WordParagraph, *, right: bool, last: bool) -> None:
    """Place the text of a cell, and keep the rows of a table on one page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415 - an extra
    from docx.shared import Pt  # noqa: PLC0415 - as above

    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.keep_with_next = not last


def _rule(table: WordTable, accent: str) -> None:
    """Draw the lines of *table*, and tell a screen reader which row and column are headers."""
    grey = {"w:val": "single", "w:sz": "4", "w:color": "767676"}
    strong = {"w:val": "single", "w:sz": "8", "w:color": accent.removeprefix("#")}
    properties = table._tbl.tblPr  # noqa: SLF001 - no other door
    borders = _element("w:tblBorders", {})
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(f"w:{side}", grey))
    properties.append(_element("w:tblInd", {"w:w": "108", "w:type": "dxa"}))
    properties.append(borders)
    properties.append(_element("w:tblLook", {"w:firstRow": "1", "w:firstColumn": "1"}))
    head = table.rows[0]
    head._tr.get_or_add_trPr().append(_element("w:tblHeader", {}))  # noqa: SLF001 - as above
    for cell in head.cells:
        below = _element("w:tcBorders", {})
        below.append(_element("w:bottom", strong))
        cell._tc.get_or_add_tcPr().append(below)  # noqa: SLF001 - as above


def _small(paragraph: WordParagraph, text: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415 - an extra
    from docx.shared import Pt  # noqa: PLC0415 - as above

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(text).font.size = Pt(9)


def _field(paragraph: WordParagraph, name: str) -> None:
    """Add the field *name*, which Word fills in when the document is opened."""
    field = _element("w:fldSimple", {"w:instr": name})
    run = paragraph.add_run("1")
    run.font.size = paragraph.runs[0].font.size
    field.append(run._r)  # noqa: SLF001 - no other door
    paragraph._p.append(field)  # noqa: SLF001 - as above


def _element(tag: str, attributes: Mapping[str, str]) -> Any:  # noqa: ANN401 - XML has no types
    from docx.oxml import OxmlElement  # noqa: PLC0415 - an extra
    from docx.oxml.ns import qn  # noqa: PLC0415 - as above

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(name), value)
    return made


def _twips(millimetres: float) -> str:
    return str(round(millimetres * _TWIPS_A_MM))


def _writable(text: str) -> str:
    """Return *text* without what XML cannot hold."""
    return "".join(one for one in text if one >= " " or one == "\t")


def _settled(made: bytes) -> bytes:
    """Return the archive *made* without the time it was made at."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            told = zipfile.ZipInfo(name, _OLDEST)
            told.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(told, old.read(name))
    return kept.getvalue()
