#pragma once
// A message's content as a value: its kind, what accompanies it, and how it is wrapped. `parse_body` and
// `build_message` are each other's inverse for all that the types hold (protocol.md 7.11).
#include "protocol/message/context.hpp"
#include "protocol/message/kinds.hpp"
#include "protocol/message/media.hpp"

#include <variant>

namespace wagate::message {

struct TypedMessage;

/// New content for a message that was sent before.
struct Edit {
    MessageReference target;
    std::optional<WallTime> time;
    Boxed<TypedMessage> content;
    bool operator==(Edit const&) const;
};

/// A comment to a message of a community's announcement group, once decrypted.
struct Comment {
    MessageReference target;
    Boxed<TypedMessage> content;
    bool operator==(Comment const&) const;
};

/// The alternatives stand in the order of BodyKind.
using MessageBody =
    std::variant<Nothing, Text, Media, Album, StickerPack, Location, Contacts, GroupInvite, ChannelInvite,
                 PhoneNumberRequest, Reaction, EncryptedReaction, Edit, Revoke, Pin, Keep, Comment,
                 EncryptedComment, SecretEdit, EphemeralSetting, ProtocolNotice, Poll, PollVote, PollResult,
                 CalendarEvent, EventResponse, List, ListReply, Buttons, ButtonReply, TemplateButtons,
                 TemplateReply, Interactive, InteractiveReply, Product, Order, CallLog, ScheduledCall,
                 Placeholder, Unknown>;

struct TypedMessage {
    MessageBody body;
    Context context;
    Envelope envelope;
    bool operator==(TypedMessage const&) const = default;
};

inline BodyKind kind_of(MessageBody const& body) noexcept
{
    return static_cast<BodyKind>(body.index());
}

/// What an app shows as the text of the message: the text, caption, question, name or chosen answer; or
/// nothing.
std::string text_of(MessageBody const& body);

/// The file of the message: its own, or the one above its buttons. Null: none.
Media const* file_of(MessageBody const& body) noexcept;

/// The message that this one refers to, for those that are about another one.
MessageReference const* target_of(MessageBody const& body) noexcept;

/// Bounds of what is looked into. Beyond them content is Unknown, and stays whole.
struct ReadLimits {
    std::size_t max_kind_bytes = 1u << 20;
    int max_wrappers = 12;
    int max_nesting = 2; ///< messages inside messages: edits, comments
};

/// Total over any bytes: what is no Message gives Unknown with field 0, a damaged kind gives Unknown with its
/// field.
TypedMessage parse_body(ByteView message, ReadLimits const& limits = {});

/// A serialized Message, without `device_sent_to` (see wrap_device_sent).
Bytes build_message(TypedMessage const& message);

} // namespace wagate::message
