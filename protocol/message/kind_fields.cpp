#include "protocol/message/kind_fields.hpp"

#include "protocol/proto/e2e.pb.h"
#include "protocol/proto/kinds.pb.h"

#include <algorithm>
#include <array>

namespace wagate::message {
namespace {

using proto::Message;

struct WrapperField {
    Wrapper wrapper;
    int field;
};

constexpr std::array wrapper_fields{
    WrapperField{Wrapper::view_once, Message::kViewOnceMessageFieldNumber},
    WrapperField{Wrapper::ephemeral, Message::kEphemeralMessageFieldNumber},
    WrapperField{Wrapper::document_with_caption, Message::kDocumentWithCaptionMessageFieldNumber},
    WrapperField{Wrapper::view_once_v2, Message::kViewOnceMessageV2FieldNumber},
    WrapperField{Wrapper::edited, Message::kEditedMessageFieldNumber},
    WrapperField{Wrapper::view_once_v2_extension, Message::kViewOnceMessageV2ExtensionFieldNumber},
    WrapperField{Wrapper::group_mentioned, Message::kGroupMentionedMessageFieldNumber},
    WrapperField{Wrapper::bot_invoke, Message::kBotInvokeMessageFieldNumber},
    WrapperField{Wrapper::lottie_sticker, Message::kLottieStickerMessageFieldNumber},
    WrapperField{Wrapper::event_cover_image, Message::kEventCoverImageFieldNumber},
    WrapperField{Wrapper::status_mention, Message::kStatusMentionMessageFieldNumber},
    WrapperField{Wrapper::poll_option_image, Message::kPollCreationOptionImageMessageFieldNumber},
    WrapperField{Wrapper::associated_child, Message::kAssociatedChildMessageFieldNumber},
    WrapperField{Wrapper::group_status_mention, Message::kGroupStatusMentionMessageFieldNumber},
    WrapperField{Wrapper::poll_v4, Message::kPollCreationMessageV4FieldNumber},
    WrapperField{Wrapper::status_add_yours, Message::kStatusAddYoursFieldNumber},
    WrapperField{Wrapper::group_status, Message::kGroupStatusMessageFieldNumber},
    WrapperField{Wrapper::limit_sharing, Message::kLimitSharingMessageFieldNumber},
    WrapperField{Wrapper::bot_task, Message::kBotTaskMessageFieldNumber},
    WrapperField{Wrapper::question, Message::kQuestionMessageFieldNumber},
    WrapperField{Wrapper::group_status_v2, Message::kGroupStatusMessageV2FieldNumber},
    WrapperField{Wrapper::bot_forwarded, Message::kBotForwardedMessageFieldNumber},
    WrapperField{Wrapper::question_reply, Message::kQuestionReplyMessageFieldNumber},
    WrapperField{Wrapper::spoiler, Message::kSpoilerMessageFieldNumber},
};

struct ContextField {
    int field;
    int context;
};

constexpr std::array context_fields{
    ContextField{Message::kImageMessageFieldNumber, proto::ImageMessage::kContextInfoFieldNumber},
    ContextField{Message::kContactMessageFieldNumber, proto::ContactMessage::kContextInfoFieldNumber},
    ContextField{Message::kLocationMessageFieldNumber, proto::LocationMessage::kContextInfoFieldNumber},
    ContextField{Message::kExtendedTextMessageFieldNumber,
                 Message::ExtendedTextMessage::kContextInfoFieldNumber},
    ContextField{Message::kDocumentMessageFieldNumber, proto::DocumentMessage::kContextInfoFieldNumber},
    ContextField{Message::kAudioMessageFieldNumber, proto::AudioMessage::kContextInfoFieldNumber},
    ContextField{Message::kVideoMessageFieldNumber, proto::VideoMessage::kContextInfoFieldNumber},
    ContextField{Message::kContactsArrayMessageFieldNumber,
                 proto::ContactsArrayMessage::kContextInfoFieldNumber},
    ContextField{Message::kLiveLocationMessageFieldNumber,
                 proto::LiveLocationMessage::kContextInfoFieldNumber},
    ContextField{Message::kTemplateMessageFieldNumber, proto::TemplateMessage::kContextInfoFieldNumber},
    ContextField{Message::kStickerMessageFieldNumber, proto::StickerMessage::kContextInfoFieldNumber},
    ContextField{Message::kGroupInviteMessageFieldNumber, proto::GroupInviteMessage::kContextInfoFieldNumber},
    ContextField{Message::kTemplateButtonReplyMessageFieldNumber,
                 proto::TemplateButtonReplyMessage::kContextInfoFieldNumber},
    ContextField{Message::kProductMessageFieldNumber, proto::ProductMessage::kContextInfoFieldNumber},
    ContextField{Message::kListMessageFieldNumber, proto::ListMessage::kContextInfoFieldNumber},
    ContextField{Message::kOrderMessageFieldNumber, proto::OrderMessage::kContextInfoFieldNumber},
    ContextField{Message::kListResponseMessageFieldNumber,
                 proto::ListResponseMessage::kContextInfoFieldNumber},
    ContextField{Message::kButtonsMessageFieldNumber, proto::ButtonsMessage::kContextInfoFieldNumber},
    ContextField{Message::kButtonsResponseMessageFieldNumber,
                 proto::ButtonsResponseMessage::kContextInfoFieldNumber},
    ContextField{Message::kInteractiveMessageFieldNumber, proto::InteractiveMessage::kContextInfoFieldNumber},
    ContextField{Message::kInteractiveResponseMessageFieldNumber,
                 proto::InteractiveResponseMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollCreationMessageFieldNumber,
                 proto::PollCreationMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollCreationMessageV2FieldNumber,
                 proto::PollCreationMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollCreationMessageV3FieldNumber,
                 proto::PollCreationMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollCreationMessageV5FieldNumber,
                 proto::PollCreationMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollCreationMessageV6FieldNumber,
                 proto::PollCreationMessage::kContextInfoFieldNumber},
    ContextField{Message::kRequestPhoneNumberMessageFieldNumber,
                 proto::RequestPhoneNumberMessage::kContextInfoFieldNumber},
    ContextField{Message::kPtvMessageFieldNumber, proto::VideoMessage::kContextInfoFieldNumber},
    ContextField{Message::kEventMessageFieldNumber, proto::EventMessage::kContextInfoFieldNumber},
    ContextField{Message::kNewsletterAdminInviteMessageFieldNumber,
                 proto::NewsletterAdminInviteMessage::kContextInfoFieldNumber},
    ContextField{Message::kAlbumMessageFieldNumber, proto::AlbumMessage::kContextInfoFieldNumber},
    ContextField{Message::kStickerPackMessageFieldNumber, proto::StickerPackMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollResultSnapshotMessageFieldNumber,
                 proto::PollResultSnapshotMessage::kContextInfoFieldNumber},
    ContextField{Message::kPollResultSnapshotMessageV3FieldNumber,
                 proto::PollResultSnapshotMessage::kContextInfoFieldNumber},
};

constexpr int fast_ratchet_key_distribution_field = 15;

} // namespace

std::optional<Wrapper> wrapper_of_field(int field) noexcept
{
    auto const found = std::find_if(wrapper_fields.begin(), wrapper_fields.end(),
                                    [&](WrapperField const& entry) { return entry.field == field; });
    if (found == wrapper_fields.end()) return std::nullopt;
    return found->wrapper;
}

int field_of_wrapper(Wrapper wrapper) noexcept
{
    auto const index = static_cast<std::size_t>(wrapper);
    static_assert(wrapper_fields.back().wrapper == Wrapper::spoiler);
    return wrapper_fields[index].field;
}

std::optional<int> context_field_of(int field) noexcept
{
    auto const found = std::find_if(context_fields.begin(), context_fields.end(),
                                    [&](ContextField const& entry) { return entry.field == field; });
    if (found == context_fields.end()) return std::nullopt;
    return found->context;
}

bool accompanies(int field) noexcept
{
    return field == Message::kSenderKeyDistributionMessageFieldNumber ||
           field == fast_ratchet_key_distribution_field || field == Message::kMessageContextInfoFieldNumber;
}

} // namespace wagate::message
