"""Workbooks by hand, byte by byte where a library would be too honest."""

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
HEADER = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>手机</t></is></c></row>'
)


def sheet_xml(rows: str, before: str = "") -> bytes:
    return f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{HEADER}{rows}</sheetData></worksheet>'.encode()


@dataclass(frozen=True)
class Part:
    """One part of an archive; whatever is given by hand is written as it is, true or not."""

    name: str
    content: bytes = b""
    packed: bytes | None = None
    declared: int | None = None
    flags: int = 0
    mode: int = stat.S_IFREG | 0o600
    offset: int | None = None


def basic(sheet: bytes) -> list[Part]:
    return [
        Part("[Content_Types].xml", TYPES.encode()),
        Part("_rels/.rels", RELS.encode()),
        Part("xl/workbook.xml", BOOK.encode()),
        Part("xl/_rels/workbook.xml.rels", BOOK_RELS.encode()),
        Part("xl/worksheets/sheet1.xml", sheet),
    ]


def archive(parts: list[Part]) -> bytes:
    """A zip archive of these parts."""
    out = io.BytesIO()
    directory = bytearray()
    for part in parts:
        packed = deflated(part.content) if part.packed is None else part.packed
        size = len(part.content) if part.declared is None else part.declared
        name = part.name.encode()
        at = out.tell() if part.offset is None else part.offset
        common = struct.pack(
            "<5H3L", 20, part.flags, zipfile.ZIP_DEFLATED, 0, 33, zlib.crc32(part.content), len(packed), size
        )
        if part.offset is None:
            out.write(b"PK\x03\x04" + common + struct.pack("<2H", len(name), 0) + name + packed)
        directory += b"PK\x01\x02" + struct.pack("<H", 20 | 3 << 8) + common
        directory += struct.pack("<5H2L", len(name), 0, 0, 0, 0, part.mode << 16, at) + name
    start = out.tell()
    count = min(len(parts), 0xFFFF)
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, count, count, len(directory), start, 0)
    return out.getvalue() + bytes(directory) + end


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def bomb(head: bytes, filler: bytes, mib: int, foot: bytes) -> bytes:
    """A deflate stream of `mib` MiB of filler, made by repeating one block of it."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(filler * ((1 << 20) // len(filler))) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * mib + packer.compress(foot) + packer.flush()


def save(path: Path, parts: list[Part]) -> Path:
    path.write_bytes(archive(parts))
    return path
