#include "protocol/history/field_reader.hpp"

#include <algorithm>

namespace wagate::history {

Result<void> FieldReader::fill()
{
    if (!piece_.empty()) return {};
    WAGATE_TRY(piece_, source_.next());
    return {};
}

Result<std::uint64_t> FieldReader::varint()
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        WAGATE_CHECK_OK(fill());
        if (piece_.empty()) return HistoryErrc::damaged;
        auto const byte = piece_.front();
        piece_ = piece_.subspan(1);
        ++position_;
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return HistoryErrc::damaged;
}

Result<std::optional<Field>> FieldReader::next()
{
    WAGATE_CHECK_OK(fill());
    if (piece_.empty()) return std::optional<Field>{};
    WAGATE_TRY(auto const tag, varint());
    Field field;
    if (tag >> 3 == 0 || tag >> 3 > 0x1fff'ffff) return HistoryErrc::damaged;
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.wire_type = static_cast<std::uint32_t>(tag & 7);
    switch (field.wire_type) {
    case 0:
    case 2: {
        WAGATE_TRY(field.value, varint());
        break;
    }
    case 1: WAGATE_CHECK_OK(skip(8)); break;
    case 5: WAGATE_CHECK_OK(skip(4)); break;
    default: return HistoryErrc::damaged;
    }
    return std::optional{field};
}

Result<Bytes> FieldReader::take(std::uint64_t length)
{
    Bytes taken;
    while (taken.size() < length) {
        WAGATE_CHECK_OK(fill());
        if (piece_.empty()) return HistoryErrc::damaged;
        auto const size = std::min<std::uint64_t>(piece_.size(), length - taken.size());
        append(taken, piece_.first(static_cast<std::size_t>(size)));
        piece_ = piece_.subspan(static_cast<std::size_t>(size));
        position_ += size;
    }
    return taken;
}

Result<void> FieldReader::skip(std::uint64_t length)
{
    while (length > 0) {
        WAGATE_CHECK_OK(fill());
        if (piece_.empty()) return HistoryErrc::damaged;
        auto const size = std::min<std::uint64_t>(piece_.size(), length);
        piece_ = piece_.subspan(static_cast<std::size_t>(size));
        position_ += size;
        length -= size;
    }
    return {};
}

} // namespace wagate::history
