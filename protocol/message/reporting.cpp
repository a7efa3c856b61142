#include "protocol/message/reporting.hpp"

#include "protocol/message/wire.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace wagate::message {
namespace {

constexpr std::size_t token_bytes = 16;
constexpr std::size_t secret_bytes = 32;
constexpr int message_context_info = 35;
constexpr int message_secret = 3;
constexpr int max_wrappers = 12;

/// A field that counts: whole, in the parts below it, or as a Message of its own.
struct Part {
    int number;
    std::span<Part const> parts = {};
    bool is_message = false;
};

constexpr Part whole(int number)
{
    return {number};
}

// The tree is the official clients'; names as in their schema.
constexpr std::array context{whole(21), whole(22)}; // how often it was forwarded
constexpr std::array wrapper{Part{1, {}, true}};
constexpr std::array image{whole(2), whole(3), whole(8), whole(11), Part{17, context}, whole(25)};
constexpr std::array contact{whole(1), whole(16), Part{17, context}};
constexpr std::array location{whole(3), whole(4), whole(5), whole(16), Part{17, context}};
constexpr std::array extended_text{whole(1), Part{17, context}, whole(30)};
constexpr std::array document{whole(2), whole(7), whole(10), Part{17, context}, whole(20)};
constexpr std::array audio{whole(2), whole(7), whole(9), Part{17, context}, whole(21)};
constexpr std::array video{whole(2), whole(6), whole(7), whole(13), Part{17, context}, whole(20)};
constexpr std::array protocol{whole(1), whole(2), Part{14, {}, true}, whole(15)};
constexpr std::array live_location{whole(6), whole(16), Part{17, context}};
constexpr std::array sticker{whole(4), whole(5), whole(8), whole(13), Part{17, context}};
constexpr std::array group_invite{whole(1), whole(2), whole(4), whole(5), whole(6), Part{7, context}};
constexpr std::array option{whole(1), whole(2)};
constexpr std::array poll{whole(2), Part{3, option}, Part{5, context}, Part{8, option}};
constexpr std::array option_result{whole(1)};
constexpr std::array poll_result{whole(1), Part{2, option_result}, Part{3, context}};
constexpr std::array root{
    whole(1),
    Part{3, image},
    Part{4, contact},
    Part{5, location},
    Part{6, extended_text},
    Part{7, document},
    Part{8, audio},
    Part{9, video},
    Part{12, protocol},
    Part{18, live_location},
    Part{26, sticker},
    Part{28, group_invite},
    Part{37, wrapper},
    Part{49, poll},
    Part{53, wrapper},
    Part{55, wrapper},
    Part{58, wrapper},
    Part{59, wrapper},
    Part{60, poll},
    Part{64, poll},
    Part{66, video},
    Part{74, wrapper},
    Part{87, wrapper},
    Part{88, poll_result},
    Part{92, wrapper},
    Part{93, wrapper},
    Part{94, wrapper},
};

Bytes parts_of(ByteView content, std::span<Part const> parts, int depth)
{
    auto const fields = wire_fields(content);
    if (!fields || depth > max_wrappers) return {};
    std::multimap<int, Bytes> found; // repeated ones stay in their order
    for (auto const& field : *fields) {
        auto const part = std::find_if(parts.begin(), parts.end(),
                                       [&](Part const& known) { return known.number == field.number; });
        if (part == parts.end()) continue;
        if (!field.has_content || (part->parts.empty() && !part->is_message)) {
            found.emplace(field.number, to_bytes(field.whole));
            continue;
        }
        auto const below = part->is_message ? std::span<Part const>{root} : part->parts;
        auto const inner = parts_of(field.content, below, depth + 1);
        if (inner.empty()) continue;
        Bytes bytes;
        append_field(bytes, field.number, inner);
        found.emplace(field.number, std::move(bytes));
    }
    Bytes all;
    for (auto const& [number, bytes] : found)
        append(all, bytes);
    return all;
}

bool can_be_reported(MessageBody const& body)
{
    return !std::holds_alternative<Reaction>(body) && !std::holds_alternative<EncryptedReaction>(body) &&
           !std::holds_alternative<EventResponse>(body) && !std::holds_alternative<PollVote>(body) &&
           !std::holds_alternative<Keep>(body);
}

} // namespace

Bytes reported_parts(ByteView message)
{
    return parts_of(message, root, 0);
}

std::optional<Bytes> reporting_token(ByteView message, MessageId const& id, Jid const& sender,
                                     Jid const& remote)
{
    auto const typed = parse_body(message);
    auto const& secret = typed.envelope.secret;
    if (!secret || secret->empty() || !can_be_reported(typed.body)) return std::nullopt;
    auto const parts = reported_parts(message);
    if (parts.empty()) return std::nullopt;
    auto const key = secret_key(SecretUse::report_token, *secret, {id, sender, remote});
    auto const mac = crypto::hmac_sha256(key.reveal(), {parts});
    return to_bytes(ByteView{mac}.first(token_bytes));
}

Bytes with_secret(Bytes message, RandomSource& random)
{
    auto const secret = parse_body(message).envelope.secret;
    if (secret && !secret->empty()) return message;
    auto const fields = wire_fields(message);
    if (!fields) return message;
    Bytes rest, info;
    for (auto const& field : *fields) {
        if (field.number == message_context_info && field.has_content)
            append(info, field.content);
        else
            append(rest, field.whole);
    }
    append_field(info, message_secret, random.bytes(secret_bytes));
    append_field(rest, message_context_info, info);
    return rest;
}

} // namespace wagate::message
