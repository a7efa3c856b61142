// Our message content behind a line protocol on stdin and stdout, so that other implementations can be held
// against it. Bytes are hexadecimal, answers one line of JSON:
//   samples                                          {"samples": [{"name", "hex", "kind", "type",
//   "mediaType"}, …]} same INDEX HEX                                   {"same": bool}: the bytes mean what
//   the sample means rebuild HEX                                      {"kind", "text", "hex"}: read and built
//   again seal USE SECRET ID AUTHOR SENDER PLAINTEXT       {"payload", "iv"} open USE SECRET ID AUTHOR SENDER
//   PAYLOAD IV      {"plaintext"} or {"error"} choice OPTION… {"plaintext"}: of a vote for these options
//   answer NUMBER                                    {"plaintext"}: of an answer to an event
// USE: poll_vote, event_response, reaction, comment, event_edit.
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/message/secrets.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "tests/support/message_samples.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <sstream>
#include <stdexcept>

using namespace wagate;
using namespace wagate::message;
namespace json = boost::json;

namespace {

struct BadCommand : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string word(std::istream& words)
{
    std::string out;
    if (!(words >> out)) throw BadCommand{"an argument is missing"};
    return out;
}

Bytes bytes_word(std::istream& words)
{
    auto bytes = hex_decode(word(words));
    if (!bytes) throw BadCommand{"no hexadecimal text"};
    return std::move(*bytes);
}

Jid jid_word(std::istream& words)
{
    auto jid = Jid::parse(word(words));
    if (!jid) throw BadCommand{"no address"};
    return std::move(*jid);
}

SecretUse use_word(std::istream& words)
{
    auto const name = word(words);
    if (name == "poll_vote") return SecretUse::poll_vote;
    if (name == "event_response") return SecretUse::event_response;
    if (name == "reaction") return SecretUse::reaction;
    if (name == "comment") return SecretUse::comment;
    if (name == "event_edit") return SecretUse::event_edit;
    throw BadCommand{"unknown use"};
}

SecretScope scope_words(std::istream& words)
{
    SecretScope scope;
    scope.message = MessageId{word(words)};
    scope.author = jid_word(words);
    scope.sender = jid_word(words);
    return scope;
}

json::object samples()
{
    json::array list;
    for (auto const& sample : testing::message_samples()) {
        auto const traits = stanza_traits(sample.message);
        json::object entry;
        entry["name"] = sample.name;
        entry["hex"] = hex_encode(build_message(sample.message));
        entry["kind"] = json::string(kind_name(kind_of(sample.message.body)));
        entry["type"] = json::string(traits.type);
        entry["mediaType"] = json::string(traits.media_type);
        list.push_back(std::move(entry));
    }
    json::object out;
    out["samples"] = std::move(list);
    return out;
}

json::object answer(std::string const& command, std::istream& words, RandomSource& random)
{
    json::object out;
    if (command == "samples") return samples();
    if (command == "same") {
        auto const index = std::stoul(word(words));
        out["same"] = parse_body(bytes_word(words)) == testing::message_samples().at(index).message;
    } else if (command == "rebuild") {
        auto const read = parse_body(bytes_word(words));
        out["kind"] = json::string(kind_name(kind_of(read.body)));
        out["text"] = text_of(read.body);
        out["hex"] = hex_encode(build_message(read));
    } else if (command == "seal") {
        auto const use = use_word(words);
        SharedSecret const secret{bytes_word(words)};
        auto const scope = scope_words(words);
        auto const sealed = seal(use, secret, scope, bytes_word(words), random);
        out["payload"] = hex_encode(sealed.payload);
        out["iv"] = hex_encode(sealed.iv);
    } else if (command == "open") {
        auto const use = use_word(words);
        SharedSecret const secret{bytes_word(words)};
        auto const scope = scope_words(words);
        auto payload = bytes_word(words);
        auto const opened = open_sealed(use, secret, scope, Sealed{std::move(payload), bytes_word(words)});
        if (opened)
            out["plaintext"] = hex_encode(*opened);
        else
            out["error"] = opened.error().message();
    } else if (command == "choice") {
        std::vector<std::string> options;
        for (std::string option; words >> option;)
            options.push_back(option);
        out["plaintext"] = hex_encode(poll_choice(options));
    } else if (command == "answer") {
        EventAnswer given;
        given.response = static_cast<EventAnswer::Response>(std::stoi(word(words)));
        given.time = wall_from_milliseconds(1'700'000'000'123);
        given.extra_guests = 2;
        out["plaintext"] = hex_encode(event_answer(given));
    } else {
        throw BadCommand{"unknown command"};
    }
    return out;
}

} // namespace

int main()
{
    std::ios::sync_with_stdio(false);
    crypto::SystemRandom random;
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words{line};
        try {
            auto const command = word(words);
            std::cout << json::serialize(answer(command, words, random)) << '\n' << std::flush;
        } catch (std::exception const& error) {
            std::cerr << error.what() << ": " << line << '\n';
            return 2;
        }
    }
}
