#include "protocol/message/raw_message.hpp"

#include "protocol/message/kind_fields.hpp"
#include "protocol/message/wire.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"
#include "protocol/proto/kinds.pb.h"

#include <algorithm>
#include <array>

namespace wagate::message {
namespace {

using proto::Message;
using Notice = proto::Message::ProtocolMessage;

constexpr int deepest = 12; ///< wrappers, and messages inside edits
constexpr std::string_view no_message = "must be a serialized Message";
constexpr std::string_view not_one_kind = "must have exactly one kind of content";
constexpr std::string_view own_business =
    "must not be what devices of one account, or clients among themselves, agree on";

/// Of ProtocolMessage: what changes messages and chats in the open. Everything else speaks to own devices.
constexpr std::array<int, 6> open_notices{
    Notice::kKeyFieldNumber,
    Notice::kTypeFieldNumber,
    Notice::kEphemeralExpirationFieldNumber,
    Notice::kEphemeralSettingTimestampFieldNumber,
    Notice::kEditedMessageFieldNumber,
    Notice::kTimestampMsFieldNumber,
};
/// Deletions, timers, edits.
constexpr std::array<int, 3> open_types{0, 3, 14};

/// Wrappers of which nothing more is known here: newsletterAdminProfileMessage,
/// newsletterAdminProfileStatusMessage, botPlatformRegistrationSuccessMessage.
constexpr std::array<std::uint32_t, 3> other_wrappers{116, 126, 131};

std::optional<std::string_view> refuse(ByteView message, int depth);

std::optional<std::string_view> refuse_notice(ByteView content, int depth)
{
    auto const fields = wire_fields(content);
    Notice notice;
    if (!fields || !proto::decode(notice, content)) return no_message;
    for (auto const& field : *fields)
        if (std::find(open_notices.begin(), open_notices.end(), field.number) == open_notices.end())
            return own_business;
    if (std::find(open_types.begin(), open_types.end(), notice.type()) == open_types.end())
        return own_business;
    for (auto const& field : *fields)
        if (field.number == Notice::kEditedMessageFieldNumber)
            if (auto const problem = refuse(field.content, depth + 1)) return problem;
    return std::nullopt;
}

std::optional<std::string_view> refuse(ByteView message, int depth)
{
    auto const fields = wire_fields(message);
    if (!fields || depth > deepest) return no_message;
    WireField const* kind = nullptr;
    for (auto const& field : *fields) {
        if (field.number == Message::kMessageContextInfoFieldNumber) continue;
        // The others that accompany content are sender keys.
        if (accompanies(field.number) || field.number == Message::kDeviceSentMessageFieldNumber)
            return own_business;
        if (kind != nullptr || !field.has_content) return not_one_kind;
        kind = &field;
    }
    if (kind == nullptr) return not_one_kind;
    if (kind->number == Message::kProtocolMessageFieldNumber) return refuse_notice(kind->content, depth);
    bool const is_wrapper =
        wrapper_of_field(kind->number) ||
        std::find(other_wrappers.begin(), other_wrappers.end(), kind->number) != other_wrappers.end();
    if (!is_wrapper) return std::nullopt;
    auto const inner = wire_fields(kind->content);
    if (!inner || inner->size() != 1 ||
        inner->front().number != proto::FutureProofMessage::kMessageFieldNumber ||
        !inner->front().has_content)
        return no_message;
    return refuse(inner->front().content, depth + 1);
}

} // namespace

std::optional<std::string_view> refuse_raw(ByteView message)
{
    if (auto const problem = refuse(message, 0)) return problem;
    Message known;
    return proto::decode(known, message) ? std::nullopt : std::optional{no_message};
}

} // namespace wagate::message
