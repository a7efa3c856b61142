#include "storage/repository/quotes.hpp"

#include <vector>

namespace wagate::storage::quotes {
namespace {

using IsAuthor = std::function<bool(std::string_view)>;

constexpr int deepest = 8;
constexpr unsigned author_field = 2;
constexpr unsigned quote_field = 3;
constexpr unsigned lengthy = 2; ///< wire type of texts and messages

struct Part {
    ByteView whole; ///< with tag and length
    unsigned field = 0;
    unsigned wire_type = 0;
    ByteView content; ///< of lengthy ones
};

std::optional<std::uint64_t> take_number(ByteView& bytes)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        auto const byte = bytes.front();
        bytes = bytes.subspan(1);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
}

/// Nothing when the bytes are no message.
std::optional<std::vector<Part>> parts_of(ByteView bytes)
{
    std::vector<Part> parts;
    while (!bytes.empty()) {
        auto const start = bytes;
        auto const tag = take_number(bytes);
        if (!tag || *tag >> 3 == 0 || *tag >> 3 > 0x1fffffff) return std::nullopt;
        Part part;
        part.field = static_cast<unsigned>(*tag >> 3);
        part.wire_type = static_cast<unsigned>(*tag & 7);
        std::uint64_t size = 0;
        switch (part.wire_type) {
        case 0:
            if (!take_number(bytes)) return std::nullopt;
            break;
        case 1: size = 8; break;
        case 5: size = 4; break;
        case lengthy: {
            auto const length = take_number(bytes);
            if (!length) return std::nullopt;
            size = *length;
            break;
        }
        default: return std::nullopt;
        }
        if (size > bytes.size()) return std::nullopt;
        part.content = bytes.first(static_cast<std::size_t>(size));
        bytes = bytes.subspan(static_cast<std::size_t>(size));
        part.whole = start.first(start.size() - bytes.size());
        parts.push_back(part);
    }
    return parts;
}

void add_number(Bytes& out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<Bytes> rewritten(ByteView bytes, IsAuthor const& is_author, int depth)
{
    auto const parts = depth < deepest ? parts_of(bytes) : std::nullopt;
    if (!parts) return std::nullopt;
    bool is_theirs = false;
    for (auto const& part : *parts)
        if (part.field == author_field && part.wire_type == lengthy && is_author(text_view(part.content)))
            is_theirs = true;
    bool is_changed = false;
    Bytes out;
    for (auto const& part : *parts) {
        if (is_theirs && part.field == quote_field && part.wire_type == lengthy) {
            is_changed = true;
            continue;
        }
        auto inner = part.wire_type == lengthy ? rewritten(part.content, is_author, depth + 1) : std::nullopt;
        if (!inner) {
            append(out, part.whole);
            continue;
        }
        is_changed = true;
        add_number(out, part.field << 3 | lengthy);
        add_number(out, inner->size());
        append(out, *inner);
    }
    if (!is_changed) return std::nullopt;
    return out;
}

} // namespace

std::optional<Bytes> without(ByteView content, IsAuthor const& is_author)
{
    return rewritten(content, is_author, 0);
}

} // namespace wagate::storage::quotes
