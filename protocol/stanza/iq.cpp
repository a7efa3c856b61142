#include "protocol/stanza/iq.hpp"

#include <charconv>

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

constexpr std::string_view timelock_query_id = "23983697327930364";

/// The value of a member of a JSON text as it is written, without quotation marks. Names are looked for
/// anywhere: the server has changed the shape around them before.
std::string_view json_scalar(std::string_view json, std::string_view name)
{
    auto const quoted = '"' + std::string{name} + '"';
    auto const found = json.find(quoted);
    if (found == std::string_view::npos) return {};
    json.remove_prefix(found + quoted.size());
    auto const begin = json.find_first_not_of(" \t\r\n:\"");
    if (begin == std::string_view::npos) return {};
    json.remove_prefix(begin);
    return json.substr(0, json.find_first_of(" \t\r\n,}]\""));
}

} // namespace

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

Node reachout_timelock(std::string_view id)
{
    Node query{"query"};
    query.set("query_id", timelock_query_id).with_bytes(to_bytes(R"({"variables":{}})"));
    return make_iq(id, IqType::get, "w:mex", {std::move(query)});
}

std::optional<WallTime> reachout_unlock(Node const& reply)
{
    auto const* result = reply.child("result");
    if (result == nullptr) return std::nullopt;
    auto const json = text_view(result->bytes());
    if (json_scalar(json, "is_active") != "true") return std::nullopt;
    auto const ends = json_scalar(json, "time_enforcement_ends");
    std::int64_t seconds = 0;
    auto const parsed = std::from_chars(ends.data(), ends.data() + ends.size(), seconds);
    constexpr std::int64_t end_of_time = 253'402'300'799; // the year 9999
    if (parsed.ec != std::errc{} || seconds <= 0 || seconds > end_of_time) return std::nullopt;
    return wall_from_seconds(seconds);
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
