#include "protocol/message/body.hpp"
#include "protocol/message/kind_fields.hpp"
#include "protocol/message/map_business.hpp"
#include "protocol/message/map_kinds.hpp"
#include "protocol/message/map_parts.hpp"
#include "protocol/message/wire.hpp"

#include <algorithm>

namespace wagate::message {
namespace {

using proto::Message;

constexpr int revoke_type = 0;
constexpr int ephemeral_setting_type = 3;
constexpr int edit_type = 14;

/// Reads one message; messages inside it are read by further readers with less nesting.
class Reader {
public:
    Reader(ReadLimits const& limits, int nesting) : limits_(limits), nesting_(nesting) {}

    TypedMessage read(ByteView message)
    {
        auto fields = wire_fields(message);
        if (!fields) return damaged(0, message);
        read_envelope(*fields);
        while (auto const inner = unwrap(*fields)) {
            auto const too_deep =
                result_.envelope.wrappers.size() > static_cast<std::size_t>(limits_.max_wrappers);
            fields = too_deep ? std::nullopt : wire_fields(inner->message);
            if (!fields) {
                // The wrapper itself is the unknown kind then.
                if (wrapper_of_field(inner->field)) result_.envelope.wrappers.pop_back();
                return damaged(inner->field, inner->content);
            }
            read_envelope(*fields);
        }
        read_kind(*fields);
        return std::move(result_);
    }

private:
    struct Inner {
        int field;        ///< of the wrapper
        ByteView content; ///< of the wrapper
        ByteView message;
    };

    TypedMessage damaged(int field, ByteView content)
    {
        result_.body = Unknown{field, to_bytes(content)};
        return std::move(result_);
    }

    static WireField const* find(std::vector<WireField> const& fields, int number)
    {
        auto const found = std::find_if(fields.begin(), fields.end(), [&](WireField const& field) {
            return field.has_content && field.number == number;
        });
        return found == fields.end() ? nullptr : &*found;
    }

    void read_envelope(std::vector<WireField> const& fields)
    {
        auto const* info = find(fields, Message::kMessageContextInfoFieldNumber);
        Message::MessageContextInfo context;
        if (info && read_proto(context, info->content)) map_fields<true>(result_.envelope, context);
    }

    /// Goes one wrapper inwards, if there is one.
    std::optional<Inner> unwrap(std::vector<WireField> const& fields)
    {
        for (auto const& field : fields) {
            if (!field.has_content) continue;
            if (field.number == Message::kDeviceSentMessageFieldNumber && !result_.envelope.device_sent_to) {
                auto const parts = wire_fields(field.content);
                auto const* to =
                    parts ? find(*parts, Message::DeviceSentMessage::kDestinationJidFieldNumber) : nullptr;
                auto const destination = to ? Jid::parse(text_view(to->content)) : std::nullopt;
                if (!destination) continue;
                result_.envelope.device_sent_to = *destination;
                auto const* message = find(*parts, Message::DeviceSentMessage::kMessageFieldNumber);
                return Inner{field.number, field.content, message ? message->content : ByteView{}};
            }
            auto const wrapper = wrapper_of_field(field.number);
            if (!wrapper) continue;
            auto const parts = wire_fields(field.content);
            if (!parts) continue;
            result_.envelope.wrappers.push_back(*wrapper);
            auto const* message = find(*parts, proto::FutureProofMessage::kMessageFieldNumber);
            return Inner{field.number, field.content, message ? message->content : ByteView{}};
        }
        return std::nullopt;
    }

    void read_kind(std::vector<WireField> const& fields)
    {
        for (auto const& field : fields) {
            if (!field.has_content || accompanies(field.number)) continue;
            if (field.content.size() > limits_.max_kind_bytes || !read_known(field.number, field.content)) {
                result_.context = {};
                result_.body = Unknown{field.number, to_bytes(field.content)};
            }
            return;
        }
    }

    template <class P, class T>
    bool as(ByteView content, T value)
    {
        P source;
        if (!read_proto(source, content)) return false;
        map_fields<true>(value, source);
        if constexpr (requires { source.context_info(); })
            if (source.has_context_info()) read_context(source.context_info());
        result_.body = std::move(value);
        return true;
    }

    void read_context(proto::ContextInfo const& source)
    {
        map_fields<true>(result_.context, source);
        if (!result_.context.quoted || nesting_ <= 0) return;
        auto& quoted = *result_.context.quoted;
        auto const message = Reader{limits_, 0}.read(quoted.message);
        quoted.kind = kind_of(message.body);
        quoted.text = text_of(message.body);
    }

    static Media media(MediaKind kind)
    {
        Media value;
        value.kind = kind;
        return value;
    }

    static Poll poll(int version)
    {
        Poll value;
        value.version = version;
        return value;
    }

    /// False for a kind that is not known or does not fit its schema.
    bool read_known(int field, ByteView content)
    {
        switch (field) {
        case Message::kConversationFieldNumber: result_.body = Text{to_text(content), {}, {}}; return true;
        case Message::kExtendedTextMessageFieldNumber:
            return as<Message::ExtendedTextMessage>(content, Text{});
        case Message::kImageMessageFieldNumber:
            return as<proto::ImageMessage>(content, media(MediaKind::image));
        case Message::kVideoMessageFieldNumber:
            return as<proto::VideoMessage>(content, media(MediaKind::video));
        case Message::kPtvMessageFieldNumber:
            return as<proto::VideoMessage>(content, media(MediaKind::video_note));
        case Message::kAudioMessageFieldNumber:
            return as<proto::AudioMessage>(content, media(MediaKind::audio));
        case Message::kDocumentMessageFieldNumber:
            return as<proto::DocumentMessage>(content, media(MediaKind::document));
        case Message::kStickerMessageFieldNumber:
            return as<proto::StickerMessage>(content, media(MediaKind::sticker));
        case Message::kAlbumMessageFieldNumber: return as<proto::AlbumMessage>(content, Album{});
        case Message::kStickerPackMessageFieldNumber:
            return as<proto::StickerPackMessage>(content, StickerPack{});
        case Message::kLocationMessageFieldNumber: return as<proto::LocationMessage>(content, Location{});
        case Message::kLiveLocationMessageFieldNumber:
            return as<proto::LiveLocationMessage>(content, Location{});
        case Message::kContactMessageFieldNumber: return as<proto::ContactMessage>(content, Contacts{});
        case Message::kContactsArrayMessageFieldNumber:
            return as<proto::ContactsArrayMessage>(content, Contacts{});
        case Message::kGroupInviteMessageFieldNumber:
            return as<proto::GroupInviteMessage>(content, GroupInvite{});
        case Message::kNewsletterAdminInviteMessageFieldNumber:
            return as<proto::NewsletterAdminInviteMessage>(content, ChannelInvite{});
        case Message::kRequestPhoneNumberMessageFieldNumber:
            return as<proto::RequestPhoneNumberMessage>(content, PhoneNumberRequest{});
        case Message::kProtocolMessageFieldNumber: return read_protocol(content);
        case Message::kCommentMessageFieldNumber: return read_comment(content);
        case Message::kReactionMessageFieldNumber: return as<proto::ReactionMessage>(content, Reaction{});
        case Message::kEncReactionMessageFieldNumber:
            return as<proto::SealedForMessage>(content, EncryptedReaction{});
        case Message::kEncCommentMessageFieldNumber:
            return as<proto::SealedForMessage>(content, EncryptedComment{});
        case Message::kEncEventResponseMessageFieldNumber:
            return as<proto::SealedForMessage>(content, EventResponse{});
        case Message::kSecretEncryptedMessageFieldNumber:
            return as<proto::SecretEncryptedMessage>(content, SecretEdit{});
        case Message::kPinInChatMessageFieldNumber: return as<proto::PinInChatMessage>(content, Pin{});
        case Message::kKeepInChatMessageFieldNumber: return as<proto::KeepInChatMessage>(content, Keep{});
        case Message::kPollCreationMessageFieldNumber:
            return as<proto::PollCreationMessage>(content, poll(1));
        case Message::kPollCreationMessageV2FieldNumber:
            return as<proto::PollCreationMessage>(content, poll(2));
        case Message::kPollCreationMessageV3FieldNumber:
            return as<proto::PollCreationMessage>(content, poll(3));
        case Message::kPollCreationMessageV5FieldNumber:
            return as<proto::PollCreationMessage>(content, poll(5));
        case Message::kPollCreationMessageV6FieldNumber:
            return as<proto::PollCreationMessage>(content, poll(6));
        case Message::kPollUpdateMessageFieldNumber: return as<proto::PollUpdateMessage>(content, PollVote{});
        case Message::kPollResultSnapshotMessageFieldNumber:
        case Message::kPollResultSnapshotMessageV3FieldNumber:
            return as<proto::PollResultSnapshotMessage>(content, PollResult{});
        case Message::kEventMessageFieldNumber: return as<proto::EventMessage>(content, CalendarEvent{});
        case Message::kListMessageFieldNumber: return as<proto::ListMessage>(content, List{});
        case Message::kListResponseMessageFieldNumber:
            return as<proto::ListResponseMessage>(content, ListReply{});
        case Message::kButtonsMessageFieldNumber: return as<proto::ButtonsMessage>(content, Buttons{});
        case Message::kButtonsResponseMessageFieldNumber:
            return as<proto::ButtonsResponseMessage>(content, ButtonReply{});
        case Message::kTemplateMessageFieldNumber:
            return as<proto::TemplateMessage>(content, TemplateButtons{});
        case Message::kTemplateButtonReplyMessageFieldNumber:
            return as<proto::TemplateButtonReplyMessage>(content, TemplateReply{});
        case Message::kInteractiveMessageFieldNumber:
            return as<proto::InteractiveMessage>(content, Interactive{});
        case Message::kInteractiveResponseMessageFieldNumber:
            return as<proto::InteractiveResponseMessage>(content, InteractiveReply{});
        case Message::kProductMessageFieldNumber: return as<proto::ProductMessage>(content, Product{});
        case Message::kOrderMessageFieldNumber: return as<proto::OrderMessage>(content, Order{});
        case Message::kCallLogMessageFieldNumber: return as<proto::CallLogMessage>(content, CallLog{});
        case Message::kScheduledCallCreationMessageFieldNumber:
            return as<proto::ScheduledCallCreationMessage>(content, ScheduledCall{});
        case Message::kPlaceholderMessageFieldNumber:
            return as<proto::PlaceholderMessage>(content, Placeholder{});
        default: return false;
        }
    }

    Boxed<TypedMessage> read_inner(ByteView message) const
    {
        return Boxed<TypedMessage>{Reader{limits_, nesting_ - 1}.read(message)};
    }

    bool read_protocol(ByteView content)
    {
        Message::ProtocolMessage source;
        if (!read_proto(source, content)) return false;
        MessageReference target;
        map_fields<true>(target, source.key());
        if (source.type() == revoke_type && !target.id.empty()) {
            result_.body = Revoke{std::move(target)};
        } else if (source.type() == edit_type && source.has_edited_message() && !target.id.empty()) {
            if (nesting_ <= 0) return false;
            Edit edit;
            edit.target = std::move(target);
            read_milliseconds(edit.time, source.timestamp_ms());
            edit.content = read_inner(encode(source.edited_message()));
            result_.body = std::move(edit);
        } else if (source.type() == ephemeral_setting_type) {
            EphemeralSetting setting;
            setting.expiration = Seconds{source.ephemeral_expiration()};
            read_seconds(setting.time, source.ephemeral_setting_timestamp());
            result_.body = setting;
        } else {
            result_.body = ProtocolNotice{source.type(), to_bytes(content)};
        }
        return true;
    }

    bool read_comment(ByteView content)
    {
        proto::CommentMessage source;
        if (nesting_ <= 0 || !read_proto(source, content)) return false;
        Comment comment;
        map_fields<true>(comment.target, source.target_message_key());
        comment.content = read_inner(view(source.message()));
        result_.body = std::move(comment);
        return true;
    }

    ReadLimits const& limits_;
    int nesting_;
    TypedMessage result_;
};

} // namespace

TypedMessage parse_body(ByteView message, ReadLimits const& limits)
{
    return Reader{limits, limits.max_nesting}.read(message);
}

} // namespace wagate::message
