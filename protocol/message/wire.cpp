#include "protocol/message/wire.hpp"

namespace wagate::message {
namespace {

constexpr int max_group_depth = 16;

/// Takes bytes from the front; once something was missing, `ok` stays false.
struct Cursor {
    ByteView rest;
    bool ok = true;

    ByteView take(std::uint64_t count)
    {
        if (count > rest.size()) {
            ok = false;
            return {};
        }
        auto const taken = rest.first(static_cast<std::size_t>(count));
        rest = rest.subspan(static_cast<std::size_t>(count));
        return taken;
    }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            auto const byte = take(1);
            if (!ok) return 0;
            if (shift < 64) value |= static_cast<std::uint64_t>(byte[0] & 0x7F) << shift;
            if ((byte[0] & 0x80) == 0) return value;
        }
        ok = false;
        return 0;
    }
};

bool read_field(Cursor& cursor, WireField& field, int depth)
{
    auto const start = cursor.rest;
    auto const tag = cursor.varint();
    if (!cursor.ok || tag > UINT32_MAX || tag >> 3 == 0) return false;
    field.number = static_cast<int>(tag >> 3);
    switch (tag & 7) {
    case 0: cursor.varint(); break;
    case 1: cursor.take(8); break;
    case 2:
        field.has_content = true;
        field.content = cursor.take(cursor.varint());
        break;
    case 3: // a group, up to the end tag with its number
        for (bool open = true; open;) {
            auto ahead = cursor;
            auto const next = ahead.varint();
            if (!ahead.ok || depth >= max_group_depth) return false;
            if ((next & 7) == 4) {
                if (next >> 3 != tag >> 3) return false;
                cursor = ahead;
                open = false;
            } else {
                WireField inner;
                if (!read_field(cursor, inner, depth + 1)) return false;
            }
        }
        break;
    case 5: cursor.take(4); break;
    default: return false;
    }
    field.whole = start.first(start.size() - cursor.rest.size());
    return cursor.ok;
}

void append_varint(Bytes& target, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        target.push_back(static_cast<std::uint8_t>(value | 0x80));
    target.push_back(static_cast<std::uint8_t>(value));
}

} // namespace

std::optional<std::vector<WireField>> wire_fields(ByteView message)
{
    std::vector<WireField> fields;
    Cursor cursor{message};
    while (!cursor.rest.empty()) {
        WireField field;
        if (fields.size() == max_wire_fields || !read_field(cursor, field, 0)) return std::nullopt;
        fields.push_back(field);
    }
    return fields;
}

void append_field(Bytes& message, int number, ByteView content)
{
    append_varint(message, static_cast<std::uint64_t>(number) << 3 | 2);
    append_varint(message, content.size());
    append(message, content);
}

} // namespace wagate::message
