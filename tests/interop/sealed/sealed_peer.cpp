// Our app state and media behind a line protocol on stdin and stdout, so that another implementation can be
// held against them. One command and one answer per line; bytes are hexadecimal, {"error": …} stands for a
// refusal.
//   patches SEED COUNT COLLECTION   {"key": {"id", "data"}, "patches": [{"bytes", "version", "hash",
//   "mutations"}],
//                                   "snapshot"}
//   apply {"collection", "key", "snapshot", "patches": [bytes]}   {"version", "hash", "mutations"}
//   encrypt TYPE SEED LENGTH        {"key", "plain", "file", "plainSha256", "encryptedSha256"}
//   decrypt TYPE KEY FILE           {"plain"}
//   retry-answer KEY                {"frame"}: a notification about message 3EB0AA, as a binary node
//   retry-request KEY FRAME         {"id"}: of the message that the receipt in the frame names
// A mutation is {"operation": "set" | "remove", "index": JSON text, "version", "value": SyncActionValue}.
#include "protocol/base/encoding.hpp"
#include "protocol/binary/codec.hpp"
#include "protocol/media/decryptor.hpp"
#include "protocol/media/encryptor.hpp"
#include "protocol/media/retry.hpp"
#include "tests/support/random_actions.hpp"
#include "tests/support/seeded_random.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <sstream>

using namespace wagate;
using namespace wagate::appstate;
namespace json = boost::json;

namespace {

Bytes from_hex(std::string_view text)
{
    return hex_decode(text).value();
}

Bytes from_hex(json::value const& value)
{
    return from_hex(std::string_view{value.as_string()});
}

json::object to_json(Mutation const& mutation)
{
    json::object object;
    object["operation"] = mutation.operation == Operation::set ? "set" : "remove";
    object["index"] = text_view(mutation.index);
    object["version"] = mutation.version;
    object["value"] = hex_encode(write_action(mutation.action, mutation.time));
    return object;
}

json::array to_json(std::vector<Mutation> const& mutations)
{
    json::array array;
    for (auto const& mutation : mutations)
        array.push_back(to_json(mutation));
    return array;
}

json::object patches(std::uint64_t seed, std::uint64_t count, Collection collection)
{
    testing::SeededRandom random{seed};
    testing::MemoryTable table;
    auto const data = random.bytes(32);
    WritingKey const key{random.bytes(6), expand_mutation_keys(data)};
    CollectionState state{.collection = collection, .version = 0, .hash = {}};
    std::map<IndexMac, SealedMutation> records;
    json::array written;
    for (; count > 0; --count) {
        auto outgoing = make_patch(state, testing::random_intents(random, collection, 6), key, table,
                                   testing::random_second(random), random)
                            .value();
        state = outgoing.applied.state;
        table.store(outgoing.applied);
        for (auto const& sealed : parse_patch(outgoing.bytes).value().mutations) {
            records.erase(sealed.index_mac);
            if (sealed.operation == Operation::set) records.emplace(sealed.index_mac, sealed);
        }
        json::object entry;
        entry["bytes"] = hex_encode(outgoing.bytes);
        entry["version"] = state.version;
        entry["hash"] = hex_encode(state.hash.bytes());
        entry["mutations"] = to_json(outgoing.applied.mutations);
        written.push_back(std::move(entry));
    }
    Snapshot snapshot{.version = state.version,
                      .records = {},
                      .mac = to_bytes(snapshot_mac(key.keys, state)),
                      .key_id = key.id};
    for (auto const& [mac, sealed] : records)
        snapshot.records.push_back(sealed);
    json::object line;
    line["key"] = json::object{{"id", hex_encode(key.id)}, {"data", hex_encode(data)}};
    line["patches"] = std::move(written);
    line["snapshot"] = hex_encode(serialize(snapshot));
    return line;
}

Result<json::object> apply(json::object const& command)
{
    testing::MemoryKeys shared;
    shared.add(from_hex(command.at("key").at("id")), from_hex(command.at("key").at("data")));
    KeyRing ring{shared};
    testing::MemoryTable table;
    CollectionState state;
    state.collection = collection_from_name(std::string_view{command.at("collection").as_string()}).value();
    std::vector<Mutation> mutations;
    auto const take = [&](Applied& applied) {
        state = applied.state;
        table.store(applied);
        std::move(applied.mutations.begin(), applied.mutations.end(), std::back_inserter(mutations));
    };
    if (auto const* bytes = command.if_contains("snapshot")) {
        WAGATE_TRY(auto const snapshot, parse_snapshot(from_hex(*bytes)));
        WAGATE_TRY(auto applied, apply_snapshot(state.collection, snapshot, ring));
        take(applied);
    }
    for (auto const& bytes : command.at("patches").as_array()) {
        WAGATE_TRY(auto const patch, parse_patch(from_hex(bytes)));
        WAGATE_TRY(auto applied, apply_patch(state, patch, ring, table));
        take(applied);
    }
    json::object line;
    line["version"] = state.version;
    line["hash"] = hex_encode(state.hash.bytes());
    line["mutations"] = to_json(mutations);
    return line;
}

media::MediaType media_type(std::string_view name)
{
    for (auto const type :
         {media::MediaType::image, media::MediaType::video, media::MediaType::audio,
          media::MediaType::document, media::MediaType::app_state, media::MediaType::history})
        if (media::mms_type(type) == name) return type;
    throw std::invalid_argument{"unknown media type"};
}

Result<json::object> encrypt(std::string const& type, std::uint64_t seed, std::size_t length)
{
    testing::SeededRandom random{seed};
    auto const key = random.bytes(32);
    auto const plain = random.bytes(length);
    WAGATE_TRY(auto const keys, media::expand_media_key(key, media_type(type)));
    media::Encryptor encryptor{keys};
    Bytes file;
    for (auto rest = ByteView{plain}; !rest.empty();) {
        auto const chunk = rest.first(std::min<std::size_t>(rest.size(), 1 + random.below(5000)));
        encryptor.update(chunk, file);
        rest = rest.subspan(chunk.size());
    }
    auto const facts = encryptor.finish(file);
    json::object line;
    line["key"] = hex_encode(key);
    line["plain"] = hex_encode(plain);
    line["file"] = hex_encode(file);
    line["plainSha256"] = hex_encode(facts.plain_sha256);
    line["encryptedSha256"] = hex_encode(facts.encrypted_sha256);
    return line;
}

Result<json::object> decrypt(std::string const& type, std::string const& key, std::string const& file)
{
    WAGATE_TRY(auto const keys, media::expand_media_key(from_hex(key), media_type(type)));
    media::Decryptor decryptor{keys, {}, 1u << 24};
    Bytes plain;
    WAGATE_CHECK_OK(decryptor.update(from_hex(file), plain));
    WAGATE_CHECK_OK(decryptor.finish(plain));
    json::object line;
    line["plain"] = hex_encode(plain);
    return line;
}

Result<json::object> retry_answer(std::string const& key)
{
    testing::SeededRandom random{1};
    media::RetrySubject const subject{
        MessageId{"3EB0AA"}, {"120363000000000001", JidServer::group}, false, Jid::phone("15550002222")};
    media::RetryAnswer const answer{media::RetryOutcome::success, "/v/new.enc?oe=1", {}};
    WAGATE_TRY(auto const node, media::media_retry_notification(subject, answer, from_hex(key), random));
    json::object line;
    line["frame"] = hex_encode(binary::encode(node));
    return line;
}

Result<json::object> retry_request(std::string const& key, std::string const& frame)
{
    WAGATE_TRY(auto const node, binary::decode(from_hex(frame)));
    WAGATE_TRY(auto const subject, media::open_media_retry_receipt(node, from_hex(key)));
    json::object line;
    line["id"] = subject.id.value;
    line["chat"] = subject.chat.to_string();
    return line;
}

Result<json::object> answer(std::string const& command, std::istringstream& words)
{
    std::string first;
    std::string second;
    std::string third;
    if (command == "apply") {
        std::getline(words, first);
        return apply(json::parse(first).as_object());
    }
    words >> first >> second >> third;
    if (command == "patches")
        return patches(std::stoull(first), std::stoull(second), collection_from_name(third).value());
    if (command == "encrypt") return encrypt(first, std::stoull(second), std::stoull(third));
    if (command == "decrypt") return decrypt(first, second, third);
    if (command == "retry-answer") return retry_answer(first);
    if (command == "retry-request") return retry_request(first, second);
    throw std::invalid_argument{"unknown command: " + command};
}

} // namespace

int main()
try {
    std::ios::sync_with_stdio(false);
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words{line};
        std::string command;
        words >> command;
        auto reply = answer(command, words);
        if (!reply) {
            json::object refusal;
            refusal["error"] = reply.error().message();
            reply = std::move(refusal);
        }
        std::cout << json::serialize(*reply) << '\n' << std::flush;
    }
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 2;
}
