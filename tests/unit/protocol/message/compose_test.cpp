#include "protocol/message/compose.hpp"

#include "protocol/message/wire.hpp"
#include "tests/support/message_samples.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::message;
using wagate::testing::message_samples;
using wagate::testing::SeededRandom;
namespace samples = wagate::testing::samples;

namespace {

SecretScope scope()
{
    return {MessageId{"3EB0TARGET"}, Jid::phone("15550002222"), Jid::phone("15550001111")};
}

TypedMessage sample(std::string_view name)
{
    for (auto const& entry : message_samples())
        if (entry.name == name) return entry.message;
    FAIL("no sample: " << name);
    return {};
}

} // namespace

TEST_CASE("a poll has a new secret and the version of its choices")
{
    SeededRandom random{3};
    Poll poll;
    poll.options = {"yes", "no"};
    poll.selectable = 1;
    auto const single = new_poll(poll, false, random);
    CHECK(std::get<Poll>(single.body).version == 3);
    CHECK(single.envelope.secret->reveal().size() == 32);
    poll.selectable = 0;
    auto const multiple = new_poll(poll, false, random);
    CHECK(std::get<Poll>(multiple.body).version == 1);
    CHECK(multiple.envelope.secret != single.envelope.secret);
    CHECK(std::get<Poll>(new_poll(poll, true, random).body).version == 2);
    CHECK(new_event({}, random).envelope.secret->reveal().size() == 32);
}

TEST_CASE("a vote can be counted by who knows the poll")
{
    SeededRandom random{4};
    auto const message = sample("poll 1");
    auto const now = wall_from_milliseconds(1'700'000'000'123);
    auto const vote = parse_body(build_message(
        new_poll_vote(samples::target(), *message.envelope.secret, scope(), {"no", "yes"}, now, random)));
    auto const& body = std::get<PollVote>(vote.body);
    CHECK(body.target == samples::target());
    CHECK(body.time == now);
    auto const choice = open_sealed(SecretUse::poll_vote, *message.envelope.secret, scope(), body.sealed);
    REQUIRE(choice.has_value());
    CHECK(chosen_options(*choice, std::get<Poll>(message.body)) == std::vector<std::string>{"yes", "no"});
}

TEST_CASE("answers, reactions and comments open with the secret of their message")
{
    SeededRandom random{5};
    auto const secret = generate_secret(random);
    EventAnswer const answer{EventAnswer::Response::going, wall_from_milliseconds(1'700'000'000'123), 1};
    auto const response = new_event_response(samples::target(), secret, scope(), answer, random);
    CHECK(read_event_answer(*open_sealed(SecretUse::event_response, secret, scope(),
                                         std::get<EventResponse>(response.body).sealed)) == answer);

    Reaction const reaction{samples::target(), "👍", "", std::nullopt};
    auto const hidden = new_encrypted_reaction(reaction, secret, scope(), random);
    auto const& sealed_reaction = std::get<EncryptedReaction>(hidden.body);
    CHECK(read_hidden_reaction(*open_sealed(SecretUse::reaction, secret, scope(), sealed_reaction.sealed),
                               sealed_reaction.target) == reaction);

    auto const text = samples::plain(Text{"a comment", {}, {}});
    auto const comment = new_encrypted_comment(samples::target(), text, secret, scope(), random);
    auto const opened =
        open_sealed(SecretUse::comment, secret, scope(), std::get<EncryptedComment>(comment.body).sealed);
    REQUIRE(opened.has_value());
    CHECK(parse_body(*opened) == text);
}

TEST_CASE("a document with a caption is wrapped, other media are not")
{
    CHECK(new_media(samples::media(MediaKind::document)).envelope.has(Wrapper::document_with_caption));
    auto plain = samples::media(MediaKind::document);
    plain.caption.clear();
    CHECK(new_media(plain).envelope.wrappers.empty());
    CHECK(new_media(samples::media(MediaKind::image)).envelope.wrappers.empty());
}

TEST_CASE("only images, videos and sounds can be shown once")
{
    auto image = new_media(samples::media(MediaKind::image));
    show_once(image);
    show_once(image);
    CHECK(image.envelope.wrappers == std::vector{Wrapper::view_once_v2});
    CHECK(std::get<Media>(parse_body(build_message(image)).body).view_once);
    auto voice = new_media(samples::media(MediaKind::voice));
    show_once(voice);
    CHECK(voice.envelope.wrappers == std::vector{Wrapper::view_once_v2_extension});
    auto sticker = new_media(samples::media(MediaKind::sticker));
    show_once(sticker);
    CHECK_FALSE(sticker.envelope.is_view_once());
}

TEST_CASE("content disappears with the chat's timer, control messages do not")
{
    auto text = samples::plain(Text{"gone tomorrow", {}, {}});
    expire_after(text, Seconds{86'400}, wall_from_seconds(1'700'000'000));
    CHECK(parse_body(build_message(text)).context.expiration == Seconds{86'400});
    auto reaction = sample("reaction");
    expire_after(reaction, Seconds{86'400}, std::nullopt);
    CHECK_FALSE(reaction.context.expiration);
}

TEST_CASE("an edit, a pin and an unpin name their message")
{
    auto const now = wall_from_milliseconds(1'700'000'000'123);
    auto const edit = new_edit(samples::target(), samples::plain(Text{"better", {}, {}}), now);
    CHECK(target_of(edit.body)->id == samples::target().id);
    CHECK(text_of(parse_body(build_message(edit)).body) == "better");
    auto const pin = new_pin(samples::target(), Seconds{604'800}, now);
    CHECK(parse_body(build_message(pin)).envelope.add_on_duration == Seconds{604'800});
    CHECK_FALSE(std::get<Pin>(new_unpin(samples::target(), now).body).pinned);
}

TEST_CASE("a text status has its colours and font")
{
    auto const status = parse_body(build_message(new_text_status("hello", 0xFF00AA55, 2)));
    CHECK(std::get<Text>(status.body).style == TextStyle{0xFFFFFFFF, 0xFF00AA55, 2});
}

TEST_CASE("a quote holds the bare message")
{
    for (auto const& entry : message_samples()) {
        INFO(entry.name);
        auto const quote =
            new_quote(MessageId{"3EB0"}, std::nullopt, std::nullopt, build_message(entry.message));
        auto const kind = kind_of(entry.message.body);
        if (!is_own_message(kind)) {
            CHECK(quote.message.empty());
            continue;
        }
        CHECK(quote.kind == kind);
        CHECK(quote.text == text_of(entry.message.body));
        auto const quoted = parse_body(quote.message);
        CHECK(quoted.body == entry.message.body);
        CHECK(quoted.context == Context{});
        CHECK(quoted.envelope == Envelope{});
    }
}

TEST_CASE("a forwarded copy keeps the content and counts")
{
    for (auto const* name : {"text", "text with context", "link preview", "image", "voice", "document",
                             "sticker", "location", "contacts", "list", "product"}) {
        INFO(name);
        auto const original = sample(name);
        auto const copy = forwarded_copy(build_message(original), false);
        REQUIRE(copy);
        auto const read = parse_body(*copy);
        CHECK(read.body == original.body);
        Context expected;
        expected.forwarded = true;
        expected.forwarding_score = original.context.forwarding_score + 1;
        expected.channel_origin = original.context.channel_origin;
        CHECK(read.context == expected);
        CHECK(read.envelope == Envelope{});
    }
}

TEST_CASE("a forwarded copy keeps fields that are not read here")
{
    Bytes image;
    append_field(image, 3, view("caption"));
    append_field(image, 999, view("from the future"));
    Bytes message;
    append_field(message, 3, image);
    auto const copy = forwarded_copy(message, false);
    REQUIRE(copy);
    auto const outer = wire_fields(*copy);
    REQUIRE(outer);
    auto const fields = wire_fields(outer->front().content);
    REQUIRE(fields);
    REQUIRE(fields->size() == 3);
    CHECK((*fields)[1].number == 999);
    CHECK(to_bytes((*fields)[1].content) == to_bytes("from the future"));
}

TEST_CASE("an own message is no forward until it was forwarded before")
{
    auto const own = forwarded_copy(build_message(sample("text")), true);
    REQUIRE(own);
    CHECK(*own == build_message(sample("text")));
}

TEST_CASE("a captioned document stays wrapped when it is forwarded")
{
    auto const copy = forwarded_copy(build_message(sample("captioned document")), false);
    REQUIRE(copy);
    CHECK(parse_body(*copy).envelope.wrappers == std::vector{Wrapper::document_with_caption});
}

TEST_CASE("what is not for others is not forwarded")
{
    for (auto const* name : {"view once image", "reaction", "edit", "revoke", "poll 1", "poll vote", "event",
                             "protocol notice", "placeholder", "call log"}) {
        INFO(name);
        CHECK_FALSE(forwarded_copy(build_message(sample(name)), false));
    }
    CHECK_FALSE(forwarded_copy(to_bytes("\xFF no message"), false));
    CHECK_FALSE(forwarded_copy({}, false));
}

TEST_CASE("a vCard holds the number and nothing that breaks out of its field")
{
    CHECK(make_vcard({"Ann Example", "Example, Inc.", "+1 555 000-1111", "15550001111"}) ==
          "BEGIN:VCARD\nVERSION:3.0\nN:;Ann Example;;;\nFN:Ann Example\nORG:Example\\, Inc.;\n"
          "TEL;type=CELL;type=VOICE;waid=15550001111:+1 555 000-1111\nEND:VCARD");
    auto const card = make_vcard({"Ann\nEND:VCARD;x", "", "1\nX:2", "1;x"});
    CHECK(card == "BEGIN:VCARD\nVERSION:3.0\nN:;Ann\\nEND:VCARD\\;x;;;\nFN:Ann\\nEND:VCARD\\;x\n"
                  "TEL;type=CELL;type=VOICE;waid=1:12\nEND:VCARD");
}
