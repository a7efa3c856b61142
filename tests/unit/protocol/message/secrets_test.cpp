#include "protocol/message/secrets.hpp"

#include "protocol/base/encoding.hpp"
#include "tests/support/message_samples.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace wagate;
using namespace wagate::message;
namespace samples = wagate::testing::samples;

namespace {

SharedSecret secret()
{
    return SharedSecret{samples::numbered(0, 32)};
}

SecretScope scope()
{
    return {MessageId{"3EB0ABC"}, Jid::phone("15550002222"), Jid::phone("15550001111")};
}

std::string key_of(SecretUse use, SecretScope const& with)
{
    return hex_encode(secret_key(use, secret(), with).reveal());
}

Poll poll()
{
    Poll out;
    out.name = "the question";
    out.options = {"yes", "no", "maybe"};
    return out;
}

} // namespace

TEST_CASE("keys are derived as other clients derive them")
{
    CHECK(key_of(SecretUse::poll_vote, scope()) ==
          "d313e645ad1172bdc18c23a457d77df083d86581c6e32324e136c85650b59aaf");
    CHECK(hex_encode(option_hash("yes")) ==
          "8a798890fe93817163b10b5f7bd2ca4d25d84c52739a645a889c173eee7d9d3d");
}

TEST_CASE("what another client has encrypted opens")
{
    // Made by whatsmeow with this secret, for a message of this author in a group.
    SecretScope with{MessageId{"3EB0ABC"}, Jid::hidden("900000000000002"), Jid::phone("15550001111")};
    auto const opened = [&](SecretUse use, char const* payload, char const* iv) {
        auto plaintext = open_sealed(use, secret(), with, Sealed{*hex_decode(payload), *hex_decode(iv)});
        REQUIRE(plaintext.has_value());
        return std::move(*plaintext);
    };
    CHECK(
        opened(
            SecretUse::poll_vote,
            "60d2109b53013c216bab0ff6058d630f47535c8ff39c08da852e6f78839dc419ebf3bd0ee464387b235429b40dda2be6"
            "254ebd190e82a9c1ea143460038bd63d63d6d4ad2dbcddd237560cff8b74ade7cbc8315e",
            "36823dd748368a495d4e2beb") == poll_choice({"pizza", "pasta"}));
    with.sender = Jid::hidden("900000000000001");
    auto const reaction =
        read_hidden_reaction(opened(SecretUse::reaction, "e4c7c40add3b3e5bb28c6480e4ae8e90d673d5bc007f",
                                    "5948c337886748d38f0a6b28"),
                             samples::target());
    REQUIRE(reaction);
    CHECK(reaction->text == "👍");
    auto const comment =
        parse_body(opened(SecretUse::comment, "db5fea2cf3dad7e05246f1f7f5fbdb8fe34477a824b95e1254603c",
                          "b435a8075c50b755808c4403"));
    CHECK(text_of(comment.body) == "a comment");
}

TEST_CASE("messages of bots have a secret derived from the prompt's")
{
    auto const bot_secret = crypto::hkdf_sha256(secret().reveal(), {}, "Bot Message", 32);
    CHECK(hex_encode(bot_secret) == "d1cbc04433bd046eb826f6c5bddee57b838b803f6577239a4d67676df1207839");
    CHECK(key_of(SecretUse::bot_message, scope()) ==
          hex_encode(crypto::hkdf_sha256(bot_secret, {},
                                         "3EB0ABC15550002222@s.whatsapp.net15550001111@s.whatsapp.net", 32)));
}

TEST_CASE("device numbers do not change a key")
{
    auto with_devices = scope();
    with_devices.author.device = 3;
    with_devices.sender.device = 12;
    CHECK(key_of(SecretUse::poll_vote, with_devices) == key_of(SecretUse::poll_vote, scope()));
}

TEST_CASE("each use and each party has a key of its own")
{
    std::vector<std::string> keys;
    for (auto use :
         {SecretUse::poll_vote, SecretUse::event_response, SecretUse::reaction, SecretUse::comment,
          SecretUse::event_edit, SecretUse::message_edit, SecretUse::poll_edit, SecretUse::bot_message})
        keys.push_back(key_of(use, scope()));
    auto other = scope();
    other.message = MessageId{"3EB0ABD"};
    keys.push_back(key_of(SecretUse::poll_vote, other));
    other = scope();
    other.author = Jid::hidden("15550002222");
    keys.push_back(key_of(SecretUse::poll_vote, other));
    other = scope();
    other.sender = Jid::hidden("15550001111");
    keys.push_back(key_of(SecretUse::poll_vote, other));
    std::sort(keys.begin(), keys.end());
    CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("what is sealed opens, and only where it belongs")
{
    wagate::testing::SeededRandom random{1};
    for (auto use :
         {SecretUse::poll_vote, SecretUse::event_response, SecretUse::reaction, SecretUse::comment,
          SecretUse::event_edit, SecretUse::message_edit, SecretUse::poll_edit, SecretUse::bot_message}) {
        auto const sealed = seal(use, secret(), scope(), view("content"), random);
        auto const opened = open_sealed(use, secret(), scope(), sealed);
        REQUIRE(opened.has_value());
        CHECK(*opened == to_bytes("content"));

        auto other = scope();
        other.sender = Jid::phone("15550009999");
        CHECK_FALSE(open_sealed(use, secret(), other, sealed).has_value());
        CHECK_FALSE(open_sealed(use, SharedSecret{samples::numbered(1, 32)}, scope(), sealed).has_value());
        auto changed = sealed;
        changed.payload[0] ^= 1;
        CHECK_FALSE(open_sealed(use, secret(), scope(), changed).has_value());
    }
}

TEST_CASE("sealed content of a wrong length is refused")
{
    auto short_iv = samples::sealed();
    short_iv.iv.pop_back();
    CHECK(open_sealed(SecretUse::poll_vote, secret(), scope(), short_iv).error() ==
          crypto::CryptoErrc::bad_length);
    auto short_payload = samples::sealed();
    short_payload.payload.resize(15);
    CHECK(open_sealed(SecretUse::poll_vote, secret(), scope(), short_payload).error() ==
          crypto::CryptoErrc::bad_length);
}

TEST_CASE("an address in another form than expected is found by trying")
{
    wagate::testing::SeededRandom random{2};
    auto const sealed = seal(SecretUse::poll_vote, secret(), scope(), view("choice"), random);
    std::vector const authors{Jid::hidden("900000000000002"), Jid::phone("15550002222")};
    std::vector const senders{Jid::hidden("900000000000001"), Jid::phone("15550001111")};
    auto const opened = open_any(SecretUse::poll_vote, secret(), scope().message, authors, senders, sealed);
    REQUIRE(opened.has_value());
    CHECK(*opened == to_bytes("choice"));
    std::vector const strangers{Jid::hidden("900000000000001")};
    CHECK(open_any(SecretUse::poll_vote, secret(), scope().message, authors, strangers, sealed).error() ==
          crypto::CryptoErrc::authentication_failed);
}

TEST_CASE("a choice names the options of its poll")
{
    CHECK(chosen_options(poll_choice({"maybe", "yes"}), poll()) == std::vector<std::string>{"yes", "maybe"});
    CHECK(chosen_options(poll_choice({"something else"}), poll()) == std::vector<std::string>{});
    CHECK(chosen_options(poll_choice({}), poll()) == std::vector<std::string>{});
    CHECK_FALSE(chosen_options(to_bytes("\xFF no choice"), poll()));
}

TEST_CASE("an answer to an event is read back")
{
    EventAnswer const answer{EventAnswer::Response::maybe, wall_from_milliseconds(1'700'000'000'123), 2};
    CHECK(read_event_answer(event_answer(answer)) == answer);
    auto const unknown = read_event_answer(Bytes{0x08, 99});
    REQUIRE(unknown);
    CHECK(unknown->response == EventAnswer::Response::unknown);
}

TEST_CASE("a hidden reaction gets its target from outside")
{
    Reaction const reaction{samples::target(), "👍", "", wall_from_milliseconds(1'700'000'000'123)};
    auto const plaintext = hidden_reaction(reaction);
    CHECK(std::string_view{to_text(plaintext)}.find("TARGET") == std::string_view::npos);
    CHECK(read_hidden_reaction(plaintext, reaction.target) == reaction);
}

TEST_CASE("encrypted edits name what they change")
{
    CHECK(use_of(SecretEdit{{}, {}, 1}) == SecretUse::event_edit);
    CHECK(use_of(SecretEdit{{}, {}, 2}) == SecretUse::message_edit);
    CHECK(use_of(SecretEdit{{}, {}, 4}) == SecretUse::poll_edit);
    CHECK_FALSE(use_of(SecretEdit{{}, {}, 77}));
}

TEST_CASE("whatever is sealed opens for its message, author, sender and use alone", "[message]")
{
    constexpr std::array uses{SecretUse::poll_vote, SecretUse::event_response, SecretUse::reaction,
                              SecretUse::comment,   SecretUse::event_edit,     SecretUse::message_edit,
                              SecretUse::poll_edit};
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        wagate::testing::SeededRandom random(seed);
        auto const person = [&] {
            auto const user = std::to_string(900'000'000'000'000 + random.below(1'000'000));
            return random.below(2) == 0 ? Jid::hidden(user) : Jid::phone(user);
        };
        auto const use = uses[random.below(uses.size())];
        auto const key = generate_secret(random);
        SecretScope const with{MessageId{"3EB0" + std::to_string(random.below(1'000))}, person(), person()};
        auto const plain = random.bytes(random.below(200));
        auto const sealed = seal(use, key, with, plain, random);
        // As receivers do it, who know several forms of the addresses.
        std::vector<Jid> const authors{person(), with.author}, senders{person(), with.sender.with_device(7)};
        auto const opened = open_any(use, key, with.message, authors, senders, sealed);
        REQUIRE(opened.has_value());
        CHECK(*opened == plain);

        auto const fails = [&](SecretUse other, SharedSecret const& secret, SecretScope const& scope,
                               Sealed const& what) {
            return !open_sealed(other, secret, scope, what).has_value();
        };
        CHECK(fails(uses[(static_cast<std::size_t>(use) + 1) % uses.size()], key, with, sealed));
        CHECK(fails(use, generate_secret(random), with, sealed));
        CHECK(fails(use, key, {MessageId{with.message.value + "1"}, with.author, with.sender}, sealed));
        CHECK(fails(use, key, {with.message, Jid::hidden("1"), with.sender}, sealed));
        CHECK(fails(use, key, {with.message, with.author, Jid::hidden("1")}, sealed));
        auto damaged = sealed;
        damaged.payload[random.below(damaged.payload.size())] ^= 1;
        CHECK(fails(use, key, with, damaged));
        damaged = sealed;
        damaged.iv[random.below(12)] ^= 1;
        CHECK(fails(use, key, with, damaged));
    }
}
