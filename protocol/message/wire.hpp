#pragma once
// The fields of a serialized protobuf message as they stand in it, without a schema: to see which kind a
// Message holds, and to change one field and leave the rest as it came.
#include "protocol/base/bytes.hpp"

#include <optional>

namespace wagate::message {

struct WireField {
    int number = 0;
    bool has_content = false; ///< length-delimited: text, bytes or a message
    ByteView content;         ///< without tag and length
    ByteView whole;           ///< with tag
};

/// More fields are in no message that people write.
inline constexpr std::size_t max_wire_fields = 20'000;

/// The fields in order, as views into `message`; nothing when it is no protobuf message or has too many.
std::optional<std::vector<WireField>> wire_fields(ByteView message);

/// Appends a length-delimited field.
void append_field(Bytes& message, int number, ByteView content);

} // namespace wagate::message
