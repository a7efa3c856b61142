// Our codec behind a line protocol on stdin and stdout, so that another implementation can be held against
// it:
//   generate SEED COUNT   COUNT lines {"node": …, "hex": …, "compressed": …}
//   decode HEX            one line {"node": …} or {"error": …}
//   tokens                one line {"single": […], "double": [[…], …]}
// Node: {"tag", "attrs": [[key, value], …], "content"}; a value is {"text"} or {"jid": {user, server, device,
// integrator}}; content is null, {"text"}, {"bytes": hex} or {"nodes": […]}.
#include "protocol/base/encoding.hpp"
#include "protocol/binary/codec.hpp"
#include "tests/support/random_node.hpp"
#include "tests/support/seeded_random.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <iostream>
#include <sstream>

using namespace wagate;
namespace json = boost::json;

namespace {

json::object to_json(Jid const& jid)
{
    json::object inner;
    inner["user"] = jid.user;
    inner["server"] = std::string{server_name(jid.server)};
    inner["device"] = jid.device;
    inner["integrator"] = jid.integrator;
    json::object outer;
    outer["jid"] = std::move(inner);
    return outer;
}

json::object named(char const* name, json::value value)
{
    json::object object;
    object[name] = std::move(value);
    return object;
}

json::object to_json(std::string const& text)
{
    return named("text", json::string(text));
}

json::object to_json(binary::Node const& node)
{
    json::array attributes;
    for (auto const& attribute : node.attributes) {
        json::array pair;
        pair.emplace_back(attribute.key);
        pair.emplace_back(std::visit([](auto const& value) { return to_json(value); }, attribute.value));
        attributes.push_back(std::move(pair));
    }
    json::object object;
    object["tag"] = node.tag;
    object["attrs"] = std::move(attributes);
    auto& content = object["content"];
    if (auto const* text = std::get_if<std::string>(&node.content)) {
        content = to_json(*text);
    } else if (auto const* bytes = std::get_if<Bytes>(&node.content)) {
        content = named("bytes", json::string(hex_encode(*bytes)));
    } else if (auto const* children = std::get_if<binary::Nodes>(&node.content)) {
        json::array nodes;
        for (auto const& child : *children)
            nodes.push_back(to_json(child));
        content = named("nodes", std::move(nodes));
    }
    return object;
}

void print(json::object const& object)
{
    std::cout << json::serialize(object) << '\n';
}

void generate(std::uint64_t seed, std::uint64_t count)
{
    testing::SeededRandom random{seed};
    for (; count > 0; --count) {
        auto const node = testing::random_node(random);
        json::object line;
        line["node"] = to_json(testing::normalised(node));
        line["hex"] = hex_encode(binary::encode(node));
        line["compressed"] = hex_encode(binary::encode_compressed(node));
        print(line);
    }
}

void decode(std::string const& hex)
{
    auto const frame = hex_decode(hex);
    if (!frame) return print(named("error", "the line holds no hexadecimal text"));
    auto const node = binary::decode(*frame);
    if (!node) return print(named("error", json::string(node.error().message())));
    print(named("node", to_json(*node)));
}

void tokens()
{
    json::array single;
    for (unsigned i = 1; i < 236; ++i)
        single.emplace_back(json::string(*binary::single_token(static_cast<std::uint8_t>(i))));
    json::array tables;
    for (unsigned lead = 236; lead < 240; ++lead) {
        json::array table;
        for (unsigned i = 0; i < 256; ++i) {
            auto const word =
                binary::double_token(static_cast<std::uint8_t>(lead), static_cast<std::uint8_t>(i));
            table.emplace_back(json::string(*word));
        }
        tables.push_back(std::move(table));
    }
    json::object line;
    line["single"] = std::move(single);
    line["double"] = std::move(tables);
    print(line);
}

} // namespace

int main()
{
    std::ios::sync_with_stdio(false);
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words{line};
        std::string command;
        words >> command;
        if (command == "generate") {
            std::uint64_t seed = 0;
            std::uint64_t count = 0;
            if (!(words >> seed >> count)) return 2;
            generate(seed, count);
        } else if (command == "decode") {
            std::string hex;
            words >> hex;
            decode(hex);
        } else if (command == "tokens") {
            tokens();
        } else {
            std::cerr << "unknown command: " << command << '\n';
            return 2;
        }
        std::cout.flush();
    }
}
