#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

Node make_iq(std::string_view id, IqType type, std::string_view xmlns, Nodes children)
{
    Node iq{"iq"};
    iq.set("to", Jid::server_jid())
        .set("type", type == IqType::get ? "get" : "set")
        .set("xmlns", xmlns)
        .set("id", id);
    if (!children.empty()) iq.content = std::move(children);
    return iq;
}

Node iq_result(Node const& request)
{
    Node reply{"iq"};
    reply.set("to", request.jid("from").value_or(Jid::server_jid()))
        .set("type", "result")
        .set("id", request.text("id"));
    return reply;
}

Node iq_error(Node const& request, int code, std::string_view text)
{
    Node reply{"iq"};
    reply.set("to", request.jid("from").value_or(Jid::server_jid()))
        .set("type", "error")
        .set("id", request.text("id"));
    Node error{"error"};
    error.set("code", std::int64_t{code}).set("text", text);
    reply.add(std::move(error));
    return reply;
}

std::optional<IqError> error_of(Node const& reply)
{
    auto const* child = reply.child("error");
    if (child == nullptr) {
        if (reply.text("type") != "error") return std::nullopt;
        return IqError{500, "unspecified", {}};
    }
    IqError error;
    error.code = static_cast<int>(child->integer("code").value_or(500));
    error.text = child->text("text");
    error.backoff = std::chrono::seconds{child->integer("backoff").value_or(0)};
    return error;
}

Node keepalive(std::string_view id)
{
    return make_iq(id, IqType::get, "w:p");
}

Node set_active(std::string_view id)
{
    return make_iq(id, IqType::set, "passive", {Node{"active"}});
}

Node remove_companion(std::string_view id, Jid const& own_device)
{
    Node child{"remove-companion-device"};
    child.set("jid", own_device).set("reason", "user_initiated");
    return make_iq(id, IqType::set, "md", {std::move(child)});
}

Node unified_session(WallTime now, std::chrono::milliseconds server_offset)
{
    // 3.4: milliseconds into a week that starts three days after the epoch's.
    constexpr std::int64_t day_ms = 86'400'000;
    auto const id = (unix_milliseconds(now) + server_offset.count() + 3 * day_ms) % (7 * day_ms);
    Node session{"unified_session"};
    session.set("id", id);
    return Node{"ib"}.add(std::move(session));
}

Node offline_batch(int count)
{
    Node batch{"offline_batch"};
    batch.set("count", std::int64_t{count});
    return Node{"ib"}.add(std::move(batch));
}

Node presence_available(std::string_view push_name)
{
    Node presence{"presence"};
    presence.set("type", "available").set("name", push_name);
    return presence;
}

Node presence_unavailable(std::string_view push_name)
{
    Node presence{"presence"};
    presence.set("type", "unavailable").set("name", push_name);
    return presence;
}

} // namespace wagate::stanza
