#pragma once
// How a message that is sent names another one. Private to this folder.
#include "protocol/engine/draft.hpp"
#include "protocol/message/secrets.hpp"
#include "protocol/model/message_events.hpp"

namespace wagate::engine {

/// From the account's point of view. @param known what is stored of it
message::MessageReference reference_to(DraftContext const& context, MessageTarget const& target,
                                       std::optional<Message> const& known);
message::MessageReference reference_to(DraftContext const& context, Message const& known);

/// What an answer to `known` is encrypted for. Both in one form: whoever opens it knows the author in the
/// form in which this account is shown (7.8).
message::SecretScope scope_for(DraftContext const& context, Message const& known);

} // namespace wagate::engine
