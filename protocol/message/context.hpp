#pragma once
// What may accompany any kind of content: the quoted message, mentions, forwarding, the disappearing timer,
// and the wrappers around it.
#include "protocol/message/body_kind.hpp"
#include "protocol/message/parts.hpp"

#include <string>
#include <vector>

namespace wagate::message {

/// The message that is replied to, as the sender of the reply tells it: it may lie.
struct Quote {
    MessageId id;
    std::optional<Jid> participant;    ///< sender of the quoted message
    std::optional<Jid> chat;           ///< only when it is in another chat
    Bytes message;                     ///< serialized Message; when empty, built of `text`
    BodyKind kind = BodyKind::nothing; ///< read from `message`
    std::string text;                  ///< read from `message`: its text or caption
    bool operator==(Quote const&) const = default;
};

struct GroupMention {
    std::optional<Jid> group;
    std::string subject;
    bool operator==(GroupMention const&) const = default;
};

/// Where a forwarded message of a channel comes from.
struct ChannelOrigin {
    std::optional<Jid> channel;
    std::int32_t server_id = 0;
    std::string name;
    bool operator==(ChannelOrigin const&) const = default;
};

struct Context {
    std::optional<Quote> quoted;
    std::vector<Jid> mentions;
    bool mentions_everyone = false;
    std::vector<GroupMention> group_mentions;
    bool forwarded = false;
    std::uint32_t forwarding_score = 0; ///< how often; apps show 5 and more as "many times"
    std::optional<ChannelOrigin> channel_origin;
    std::optional<Seconds> expiration;      ///< the chat's disappearing timer; zero: off
    std::optional<WallTime> expiration_set; ///< when that timer was set, whole seconds
    bool operator==(Context const&) const = default;
};

/// Messages around a message that say how to treat it.
enum class Wrapper : std::uint8_t {
    view_once,
    ephemeral,
    document_with_caption,
    view_once_v2,
    edited,
    view_once_v2_extension,
    group_mentioned,
    bot_invoke,
    lottie_sticker,
    event_cover_image,
    status_mention,
    poll_option_image,
    associated_child,
    group_status_mention,
    poll_v4,
    status_add_yours,
    group_status,
    limit_sharing,
    bot_task,
    question,
    group_status_v2,
    bot_forwarded,
    question_reply,
    spoiler,
};

/// Ties a message to another one: a picture to its album, for example.
struct Association {
    std::uint32_t type = 0; ///< 1: part of an album
    MessageReference parent;
    std::int32_t index = 0;
    bool operator==(Association const&) const = default;
};

struct Envelope {
    std::optional<Jid> device_sent_to;      ///< written by another of the own devices, for this chat
    std::vector<Wrapper> wrappers;          ///< outermost first
    std::optional<SharedSecret> secret;     ///< 32 bytes
    std::optional<Seconds> add_on_duration; ///< how long a pin lasts
    std::uint32_t reporting_token_version = 0;
    std::optional<Association> association;

    bool has(Wrapper wrapper) const noexcept;
    bool is_view_once() const noexcept;
    bool operator==(Envelope const&) const = default;
};

} // namespace wagate::message
