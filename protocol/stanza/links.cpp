#include "protocol/stanza/links.hpp"

#include <algorithm>
#include <array>

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::size_t longest_code = 64;
constexpr std::size_t longest_text = 4'096;
constexpr int unspecified_error = 500;

constexpr std::array contact_prefixes{contact_link_prefix, std::string_view{"https://api.whatsapp.com/qr/"}};
constexpr std::array message_prefixes{message_link_prefix,
                                      std::string_view{"https://api.whatsapp.com/message/"}};

/// Both known clients leave the address out here, and the server does not miss it.
Node qr_request(std::string_view type, Node qr)
{
    return Node{"iq"}.set("type", type).set("xmlns", "w:qr").add(std::move(qr));
}

bool is_code(std::string_view text)
{
    return !text.empty() && text.size() <= longest_code && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_';
    });
}

std::string short_text(Node const& node, std::string_view attribute)
{
    return node.text(attribute).substr(0, longest_text);
}

bool is_true(std::string_view text)
{
    return text == "true" || text == "1";
}

/// The reply's <qr> with an address, unless it is of `other`'s kind.
Node const* target_in(Node const& reply, std::string_view other)
{
    auto const* qr = reply.child("qr");
    if (qr == nullptr || !qr->jid("jid") || qr->text("type") == other) return nullptr;
    return qr;
}

} // namespace

std::optional<std::string> link_code(std::string_view text, LinkKind kind)
{
    for (auto const prefix : kind == LinkKind::contact ? contact_prefixes : message_prefixes) {
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(prefix.size());
        text = text.substr(0, text.find('?'));
        break;
    }
    if (!is_code(text)) return std::nullopt;
    return std::string{text};
}

Node contact_link_request(bool revoke)
{
    return qr_request("set", Node{"qr"}.set("type", "contact").set("action", revoke ? "revoke" : "get"));
}

std::optional<std::string> parse_contact_link(Node const& reply)
{
    auto const* qr = reply.child("qr");
    if (qr == nullptr) return std::nullopt;
    auto code = qr->text("code");
    if (!is_code(code)) return std::nullopt;
    return code;
}

Node link_request(std::string_view code)
{
    return qr_request("get", Node{"qr"}.set("code", code));
}

std::optional<ContactLinkTarget> parse_contact_target(Node const& reply)
{
    auto const* qr = target_in(reply, "message");
    if (qr == nullptr) return std::nullopt;
    return ContactLinkTarget{qr->jid("jid")->bare(), qr->text("type"), short_text(*qr, "notify")};
}

std::optional<MessageLinkTarget> parse_message_target(Node const& reply)
{
    auto const* qr = target_in(reply, "contact");
    if (qr == nullptr) return std::nullopt;
    MessageLinkTarget target;
    target.jid = qr->jid("jid")->bare();
    target.push_name = short_text(*qr, "notify");
    if (auto const* message = qr->child("message"))
        target.message = to_text(message->bytes()).substr(0, longest_text);
    if (auto const* business = qr->child("business")) {
        target.verified_name = short_text(*business, "verified_name");
        target.verified_level = short_text(*business, "verified_level");
        target.is_signed = is_true(business->text("is_signed"));
    }
    return target;
}

Node call_link_request(CallMedia media, std::optional<WallTime> starts)
{
    Node create{"link_create"};
    create.set("media", media == CallMedia::audio ? "audio" : "video");
    if (starts) create.add(Node{"event"}.set("start_time", unix_seconds(*starts)));
    return Node{"call"}.set("to", Jid{{}, JidServer::call}).add(std::move(create));
}

CallLinkReply parse_call_link(Node const& ack)
{
    CallLinkReply reply;
    auto const* created = ack.child("link_create");
    if (ack.has("error")) {
        reply.error = static_cast<int>(ack.integer("error").value_or(unspecified_error));
    } else if (created != nullptr && is_code(created->text("token"))) {
        reply.token = created->text("token");
    } else {
        reply.error = unspecified_error;
    }
    return reply;
}

std::string call_link(CallMedia media, std::string_view token)
{
    std::string link = "https://call.whatsapp.com/";
    link.append(media == CallMedia::audio ? "voice/" : "video/").append(token);
    return link;
}

} // namespace wagate::stanza
