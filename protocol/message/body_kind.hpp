#pragma once
// The names of the kinds of content.
#include <cstdint>
#include <string_view>

namespace wagate::message {

/// One for each alternative of MessageBody, in its order.
enum class BodyKind : std::uint8_t {
    nothing,
    text,
    media,
    album,
    sticker_pack,
    location,
    contacts,
    group_invite,
    channel_invite,
    phone_number_request,
    reaction,
    encrypted_reaction,
    edit,
    revoke,
    pin,
    keep,
    comment,
    encrypted_comment,
    secret_edit,
    ephemeral_setting,
    protocol_notice,
    poll,
    poll_vote,
    poll_result,
    event,
    event_response,
    list,
    list_reply,
    buttons,
    button_reply,
    template_buttons,
    template_reply,
    interactive,
    interactive_reply,
    product,
    order,
    call_log,
    scheduled_call,
    placeholder,
    unknown,
};

std::string_view kind_name(BodyKind kind) noexcept; ///< in snake_case, as the enumerator

/// False for what changes, answers or accompanies another message instead of standing in the chat itself.
bool is_own_message(BodyKind kind) noexcept;

} // namespace wagate::message
