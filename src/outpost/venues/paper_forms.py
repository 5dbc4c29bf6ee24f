"""绿色通道登记表: the paper form for whoever comes without a phone, filled in by the staff and typed in later.

Two on a page A4, in both languages. Its fields are the columns of the file by which paper forms go in
(`visit_sheets`), so that nothing is asked that is not entered, and nothing is missing there.
"""

from typing import TYPE_CHECKING

from outpost.venues.posters import A4, FONT, MM, refuse_holes, register_font

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_PAGE_WIDTH, _PAGE_HEIGHT = A4
_LEFT, _RIGHT = 18 * MM, _PAGE_WIDTH - 18 * MM
_LINE = 11 * MM
_HEADING = "绿色通道登记表 Green channel form"
_WHO = "□ 未成年人 Minor    □ 老年人 Elder    □ 残疾人 With a disability    □ 无手机 No phone"
_FIELDS = (  # the gaps are ideographic spaces, to be written into
    "姓名 Name",
    "证件类型 Kind of document",
    "证件号码 Number of the document",
    "手机号码 Phone (本人或家属 own or of family)",
    "到访时间 Time of the visit　　　　　年　　　月　　　日　　　时　　　分",
    "检测点 Checkpoint",
    "体温 Temperature　　　　　℃　　　复测 Second reading　　　　　℃",
    "填表人 Filled in by　　　　　　　　　　　　签名 Signature",
)
_NOTES = (
    "由工作人员代填，本人核对。按真实时间补录后，按规定销毁。",
    "The staff fill this in, the visitor checks it. Entered with the true time of the visit, then destroyed.",
)


def form_of(venue: str, *, authority: str) -> bytes:
    """A page with two empty forms. Raises Refusal NO_GLYPH for a name with a character that the font lacks."""
    from reportlab.pdfgen.canvas import Canvas

    register_font()
    refuse_holes(venue, venue)
    canvas = Canvas("", pagesize=A4, invariant=True)
    canvas.setTitle(_HEADING)
    for top in (_PAGE_HEIGHT - 10 * MM, _PAGE_HEIGHT / 2 - 6 * MM):
        _draw(canvas, venue, authority, top)
    canvas.setDash(3, 3)
    canvas.line(0, _PAGE_HEIGHT / 2, _PAGE_WIDTH, _PAGE_HEIGHT / 2)
    content: bytes = canvas.getpdfdata()
    return content


def _draw(canvas: "Canvas", venue: str, authority: str, top: float) -> None:
    """One form from `top` down."""
    _write(canvas, top - 5 * MM, 15, _HEADING)
    _write(canvas, top - 12 * MM, 10, " · ".join(filter(None, (venue, authority))))
    _write(canvas, top - 20 * MM, 10, _WHO)
    y = top - 24 * MM
    for field in _FIELDS:
        y -= _LINE
        _write(canvas, y + 2 * MM, 10, field)
        canvas.line(_LEFT, y, _RIGHT, y)
    for number, note in enumerate(_NOTES, start=1):
        _write(canvas, y - number * 5 * MM, 8, note)


def _write(canvas: "Canvas", y: float, size: float, text: str) -> None:
    canvas.setFont(FONT, size)
    canvas.drawString(_LEFT, y, text)
