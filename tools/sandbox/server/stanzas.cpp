#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

Node iq_result(Node const& request)
{
    Node reply{"iq"};
    reply.set("from", request.jid("to").value_or(Jid::server_jid()))
        .set("type", "result")
        .set("id", request.text("id"));
    return reply;
}

Node iq_error(Node const& request, int code, std::string_view text)
{
    Node error{"error"};
    error.set("code", std::int64_t{code}).set("text", text);
    auto reply = iq_result(request);
    for (auto& attribute : reply.attributes)
        if (attribute.key == "type") attribute.value = "error";
    reply.add(std::move(error));
    return reply;
}

Node server_iq(std::string_view id, std::string_view type, std::string_view xmlns)
{
    Node iq{"iq"};
    iq.set("from", Jid::server_jid()).set("type", type).set("id", id);
    if (!xmlns.empty()) iq.set("xmlns", xmlns);
    return iq;
}

Node stream_error(std::string_view code)
{
    Node error{"stream:error"};
    error.set("code", code);
    return error;
}

Node conflict(std::string_view type)
{
    Node error{"stream:error"};
    if (type == "device_removed") error.set("code", "401");
    Node child{"conflict"};
    child.set("type", type);
    error.add(std::move(child));
    return error;
}

Node failure(std::string_view reason)
{
    Node out{"failure"};
    out.set("reason", reason).set("location", "sandbox");
    return out;
}

Node notification(std::string_view type, Jid const& from, std::string_view id, std::int64_t now_seconds)
{
    Node out{"notification"};
    out.set("type", type).set("from", from).set("id", id).set("t", now_seconds);
    return out;
}

Node ack_of(Node const& stanza)
{
    Node ack{"ack"};
    ack.set("class", stanza.tag).set("id", stanza.text("id"));
    if (auto const to = stanza.jid("to")) ack.set("from", *to);
    if (stanza.tag != "message") copy_attributes(ack, stanza, {"type"});
    copy_attributes(ack, stanza, {"participant"});
    return ack;
}

void copy_attributes(Node& target, Node const& source, std::initializer_list<std::string_view> keys)
{
    for (auto const key : keys) {
        if (auto const* value = source.find(key)) {
            if (auto const* jid = std::get_if<Jid>(value))
                target.set(key, *jid);
            else
                target.set(key, std::string_view{std::get<std::string>(*value)});
        }
    }
}

std::uint32_t number_of(Node const* node)
{
    if (node == nullptr || node->bytes().size() > 4) return 0;
    return static_cast<std::uint32_t>(read_big_endian(node->bytes()));
}

} // namespace wagate::sandbox
