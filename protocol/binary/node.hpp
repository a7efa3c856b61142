#pragma once
// The tree value behind binary XML (protocol.md 2.3): what a stanza is before it is bytes and after.
#include "protocol/base/bytes.hpp"
#include "protocol/base/jid.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wagate::binary {

/// Text or a JID. JIDs must be sent with JID tags (0.3 rule 4), so the type decides the encoding.
using AttributeValue = std::variant<std::string, Jid>;

struct Attribute {
    std::string key;
    AttributeValue value;
    bool operator==(Attribute const&) const = default;
};

struct Node;
using Nodes = std::vector<Node>;

/// Nothing, children, raw bytes, or text that travelled as a token or packed string.
using Content = std::variant<std::monostate, Nodes, Bytes, std::string>;

/// One element. Attribute order is kept, as it is significant for byte-exact tests.
struct Node {
    std::string tag;
    std::vector<Attribute> attributes;
    Content content;

    Node() = default;
    explicit Node(std::string_view name) : tag(name) {}

    // Building, chainable: Node{"iq"}.set("to", jid).set("type", "get").add(Node{"ping"})
    Node& set(std::string_view key, std::string_view value) &;
    Node& set(std::string_view key, char const* value) & { return set(key, std::string_view{value}); }
    Node& set(std::string_view key, Jid value) &;
    Node& set(std::string_view key, std::int64_t value) &;
    Node& add(Node child) &;
    Node& with_bytes(Bytes bytes) &;
    Node& with_text(std::string_view text) &;
    template <class T>
    Node&& set(std::string_view key, T&& value) &&
    {
        return std::move(set(key, std::forward<T>(value)));
    }
    Node&& add(Node child) && { return std::move(add(std::move(child))); }
    Node&& with_bytes(Bytes bytes) && { return std::move(with_bytes(std::move(bytes))); }
    Node&& with_text(std::string_view text) && { return std::move(with_text(text)); }

    // Reading. All are total: a missing or differently typed value gives nothing.
    AttributeValue const* find(std::string_view key) const noexcept;
    bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
    /// The attribute as text; a JID is printed. Empty when missing.
    std::string text(std::string_view key) const;
    /// The attribute as a JID; text that parses as a JID counts.
    std::optional<Jid> jid(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key) const;
    Nodes const& children() const noexcept;
    Node const* child(std::string_view name) const noexcept;
    /// Descends through several names, nullptr when one is missing.
    Node const* path(std::initializer_list<std::string_view> names) const noexcept;
    /// Content bytes, whether they came as bytes or as a token; empty when there are children or nothing.
    ByteView bytes() const noexcept;

    bool operator==(Node const&) const = default;
};

/// Readable XML on one line, for logs and test failures. Binary content and longer text are shown by their
/// length only, phone numbers by their last digits (S3). At most some 16 KiB.
std::string describe(Node const& node);

/// Prints describe().
std::ostream& operator<<(std::ostream& out, Node const& node);

} // namespace wagate::binary
