#include "protocol/message/stanza_traits.hpp"

#include "tests/support/message_samples.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace wagate;
using namespace wagate::message;
using wagate::testing::message_samples;
namespace samples = wagate::testing::samples;

namespace {

/// "type mediatype edit=… hide meta:key=value biz:kind", as far as it is there.
std::string described(StanzaTraits const& traits)
{
    std::string out{traits.type};
    if (!traits.media_type.empty()) out += " " + std::string{traits.media_type};
    if (!traits.edit.empty()) out += " edit=" + std::string{traits.edit};
    if (traits.hide_decrypt_failure) out += " hide";
    for (auto const& [key, value] : traits.meta)
        out += " meta:" + std::string{key} + "=" + std::string{value};
    if (traits.business == BusinessContent::list) out += " biz:list";
    if (traits.business == BusinessContent::native_flow) out += " biz:native_flow";
    return out;
}

} // namespace

TEST_CASE("stanzas say what their content needs")
{
    std::map<std::string, std::string> const expected{
        {"text", "text"},
        {"text with context", "text"},
        {"link preview", "media url"},
        {"status text", "text"},
        {"wrapped text with envelope", "text"},
        {"image", "media image"},
        {"video", "media video"},
        {"gif", "media gif"},
        {"video_note", "media ptv"},
        {"audio", "media audio"},
        {"voice", "media ptt"},
        {"document", "media document"},
        {"sticker", "media sticker"},
        {"view once image", "media image meta:view_once=true"},
        {"captioned document", "media document"},
        {"album", "text"},
        {"sticker pack", "media sticker_pack"},
        {"location", "media location"},
        {"live location", "media livelocation"},
        {"contact", "media vcard"},
        {"contacts", "media contact_array"},
        {"group invite", "media url"},
        {"channel invite", "text"},
        {"phone number request", "text"},
        {"reaction", "reaction hide"},
        {"reaction taken back", "reaction edit=7 hide"},
        {"encrypted reaction", "reaction hide"},
        {"edit", "text edit=1 hide"},
        {"wrapped edit", "text edit=1 hide"},
        {"revoke", "text edit=8"},
        {"pin", "text edit=2 hide"},
        {"unpin", "text edit=2 hide"},
        {"keep", "text hide"},
        {"keep taken back", "text hide"},
        {"comment", "text"},
        {"encrypted comment", "text"},
        {"secret edit", "text hide"},
        {"ephemeral setting", "text"},
        {"protocol notice", "text"},
        {"poll 1", "poll meta:polltype=creation"},
        {"poll 2", "poll meta:polltype=creation"},
        {"poll 3", "poll meta:polltype=creation"},
        {"poll 5", "poll meta:polltype=creation"},
        {"poll vote", "poll hide meta:polltype=vote"},
        {"poll result", "poll meta:polltype=result_snapshot"},
        {"event", "event meta:event_type=creation"},
        {"event response", "event hide meta:event_type=response"},
        {"list", "media list biz:list"},
        {"list reply", "media list_response"},
        {"buttons", "text"},
        {"buttons with text", "text"},
        {"button reply", "media buttons_response"},
        {"template buttons", "text"},
        {"template reply", "text"},
        {"interactive", "text biz:native_flow"},
        {"interactive with a picture", "text biz:native_flow"},
        {"interactive reply", "media native_flow_response"},
        {"product", "media product"},
        {"order", "media order"},
        {"call log", "text"},
        {"scheduled call", "text"},
        {"placeholder", "text"},
    };
    for (auto const& sample : message_samples()) {
        INFO(sample.name);
        REQUIRE(expected.count(sample.name) == 1);
        CHECK(described(stanza_traits(sample.message)) == expected.at(sample.name));
    }
}

TEST_CASE("media is never sent without a media type")
{
    for (auto const& sample : message_samples()) {
        INFO(sample.name);
        auto const traits = stanza_traits(sample.message);
        CHECK((traits.type == "media") == !traits.media_type.empty());
    }
}

TEST_CASE("an own message is revoked as its sender")
{
    auto own = samples::target();
    own.from_me = true;
    CHECK(described(stanza_traits(samples::plain(Revoke{own}))) == "text edit=7");
    CHECK(described(stanza_traits(samples::plain(Keep{own, false, std::nullopt}))) == "text edit=7 hide");
}

TEST_CASE("channels have their own edits")
{
    auto own = samples::target();
    own.from_me = true;
    CHECK(described(stanza_traits(samples::plain(Revoke{own}), true)) == "text edit=8");
    Edit edit;
    edit.target = own;
    CHECK(described(stanza_traits(samples::plain(edit), true)) == "text edit=3 hide");
}

TEST_CASE("encrypted edits are of the type of what they change")
{
    CHECK(described(stanza_traits(samples::plain(SecretEdit{{}, {}, 1}))) ==
          "event hide meta:event_type=edit");
    CHECK(described(stanza_traits(samples::plain(SecretEdit{{}, {}, 5}))) == "poll hide");
}
