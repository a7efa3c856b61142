#include "protocol/stanza/privacy.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::string_view trusted_contact = "trusted_contact";
constexpr std::size_t longest_token = 1'024;

} // namespace

std::optional<GivenToken> parse_token(Node const& notification)
{
    auto const* tokens = notification.child("tokens");
    if (tokens == nullptr) return std::nullopt;
    for (auto const& token : tokens->children()) {
        auto const bytes = token.bytes();
        auto const time = token.integer("t").value_or(0);
        if (token.tag != "token" || token.text("type") != trusted_contact || bytes.empty() ||
            bytes.size() > longest_token || time <= 0)
            continue;
        return GivenToken{to_bytes(bytes), time};
    }
    return std::nullopt;
}

Node issue_token(Jid const& to, std::int64_t now_seconds)
{
    Node token{"token"};
    token.set("jid", to.bare()).set("t", now_seconds).set("type", trusted_contact);
    return make_iq({}, IqType::set, "privacy", {Node{"tokens"}.add(std::move(token))});
}

} // namespace wagate::stanza
