#include "protocol/engine/draft.hpp"

namespace wagate::engine {
namespace {

class DraftCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.draft"; }
    std::string message(int value) const override
    {
        switch (static_cast<DraftErrc>(value)) {
        case DraftErrc::message_not_found: return "the message is not known here";
        case DraftErrc::not_possible: return "this is not possible with that message";
        case DraftErrc::secret_unknown: return "the message came without its secret";
        case DraftErrc::option_unknown: return "the poll has no such option";
        }
        return "unknown draft error";
    }
};

} // namespace

boost::system::error_code make_error_code(DraftErrc error)
{
    static DraftCategory const category;
    return {static_cast<int>(error), category};
}

std::optional<Message> DraftContext::find(MessageId const& wanted) const
{
    auto found = reader.find_message(chat, wanted);
    if (!found && chat_phone) found = reader.find_message(*chat_phone, wanted);
    return found;
}

Jid DraftContext::own() const
{
    return chat.is_lid() && !me.lid.user.empty() ? me.lid.bare() : me.phone.bare();
}

message::ChatTimer DraftContext::timer() const
{
    auto known = reader.find_chat(chat);
    if (!known && chat_phone) known = reader.find_chat(*chat_phone);
    if (!known || known->expiration <= std::chrono::seconds{0}) return {};
    return {known->expiration, known->expiration_set};
}

Compose compose_ready(message::TypedMessage message, std::optional<MessageId> reply_to)
{
    return [message = std::move(message),
            reply_to = std::move(reply_to)](DraftContext const& context) mutable -> Result<Bytes> {
        if (reply_to) {
            auto const quoted = context.find(*reply_to);
            std::optional<Jid> author;
            if (quoted)
                author = quoted->sender;
            else if (context.chat.is_user())
                author = context.chat;
            message.context.quoted = message::new_quote(*reply_to, std::move(author), std::nullopt,
                                                        quoted ? ByteView{quoted->content} : ByteView{});
        }
        if (auto const timer = context.timer(); timer.expiration)
            message::expire_after(message, *timer.expiration, timer.set);
        return message::build_message(message);
    };
}

void describe(Message& message, Bytes content)
{
    auto const typed = message::parse_body(content);
    describe(message, typed, std::move(content));
}

void describe(Message& message, message::TypedMessage const& typed, Bytes content)
{
    auto const kind = message::kind_of(typed.body);
    if (kind == message::BodyKind::text)
        message.kind = MessageKind::text;
    else if (kind == message::BodyKind::unknown)
        message.kind = MessageKind::unknown;
    else
        message.kind = message::is_own_message(kind) ? MessageKind::typed : MessageKind::control;
    message.body = message::text_of(typed.body);
    message.quoted.reset();
    if (auto const& quote = typed.context.quoted; quote && !quote->id.empty()) {
        message.quoted = QuotedMessage{quote->id, quote->participant, quote->text};
        if (quote->participant) message.quoted->participant = quote->participant->bare();
    }
    message.content = std::move(content);
}

} // namespace wagate::engine
