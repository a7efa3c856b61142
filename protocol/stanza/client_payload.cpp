#include "protocol/stanza/client_payload.hpp"

#include "protocol/proto/client_payload.pb.h"

#include <charconv>

namespace wagate::stanza {
namespace {

constexpr int platform_web = 14;
constexpr int release_channel = 0;
constexpr int wifi_unknown = 1;
constexpr int user_activated = 1;

template <class T>
Bytes serialize(T const& value)
{
    Bytes out(value.ByteSizeLong());
    value.SerializeToArray(out.data(), static_cast<int>(out.size()));
    return out;
}

proto::ClientPayload common(ClientVersion const& version)
{
    proto::ClientPayload payload;
    auto& agent = *payload.mutable_user_agent();
    agent.set_platform(platform_web);
    agent.mutable_app_version()->set_primary(version.primary);
    agent.mutable_app_version()->set_secondary(version.secondary);
    agent.mutable_app_version()->set_tertiary(version.tertiary);
    agent.set_mcc("000");
    agent.set_mnc("000");
    agent.set_os_version("0.1");
    agent.set_manufacturer("");
    agent.set_device("Desktop");
    agent.set_os_build_number("0.1");
    agent.set_release_channel(release_channel);
    agent.set_locale_language("en");
    agent.set_locale_country("US");
    payload.mutable_web_info()->set_web_sub_platform(0);
    payload.set_connect_type(wifi_unknown);
    payload.set_connect_reason(user_activated);
    return payload;
}

Bytes device_props(DeviceDescription const& device)
{
    proto::DeviceProps props;
    props.set_os(device.os_name);
    props.mutable_version()->set_primary(0);
    props.mutable_version()->set_secondary(1);
    props.mutable_version()->set_tertiary(0);
    props.set_platform_type(platform_type(device.browser));
    props.set_require_full_sync(device.full_history);
    auto& history = *props.mutable_history_sync_config();
    if (device.full_history) history.set_full_sync_size_mb_limit(10'240);
    if (device.history_days > 0) {
        history.set_full_sync_days_limit(device.history_days);
        history.set_recent_sync_days_limit(device.history_days);
    }
    history.set_storage_quota_mb(10'240);
    history.set_inline_initial_payload_in_e2ee_msg(true);
    history.set_support_bot_user_agent_chat_history(true);
    history.set_support_cag_reactions_and_polls(true);
    history.set_support_biz_hosted_msg(true);
    history.set_support_recent_sync_chunk_message_count_tuning(true);
    history.set_support_hosted_group_msg(true);
    history.set_support_fbid_bot_chat_history(true);
    history.set_support_message_association(true);
    return serialize(props);
}

struct Browser {
    std::string_view name;
    char client_type;
    int platform_type;
};
// QR client types: 4.2. Platform types: the DeviceProps enumeration.
constexpr Browser browsers[] = {
    {"Chrome", '1', 1}, {"Firefox", '3', 2}, {"IE", '4', 3},      {"Opera", '5', 4},
    {"Safari", '6', 5}, {"Edge", '2', 6},    {"Desktop", '7', 7},
};

Browser const* find_browser(std::string_view name)
{
    for (auto const& browser : browsers)
        if (browser.name == name) return &browser;
    return nullptr;
}

} // namespace

std::string ClientVersion::dotted() const
{
    return std::to_string(primary) + '.' + std::to_string(secondary) + '.' + std::to_string(tertiary);
}

std::optional<ClientVersion> ClientVersion::parse(std::string_view dotted)
{
    std::uint32_t parts[3]{};
    char const* at = dotted.data();
    char const* const end = at + dotted.size();
    for (int i = 0; i < 3; ++i) {
        auto const [next, error] = std::from_chars(at, end, parts[i]);
        if (error != std::errc{}) return std::nullopt;
        at = next;
        if (i < 2) {
            if (at == end || *at != '.') return std::nullopt;
            ++at;
        }
    }
    if (at != end) return std::nullopt;
    return ClientVersion{parts[0], parts[1], parts[2]};
}

char client_type(std::string_view browser) noexcept
{
    auto const* found = find_browser(browser);
    return found != nullptr ? found->client_type : '1';
}

int platform_type(std::string_view browser) noexcept
{
    auto const* found = find_browser(browser);
    return found != nullptr ? found->platform_type : 1;
}

std::string pairing_display(std::string_view browser)
{
    auto const* found = find_browser(browser);
    std::string const name{found != nullptr && found->name != "Desktop" ? found->name
                                                                        : std::string_view{"Chrome"}};
    return name + " (Linux)";
}

Bytes registration_payload(ClientVersion const& version, DeviceDescription const& device,
                           signal::LocalIdentity const& identity, signal::SignedPreKey const& signed_prekey)
{
    auto payload = common(version);
    payload.set_passive(false);
    payload.set_pull(false);
    auto& pairing = *payload.mutable_device_pairing_data();
    auto const set = [](auto& field, ByteView bytes) { field.assign(text_view(bytes)); };
    set(*pairing.mutable_registration_id(), big_endian(identity.registration_id, 4));
    set(*pairing.mutable_key_type(), ByteArray<1>{5});
    set(*pairing.mutable_identity(), identity.identity.public_key);
    set(*pairing.mutable_signed_prekey_id(), big_endian(signed_prekey.id, 3));
    set(*pairing.mutable_signed_prekey(), signed_prekey.keys.public_key);
    set(*pairing.mutable_signed_prekey_signature(), signed_prekey.signature);
    set(*pairing.mutable_build_hash(), crypto::md5(view(version.dotted())));
    set(*pairing.mutable_device_props(), device_props(device));
    return serialize(payload);
}

Bytes login_payload(ClientVersion const& version, Jid const& own_device)
{
    auto payload = common(version);
    std::uint64_t number = 0;
    std::from_chars(own_device.user.data(), own_device.user.data() + own_device.user.size(), number);
    payload.set_username(number);
    payload.set_device(own_device.device);
    payload.set_passive(true);
    payload.set_pull(true);
    payload.set_lid_db_migrated(true);
    payload.set_lc(1);
    return serialize(payload);
}

} // namespace wagate::stanza
