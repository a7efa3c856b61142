#include "api/mcp_tools.hpp"

#include "api/openapi_document.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;

TEST_CASE("every tool is an operation of the document, with its arguments", "[api][mcp]")
{
    auto const document = test::parsed(openapi_document());
    CHECK(unknown_mcp_tools(document) == std::vector<std::string>{});
    auto const tools = mcp_tools(document);
    std::set<std::string> names;
    for (auto const& tool : tools) {
        INFO(tool.name);
        CHECK(names.insert(tool.name).second);
        CHECK_FALSE(tool.description.empty());
        CHECK(tool.input.at("type") == "object");
        CHECK(http::stable_json(tool.input).find("$ref") == std::string::npos);
        for (auto const& name : tool.in_path)
            CHECK(tool.input.at("properties").as_object().contains(name));
    }
    CHECK(tools.size() > 40);
}

TEST_CASE("a tool is a request with the caller's key and rights", "[api][mcp]")
{
    test::Api api;
    api.add_session("acme", "shop");
    api.add_session("acme", "desk");
    auto const made = api.call(
        "POST", "/api/keys",
        R"({"isAdmin":false,"session":"shop","isActive":true,"actions":{"send":false,"control":false}})");
    auto const key = std::string(test::body_of(made).at("key").as_string());
    auto const ask = [&](std::string const& method, std::string const& parameters) {
        return test::body_of(api.call(
            "POST", "/mcp",
            R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + parameters + "}", key));
    };
    auto const listed = http::stable_json(ask("tools/list", "{}"));
    CHECK(listed.find("chats-list") != std::string::npos);
    CHECK(listed.find("chatting-send-text") == std::string::npos);
    auto const shown = ask("tools/call", R"({"name":"sessions-get","arguments":{"session":"desk"}})");
    auto const& content = shown.at("result").at("content").at(0).at("text").as_string();
    CHECK(content.find(R"("name":"shop")") != std::string::npos);
    CHECK(ask("tools/call", R"({"name":"chatting-send-text","arguments":{"chatId":"1","text":"x"}})")
              .at("error")
              .at("code") == -32602);
    CHECK(ask("initialize", R"({"protocolVersion":"2024-11-05"})").at("result").at("protocolVersion") ==
          "2024-11-05");
    CHECK(ask("nothing", "{}").at("error").at("code") == -32601);
}
