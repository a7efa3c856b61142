#include "protocol/message/body.hpp"
#include "protocol/message/kind_fields.hpp"
#include "protocol/message/map_business.hpp"
#include "protocol/message/map_kinds.hpp"
#include "protocol/message/map_parts.hpp"
#include "protocol/message/wire.hpp"

namespace wagate::message {
namespace {

using proto::Message;

/// A kind as it stands in Message.
struct BuiltKind {
    int field = 0; ///< 0: none
    Bytes content;
};

/// Builds the kind that a body is. One call operator per alternative.
class KindBuilder {
public:
    explicit KindBuilder(Context const& context) : context_(context) {}

    BuiltKind operator()(Nothing const&) const { return {}; }
    BuiltKind operator()(Unknown const& body) const { return {body.field, body.content}; }

    BuiltKind operator()(Text const& body) const
    {
        if (!body.preview && body.style.empty() && context_ == Context{})
            return {Message::kConversationFieldNumber, to_bytes(body.text)};
        return as<Message::ExtendedTextMessage>(Message::kExtendedTextMessageFieldNumber, body);
    }

    BuiltKind operator()(Media const& body) const
    {
        switch (body.kind) {
        case MediaKind::image: return as<proto::ImageMessage>(Message::kImageMessageFieldNumber, body);
        case MediaKind::video:
        case MediaKind::gif: return as<proto::VideoMessage>(Message::kVideoMessageFieldNumber, body);
        case MediaKind::video_note: return as<proto::VideoMessage>(Message::kPtvMessageFieldNumber, body);
        case MediaKind::audio:
        case MediaKind::voice: return as<proto::AudioMessage>(Message::kAudioMessageFieldNumber, body);
        case MediaKind::document:
            return as<proto::DocumentMessage>(Message::kDocumentMessageFieldNumber, body);
        case MediaKind::sticker: return as<proto::StickerMessage>(Message::kStickerMessageFieldNumber, body);
        }
        return {};
    }

    BuiltKind operator()(Album const& body) const
    {
        return as<proto::AlbumMessage>(Message::kAlbumMessageFieldNumber, body);
    }
    BuiltKind operator()(StickerPack const& body) const
    {
        return as<proto::StickerPackMessage>(Message::kStickerPackMessageFieldNumber, body);
    }
    BuiltKind operator()(Location const& body) const
    {
        if (body.live) return as<proto::LiveLocationMessage>(Message::kLiveLocationMessageFieldNumber, body);
        return as<proto::LocationMessage>(Message::kLocationMessageFieldNumber, body);
    }
    BuiltKind operator()(Contacts const& body) const
    {
        if (body.cards.size() == 1)
            return as<proto::ContactMessage>(Message::kContactMessageFieldNumber, body);
        return as<proto::ContactsArrayMessage>(Message::kContactsArrayMessageFieldNumber, body);
    }
    BuiltKind operator()(GroupInvite const& body) const
    {
        return as<proto::GroupInviteMessage>(Message::kGroupInviteMessageFieldNumber, body);
    }
    BuiltKind operator()(ChannelInvite const& body) const
    {
        return as<proto::NewsletterAdminInviteMessage>(Message::kNewsletterAdminInviteMessageFieldNumber,
                                                       body);
    }
    BuiltKind operator()(PhoneNumberRequest const& body) const
    {
        return as<proto::RequestPhoneNumberMessage>(Message::kRequestPhoneNumberMessageFieldNumber, body);
    }
    BuiltKind operator()(Reaction const& body) const
    {
        return as<proto::ReactionMessage>(Message::kReactionMessageFieldNumber, body);
    }
    BuiltKind operator()(EncryptedReaction const& body) const
    {
        return as<proto::SealedForMessage>(Message::kEncReactionMessageFieldNumber, body);
    }
    BuiltKind operator()(Edit const& body) const
    {
        Message::ProtocolMessage message;
        map_fields<false>(body.target, *message.mutable_key());
        message.set_type(14);
        if (body.content) read_proto(*message.mutable_edited_message(), build_message(*body.content));
        if (body.time) message.set_timestamp_ms(unix_milliseconds(*body.time));
        return {Message::kProtocolMessageFieldNumber, encode(message)};
    }
    BuiltKind operator()(Revoke const& body) const
    {
        Message::ProtocolMessage message;
        map_fields<false>(body.target, *message.mutable_key());
        message.set_type(0);
        return {Message::kProtocolMessageFieldNumber, encode(message)};
    }
    BuiltKind operator()(EphemeralSetting const& body) const
    {
        Message::ProtocolMessage message;
        message.set_type(3);
        message.set_ephemeral_expiration(static_cast<std::uint32_t>(body.expiration.count()));
        if (body.time) message.set_ephemeral_setting_timestamp(unix_seconds(*body.time));
        return {Message::kProtocolMessageFieldNumber, encode(message)};
    }
    BuiltKind operator()(ProtocolNotice const& body) const
    {
        return {Message::kProtocolMessageFieldNumber, body.content};
    }
    BuiltKind operator()(Pin const& body) const
    {
        return as<proto::PinInChatMessage>(Message::kPinInChatMessageFieldNumber, body);
    }
    BuiltKind operator()(Keep const& body) const
    {
        return as<proto::KeepInChatMessage>(Message::kKeepInChatMessageFieldNumber, body);
    }
    BuiltKind operator()(Comment const& body) const
    {
        proto::CommentMessage message;
        if (body.content) message.set_message(to_text(build_message(*body.content)));
        map_fields<false>(body.target, *message.mutable_target_message_key());
        return {Message::kCommentMessageFieldNumber, encode(message)};
    }
    BuiltKind operator()(EncryptedComment const& body) const
    {
        return as<proto::SealedForMessage>(Message::kEncCommentMessageFieldNumber, body);
    }
    BuiltKind operator()(SecretEdit const& body) const
    {
        return as<proto::SecretEncryptedMessage>(Message::kSecretEncryptedMessageFieldNumber, body);
    }
    BuiltKind operator()(Poll const& body) const
    {
        auto const field = [&] {
            switch (body.version) {
            case 2: return Message::kPollCreationMessageV2FieldNumber;
            case 3: return Message::kPollCreationMessageV3FieldNumber;
            case 5: return Message::kPollCreationMessageV5FieldNumber;
            case 6: return Message::kPollCreationMessageV6FieldNumber;
            default: return Message::kPollCreationMessageFieldNumber;
            }
        }();
        return as<proto::PollCreationMessage>(field, body);
    }
    BuiltKind operator()(PollVote const& body) const
    {
        return as<proto::PollUpdateMessage>(Message::kPollUpdateMessageFieldNumber, body);
    }
    BuiltKind operator()(PollResult const& body) const
    {
        return as<proto::PollResultSnapshotMessage>(Message::kPollResultSnapshotMessageFieldNumber, body);
    }
    BuiltKind operator()(CalendarEvent const& body) const
    {
        return as<proto::EventMessage>(Message::kEventMessageFieldNumber, body);
    }
    BuiltKind operator()(EventResponse const& body) const
    {
        return as<proto::SealedForMessage>(Message::kEncEventResponseMessageFieldNumber, body);
    }
    BuiltKind operator()(List const& body) const
    {
        return as<proto::ListMessage>(Message::kListMessageFieldNumber, body);
    }
    BuiltKind operator()(ListReply const& body) const
    {
        return as<proto::ListResponseMessage>(Message::kListResponseMessageFieldNumber, body);
    }
    BuiltKind operator()(Buttons const& body) const
    {
        return as<proto::ButtonsMessage>(Message::kButtonsMessageFieldNumber, body);
    }
    BuiltKind operator()(ButtonReply const& body) const
    {
        return as<proto::ButtonsResponseMessage>(Message::kButtonsResponseMessageFieldNumber, body);
    }
    BuiltKind operator()(TemplateButtons const& body) const
    {
        return as<proto::TemplateMessage>(Message::kTemplateMessageFieldNumber, body);
    }
    BuiltKind operator()(TemplateReply const& body) const
    {
        return as<proto::TemplateButtonReplyMessage>(Message::kTemplateButtonReplyMessageFieldNumber, body);
    }
    BuiltKind operator()(Interactive const& body) const
    {
        return as<proto::InteractiveMessage>(Message::kInteractiveMessageFieldNumber, body);
    }
    BuiltKind operator()(InteractiveReply const& body) const
    {
        return as<proto::InteractiveResponseMessage>(Message::kInteractiveResponseMessageFieldNumber, body);
    }
    BuiltKind operator()(Product const& body) const
    {
        return as<proto::ProductMessage>(Message::kProductMessageFieldNumber, body);
    }
    BuiltKind operator()(Order const& body) const
    {
        return as<proto::OrderMessage>(Message::kOrderMessageFieldNumber, body);
    }
    BuiltKind operator()(CallLog const& body) const
    {
        return as<proto::CallLogMessage>(Message::kCallLogMessageFieldNumber, body);
    }
    BuiltKind operator()(ScheduledCall const& body) const
    {
        return as<proto::ScheduledCallCreationMessage>(Message::kScheduledCallCreationMessageFieldNumber,
                                                       body);
    }
    BuiltKind operator()(Placeholder const& body) const
    {
        return as<proto::PlaceholderMessage>(Message::kPlaceholderMessageFieldNumber, body);
    }

private:
    template <class P, class T>
    BuiltKind as(int field, T const& value) const
    {
        P target;
        map_fields<false>(value, target);
        if constexpr (requires { target.mutable_context_info(); })
            if (context_ != Context{}) map_fields<false>(context_, *target.mutable_context_info());
        return {field, encode(target)};
    }

    Context const& context_;
};

Bytes wrap(Wrapper wrapper, ByteView message)
{
    Bytes inner;
    append_field(inner, proto::FutureProofMessage::kMessageFieldNumber, message);
    Bytes outer;
    append_field(outer, field_of_wrapper(wrapper), inner);
    return outer;
}

} // namespace

Bytes build_message(TypedMessage const& message)
{
    auto const kind = std::visit(KindBuilder{message.context}, message.body);
    if (auto const* unknown = std::get_if<Unknown>(&message.body); unknown && unknown->field == 0)
        return unknown->content;
    Bytes built;
    if (kind.field != 0) append_field(built, kind.field, kind.content);
    auto const& wrappers = message.envelope.wrappers;
    for (auto wrapper = wrappers.rbegin(); wrapper != wrappers.rend(); ++wrapper)
        built = wrap(*wrapper, built);

    Message::MessageContextInfo info;
    map_fields<false>(message.envelope, info);
    if (auto const encoded = encode(info); !encoded.empty())
        append_field(built, Message::kMessageContextInfoFieldNumber, encoded);
    return built;
}

} // namespace wagate::message
