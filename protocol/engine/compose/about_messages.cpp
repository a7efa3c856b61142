#include "protocol/engine/compose/about_messages.hpp"

#include "protocol/engine/compose/target.hpp"
#include "protocol/engine/group_records.hpp"
#include "protocol/engine/sealed_answers.hpp"
#include "protocol/message/compose.hpp"
#include "protocol/message/member_label.hpp"

namespace wagate::engine {

using message::Media;
using message::Text;
using message::TypedMessage;

namespace {

/// A message that is the body and nothing more.
Bytes plain(message::MessageBody body)
{
    TypedMessage message;
    message.body = std::move(body);
    return message::build_message(message);
}

/// Names the target for a message about it; deleted ones and those about others cannot be named.
Result<message::MessageReference> living(DraftContext const& context, MessageTarget const& target)
{
    auto const known = context.find(target.id);
    if (known && (known->revoked || known->kind == MessageKind::control)) return DraftErrc::not_possible;
    return reference_to(context, target, known);
}

/// The announcement group of a community: reactions and comments are encrypted there.
bool is_announcements(RecordSource const& records, Jid const& chat)
{
    if (!chat.is_group()) return false;
    auto const known = find_group(records, chat);
    return known && known->group.is_announcement_group;
}

std::optional<message::SharedSecret> secret_of(Message const& message)
{
    auto secret = message::parse_body(message.content).envelope.secret;
    return secret && !secret->empty() ? std::move(secret) : std::nullopt;
}

bool has_caption(Media const& media)
{
    switch (media.kind) {
    case message::MediaKind::image:
    case message::MediaKind::video:
    case message::MediaKind::gif:
    case message::MediaKind::document: return true;
    default: return false;
    }
}

} // namespace

Compose compose_reaction(MessageTarget target, std::string text)
{
    return [target = std::move(target),
            text = std::move(text)](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto reference, living(context, target));
        message::Reaction reaction{std::move(reference), text, {}, context.now};
        auto const known =
            is_announcements(context.reader, context.chat) ? context.find(target.id) : std::nullopt;
        auto const secret = known ? secret_of(*known) : std::nullopt;
        if (!secret) return plain(std::move(reaction));
        return message::build_message(
            message::new_encrypted_reaction(reaction, *secret, scope_for(context, *known), context.random));
    };
}

Compose compose_comment(MessageId target, std::string text)
{
    return
        [target = std::move(target), text = std::move(text)](DraftContext const& context) -> Result<Bytes> {
            if (!is_announcements(context.reader, context.chat)) return DraftErrc::not_possible;
            auto const known = context.find(target);
            if (!known || known->kind == MessageKind::waiting) return DraftErrc::message_not_found;
            if (known->revoked || known->kind == MessageKind::control) return DraftErrc::not_possible;
            auto const secret = secret_of(*known);
            if (!secret) return DraftErrc::secret_unknown;
            TypedMessage comment;
            comment.body = Text{text, {}, {}};
            return message::build_message(message::new_encrypted_comment(
                reference_to(context, *known), comment, *secret, scope_for(context, *known), context.random));
        };
}

Compose compose_edit(MessageId target, TextEdit edit)
{
    return
        [target = std::move(target), edit = std::move(edit)](DraftContext const& context) -> Result<Bytes> {
            auto const known = context.find(target);
            if (!known) return DraftErrc::message_not_found;
            if (!known->from_me || known->revoked) return DraftErrc::not_possible;
            auto const before = message::parse_body(known->content);
            TypedMessage after;
            if (std::holds_alternative<Text>(before.body)) {
                after.body = Text{edit.text, edit.preview, {}};
            } else if (auto const* media = std::get_if<Media>(&before.body); media && has_caption(*media)) {
                auto changed = *media;
                changed.caption = edit.text;
                after.body = std::move(changed);
            } else {
                return DraftErrc::not_possible;
            }
            after.context = before.context; // a reply stays one
            after.context.mentions = edit.mentions;
            after.context.mentions_everyone = false;
            after.context.group_mentions.clear();
            return message::build_message(
                message::new_edit(reference_to(context, *known), std::move(after), context.now));
        };
}

Compose compose_revoke(MessageTarget target)
{
    return [target = std::move(target)](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto reference, living(context, target));
        if (!reference.from_me && (!context.chat.is_group() || !reference.participant))
            return DraftErrc::not_possible;
        return plain(message::Revoke{std::move(reference)});
    };
}

Compose compose_pin(MessageTarget target, message::Seconds duration)
{
    return [target = std::move(target), duration](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto reference, living(context, target));
        return message::build_message(message::new_pin(std::move(reference), duration, context.now));
    };
}

Compose compose_unpin(MessageTarget target)
{
    return [target = std::move(target)](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto reference, living(context, target));
        return message::build_message(message::new_unpin(std::move(reference), context.now));
    };
}

Compose compose_forward(Jid from, MessageId id)
{
    return [from = std::move(from), id = std::move(id)](DraftContext const& context) -> Result<Bytes> {
        std::optional<Message> known;
        for (auto const& chat : addresses_of(context.reader, std::nullopt, from, std::nullopt))
            if (!known) known = context.reader.find_message(chat, id);
        if (!known || known->kind == MessageKind::waiting) return DraftErrc::message_not_found;
        auto copy = message::forwarded_copy(known->content, known->from_me, context.timer());
        if (!copy) return DraftErrc::not_possible;
        return std::move(*copy);
    };
}

Compose compose_timer(message::Seconds expiration)
{
    return [expiration](DraftContext const& context) -> Result<Bytes> {
        if (!context.chat.is_user()) return DraftErrc::not_possible;
        return plain(message::EphemeralSetting{expiration, wall_from_seconds(unix_seconds(context.now))});
    };
}

Compose compose_member_label(std::string label)
{
    return [label = std::move(label)](DraftContext const& context) -> Result<Bytes> {
        if (!context.chat.is_group()) return DraftErrc::not_possible;
        return plain(message::new_member_label({label, wall_from_seconds(unix_seconds(context.now))}));
    };
}

} // namespace wagate::engine
