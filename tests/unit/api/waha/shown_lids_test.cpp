#include "api/waha/shown_lids.hpp"

#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;

TEST_CASE("people appear under their LIDs where both addresses are known", "[api][events]")
{
    auto payload =
        test::parsed(R"({"id":"false_491@c.us_AB_492@c.us","from":"491@c.us","participant":"492@c.us",
        "to":"493@c.us","body":"491@c.us","reaction":{"messageId":"true_491@c.us_CD","text":"491@c.us"},
        "_data":{"chat":{"lid":"1@lid","pn":"491@c.us"},"sender":{"lid":"2@lid","pn":"492@c.us"},
        "other":{"lid":null,"pn":"493@c.us"}}})")
            .as_object();
    waha::show_lids(payload);
    CHECK(
        http::stable_json(payload) ==
        R"({"id":"false_1@lid_AB_2@lid","from":"1@lid","participant":"2@lid","to":"493@c.us","body":"491@c.us",)"
        R"("reaction":{"messageId":"true_1@lid_CD","text":"491@c.us"},)"
        R"("_data":{"chat":{"lid":"1@lid","pn":"491@c.us"},"sender":{"lid":"2@lid","pn":"492@c.us"},)"
        R"("other":{"lid":null,"pn":"493@c.us"}}})");
}
