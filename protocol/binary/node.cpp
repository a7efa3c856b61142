#include "protocol/binary/node.hpp"

#include <charconv>

namespace wagate::binary {

namespace {

template <class Value>
Node& put(Node& node, std::string_view key, Value&& value)
{
    for (auto& attribute : node.attributes) {
        if (attribute.key == key) {
            attribute.value = std::forward<Value>(value);
            return node;
        }
    }
    node.attributes.push_back({std::string{key}, std::forward<Value>(value)});
    return node;
}

} // namespace

Node& Node::set(std::string_view key, std::string_view value) &
{
    return put(*this, key, std::string{value});
}

Node& Node::set(std::string_view key, Jid value) &
{
    return put(*this, key, std::move(value));
}

Node& Node::set(std::string_view key, std::int64_t value) &
{
    return put(*this, key, std::to_string(value));
}

Node& Node::add(Node child) &
{
    auto* nodes = std::get_if<Nodes>(&content);
    if (nodes == nullptr) nodes = &content.emplace<Nodes>();
    nodes->push_back(std::move(child));
    return *this;
}

Node& Node::with_bytes(Bytes bytes) &
{
    content = std::move(bytes);
    return *this;
}

Node& Node::with_text(std::string_view text) &
{
    content = std::string{text};
    return *this;
}

AttributeValue const* Node::find(std::string_view key) const noexcept
{
    for (auto const& attribute : attributes) {
        if (attribute.key == key) return &attribute.value;
    }
    return nullptr;
}

std::string Node::text(std::string_view key) const
{
    auto const* value = find(key);
    if (value == nullptr) return {};
    if (auto const* address = std::get_if<Jid>(value)) return address->to_string();
    return std::get<std::string>(*value);
}

std::optional<Jid> Node::jid(std::string_view key) const
{
    auto const* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (auto const* address = std::get_if<Jid>(value)) return *address;
    return Jid::parse(std::get<std::string>(*value));
}

std::optional<std::int64_t> Node::integer(std::string_view key) const
{
    auto const* value = find(key);
    auto const* digits = value == nullptr ? nullptr : std::get_if<std::string>(value);
    if (digits == nullptr) return std::nullopt;
    std::int64_t number = 0;
    auto const* const end = digits->data() + digits->size();
    auto const [stop, error] = std::from_chars(digits->data(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

Nodes const& Node::children() const noexcept
{
    static Nodes const none;
    auto const* nodes = std::get_if<Nodes>(&content);
    return nodes == nullptr ? none : *nodes;
}

Node const* Node::child(std::string_view name) const noexcept
{
    for (auto const& candidate : children()) {
        if (candidate.tag == name) return &candidate;
    }
    return nullptr;
}

Node const* Node::path(std::initializer_list<std::string_view> names) const noexcept
{
    auto const* current = this;
    for (auto name : names) {
        if (current == nullptr) return nullptr;
        current = current->child(name);
    }
    return current;
}

ByteView Node::bytes() const noexcept
{
    if (auto const* raw = std::get_if<Bytes>(&content)) return *raw;
    if (auto const* words = std::get_if<std::string>(&content)) return view(*words);
    return {};
}

} // namespace wagate::binary
