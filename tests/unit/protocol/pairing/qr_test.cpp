#include "protocol/base/encoding.hpp"
#include "protocol/pairing/pairing.hpp"
#include "tests/unit/protocol/signal/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::pairing;
using signal::test::SeededRandom;

namespace {

QrContent content()
{
    SeededRandom random{"qr"};
    return {.ref = "2@abc/DEF+123==",
            .noise_key = random.array<32>(),
            .identity_key = random.array<32>(),
            .adv_secret = random.array<32>(),
            .client_type = 'c'};
}

void check_equal(QrContent const& left, QrContent const& right)
{
    CHECK(left.ref == right.ref);
    CHECK(left.noise_key == right.noise_key);
    CHECK(left.identity_key == right.identity_key);
    CHECK(left.adv_secret == right.adv_secret);
}

} // namespace

TEST_CASE("the QR text is a link with five fields", "[protocol][pairing]")
{
    QrContent plain{.ref = "R"};
    std::string const zeros = base64_encode(crypto::Key32{});
    CHECK(qr_text(plain) ==
          "https://wa.me/settings/linked_devices#R," + zeros + "," + zeros + "," + zeros + ",1");
    CHECK(legacy_qr_text(plain) == "R," + zeros + "," + zeros + "," + zeros);
}

TEST_CASE("both forms of the QR text are read", "[protocol][pairing]")
{
    auto const current = parse_qr(qr_text(content()));
    REQUIRE(current);
    check_equal(*current, content());
    CHECK(current->client_type == 'c');

    auto const legacy = parse_qr(legacy_qr_text(content()));
    REQUIRE(legacy);
    check_equal(*legacy, content());
}

TEST_CASE("what is no QR text of ours is refused", "[protocol][pairing]")
{
    auto const link = qr_text(content());
    auto const bare = legacy_qr_text(content());
    auto const text = GENERATE_COPY(values<std::string>({
        "", ",", ",,,", ",,,,", "https://wa.me/settings/linked_devices#",
        "https://example.org/#" + bare.substr(4) + ",1,2",
        bare + ",1",                               // the bare form has no client type
        link + "1",                                // a client type is one character
        link.substr(0, link.size() - 2),           // no client type
        bare.substr(0, bare.size() - 4),           // a short key
        bare.substr(bare.find(',')),               // no reference
        bare.substr(bare.find(',') + 1),           // three fields
        bare.substr(0, bare.rfind(',')) + ",!!!!", // no base64
    }));
    INFO(text);
    CHECK_FALSE(parse_qr(text));
}
