#pragma once
// Strong identifiers. A bare string never crosses a folder boundary as an identifier.
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace wagate {

template <class Tag>
struct TextId {
    std::string value;

    TextId() = default;
    explicit TextId(std::string text) : value(std::move(text)) {}
    explicit TextId(std::string_view text) : value(text) {}
    explicit TextId(char const* text) : value(text) {}

    bool empty() const noexcept { return value.empty(); }
    auto operator<=>(TextId const&) const = default;
    bool operator==(TextId const&) const = default;
};

/// A tenant: the owner of sessions and API keys. Part of every key and every query.
using TenantId = TextId<struct TenantTag>;
/// The name of a session, unique inside its tenant.
using SessionName = TextId<struct SessionNameTag>;
/// The id of a message as it stands on the wire (for example `3EB0…`), unique inside a chat.
using MessageId = TextId<struct MessageTag>;

/// A session in the whole process: names are unique only inside a tenant.
struct SessionKey {
    TenantId tenant;
    SessionName name;

    auto operator<=>(SessionKey const&) const = default;
    bool operator==(SessionKey const&) const = default;
};

} // namespace wagate

template <class Tag>
struct std::hash<wagate::TextId<Tag>> {
    std::size_t operator()(wagate::TextId<Tag> const& id) const noexcept
    {
        return std::hash<std::string>{}(id.value);
    }
};

template <>
struct std::hash<wagate::SessionKey> {
    std::size_t operator()(wagate::SessionKey const& key) const noexcept
    {
        auto const seed = std::hash<wagate::TenantId>{}(key.tenant);
        return seed ^ (std::hash<wagate::SessionName>{}(key.name) + 0x9e3779b97f4a7c15ULL + (seed << 6) +
                       (seed >> 2));
    }
};
