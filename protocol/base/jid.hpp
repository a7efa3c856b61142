#pragma once
// JIDs: addresses of users, devices, groups, channels and the server (protocol.md 2.4).
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wagate {

enum class JidServer : std::uint8_t {
    user,        ///< s.whatsapp.net: addressed by phone number (PN)
    lid,         ///< lid: addressed by hidden id
    hosted,      ///< hosted: phone-number device run by the Cloud API
    hosted_lid,  ///< hosted.lid
    group,       ///< g.us
    broadcast,   ///< broadcast, also status@broadcast
    newsletter,  ///< newsletter (channel)
    bot,         ///< bot
    messenger,   ///< msgr
    interop,     ///< interop
    call,        ///< call
    legacy_user, ///< c.us: only inside usync contact content, and the form the HTTP API shows
};

std::string_view server_name(JidServer server) noexcept;
std::optional<JidServer> server_from_name(std::string_view name) noexcept;

/// A parsed JID. An empty user means the server itself (for example `s.whatsapp.net`).
struct Jid {
    std::string user;
    JidServer server = JidServer::user;
    std::uint16_t device = 0;     ///< 0 is the phone (primary device)
    std::uint8_t agent = 0;       ///< only in the text form `user.agent:device@server`
    std::uint16_t integrator = 0; ///< only for interop

    auto operator<=>(Jid const&) const = default;
    bool operator==(Jid const&) const = default;

    static Jid server_jid() { return {}; }
    static Jid phone(std::string_view user, std::uint16_t device = 0)
    {
        return {std::string{user}, JidServer::user, device};
    }
    static Jid hidden(std::string_view user, std::uint16_t device = 0)
    {
        return {std::string{user}, JidServer::lid, device};
    }
    static Jid status_broadcast() { return {"status", JidServer::broadcast}; }

    /// Parses `user@server`, `user:device@server`, `user.agent:device@server` and a bare server name
    /// (also spelled `@server`). Users are ASCII letters, digits and hyphens; an interop user may have the
    /// prefix `integrator-`. Anything else is no JID.
    static std::optional<Jid> parse(std::string_view text);

    /// `user@server`, with `:device` when device > 0. The agent is left out.
    std::string to_string() const;
    /// `user.agent:device@server`, always with agent and device; the form that phash is computed over (5.5).
    std::string ad_string() const;
    /// The same address without device and agent.
    Jid bare() const { return {user, server, 0, 0, integrator}; }
    Jid with_device(std::uint16_t number) const
    {
        auto copy = *this;
        copy.device = number;
        return copy;
    }

    bool is_server() const noexcept { return user.empty(); }
    bool is_phone() const noexcept { return server == JidServer::user || server == JidServer::hosted; }
    bool is_lid() const noexcept { return server == JidServer::lid || server == JidServer::hosted_lid; }
    bool is_user() const noexcept { return is_phone() || is_lid(); }
    bool is_group() const noexcept { return server == JidServer::group; }
    bool is_broadcast() const noexcept { return server == JidServer::broadcast; }
    bool is_newsletter() const noexcept { return server == JidServer::newsletter; }
    bool is_status() const noexcept { return is_broadcast() && user == "status"; }
    bool is_hosted() const noexcept { return server == JidServer::hosted || server == JidServer::hosted_lid; }
    bool same_user(Jid const& other) const noexcept { return user == other.user && server == other.server; }
};

} // namespace wagate

template <>
struct std::hash<wagate::Jid> {
    std::size_t operator()(wagate::Jid const& jid) const noexcept
    {
        return std::hash<std::string>{}(jid.user) * 31 + static_cast<std::size_t>(jid.server) * 65'537 +
               jid.device;
    }
};
