#pragma once
// Which fields of Message hold what, by the numbers of the schema. Inside protocol/message only.
#include "protocol/message/context.hpp"

#include <optional>

namespace wagate::message {

/// The wrapper that a field of Message is.
std::optional<Wrapper> wrapper_of_field(int field) noexcept;
int field_of_wrapper(Wrapper wrapper) noexcept;

/// Where the ContextInfo stands inside the kind that a field of Message holds; nothing when it has none, or
/// when the kind is not known here.
std::optional<int> context_field_of(int field) noexcept;

/// True for fields that say something about the message and are no kind of content.
bool accompanies(int field) noexcept;

} // namespace wagate::message
