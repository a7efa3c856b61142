#include "protocol/message/compose.hpp"

namespace wagate::message {
namespace {

TypedMessage plain(MessageBody body)
{
    TypedMessage message;
    message.body = std::move(body);
    return message;
}

/// Text after the rules of vCard: what separates values is escaped.
std::string vcard_text(std::string_view text)
{
    std::string out;
    for (char character : text) {
        switch (character) {
        case '\r': break;
        case '\n': out += "\\n"; break;
        case '\\':
        case ',':
        case ';':
            out += '\\';
            out += character;
            break;
        default: out += character;
        }
    }
    return out;
}

/// A number stands unescaped; nothing but the characters of numbers gets through.
std::string vcard_number(std::string_view text)
{
    std::string out;
    for (char character : text)
        if (std::string_view{"+0123456789 -()"}.find(character) != std::string_view::npos) out += character;
    return out;
}

} // namespace

TypedMessage new_media(Media media)
{
    auto const wrapped = media.kind == MediaKind::document && !media.caption.empty();
    auto message = plain(std::move(media));
    if (wrapped) message.envelope.wrappers.push_back(Wrapper::document_with_caption);
    return message;
}

TypedMessage new_poll(Poll poll, bool in_announcements, RandomSource& random)
{
    if (in_announcements)
        poll.version = 2;
    else
        poll.version = poll.selectable == 1 ? 3 : 1;
    auto message = plain(std::move(poll));
    message.envelope.secret = generate_secret(random);
    return message;
}

TypedMessage new_event(CalendarEvent event, RandomSource& random)
{
    auto message = plain(std::move(event));
    message.envelope.secret = generate_secret(random);
    return message;
}

TypedMessage new_poll_vote(MessageReference target, SharedSecret const& secret, SecretScope const& scope,
                           std::vector<std::string> const& options, WallTime now, RandomSource& random)
{
    return plain(PollVote{std::move(target),
                          seal(SecretUse::poll_vote, secret, scope, poll_choice(options), random), now});
}

TypedMessage new_event_response(MessageReference target, SharedSecret const& secret, SecretScope const& scope,
                                EventAnswer const& answer, RandomSource& random)
{
    return plain(EventResponse{std::move(target),
                               seal(SecretUse::event_response, secret, scope, event_answer(answer), random)});
}

TypedMessage new_encrypted_reaction(Reaction const& reaction, SharedSecret const& secret,
                                    SecretScope const& scope, RandomSource& random)
{
    return plain(EncryptedReaction{
        reaction.target, seal(SecretUse::reaction, secret, scope, hidden_reaction(reaction), random)});
}

TypedMessage new_encrypted_comment(MessageReference target, TypedMessage const& comment,
                                   SharedSecret const& secret, SecretScope const& scope, RandomSource& random)
{
    return plain(EncryptedComment{std::move(target),
                                  seal(SecretUse::comment, secret, scope, build_message(comment), random)});
}

TypedMessage new_edit(MessageReference target, TypedMessage content, WallTime now)
{
    Edit edit;
    edit.target = std::move(target);
    edit.time = now;
    edit.content = Boxed<TypedMessage>{std::move(content)};
    return plain(std::move(edit));
}

TypedMessage new_pin(MessageReference target, Seconds duration, WallTime now)
{
    auto message = plain(Pin{std::move(target), true, now});
    message.envelope.add_on_duration = duration;
    return message;
}

TypedMessage new_unpin(MessageReference target, WallTime now)
{
    return plain(Pin{std::move(target), false, now});
}

TypedMessage new_text_status(std::string text, std::uint32_t background, std::uint32_t font)
{
    Text body;
    body.text = std::move(text);
    body.style = {0xFFFF'FFFF, background, font};
    return plain(std::move(body));
}

void show_once(TypedMessage& message)
{
    auto* media = std::get_if<Media>(&message.body);
    if (!media || message.envelope.is_view_once()) return;
    auto const sounds = media->kind == MediaKind::audio || media->kind == MediaKind::voice;
    auto const moves = media->kind == MediaKind::video || media->kind == MediaKind::gif;
    if (!sounds && !moves && media->kind != MediaKind::image) return;
    media->view_once = true;
    auto& wrappers = message.envelope.wrappers;
    wrappers.insert(wrappers.begin(), sounds ? Wrapper::view_once_v2_extension : Wrapper::view_once_v2);
}

void expire_after(TypedMessage& message, Seconds expiration, std::optional<WallTime> set)
{
    if (!is_own_message(kind_of(message.body))) return;
    message.context.expiration = expiration;
    message.context.expiration_set = set;
}

Quote new_quote(MessageId id, std::optional<Jid> participant, std::optional<Jid> chat, ByteView message)
{
    Quote quote;
    quote.id = std::move(id);
    quote.participant = std::move(participant);
    quote.chat = std::move(chat);
    quote.message = quotable(message);
    auto const quoted = parse_body(quote.message);
    quote.kind = kind_of(quoted.body);
    quote.text = text_of(quoted.body);
    return quote;
}

std::string make_vcard(VcardFacts const& facts)
{
    auto const name = vcard_text(facts.full_name);
    std::string card = "BEGIN:VCARD\nVERSION:3.0\nN:;" + name + ";;;\nFN:" + name + "\n";
    if (!facts.organization.empty()) card += "ORG:" + vcard_text(facts.organization) + ";\n";
    card += "TEL;type=CELL;type=VOICE";
    std::string id;
    for (char character : facts.whatsapp_id)
        if (character >= '0' && character <= '9') id += character;
    if (!id.empty()) card += ";waid=" + id;
    return card + ":" + vcard_number(facts.phone_number) + "\nEND:VCARD";
}

} // namespace wagate::message
