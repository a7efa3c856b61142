#include "api/http/shape.hpp"

#include <catch2/catch.hpp>

using namespace wagate::http;

namespace {

Shape example()
{
    Shape inner{{Field::text("key").required(), Field::integer("count").between(0, 9)}};
    return {{Field::text("name").required().size_between(1, 5), Field::boolean("on"), Field::number("ratio"),
             Field::text_map("labels").size_between(0, 2),
             Field::list("parts", Field::object("part", std::move(inner))),
             Field::text("mode").one_of({"slow", "fast"}), Field::refused("proxy", "is not supported")}};
}

std::vector<std::string> problems_of(std::string_view body, UnknownFields unknown = UnknownFields::dropped)
{
    std::vector<std::string> problems;
    accept_body(body, example(), unknown, problems);
    return problems;
}

using Problems = std::vector<std::string>;

} // namespace

TEST_CASE("a valid body keeps known fields in the client's order and drops the rest", "[api][shape]")
{
    std::vector<std::string> problems;
    auto const accepted = accept_body(
        R"({"mode":"fast","x":1,"name":"n","on":null,"parts":[{"key":"k","y":2}],"labels":{"2":"b","1":"a"}})",
        example(), UnknownFields::dropped, problems);
    CHECK(problems.empty());
    CHECK(stable_json(accepted) ==
          R"({"mode":"fast","name":"n","parts":[{"key":"k"}],"labels":{"1":"a","2":"b"}})");
}

TEST_CASE("each violation is named with its path", "[api][shape]")
{
    CHECK(problems_of(R"({"name":"n","parts":[{"key":"k"},{"count":12}]})") ==
          Problems{"parts.1.count must not be greater than 9", "parts.1.key should not be empty"});
    CHECK(problems_of(R"({"name":7,"on":"yes","ratio":true,"parts":{},"mode":"other"})") ==
          Problems{"name must be a string", "on must be a boolean value",
                   "ratio must be a number conforming to the specified constraints", "parts must be an array",
                   "mode must be one of the following values: slow, fast"});
    CHECK(problems_of(R"({"name":"n","labels":{"a":1}})") == Problems{"labels.a must be a string"});
    CHECK(problems_of(R"({"name":"n","labels":{"a":"","b":"","c":""}})") ==
          Problems{"labels must have at most 2 members"});
    CHECK(problems_of(R"({"name":""})") == Problems{"name should not be empty"});
    CHECK(problems_of(R"({"name":"longer"})") == Problems{"name must have at most 5 characters"});
    CHECK(problems_of(R"({"name":"n","parts":[{"key":"k","count":1.5}]})") ==
          Problems{"parts.0.count must be an integer number"});
}

TEST_CASE("a required field may be neither absent nor null", "[api][shape]")
{
    CHECK(problems_of("{}") == Problems{"name should not be empty"});
    CHECK(problems_of("") == Problems{"name should not be empty"});
    CHECK(problems_of(R"({"name":null})") == Problems{"name should not be empty"});
}

TEST_CASE("bodies that are no JSON object are refused", "[api][shape]")
{
    CHECK(problems_of("{\"name\":") == Problems{"the body must be valid JSON"});
    CHECK(problems_of("[]") == Problems{"the body must be an object"});
    std::string deep(100, '[');
    CHECK(problems_of(deep + std::string(100, ']')) == Problems{"the body must be valid JSON"});
}

TEST_CASE("strict mode refuses unknown fields at every depth", "[api][shape]")
{
    CHECK(problems_of(R"({"name":"n","x":1,"parts":[{"key":"k","y":2}]})", UnknownFields::refused) ==
          Problems{"property x should not exist", "parts.0.property y should not exist"});
}

TEST_CASE("a field that is not served passes only while it is empty", "[api][shape]")
{
    CHECK(problems_of(R"({"name":"n","proxy":null})").empty());
    CHECK(problems_of(R"({"name":"n","proxy":{}})").empty());
    CHECK(problems_of(R"({"name":"n","proxy":{"server":"h:1"}})") == Problems{"proxy is not supported"});
}
