#pragma once
// Parts that several kinds share, and what accompanies a message. See mapping.hpp.
#include "protocol/message/context.hpp"
#include "protocol/message/mapping.hpp"

namespace wagate::message {

template <bool Reading>
void map_fields(Value<Reading, MessageReference>& value, Proto<Reading, proto::MessageKey>& proto)
{
    WAGATE_MAP(value.chat, remote_jid);
    WAGATE_MAP_ALWAYS(value.from_me, from_me);
    WAGATE_MAP_ALWAYS(value.id, id);
    WAGATE_MAP(value.participant, participant);
}

/// For every message with enc_payload and enc_iv.
template <bool Reading, class P>
void map_sealed(Value<Reading, Sealed>& value, P& proto)
{
    WAGATE_MAP_ALWAYS(value.payload, enc_payload);
    WAGATE_MAP_ALWAYS(value.iv, enc_iv);
}

template <bool Reading>
void map_fields(Value<Reading, GroupMention>& value, Proto<Reading, proto::ContextInfo::GroupMention>& proto)
{
    WAGATE_MAP(value.group, group_jid);
    WAGATE_MAP(value.subject, group_subject);
}

template <bool Reading>
void map_fields(Value<Reading, ChannelOrigin>& value,
                Proto<Reading, proto::ContextInfo::ForwardedNewsletterMessageInfo>& proto)
{
    WAGATE_MAP(value.channel, newsletter_jid);
    WAGATE_MAP(value.server_id, server_message_id);
    WAGATE_MAP(value.name, newsletter_name);
}

/// What the quoted message says is for the reader to add.
template <bool Reading>
void map_fields(Value<Reading, Quote>& value, Proto<Reading, proto::ContextInfo>& proto)
{
    WAGATE_MAP_ALWAYS(value.id, stanza_id);
    WAGATE_MAP(value.participant, participant);
    WAGATE_MAP(value.chat, remote_jid);
    if constexpr (Reading) {
        if (proto.has_quoted_message()) value.message = encode(proto.quoted_message());
    } else if (value.message.empty() || !read_proto(*proto.mutable_quoted_message(), value.message)) {
        proto.mutable_quoted_message()->Clear();
        proto.mutable_quoted_message()->set_conversation(value.text);
    }
}

template <bool Reading>
void map_fields(Value<Reading, Context>& value, Proto<Reading, proto::ContextInfo>& proto)
{
    if constexpr (Reading) {
        if (proto.has_stanza_id()) map_fields<true>(value.quoted.emplace(), proto);
        for (auto const& mention : proto.mentioned_jid())
            if (auto jid = Jid::parse(mention)) value.mentions.push_back(std::move(*jid));
        value.mentions_everyone = proto.non_jid_mentions() != 0;
    } else {
        if (value.quoted) map_fields<false>(*value.quoted, proto);
        for (auto const& mention : value.mentions)
            proto.add_mentioned_jid(mention.to_string());
        if (value.mentions_everyone) proto.set_non_jid_mentions(1);
    }
    WAGATE_MAP_LIST(value.group_mentions, group_mentions);
    WAGATE_MAP(value.forwarded, is_forwarded);
    WAGATE_MAP(value.forwarding_score, forwarding_score);
    WAGATE_MAP_OPTIONAL(value.channel_origin, forwarded_newsletter_message_info);
    WAGATE_MAP(value.expiration, expiration);
    WAGATE_MAP_SECONDS(value.expiration_set, ephemeral_setting_timestamp);
}

template <bool Reading>
void map_fields(Value<Reading, Association>& value,
                Proto<Reading, proto::Message::MessageContextInfo::MessageAssociation>& proto)
{
    WAGATE_MAP(value.type, association_type);
    WAGATE_MAP_PART(value.parent, parent_message_key);
    WAGATE_MAP(value.index, message_index);
}

template <bool Reading>
void map_fields(Value<Reading, Envelope>& value, Proto<Reading, proto::Message::MessageContextInfo>& proto)
{
    WAGATE_MAP(value.secret, message_secret);
    WAGATE_MAP(value.add_on_duration, message_add_on_duration_in_secs);
    WAGATE_MAP(value.reporting_token_version, reporting_token_version);
    WAGATE_MAP_OPTIONAL(value.association, message_association);
}

} // namespace wagate::message
