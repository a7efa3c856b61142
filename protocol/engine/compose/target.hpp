#pragma once
// How a message that is sent names another one. Private to this folder.
#include "protocol/engine/draft.hpp"
#include "protocol/model/message_events.hpp"

namespace wagate::engine {

/// From the account's point of view. @param known what is stored of it
message::MessageReference reference_to(DraftContext const& context, MessageTarget const& target,
                                       std::optional<Message> const& known);
message::MessageReference reference_to(DraftContext const& context, Message const& known);

} // namespace wagate::engine
