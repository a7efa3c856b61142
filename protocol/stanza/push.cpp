#include "protocol/stanza/push.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::string_view push_namespace = "urn:xmpp:whatsapp:push";
constexpr std::size_t longest_key = 1'024;

std::string base64url_unpadded(ByteView bytes)
{
    auto text = base64url_encode(bytes);
    text.erase(std::min(text.find('='), text.size()));
    return text;
}

Node config_of(WebPush const& web)
{
    return Node{"config"}
        .set("platform", "web")
        .set("endpoint", web.endpoint)
        .set("auth", base64_encode(web.auth))
        .set("p256dh", base64_encode(web.p256dh));
}

Node config_of(FcmPush const& fcm)
{
    return Node{"config"}.set("id", fcm.token).set("num_acc", "1").set("platform", "gcm");
}

Node config_of(ApnsPush const& apns)
{
    Node config{"config"};
    config.set("id", apns.token).set("platform", "apple").set("version", "2").set("reg_push", "1");
    config.set("preview", "1").set("pkey", base64url_unpadded(apns.message_id_key));
    config.set("background_location", "1").set("call", "Opening.m4r");
    config.set("default", "note.m4r").set("groups", "note.m4r").set("lg", "en").set("lc", "US");
    config.set("nse_call", "0").set("nse_ver", "2").set("nse_read", "0").set("voip_payload_type", "2");
    if (!apns.voip_token.empty()) config.set("voip", apns.voip_token);
    return config;
}

} // namespace

Node push_settings_request()
{
    return make_iq({}, IqType::get, push_namespace, {Node{"settings"}});
}

std::optional<std::string> parse_push_key(Node const& reply)
{
    auto const* settings = reply.child("settings");
    if (settings == nullptr) return std::nullopt;
    auto key = settings->text("webserverkey");
    if (key.empty() || key.size() > longest_key) return std::nullopt;
    return key;
}

Node push_registration(PushTarget const& target)
{
    auto config = std::visit([](auto const& kind) { return config_of(kind); }, target);
    return make_iq({}, IqType::set, push_namespace, {std::move(config)});
}

} // namespace wagate::stanza
