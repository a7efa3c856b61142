"""Draws the QR code of a PNG in a terminal, two modules in one character. Standard library only."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_png(data: bytes) -> list[list[bool]]:
    """The rows of a greyscale picture that is not interlaced; True is dark."""
    if data[:8] != SIGNATURE:
        raise ValueError("not a PNG")
    header, packed, at = b"", b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if colour != 0 or interlaced or depth not in (1, 2, 4, 8):
        raise ValueError("not a greyscale picture")
    stride = (width * depth + 7) // 8
    raw, rows, above = zlib.decompress(packed), [], bytearray(stride)
    for start in range(0, height * (stride + 1), stride + 1):
        above = _unfilter(raw[start], bytearray(raw[start + 1:start + 1 + stride]), above)
        bright = (1 << depth) - 1
        rows.append([(above[x * depth // 8] >> (8 - depth - x * depth % 8) & bright) * 2 <= bright for x in range(width)])
    return rows


def _unfilter(kind: int, row: bytearray, above: bytearray) -> bytearray:
    """Takes back a row's filter (PNG 9.2); a pixel here is at most one byte."""
    for i in range(len(row)):
        left = row[i - 1] if i else 0
        corner = above[i - 1] if i else 0
        guess = (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]
        row[i] = (row[i] + guess) & 0xFF
    return row


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))


def modules(rows: list[list[bool]]) -> list[list[bool]]:
    """One value per module, without the quiet zone. The first dark row begins with a finder pattern, 7 modules wide."""
    dark_rows = [y for y, row in enumerate(rows) if any(row)]
    dark_columns = [x for x in range(len(rows[0])) if any(row[x] for row in rows)]
    top, left, right = dark_rows[0], dark_columns[0], dark_columns[-1] + 1
    finder = next(x for x in range(left, right) if not rows[top][x]) - left
    size, centre = finder // 7, finder // 14
    return [[rows[y + centre][x + centre] for x in range(left, right, size)] for y in range(top, dark_rows[-1] + 1, size)]


def draw(png: bytes, quiet: int = 2) -> str:
    """Black on white, whatever the terminal's colours are."""
    code = modules(read_png(png))
    width = len(code) + 2 * quiet
    light_row = [False] * width
    grid = [light_row] * quiet + [[False] * quiet + row + [False] * quiet for row in code] + [light_row] * quiet
    if len(grid) % 2:
        grid.append(light_row)
    blocks = {(False, False): " ", (True, False): "\u2580", (False, True): "\u2584", (True, True): "\u2588"}
    return "\n".join("\x1b[30;107m" + "".join(blocks[pair] for pair in zip(upper, lower)) + "\x1b[0m"
                     for upper, lower in zip(grid[::2], grid[1::2]))
