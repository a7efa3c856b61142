#include "protocol/message/member_label.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"

namespace wagate::message {
namespace {

constexpr std::int32_t label_change = 30; // ProtocolMessage.type
constexpr std::size_t max_character_bytes = 4;

} // namespace

ProtocolNotice new_member_label(MemberLabel const& label)
{
    proto::Message::ProtocolMessage protocol;
    protocol.set_type(label_change);
    auto& member = *protocol.mutable_member_label();
    member.set_label(label.text);
    if (label.time) member.set_label_timestamp(unix_seconds(*label.time));
    return {label_change, proto::encode(protocol)};
}

std::optional<MemberLabel> member_label_of(MessageBody const& body)
{
    auto const* notice = std::get_if<ProtocolNotice>(&body);
    if (notice == nullptr || notice->type != label_change) return std::nullopt;
    proto::Message::ProtocolMessage protocol;
    if (!proto::decode(protocol, notice->content) || !protocol.has_member_label()) return std::nullopt;
    auto const& member = protocol.member_label();
    if (member.label().size() > max_member_label * max_character_bytes) return std::nullopt;
    MemberLabel label;
    label.text = member.label();
    if (member.label_timestamp() > 0) label.time = wall_from_seconds(member.label_timestamp());
    return label;
}

} // namespace wagate::message
