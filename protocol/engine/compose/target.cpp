#include "protocol/engine/compose/target.hpp"

namespace wagate::engine {

message::MessageReference reference_to(DraftContext const& context, MessageTarget const& target,
                                       std::optional<Message> const& known)
{
    message::MessageReference reference;
    reference.chat = context.chat;
    reference.id = target.id;
    reference.from_me = known ? known->from_me : target.from_me;
    if (reference.from_me || !(context.chat.is_group() || context.chat.is_broadcast())) return reference;
    reference.participant = known ? known->sender : target.participant;
    return reference;
}

message::MessageReference reference_to(DraftContext const& context, Message const& known)
{
    return reference_to(context, MessageTarget{known.id, known.from_me, std::nullopt}, known);
}

message::SecretScope scope_for(DraftContext const& context, Message const& known)
{
    auto const own =
        known.sender.is_lid() && !context.me.lid.user.empty() ? context.me.lid : context.me.phone;
    return {known.id, known.sender, own.bare()};
}

} // namespace wagate::engine
