#include "protocol/stanza/client_payload.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/proto/client_payload.pb.h"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;

namespace {

proto::ClientPayload parsed(Bytes const& bytes)
{
    proto::ClientPayload payload;
    REQUIRE(payload.ParseFromString(to_text(bytes)));
    return payload;
}

proto::ClientPayload registration(ClientVersion const& version, DeviceDescription const& device = {})
{
    testing::SeededRandom random{1};
    signal::LocalIdentity const identity{crypto::generate_key_pair(random), 0x1234};
    auto const signed_prekey = signal::generate_signed_prekey(1, identity.identity.private_key, random);
    return parsed(registration_payload(version, device, identity, signed_prekey));
}

} // namespace

TEST_CASE("a registration carries the MD5 of the dotted version", "[stanza][payload]")
{
    // protocol.md 14
    auto const hash = [](std::string_view version) {
        return hex_encode(
            view(registration(ClientVersion::parse(version).value()).device_pairing_data().build_hash()));
    };
    CHECK(hash("2.3000.1035194821") == "a2c9471eff910a9e1ae659890a28872d");
    CHECK(hash("2.3000.1045649367") == "9fa53af9421567b114e33c9bb1ef7db2");
}

TEST_CASE("a registration offers its keys in the sizes of 1.8", "[stanza][payload]")
{
    auto const payload = registration({});
    CHECK_FALSE(payload.has_username());
    CHECK_FALSE(payload.has_device());
    CHECK_FALSE(payload.passive());
    CHECK_FALSE(payload.pull());
    auto const& data = payload.device_pairing_data();
    CHECK(to_bytes(view(data.registration_id())) == Bytes{0, 0, 0x12, 0x34});
    CHECK(to_bytes(view(data.key_type())) == Bytes{5});
    CHECK(data.identity().size() == 32);
    CHECK(to_bytes(view(data.signed_prekey_id())) == Bytes{0, 0, 1});
    CHECK(data.signed_prekey().size() == 32);
    CHECK(data.signed_prekey_signature().size() == 64);
    CHECK(crypto::xeddsa_verify(view(data.identity()), crypto::typed_key(view(data.signed_prekey())),
                                view(data.signed_prekey_signature())));
}

TEST_CASE("a registration says how the device shall be shown", "[stanza][payload]")
{
    DeviceDescription device;
    device.os_name = "Bakery";
    device.browser = "Firefox";
    proto::DeviceProps props;
    REQUIRE(props.ParseFromString(registration({}, device).device_pairing_data().device_props()));
    CHECK(props.os() == "Bakery");
    CHECK(props.platform_type() == 2);
    CHECK_FALSE(props.require_full_sync());
    CHECK(props.history_sync_config().inline_initial_payload_in_e2ee_msg());
}

TEST_CASE("a login names the account and asks for the queue to be held", "[stanza][payload]")
{
    auto const payload = parsed(login_payload({}, Jid::phone("4915100000001", 12)));
    CHECK(payload.username() == 4'915'100'000'001u);
    CHECK(payload.device() == 12);
    CHECK(payload.passive());
    CHECK(payload.pull());
    CHECK(payload.lid_db_migrated());
    CHECK(payload.lc() == 1);
    CHECK_FALSE(payload.has_device_pairing_data());
}

TEST_CASE("both say which client they are", "[stanza][payload]")
{
    auto const payload = GENERATE(true, false) ? registration({2, 3000, 17})
                                               : parsed(login_payload({2, 3000, 17}, Jid::phone("1", 1)));
    auto const& agent = payload.user_agent();
    CHECK(agent.platform() == 14);
    CHECK(agent.app_version().primary() == 2);
    CHECK(agent.app_version().secondary() == 3000);
    CHECK(agent.app_version().tertiary() == 17);
    CHECK(agent.mcc() == "000");
    CHECK(agent.mnc() == "000");
    CHECK(agent.device() == "Desktop");
    CHECK(payload.has_web_info());
    CHECK(payload.connect_type() == 1);
    CHECK(payload.connect_reason() == 1);
}

TEST_CASE("versions are three numbers with dots", "[stanza][payload]")
{
    CHECK(ClientVersion::parse("2.3000.1045649367")->dotted() == "2.3000.1045649367");
    for (auto const text : {"", "2", "2.3000", "2.3000.", "2.3000.1.4", "2.3000.x", "2,3000,1", " 2.3000.1",
                            "2.3000.99999999999"}) {
        INFO(text);
        CHECK_FALSE(ClientVersion::parse(text));
    }
}

TEST_CASE("a browser decides client type and pairing display", "[stanza][payload]")
{
    CHECK(client_type("Chrome") == '1');
    CHECK(client_type("Edge") == '2');
    CHECK(client_type("Desktop") == '7');
    CHECK(client_type("Netscape") == '1');
    CHECK(pairing_display("Firefox") == "Firefox (Linux)");
    CHECK(pairing_display("Desktop") == "Chrome (Linux)"); // the server wants a browser's name
    CHECK(pairing_display("Netscape") == "Chrome (Linux)");
}
