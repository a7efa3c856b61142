#include "tests/unit/protocol/binary/wire_bytes.hpp"

using namespace wagate;
using namespace wagate::binary;

namespace {

Jid jid_from(std::string const& hex)
{
    return std::get<Jid>(value_from(hex));
}

std::string text_from(std::string const& hex)
{
    return std::get<std::string>(value_from(hex));
}

struct Form {
    Jid jid;
    std::string hex;
};

} // namespace

TEST_CASE("each kind of JID has its own bytes, both ways", "[protocol][binary][jid]")
{
    // The user 7777 packs as ff 02 77 77; most server names are tokens.
    auto const form = GENERATE(values<Form>({
        {Jid::server_jid(), "fa0003"},
        {Jid{"", JidServer::group}, "fa001c"},
        {Jid::phone("7777"), "faff02777703"},
        {Jid::phone("7777", 5), "f70005ff027777"},
        {Jid::phone("7777", 255), "f700ffff027777"},
        {Jid::hidden("7777"), "faff02777776"},
        {Jid::hidden("7777", 99), "f70163ff027777"},
        {Jid{"7777", JidServer::hosted}, "f78000ff027777"},
        {Jid{"7777", JidServer::hosted, 99}, "f78063ff027777"},
        {Jid{"7777", JidServer::hosted_lid}, "f78100ff027777"},
        {Jid{"7777", JidServer::hosted_lid, 99}, "f78163ff027777"},
        {Jid{"7777", JidServer::group}, "faff0277771c"},
        {Jid::status_broadcast(), "fa0b0d"},
        {Jid{"7777", JidServer::messenger, 258}, "f6ff0277770102cc"},
        {Jid{"7777", JidServer::interop, 258, 0, 772}, "f5ff02777701020304fc07696e7465726f70"},
    }));
    INFO(form.jid.to_string());
    CHECK(value_hex(form.jid) == form.hex);
    CHECK(jid_from(form.hex) == form.jid);
}

TEST_CASE("a JID of every server survives the wire", "[protocol][binary][jid]")
{
    auto const server = static_cast<JidServer>(GENERATE(range(0, 12)));
    Jid const jid{"15550001111", server};
    INFO(jid.to_string());
    CHECK(jid_from(value_hex(jid)) == jid);
    Jid const bare_server{"", server};
    CHECK(jid_from(value_hex(bare_server)) == bare_server);
}

TEST_CASE("a device JID without device is the bare address", "[protocol][binary][jid]")
{
    CHECK(jid_from("f70000ff027777") == Jid::phone("7777"));
    CHECK(jid_from("f70100ff027777") == Jid::hidden("7777"));
}

TEST_CASE("a device JID of an unknown domain belongs to the phone number", "[protocol][binary][jid]")
{
    CHECK(jid_from("f70205ff027777") == Jid::phone("7777", 5));
}

TEST_CASE("a device number that has no byte travels as text", "[protocol][binary][jid]")
{
    CHECK(text_from(value_hex(Jid::phone("7777", 256))) == "7777:256@s.whatsapp.net");
}

TEST_CASE("agents stay off the wire", "[protocol][binary][jid]")
{
    Jid jid = Jid::phone("7777", 5);
    jid.agent = 3;
    CHECK(value_hex(jid) == "f70005ff027777");
}

TEST_CASE("an address of an unknown server is kept as text", "[protocol][binary][jid]")
{
    CHECK(text_from("faff027777fc036e6577") == "7777@new");
}

TEST_CASE("a user with separators never becomes a JID", "[protocol][binary][jid][hostile]")
{
    CHECK(text_from("fafc0331325f"
                    "03") == "12_@s.whatsapp.net"); // 12_
    CHECK(text_from("fafc0431323a35"
                    "03") == "12:5@s.whatsapp.net");
    CHECK(value_error("f70005fc0431325f31") == CodecErrc::bad_jid); // 12_1
}

TEST_CASE("JID tags with impossible parts are refused", "[protocol][binary][jid][hostile]")
{
    auto const hex = GENERATE(as<std::string>{},
                              "faff02777700",          // pair without server
                              "fafa000303",            // pair with a JID as user
                              "faff027777fa0003",      // pair with a JID as server
                              "f7000500",              // device JID without user
                              "f60000050003",          // messenger JID without user
                              "f6ff027777000503",      // messenger JID on another server
                              "f5ff0277770005000703",  // interop JID on another server
                              "f5ff0277770005000700"); // interop JID without server
    INFO(hex);
    CHECK(value_error(hex) == CodecErrc::bad_jid);
}

TEST_CASE("a JID cannot stand for a tag or an attribute name", "[protocol][binary][jid][hostile]")
{
    CHECK(decode_error("00f801faff02777703") == CodecErrc::bad_tag);
    CHECK(decode_error("00f803fc0161faff02777703fc0178") == CodecErrc::bad_tag);
}

TEST_CASE("a JID as content is read as text", "[protocol][binary][jid]")
{
    auto const node = decoded("00f802fc0161f70005ff027777");
    CHECK(std::get<std::string>(node.content) == "7777:5@s.whatsapp.net");
}
