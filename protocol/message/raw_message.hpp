#pragma once
// Messages whose bytes somebody else has made: which of them may be sent as they are.
#include "protocol/base/bytes.hpp"

#include <optional>
#include <string_view>

namespace wagate::message {

/// Why a serialized Message must not be sent: it is none, it has no content or more than one, or it would
/// make the account's own devices believe what did not happen. Those take a phone's word for keys, history
/// and app state, and get a copy of all that is sent; sender keys are the engine's own business. Unknown
/// kinds and fields are fine.
/// @return how the sentence about it goes on: "must …"; nothing when it may be sent
std::optional<std::string_view> refuse_raw(ByteView message);

} // namespace wagate::message
