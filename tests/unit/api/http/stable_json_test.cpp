#include "api/http/json.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

using namespace wagate::http;

namespace {

std::string printed(std::string_view text)
{
    auto const value = parse_json(text);
    REQUIRE(value);
    return stable_json(*value);
}

std::string printed_number(double number)
{
    return stable_json(json::value(number));
}

/// Invalid UTF-8, control characters, quotes, letters of two to four bytes.
std::string random_text(std::mt19937& random)
{
    constexpr std::array<std::string_view, 14> pieces{"a",
                                                      "7",
                                                      "\"",
                                                      "\\",
                                                      "\n",
                                                      "\x01",
                                                      "\x7f",
                                                      "\xC3\xA4",
                                                      "\xE2\x80\xA8",
                                                      "\xF0\x9F\x98\x80",
                                                      "\xC3",
                                                      "\xED\xA0\x80",
                                                      "\xF0\x9F",
                                                      "\xFF"};
    std::string text;
    for (auto count = random() % 6; count > 0; --count)
        text += pieces[random() % pieces.size()];
    return text;
}

json::value random_value(std::mt19937& random, int depth)
{
    switch (random() % (depth > 0 ? 8 : 6)) {
    case 0: return nullptr;
    case 1: return random() % 2 == 0;
    case 2: return static_cast<std::int64_t>(random()) * static_cast<std::int32_t>(random());
    case 3: {
        std::uint64_t const bits = (std::uint64_t{random()} << 32) | random();
        double number = 0;
        std::memcpy(&number, &bits, sizeof number);
        return std::isfinite(number) ? number : 1.5;
    }
    case 4: return static_cast<double>(static_cast<std::int32_t>(random())) / 1024;
    case 5: return json::value(random_text(random));
    case 6: {
        json::array list;
        for (auto count = random() % 4; count > 0; --count)
            list.push_back(random_value(random, depth - 1));
        return list;
    }
    default: {
        json::object object;
        for (auto count = random() % 6; count > 0; --count) {
            std::string key = random() % 2 ? std::to_string(random() % 20) : random_text(random);
            if (random() % 8 == 0) key = "0" + key;
            object[key] = random_value(random, depth - 1);
        }
        return object;
    }
    }
}

} // namespace

TEST_CASE("keys that are array indices come first and ascend, the others keep their order", "[api][json]")
{
    CHECK(printed(R"({"b":1,"10":2,"a":3,"9":4,"01":5,"4294967294":6,"4294967295":7,"-1":8,"1.5":9})") ==
          R"({"9":4,"10":2,"4294967294":6,"b":1,"a":3,"01":5,"4294967295":7,"-1":8,"1.5":9})");
}

TEST_CASE("of two members with one key the last value stays at the first place", "[api][json]")
{
    CHECK(printed(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
    json::object object;
    object["\xFF"] = 1;
    object["x"] = 2;
    object["\xFE"] = 3;
    CHECK(stable_json(object) == "{\"\xEF\xBF\xBD\":3,\"x\":2}");
}

TEST_CASE("numbers are printed as ECMAScript prints them", "[api][json]")
{
    CHECK(printed_number(0.0) == "0");
    CHECK(printed_number(-0.0) == "0");
    CHECK(printed_number(1.0) == "1");
    CHECK(printed_number(0.1) == "0.1");
    CHECK(printed_number(-2.5) == "-2.5");
    CHECK(printed_number(1e21) == "1e+21");
    CHECK(printed_number(1e20) == "100000000000000000000");
    CHECK(printed_number(123456789012345680000.0) == "123456789012345680000");
    CHECK(printed_number(1.5e300) == "1.5e+300");
    CHECK(printed_number(0.000001) == "0.000001");
    CHECK(printed_number(0.0000001) == "1e-7");
    CHECK(printed_number(1.25e-9) == "1.25e-9");
    CHECK(printed_number(5e-324) == "5e-324");
    CHECK(printed_number(std::numeric_limits<double>::infinity()) == "null");
    CHECK(printed("9007199254740993") == "9007199254740992");
    CHECK(printed("18446744073709551615") == "18446744073709552000");
    CHECK(printed("-9223372036854775808") == "-9223372036854776000");
}

TEST_CASE("strings are escaped as JSON.stringify does it", "[api][json]")
{
    CHECK(stable_json(json::value(std::string("\"\\/\b\f\n\r\t\x01\x1f\x7f"))) ==
          "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    CHECK(stable_json(json::value("ä\xE2\x80\xA8😀")) == "\"ä\xE2\x80\xA8😀\"");
}

TEST_CASE("each broken UTF-8 sequence becomes one replacement character", "[api][json]")
{
    std::string const mark = "\xEF\xBF\xBD";
    CHECK(stable_json(json::value("a\xFFz")) == "\"a" + mark + "z\"");
    CHECK(stable_json(json::value("\xE2\x82")) == "\"" + mark + "\"");
    CHECK(stable_json(json::value("\xF0\x9F\x98x")) == "\"" + mark + "x\"");
    CHECK(stable_json(json::value("\xED\xA0\x80")) == "\"" + mark + mark + mark + "\"");
    CHECK(stable_json(json::value("\xC0\x80")) == "\"" + mark + mark + "\"");
    CHECK(stable_json(json::value("\xF4\x90\x80\x80")) == "\"" + mark + mark + mark + mark + "\"");
}

TEST_CASE("node prints 2,000 random documents back byte for byte", "[api][json]")
{
    if (std::system("command -v node >/dev/null 2>&1") != 0) {
        WARN("node is not installed: the comparison with JavaScript was left out");
        return;
    }
    std::mt19937 random(20'260'701);
    std::string all;
    for (int i = 0; i < 2'000; ++i)
        all += stable_json(random_value(random, 4)) + "\n";

    auto const file = std::filesystem::temp_directory_path() /
                      ("wagate_stable_json_" + std::to_string(std::random_device()()));
    std::ofstream(file, std::ios::binary) << all;
    auto const command =
        "node -e \"const t=require('fs').readFileSync(process.argv[1],'utf8').split('\\n');t.pop();"
        "for(const l of t)process.stdout.write(JSON.stringify(JSON.parse(l))+'\\n')\" " +
        file.string();
    auto* node = popen(command.c_str(), "r");
    REQUIRE(node);
    std::string echoed;
    std::array<char, 65'536> chunk{};
    while (auto const size = fread(chunk.data(), 1, chunk.size(), node))
        echoed.append(chunk.data(), size);
    auto const status = pclose(node);
    std::filesystem::remove(file);
    REQUIRE(status == 0);
    CHECK((echoed == all));
}
