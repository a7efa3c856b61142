#include "protocol/signal/signal.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::signal;

TEST_CASE("a JID becomes a Signal address that names its address space", "[protocol][signal]")
{
    auto const [text, key] = GENERATE(table<std::string, std::string>({
        {"15550001111@s.whatsapp.net", "15550001111.0"},
        {"15550001111:7@s.whatsapp.net", "15550001111.7"},
        {"900000000000001:12@lid", "900000000000001_1.12"},
        {"15550001111:99@hosted", "15550001111_128.99"},
        {"900000000000001:99@hosted.lid", "900000000000001_129.99"},
    }));
    auto const jid = Jid::parse(text);
    REQUIRE(jid);
    CHECK(Address::of(*jid).record_key() == key);
}

TEST_CASE("a sender key record is named by group and sender", "[protocol][signal]")
{
    SenderKeyName const name{"120363000000000001@g.us", {"900000000000001_1", 12}};
    CHECK(name.record_key() == "120363000000000001@g.us::900000000000001_1.12");
}

TEST_CASE("ciphertext kinds and enc types name each other", "[protocol][signal]")
{
    CHECK(enc_type(CiphertextKind::prekey_message) == "pkmsg");
    CHECK(enc_type(CiphertextKind::message) == "msg");
    CHECK(enc_type(CiphertextKind::sender_key_message) == "skmsg");
    CHECK(kind_from_enc_type("pkmsg") == CiphertextKind::prekey_message);
    CHECK(kind_from_enc_type("msg") == CiphertextKind::message);
    CHECK(kind_from_enc_type("skmsg") == CiphertextKind::sender_key_message);
    CHECK_FALSE(kind_from_enc_type("msmsg"));
    CHECK_FALSE(kind_from_enc_type(""));
}
