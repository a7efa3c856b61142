#include "protocol/message/body.hpp"

#include "protocol/message/content.hpp"
#include "protocol/message/wire.hpp"
#include "tests/support/message_samples.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::message;
using wagate::testing::message_samples;
namespace samples = wagate::testing::samples;

namespace {

Bytes field(int number, ByteView content)
{
    Bytes out;
    append_field(out, number, content);
    return out;
}

Bytes conversation(std::string_view text)
{
    return field(1, view(text));
}

template <class T>
T const& body_of(TypedMessage const& message)
{
    REQUIRE(std::holds_alternative<T>(message.body));
    return std::get<T>(message.body);
}

} // namespace

TEST_CASE("what is built is read back as it was")
{
    for (auto const& sample : message_samples()) {
        INFO(sample.name);
        auto const built = build_message(sample.message);
        CHECK(parse_body(built) == sample.message);
        CHECK(build_message(parse_body(built)) == built);
    }
}

TEST_CASE("the samples cover every kind")
{
    std::set<BodyKind> kinds;
    for (auto const& sample : message_samples())
        kinds.insert(kind_of(sample.message.body));
    for (int kind = 1; kind < static_cast<int>(BodyKind::unknown); ++kind) {
        INFO(kind_name(static_cast<BodyKind>(kind)));
        CHECK(kinds.count(static_cast<BodyKind>(kind)) == 1);
    }
}

TEST_CASE("the engine takes built messages for what they are")
{
    for (auto const& sample : message_samples()) {
        INFO(sample.name);
        auto const content = parse_content(build_message(sample.message));
        REQUIRE(content);
        auto const kind = kind_of(sample.message.body);
        auto const is_own = is_own_message(kind);
        if (kind == BodyKind::text) {
            // The engine looks into fewer wrappers.
            if (!sample.message.envelope.has(Wrapper::bot_invoke)) CHECK(content->kind == ContentKind::text);
        } else if (kind != BodyKind::encrypted_comment && !sample.message.envelope.has(Wrapper::edited)) {
            CHECK((content->kind == ContentKind::other) == is_own);
        }
    }
}

TEST_CASE("both readers see the same text and quote")
{
    auto const message = samples::with_context(Text{"an answer", {}, {}});
    auto const content = parse_content(build_message(message));
    REQUIRE(content);
    CHECK(content->text == "an answer");
    REQUIRE(content->quoted);
    CHECK(content->quoted->id == message.context.quoted->id);
    CHECK(content->quoted->participant == message.context.quoted->participant);
    CHECK(content->quoted->body == message.context.quoted->text);
}

TEST_CASE("a message written by another own device tells its chat")
{
    auto const inner = samples::plain(Reaction{samples::target(), "👍", "", std::nullopt});
    auto const read = parse_body(wrap_device_sent(samples::group(), build_message(inner)));
    CHECK(read.envelope.device_sent_to == samples::group());
    CHECK(read.body == inner.body);
}

TEST_CASE("what accompanies a message is read in and outside its wrappers")
{
    auto inner = samples::plain(Text{"hello", {}, {}});
    inner.envelope.secret = SharedSecret{samples::numbered(7, 32)};
    auto outer = field(40, field(1, build_message(inner)));
    append(outer, field(35, Bytes{0x28, 60})); // lasts for 60 s
    auto const read = parse_body(outer);
    CHECK(read.envelope.wrappers == std::vector{Wrapper::ephemeral});
    CHECK(read.envelope.secret == inner.envelope.secret);
    CHECK(read.envelope.add_on_duration == Seconds{60});
    CHECK(body_of<Text>(read).text == "hello");
}

TEST_CASE("key distribution beside content does not hide it")
{
    auto message = make_sender_key_distribution(samples::group(), view("keys"));
    CHECK(kind_of(parse_body(message).body) == BodyKind::nothing);
    append(message, build_message(samples::plain(samples::media(MediaKind::image))));
    CHECK(body_of<Media>(parse_body(message)).caption == "the caption");
}

TEST_CASE("every wrapper is taken off")
{
    for (int index = 0; index <= static_cast<int>(Wrapper::spoiler); ++index) {
        auto message = samples::plain(Text{"inside", {}, {}});
        message.envelope.wrappers = {static_cast<Wrapper>(index)};
        auto const built = build_message(message);
        CHECK(kind_of(parse_body(built).body) == BodyKind::text);
        CHECK(parse_body(built) == message);
    }
}

TEST_CASE("a kind that is not known is kept with its number and sent on unchanged")
{
    auto const unknown = field(2000, view("from the future"));
    auto const read = parse_body(unknown);
    CHECK(body_of<Unknown>(read).field == 2000);
    CHECK(body_of<Unknown>(read).content == to_bytes("from the future"));
    CHECK(build_message(read) == unknown);
}

TEST_CASE("a damaged kind is kept whole and costs only itself")
{
    auto const image = field(3, view("this is no image"));
    auto wrapped = field(37, field(1, image));
    append(wrapped, field(35, field(3, samples::numbered(1, 32))));
    auto const read = parse_body(wrapped);
    CHECK(body_of<Unknown>(read) == Unknown{3, to_bytes("this is no image")});
    CHECK(read.envelope.wrappers == std::vector{Wrapper::view_once});
    CHECK(read.envelope.secret);
    CHECK(build_message(read) == wrapped);
}

TEST_CASE("bytes that are no message are kept")
{
    auto const garbage = to_bytes("\xFF\xFF\xFF no message");
    auto const read = parse_body(garbage);
    CHECK(body_of<Unknown>(read) == Unknown{0, garbage});
    CHECK(build_message(read) == garbage);
    CHECK(parse_body({}).body == MessageBody{Nothing{}});
}

TEST_CASE("wrappers in wrappers end")
{
    auto message = conversation("deep");
    for (int i = 0; i < 12; ++i)
        message = field(40, field(1, message));
    CHECK(kind_of(parse_body(message).body) == BodyKind::text);
    message = field(40, field(1, message));
    auto const read = parse_body(message);
    CHECK(body_of<Unknown>(read).field == 40);
    CHECK(build_message(read) == message);
}

TEST_CASE("edits of edits end")
{
    TypedMessage message = samples::plain(Text{"first", {}, {}});
    for (int i = 0; i < 3; ++i) {
        Edit edit;
        edit.target = samples::target();
        edit.content = Boxed<TypedMessage>{message};
        message = samples::plain(edit);
    }
    auto const read = parse_body(build_message(message));
    auto const& first = body_of<Edit>(read);
    auto const& second = body_of<Edit>(*first.content);
    CHECK(body_of<Unknown>(*second.content).field == 12);
    CHECK(build_message(read) == build_message(message));
}

TEST_CASE("a kind beyond the limit is kept whole without being read")
{
    ReadLimits limits;
    limits.max_kind_bytes = 100;
    auto const read = parse_body(conversation(std::string(101, 'x')), limits);
    CHECK(body_of<Unknown>(read).field == 1);
    CHECK(kind_of(parse_body(conversation(std::string(100, 'x')), limits).body) == BodyKind::text);
}

TEST_CASE("a group around a field is skipped")
{
    Bytes message{0x23 /* group 4 */, 0x08, 0x01, 0x24};
    append(message, conversation("after"));
    CHECK(text_of(parse_body(message).body) == "after");
    Bytes const open{0x23, 0x08, 0x01};
    CHECK(kind_of(parse_body(open).body) == BodyKind::unknown);
}

TEST_CASE("a message of very many fields is not taken apart")
{
    Bytes many;
    for (std::size_t i = 0; i < max_wire_fields; ++i)
        append(many, Bytes{0x08, 0x01});
    CHECK(wire_fields(many));
    CHECK(kind_of(parse_body(many).body) == BodyKind::nothing);
    append(many, Bytes{0x08, 0x01});
    CHECK_FALSE(wire_fields(many));
    CHECK(std::get<Unknown>(parse_body(many).body).field == 0);
}

TEST_CASE("fields of another wire type are no content")
{
    Bytes message{0x08, 0x05}; // field 1 as a number
    append(message, conversation("text"));
    CHECK(text_of(parse_body(message).body) == "text");
}

TEST_CASE("an address that is none is left out")
{
    auto const key = concat({field(1, view("no address!")), field(3, view("3EB0"))});
    auto const read = parse_body(field(46, concat({field(1, key), field(2, view("👍"))})));
    CHECK_FALSE(body_of<Reaction>(read).target.chat);
    CHECK(body_of<Reaction>(read).target.id == MessageId{"3EB0"});
}

TEST_CASE("the last of a repeated value counts, as protobuf has it")
{
    auto const image = concat({field(3, view("first")), field(3, view("second"))});
    CHECK(text_of(parse_body(field(3, image)).body) == "second");
}

TEST_CASE("a protocol message that only names another one is a revoke")
{
    auto const key = concat({field(1, view("15550002222@s.whatsapp.net")), field(3, view("3EB0"))});
    CHECK(kind_of(parse_body(field(12, field(1, key))).body) == BodyKind::revoke);
    CHECK(kind_of(parse_body(field(12, Bytes{0x10, 0x00})).body) == BodyKind::protocol_notice);
}

TEST_CASE("the text is what apps show")
{
    auto const text = [](char const* name) {
        for (auto const& sample : message_samples())
            if (sample.name == name) return text_of(sample.message.body);
        FAIL("no sample: " << name);
        return std::string{};
    };
    CHECK(text("image") == "the caption");
    CHECK(text("live location") == "on my way");
    CHECK(text("contact") == "Ann");
    CHECK(text("poll 3") == "the question");
    CHECK(text("event") == "the event");
    CHECK(text("edit") == "corrected");
    CHECK(text("list reply") == "row 1");
    CHECK(text("button reply") == "first");
    CHECK(text("revoke").empty());
}

TEST_CASE("any change of a message's bytes gives another message, never a failure")
{
    wagate::testing::SeededRandom random{20};
    for (auto const& sample : message_samples()) {
        auto const built = build_message(sample.message);
        for (int round = 0; round < 50; ++round) {
            auto changed = built;
            for (auto changes = random.below(4) + 1; changes > 0; --changes)
                changed[random.below(changed.size())] = random.array<1>()[0];
            if (random.below(4) == 0) changed.resize(random.below(changed.size()) + 1);
            auto const once = build_message(parse_body(changed));
            auto const twice = build_message(parse_body(once));
            INFO(sample.name);
            CHECK(kind_of(parse_body(twice).body) == kind_of(parse_body(once).body));
        }
    }
}
