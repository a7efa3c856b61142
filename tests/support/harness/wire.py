"""Bytes by hand: binary XML and protobuf as clients read them, also such as no encoder would write."""

import base64
import zlib


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# ---------------------------------------------------------------------------- protobuf


def varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def protocol_message(kind: int, *fields: bytes) -> bytes:
    """Message.protocolMessage of this type."""
    return field(12, field(2, kind) + b"".join(fields))


def history(packed: bytes, kind: int = 2) -> bytes:
    """The peer message that brings packed history inside of it."""
    return protocol_message(5, field(6, field(4, kind) + field(5, 1) + field(6, 50) + field(11, packed)))


def zeros(count: int, before: bytes = b"") -> bytes:
    """zlib data of `before` and that many zero bytes; made piece by piece."""
    packer = zlib.compressobj(9)
    out = [packer.compress(before)]
    piece = bytes(1 << 20)
    for _ in range(count >> 20):
        out.append(packer.compress(piece))
    return b"".join(out) + packer.flush()


# ---------------------------------------------------------------------------- binary XML


def text(value: str) -> bytes:
    data = value.encode()
    assert len(data) < 256
    return bytes([0xFC, len(data)]) + data


def element(tag: str, attributes: dict[str, str] | None = None, children: bytes | None = None) -> bytes:
    """`children` is an encoded list, or encoded bytes."""
    attributes = attributes or {}
    size = 1 + 2 * len(attributes) + (children is not None)
    return bytes([0xF8, size]) + text(tag) + b"".join(text(name) + text(value) for name, value in attributes.items()) + (children or b"")


def listed(count: int, encoded: bytes) -> bytes:
    return b"\xF9" + count.to_bytes(2, "big") + encoded


def plain(encoded: bytes) -> bytes:
    return b"\x00" + encoded


def compressed(encoded: bytes) -> bytes:
    return b"\x02" + zlib.compress(encoded, 9)
