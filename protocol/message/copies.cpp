// Copies of serialized messages for quotes and forwards: the kind stays as it came, with fields that are not
// read here; only what accompanies it is replaced.
#include "protocol/message/compose.hpp"
#include "protocol/message/kind_fields.hpp"
#include "protocol/message/map_parts.hpp"
#include "protocol/message/wire.hpp"

#include <algorithm>

namespace wagate::message {
namespace {

using proto::Message;

constexpr int max_wrappers = 12;

struct Innermost {
    int field = 0;
    ByteView content;
};

/// The message inside a wrapper's content, or inside deviceSentMessage.
std::optional<ByteView> message_inside(WireField const& field)
{
    int number = 0;
    if (field.number == Message::kDeviceSentMessageFieldNumber)
        number = Message::DeviceSentMessage::kMessageFieldNumber;
    else if (wrapper_of_field(field.number))
        number = proto::FutureProofMessage::kMessageFieldNumber;
    else
        return std::nullopt;
    auto const parts = wire_fields(field.content);
    if (!parts) return std::nullopt;
    for (auto const& part : *parts)
        if (part.has_content && part.number == number) return part.content;
    return std::nullopt;
}

std::optional<Innermost> innermost(ByteView message)
{
    for (int depth = 0; depth <= max_wrappers; ++depth) {
        auto const fields = wire_fields(message);
        if (!fields) return std::nullopt;
        auto const inner = std::find_if(fields->begin(), fields->end(), [](WireField const& field) {
            return message_inside(field).has_value();
        });
        if (inner != fields->end()) {
            message = *message_inside(*inner);
            continue;
        }
        for (auto const& field : *fields)
            if (field.has_content && !accompanies(field.number))
                return Innermost{field.number, field.content};
        return std::nullopt;
    }
    return std::nullopt;
}

/// A message of one kind, with its context exchanged.
std::optional<Bytes> with_context(Innermost const& kind, ByteView context)
{
    Bytes content;
    int field = kind.field;
    auto context_field = context_field_of(field);
    if (field == Message::kConversationFieldNumber) {
        if (context.empty()) {
            content = to_bytes(kind.content);
        } else {
            // A plain text has no place for a context.
            field = Message::kExtendedTextMessageFieldNumber;
            context_field = context_field_of(field);
            append_field(content, Message::ExtendedTextMessage::kTextFieldNumber, kind.content);
        }
    } else {
        auto const parts = wire_fields(kind.content);
        if (!parts || !context_field) return std::nullopt;
        for (auto const& part : *parts)
            if (part.number != *context_field) append(content, part.whole);
    }
    if (!context.empty()) append_field(content, *context_field, context);
    Bytes built;
    append_field(built, field, content);
    return built;
}

bool can_be_forwarded(TypedMessage const& message)
{
    auto const* media = std::get_if<Media>(&message.body);
    if (message.envelope.is_view_once() || (media && media->view_once)) return false;
    switch (kind_of(message.body)) {
    case BodyKind::poll:
    case BodyKind::poll_result:
    case BodyKind::event:
    case BodyKind::comment:
    case BodyKind::encrypted_comment:
    case BodyKind::call_log:
    case BodyKind::scheduled_call:
    case BodyKind::phone_number_request:
    case BodyKind::album:
    case BodyKind::placeholder:
    case BodyKind::unknown: return false;
    default: return is_own_message(kind_of(message.body));
    }
}

} // namespace

Bytes quotable(ByteView message)
{
    auto const kind = innermost(message);
    if (!kind) return {};
    if (auto copy = with_context(*kind, {})) return *copy;
    // A kind without a context stays as it is, if it is one that people see.
    if (!is_own_message(kind_of(parse_body(message).body))) return {};
    Bytes built;
    append_field(built, kind->field, kind->content);
    return built;
}

std::optional<Bytes> forwarded_copy(ByteView message, bool own, ChatTimer const& timer)
{
    auto const read = parse_body(message);
    auto const kind = innermost(message);
    if (!kind || !can_be_forwarded(read)) return std::nullopt;
    Context context;
    context.forwarding_score = read.context.forwarding_score;
    if (!own && context.forwarding_score < UINT32_MAX) ++context.forwarding_score;
    context.forwarded = context.forwarding_score > 0;
    context.channel_origin = read.context.channel_origin;
    context.expiration = timer.expiration;
    context.expiration_set = timer.set;
    proto::ContextInfo info;
    map_fields<false>(context, info);
    auto copy = with_context(*kind, encode(info));
    if (!copy || !read.envelope.has(Wrapper::document_with_caption)) return copy;
    Bytes inner;
    append_field(inner, proto::FutureProofMessage::kMessageFieldNumber, *copy);
    Bytes outer;
    append_field(outer, field_of_wrapper(Wrapper::document_with_caption), inner);
    return outer;
}

} // namespace wagate::message
