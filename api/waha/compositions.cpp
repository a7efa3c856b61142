#include "api/waha/compositions.hpp"

#include "gateway/session/chat_ids.hpp"
#include "protocol/message/compose.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

using engine::Compose;
using engine::DraftContext;
using engine::DraftErrc;
using message::MessageReference;
using message::TypedMessage;

/// Groups and lists, where a message is named together with its sender.
bool names_senders(Jid const& chat) noexcept
{
    return chat.is_group() || chat.is_broadcast();
}

MessageReference reference_to(AboutMessage const& about, DraftContext const& context)
{
    MessageReference reference{context.chat, about.from_me, about.id, std::nullopt};
    if (names_senders(context.chat) && !about.from_me) reference.participant = about.sender;
    return reference;
}

bool has_content(AboutMessage const& about) noexcept
{
    return about.stored && !about.stored->revoked && !about.stored->content.empty();
}

/// The own address on the terms of the message: by LID where its sender is.
Jid own_for(Message const& message, DraftContext const& context)
{
    auto const by_lid = message.chat.is_lid() || message.sender.is_lid();
    return by_lid && !context.me.lid.user.empty() ? context.me.lid.bare() : context.own();
}

/// The content after an edit: media keeps its file.
std::optional<TypedMessage> edited_content(AboutMessage const& about, std::string const& text)
{
    if (!about.stored) return TypedMessage{message::Text{text, {}, {}}, {}, {}};
    auto stored = message::parse_body(about.stored->content);
    if (std::holds_alternative<message::Text>(stored.body))
        return TypedMessage{message::Text{text, {}, {}}, {}, {}};
    auto* media = std::get_if<message::Media>(&stored.body);
    if (!media) return std::nullopt;
    media->caption = text;
    return message::new_media(std::move(*media));
}

} // namespace

Compose compose(TypedMessage content, std::optional<std::string> reply_to)
{
    if (!reply_to || reply_to->empty()) return engine::compose_ready(std::move(content));
    auto id = gateway::parse_message_id(*reply_to);
    if (!id) return [](DraftContext const&) -> Result<Bytes> { return DraftErrc::message_not_found; };
    return engine::compose_ready(std::move(content), std::move(id));
}

Compose compose_poll(message::Poll poll, std::optional<std::string> reply_to)
{
    return [poll = std::move(poll), reply_to = std::move(reply_to)](DraftContext const& context) {
        return compose(message::new_poll(poll, false, context.random), reply_to)(context);
    };
}

Compose compose_event(message::CalendarEvent event, std::optional<std::string> reply_to)
{
    return [event = std::move(event), reply_to = std::move(reply_to)](DraftContext const& context) {
        return compose(message::new_event(event, context.random), reply_to)(context);
    };
}

Compose compose_list(message::List list, std::optional<std::string> reply_to)
{
    auto inner = compose(TypedMessage{std::move(list), {}, {}}, std::move(reply_to));
    return [inner = std::move(inner)](DraftContext const& context) -> Result<Bytes> {
        if (!context.chat.is_user()) return DraftErrc::not_possible;
        return inner(context);
    };
}

Compose compose_buttons(message::Interactive buttons, std::optional<std::string> reply_to)
{
    auto inner = compose(TypedMessage{std::move(buttons), {}, {}}, std::move(reply_to));
    return [inner = std::move(inner)](DraftContext const& context) -> Result<Bytes> {
        if (!context.chat.is_user() && !context.chat.is_group()) return DraftErrc::not_possible;
        return inner(context);
    };
}

Compose compose_edit(AboutMessage about, std::string text)
{
    return [about = std::move(about), text = std::move(text)](DraftContext const& context) -> Result<Bytes> {
        if (!about.from_me || (about.stored && !has_content(about))) return DraftErrc::not_possible;
        auto content = edited_content(about, text);
        if (!content) return DraftErrc::not_possible;
        return message::build_message(
            message::new_edit(reference_to(about, context), std::move(*content), context.now));
    };
}

Compose compose_revoke(AboutMessage about)
{
    return [about = std::move(about)](DraftContext const& context) -> Result<Bytes> {
        if (!about.from_me && !context.chat.is_group()) return DraftErrc::not_possible;
        if (about.stored && about.stored->revoked) return DraftErrc::not_possible;
        message::Revoke revoke{reference_to(about, context)};
        return message::build_message(TypedMessage{std::move(revoke), {}, {}});
    };
}

Compose compose_pin(AboutMessage about, std::optional<std::chrono::seconds> duration)
{
    return [about = std::move(about), duration](DraftContext const& context) -> Result<Bytes> {
        auto target = reference_to(about, context);
        if (!duration) return message::build_message(message::new_unpin(std::move(target), context.now));
        return message::build_message(message::new_pin(std::move(target), *duration, context.now));
    };
}

Compose compose_poll_vote(AboutMessage about, std::vector<std::string> options)
{
    return [about = std::move(about),
            options = std::move(options)](DraftContext const& context) -> Result<Bytes> {
        if (!has_content(about)) return DraftErrc::message_not_found;
        auto const stored = message::parse_body(about.stored->content);
        auto const* poll = std::get_if<message::Poll>(&stored.body);
        if (!poll) return DraftErrc::not_possible;
        if (!stored.envelope.secret || stored.envelope.secret->empty()) return DraftErrc::secret_unknown;
        auto const is_known = [poll](std::string const& option) {
            return std::find(poll->options.begin(), poll->options.end(), option) != poll->options.end();
        };
        if (!std::all_of(options.begin(), options.end(), is_known)) return DraftErrc::option_unknown;
        if (poll->selectable != 0 && options.size() > poll->selectable) return DraftErrc::not_possible;
        auto const own = own_for(*about.stored, context);
        message::SecretScope const scope{about.id, about.from_me ? own : about.stored->sender.bare(), own};
        return message::build_message(message::new_poll_vote(reference_to(about, context),
                                                             *stored.envelope.secret, scope, options,
                                                             context.now, context.random));
    };
}

Compose compose_forward(AboutMessage about)
{
    return [about = std::move(about)](DraftContext const&) -> Result<Bytes> {
        if (!has_content(about)) return DraftErrc::message_not_found;
        auto copy = message::forwarded_copy(about.stored->content, about.from_me);
        if (!copy) return DraftErrc::not_possible;
        return std::move(*copy);
    };
}

} // namespace wagate::waha
