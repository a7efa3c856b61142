#include "protocol/base/encoding.hpp"
#include "protocol/pairing/pairing.hpp"

namespace wagate::pairing {
namespace {

constexpr std::string_view link_prefix =
    "https://wa.me/settings/linked_devices#"; ///< since 2026-05 (protocol.md 4.2)

std::string fields(QrContent const& content)
{
    auto text = content.ref;
    for (auto const* key : {&content.noise_key, &content.identity_key, &content.adv_secret})
        text += ',' + base64_encode(*key);
    return text;
}

/// Cuts the last comma-separated field off `text`; the reference in front may then hold anything.
std::optional<std::string_view> take_last_field(std::string_view& text)
{
    auto const comma = text.rfind(',');
    if (comma == std::string_view::npos) return std::nullopt;
    auto const field = text.substr(comma + 1);
    text = text.substr(0, comma);
    return field;
}

bool take_last_key(std::string_view& text, crypto::Key32& key)
{
    auto const field = take_last_field(text);
    if (!field) return false;
    auto const bytes = base64_decode(*field);
    if (!bytes || bytes->size() != key.size()) return false;
    key = to_array<32>(*bytes);
    return true;
}

} // namespace

std::string qr_text(QrContent const& content)
{
    return std::string{link_prefix} + fields(content) + ',' + content.client_type;
}

std::string legacy_qr_text(QrContent const& content)
{
    return fields(content);
}

std::optional<QrContent> parse_qr(std::string_view text)
{
    QrContent content;
    if (text.starts_with(link_prefix)) {
        text.remove_prefix(link_prefix.size());
        auto const type = take_last_field(text);
        if (!type || type->size() != 1) return std::nullopt;
        content.client_type = type->front();
    }
    if (!take_last_key(text, content.adv_secret) || !take_last_key(text, content.identity_key) ||
        !take_last_key(text, content.noise_key))
        return std::nullopt;
    if (text.empty()) return std::nullopt;
    content.ref = text;
    return content;
}

} // namespace wagate::pairing
