#include "protocol/message/body.hpp"

#include <algorithm>
#include <array>

namespace wagate::message {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<MessageBody>> kind_names{
    "nothing",
    "text",
    "media",
    "album",
    "sticker_pack",
    "location",
    "contacts",
    "group_invite",
    "channel_invite",
    "phone_number_request",
    "reaction",
    "encrypted_reaction",
    "edit",
    "revoke",
    "pin",
    "keep",
    "comment",
    "encrypted_comment",
    "secret_edit",
    "ephemeral_setting",
    "protocol_notice",
    "poll",
    "poll_vote",
    "poll_result",
    "event",
    "event_response",
    "list",
    "list_reply",
    "buttons",
    "button_reply",
    "template_buttons",
    "template_reply",
    "interactive",
    "interactive_reply",
    "product",
    "order",
    "call_log",
    "scheduled_call",
    "placeholder",
    "unknown",
};
static_assert(std::variant_size_v<MessageBody> == static_cast<std::size_t>(BodyKind::unknown) + 1);

/// The text of each kind; most are named by one of their members.
struct TextOf {
    std::string operator()(Text const& body) const { return body.text; }
    std::string operator()(Media const& body) const { return body.caption; }
    std::string operator()(StickerPack const& body) const { return body.caption; }
    std::string operator()(Location const& body) const
    {
        return body.live ? body.live->caption : body.comment;
    }
    std::string operator()(Contacts const& body) const
    {
        return body.cards.size() == 1 ? body.cards.front().display_name : body.display_name;
    }
    std::string operator()(GroupInvite const& body) const { return body.caption; }
    std::string operator()(ChannelInvite const& body) const { return body.caption; }
    std::string operator()(Reaction const& body) const { return body.text; }
    std::string operator()(Edit const& body) const { return body.content ? text_of(body.content->body) : ""; }
    std::string operator()(Comment const& body) const
    {
        return body.content ? text_of(body.content->body) : "";
    }
    std::string operator()(Poll const& body) const { return body.name; }
    std::string operator()(PollResult const& body) const { return body.name; }
    std::string operator()(CalendarEvent const& body) const { return body.name; }
    std::string operator()(List const& body) const { return body.description; }
    std::string operator()(ListReply const& body) const { return body.title; }
    std::string operator()(Buttons const& body) const { return body.text; }
    std::string operator()(ButtonReply const& body) const { return body.text; }
    std::string operator()(TemplateButtons const& body) const { return body.text; }
    std::string operator()(TemplateReply const& body) const { return body.text; }
    std::string operator()(Interactive const& body) const { return body.text; }
    std::string operator()(InteractiveReply const& body) const { return body.text; }
    std::string operator()(Product const& body) const { return body.body; }
    std::string operator()(Order const& body) const { return body.message; }
    std::string operator()(ScheduledCall const& body) const { return body.title; }
    template <class T>
    std::string operator()(T const&) const
    {
        return {};
    }
};

} // namespace

std::string_view kind_name(BodyKind kind) noexcept
{
    auto const index = static_cast<std::size_t>(kind);
    return index < kind_names.size() ? kind_names[index] : kind_names.back();
}

bool is_own_message(BodyKind kind) noexcept
{
    switch (kind) {
    case BodyKind::nothing:
    case BodyKind::reaction:
    case BodyKind::encrypted_reaction:
    case BodyKind::edit:
    case BodyKind::revoke:
    case BodyKind::pin:
    case BodyKind::keep:
    case BodyKind::encrypted_comment:
    case BodyKind::secret_edit:
    case BodyKind::ephemeral_setting:
    case BodyKind::protocol_notice:
    case BodyKind::poll_vote:
    case BodyKind::event_response: return false;
    default: return true;
    }
}

std::string_view media_kind_name(MediaKind kind) noexcept
{
    constexpr std::array<std::string_view, 8> names{"image", "video", "gif",      "video_note",
                                                    "audio", "voice", "document", "sticker"};
    return names[static_cast<std::size_t>(kind) % names.size()];
}

std::string text_of(MessageBody const& body)
{
    return std::visit(TextOf{}, body);
}

Media const* file_of(MessageBody const& body) noexcept
{
    auto const above = [](auto const* buttons) {
        return buttons && buttons->header_media ? &*buttons->header_media : nullptr;
    };
    if (auto const* media = std::get_if<Media>(&body)) return media;
    if (auto const* product = std::get_if<Product>(&body)) return product->image ? &*product->image : nullptr;
    if (auto const* buttons = std::get_if<Buttons>(&body)) return above(buttons);
    return above(std::get_if<Interactive>(&body));
}

MessageReference const* target_of(MessageBody const& body) noexcept
{
    return std::visit(
        [](auto const& kind) -> MessageReference const* {
            if constexpr (requires { kind.target; })
                return &kind.target;
            else
                return nullptr;
        },
        body);
}

bool Envelope::has(Wrapper wrapper) const noexcept
{
    return std::find(wrappers.begin(), wrappers.end(), wrapper) != wrappers.end();
}

bool Envelope::is_view_once() const noexcept
{
    return has(Wrapper::view_once) || has(Wrapper::view_once_v2) || has(Wrapper::view_once_v2_extension);
}

bool Edit::operator==(Edit const& other) const
{
    return target == other.target && time == other.time && content == other.content;
}

bool Comment::operator==(Comment const& other) const
{
    return target == other.target && content == other.content;
}

} // namespace wagate::message
