#include "api/http/query.hpp"

#include "api/http/query_rules.hpp"

#include <catch2/catch.hpp>

using namespace wagate::http;

TEST_CASE("percent escapes are decoded, broken ones refused", "[api][query]")
{
    CHECK(percent_decode("123%40c.us") == "123@c.us");
    CHECK(percent_decode("a%2Fb") == "a/b");
    CHECK(percent_decode("a+b") == "a+b");
    CHECK_FALSE(percent_decode("%4"));
    CHECK_FALSE(percent_decode("%zz"));
    CHECK_FALSE(percent_decode("%00"));
}

TEST_CASE("a query is a list of decoded parameters", "[api][query]")
{
    Query const query("text=hello+world%21&empty=&flag&filter.fromMe=true&text=second&odd=%zz");
    CHECK(query.find("text") == "hello world!");
    CHECK(query.find("empty") == "");
    CHECK(query.find("flag") == "");
    CHECK(query.find("filter.fromMe") == "true");
    CHECK(query.find("odd") == "%zz");
    CHECK_FALSE(query.find("none"));
}

TEST_CASE("typed parameters name what is wrong with them", "[api][query]")
{
    Query const query("limit=5000&offset=x&all=maybe&sort=up&ok=7&yes=1&python=True");
    std::vector<std::string> problems;
    QueryRules const rules(query, problems);
    CHECK(rules.integer("ok", 0, 10) == 7);
    CHECK(rules.flag("yes") == true);
    CHECK(rules.flag("python") == true);
    CHECK_FALSE(rules.flag("absent"));
    CHECK(problems.empty());
    rules.integer("limit", 1, 1'000);
    rules.integer("offset", 0, 10);
    rules.flag("all");
    rules.choice("sort", {"desc", "asc"});
    rules.required_text("phone");
    CHECK(problems == std::vector<std::string>{"limit must not be greater than 1000",
                                               "offset must be an integer number",
                                               "all must be a boolean value",
                                               "sort must be one of the following values: desc, asc",
                                               "phone should not be empty"});
}
