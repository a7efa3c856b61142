#include "tools/sandbox/control/hostile_control.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/control/account_control.hpp"
#include "tools/sandbox/phone/phone.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr std::size_t deepest = 32; ///< of stanzas in JSON; deeper ones come as a payload
constexpr std::uint32_t most_times = 10'000;

std::optional<Bytes> bytes_field(json::object const& body, std::string_view key)
{
    auto const text = text_field(body, key);
    if (!text) return std::nullopt;
    return base64_decode(*text);
}

bool read_attributes(json::object const& attributes, Node& node)
{
    for (auto const& entry : attributes) {
        if (!entry.value().is_string()) return false;
        std::string_view const name{entry.key()};
        std::string_view const text{entry.value().get_string()};
        auto const jid = text.find('@') != std::string_view::npos ? Jid::parse(text) : std::nullopt;
        if (jid)
            node.set(name, *jid);
        else
            node.set(name, text);
    }
    return true;
}

std::optional<Node> node_of(json::value const& value, std::size_t depth);

bool read_content(json::value const& content, Node& node, std::size_t depth)
{
    if (content.is_string()) {
        node.with_text(std::string_view{content.get_string()});
        return true;
    }
    if (content.is_object()) {
        auto bytes = bytes_field(content.get_object(), "base64");
        if (bytes) node.with_bytes(std::move(*bytes));
        return bytes.has_value();
    }
    if (!content.is_array()) return false;
    for (auto const& child : content.get_array()) {
        auto made = node_of(child, depth + 1);
        if (!made) return false;
        node.add(std::move(*made));
    }
    return true;
}

/// `{tag, attrs: {name: text}, content: [nodes], text or {base64}}`; attributes that look like JIDs become
/// JIDs.
std::optional<Node> node_of(json::value const& value, std::size_t depth)
{
    auto const* object = value.if_object();
    if (object == nullptr || depth > deepest) return std::nullopt;
    auto const tag = text_field(*object, "tag");
    if (!tag) return std::nullopt;
    Node node{*tag};
    auto const* attributes = object->if_contains("attrs");
    if (attributes != nullptr &&
        (!attributes->is_object() || !read_attributes(attributes->get_object(), node)))
        return std::nullopt;
    auto const* content = object->if_contains("content");
    if (content != nullptr && !read_content(*content, node, depth)) return std::nullopt;
    return node;
}

std::optional<DeliveryKind> kind_of(std::string_view name)
{
    for (auto const kind :
         {DeliveryKind::message, DeliveryKind::receipt, DeliveryKind::notification, DeliveryKind::call})
        if (stanza_class(kind) == name) return kind;
    return std::nullopt;
}

/// Calls `send` with the connection of every companion. @return how many there are
template <class Send>
std::size_t each_connection(Account& account, Send&& send)
{
    std::vector<std::shared_ptr<Connection>> open; // sending may close one
    for (auto const& [id, device] : account.devices)
        if (id != 0 && device->connection != nullptr) open.push_back(device->connection->shared_from_this());
    for (auto const& connection : open)
        send(*connection);
    return open.size();
}

HttpResponse sent(std::size_t companions)
{
    json::object out;
    out["companions"] = companions;
    return json_response(200, out);
}

HttpResponse send_stanza(Network& network, Account& account, json::object const& body, std::uint32_t times)
{
    auto const stanza = node_of(body.at("stanza"), 0);
    if (!stanza) return json_error(400, "stanza: {tag, attrs, content}");
    if (auto const keep = text_field(body, "keep")) {
        auto const kind = kind_of(*keep);
        if (!kind) return json_error(400, "keep: message, receipt, notification or call");
        for (std::uint32_t i = 0; i < times; ++i)
            network.deliver_to_all(account, *kind, *stanza);
        return sent(account.devices.size() - 1);
    }
    return sent(each_connection(account, [&](Connection& connection) {
        for (std::uint32_t i = 0; i < times; ++i)
            connection.send(*stanza);
    }));
}

HttpResponse send_sealed(Network& network, Account& account, json::object const& body)
{
    auto const plaintext = bytes_field(body, "sealed");
    auto const to = recipient_of(text_field(body, "to").value_or(""));
    auto* recipient = to ? network.find(*to) : nullptr;
    if (!plaintext) return json_error(400, "sealed: base64");
    if (recipient == nullptr) return json_error(404, "no such recipient");
    json::object out;
    out["id"] = account.handset->send_sealed(*recipient, *plaintext, JidServer::lid);
    return json_response(201, out);
}

HttpResponse send_peer(Account& account, json::object const& body)
{
    auto const content = bytes_field(body, "peer");
    if (!content) return json_error(400, "peer: base64");
    std::size_t companions = 0;
    for (auto const& [id, device] : account.devices) {
        if (id == 0) continue;
        account.handset->send_peer(id, *content);
        ++companions;
    }
    return sent(companions);
}

} // namespace

HttpResponse send_hostile(Network& network, Account& account, json::object const& body)
{
    auto const times = number_field(body, "times").value_or(1);
    if (times == 0 || times > most_times) return json_error(400, "times: 1 to 10000");
    if (body.contains("stanza")) return send_stanza(network, account, body, times);
    if (body.contains("sealed")) return send_sealed(network, account, body);
    if (body.contains("peer")) return send_peer(account, body);
    if (auto const payload = bytes_field(body, "payload"))
        return sent(each_connection(account, [&](Connection& connection) {
            for (std::uint32_t i = 0; i < times; ++i)
                connection.send_payload(*payload);
        }));
    if (auto const wire = bytes_field(body, "wire"))
        return sent(each_connection(account, [&](Connection& connection) { connection.send_wire(*wire); }));
    return json_error(400, "one of stanza, payload, wire, sealed, peer");
}

} // namespace wagate::sandbox
