#include "protocol/engine/compose/polls.hpp"

#include "protocol/engine/compose/target.hpp"
#include "protocol/message/compose.hpp"

#include <algorithm>

namespace wagate::engine {

using message::CalendarEvent;
using message::Poll;
using message::SecretScope;

namespace {

/// A stored poll or event that is to be answered.
template <class Body>
struct Asked {
    Message message;
    Body body;
    message::SharedSecret secret;
    SecretScope scope;
};

template <class Body>
Result<Asked<Body>> find_asked(DraftContext const& context, MessageId const& id)
{
    auto known = context.find(id);
    if (!known || known->kind == MessageKind::waiting) return DraftErrc::message_not_found;
    auto typed = message::parse_body(known->content);
    auto* body = std::get_if<Body>(&typed.body);
    if (body == nullptr) return DraftErrc::not_possible;
    if (!typed.envelope.secret || typed.envelope.secret->empty()) return DraftErrc::secret_unknown;
    auto scope = scope_for(context, *known);
    return Asked<Body>{std::move(*known), std::move(*body), std::move(*typed.envelope.secret),
                       std::move(scope)};
}

Bytes event_edit(DraftContext const& context, Asked<CalendarEvent> const& asked, CalendarEvent const& changed)
{
    message::TypedMessage inner;
    inner.body = changed;
    message::TypedMessage outer;
    outer.body = message::SecretEdit{reference_to(context, asked.message),
                                     message::seal(message::SecretUse::event_edit, asked.secret, asked.scope,
                                                   message::build_message(inner), context.random),
                                     1};
    return message::build_message(outer);
}

} // namespace

Compose compose_poll(Poll poll, std::optional<MessageId> reply_to, bool in_announcements)
{
    return [poll = std::move(poll), reply_to = std::move(reply_to),
            in_announcements](DraftContext const& context) -> Result<Bytes> {
        return compose_ready(message::new_poll(poll, in_announcements, context.random), reply_to)(context);
    };
}

Compose compose_vote(MessageId poll, std::vector<std::string> options)
{
    return
        [poll = std::move(poll), options = std::move(options)](DraftContext const& context) -> Result<Bytes> {
            WAGATE_TRY(auto asked, find_asked<Poll>(context, poll));
            std::vector<std::string> chosen;
            for (auto const& option : options) {
                auto const& offered = asked.body.options;
                if (std::find(offered.begin(), offered.end(), option) == offered.end())
                    return DraftErrc::option_unknown;
                if (std::find(chosen.begin(), chosen.end(), option) == chosen.end()) chosen.push_back(option);
            }
            if (asked.body.selectable != 0 && chosen.size() > asked.body.selectable)
                return DraftErrc::not_possible;
            return message::build_message(message::new_poll_vote(reference_to(context, asked.message),
                                                                 asked.secret, asked.scope, chosen,
                                                                 context.now, context.random));
        };
}

Compose compose_event(CalendarEvent event, std::optional<MessageId> reply_to)
{
    return [event = std::move(event),
            reply_to = std::move(reply_to)](DraftContext const& context) -> Result<Bytes> {
        return compose_ready(message::new_event(event, context.random), reply_to)(context);
    };
}

Compose compose_event_edit(MessageId event, CalendarEvent changed)
{
    return [event = std::move(event),
            changed = std::move(changed)](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto asked, find_asked<CalendarEvent>(context, event));
        if (!asked.message.from_me || asked.body.cancelled) return DraftErrc::not_possible;
        return event_edit(context, asked, changed);
    };
}

Compose compose_event_cancellation(MessageId event)
{
    return [event = std::move(event)](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto asked, find_asked<CalendarEvent>(context, event));
        if (!asked.message.from_me || asked.body.cancelled) return DraftErrc::not_possible;
        auto changed = asked.body;
        changed.cancelled = true;
        return event_edit(context, asked, changed);
    };
}

Compose compose_event_answer(MessageId event, message::EventAnswer::Response response,
                             std::int32_t extra_guests)
{
    return [event = std::move(event), response, extra_guests](DraftContext const& context) -> Result<Bytes> {
        WAGATE_TRY(auto asked, find_asked<CalendarEvent>(context, event));
        auto const too_many = extra_guests < 0 || (extra_guests > 0 && !asked.body.extra_guests_allowed);
        if (asked.body.cancelled || too_many) return DraftErrc::not_possible;
        message::EventAnswer answer;
        answer.response = response;
        answer.time = context.now;
        answer.extra_guests = extra_guests;
        return message::build_message(message::new_event_response(
            reference_to(context, asked.message), asked.secret, asked.scope, answer, context.random));
    };
}

} // namespace wagate::engine
