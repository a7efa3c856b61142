#include "api/mcp_routes.hpp"

#include "api/http/problem.hpp"
#include "api/openapi_document.hpp"
#include "protocol/base/encoding.hpp"

#include <boost/json/value_ref.hpp>

#include <algorithm>
#include <functional>
#include <iterator>

namespace wagate {
namespace {

namespace json = boost::json;
using http::Call;
using http::Response;

/// Versions of the protocol whose messages these are; the newest first.
constexpr std::string_view versions[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr std::size_t most_messages = 50; ///< of a batch
constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int unknown_method = -32601;
constexpr int invalid_parameters = -32602;

bool is_version(std::string_view text)
{
    return std::find(std::begin(versions), std::end(versions), text) != std::end(versions);
}

json::object error_json(json::value const& id, int code, std::string_view message)
{
    json::object error;
    error["code"] = code;
    error["message"] = message;
    json::object out;
    out["jsonrpc"] = "2.0";
    out["id"] = id;
    out["error"] = std::move(error);
    return out;
}

json::object result_json(json::value const& id, json::object result)
{
    json::object out;
    out["jsonrpc"] = "2.0";
    out["id"] = id;
    out["result"] = std::move(result);
    return out;
}

json::object tool_result(std::string_view text, bool is_error)
{
    json::object content;
    content["type"] = "text";
    content["text"] = text;
    json::object out;
    out["content"] = json::array{std::move(content)};
    out["isError"] = is_error;
    return out;
}

std::string_view text_of(json::value const* value)
{
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

std::string encoded(std::string_view text)
{
    return percent_encode(text, "@");
}

std::string plain(json::value const& value)
{
    if (value.is_string()) return std::string(text_of(&value));
    return http::stable_json(value);
}

bool contains(std::vector<std::string> const& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The request that a call of the tool is; nothing when the path lacks an argument.
std::optional<http::Request> request_of(McpTool const& tool, json::object const& arguments)
{
    http::Request request;
    request.method = tool.method;
    request.path = tool.path;
    for (auto const& name : tool.in_path) {
        auto const* value = arguments.if_contains(name);
        auto const text = value == nullptr ? std::string() : plain(*value);
        if (text.empty()) return std::nullopt;
        auto const hole = "{" + name + "}";
        auto const place = request.path.find(hole);
        if (place != std::string::npos) request.path.replace(place, hole.size(), encoded(text));
    }
    auto const add_to_query = [&](std::string_view name, json::value const& value) {
        if (!request.query.empty()) request.query += '&';
        request.query.append(encoded(name)).append("=").append(encoded(plain(value)));
    };
    json::object body;
    for (auto const& argument : arguments) {
        std::string_view const name(argument.key().data(), argument.key().size());
        if (contains(tool.in_path, name)) continue;
        if (!contains(tool.in_query, name)) {
            body[argument.key()] = argument.value();
            continue;
        }
        if (auto const* list = argument.value().if_array()) {
            for (auto const& element : *list)
                add_to_query(name, element);
        } else if (!argument.value().is_null()) {
            add_to_query(name, argument.value());
        }
    }
    request.headers.add("Accept", "application/json");
    if (tool.has_body) {
        request.headers.add("Content-Type", "application/json");
        request.body = http::stable_json(body);
    }
    return request;
}

http::Admissions admissions_with(http::Caller const* caller)
{
    http::Admissions admissions;
    admissions.caller = caller;
    return admissions;
}

} // namespace

McpRoutes::McpRoutes(http::Router const& router, http::KeyStore const& keys, std::string program,
                     http::Caller const* caller)
    : router_(router), dispatcher_(router, keys, admissions_with(caller)), program_(std::move(program))
{
    if (auto const document = http::parse_json(openapi_document())) tools_ = mcp_tools(*document);
}

void McpRoutes::add_to(http::Router& router)
{
    router.add("POST", "/mcp", http::Access::tenant, std::bind_front(&McpRoutes::answer, this));
}

bool McpRoutes::may_use(McpTool const& tool, http::Principal const& caller) const
{
    auto const match = router_.match(tool.method, tool.path);
    if (match.route == nullptr) return false;
    auto const& rule = match.route->rule;
    return !(caller.session && rule.whole_tenant) && caller.may(rule.needs);
}

json::array McpRoutes::listed(http::Principal const& caller) const
{
    json::array out;
    for (auto const& tool : tools_) {
        if (!may_use(tool, caller)) continue;
        json::object entry;
        entry["name"] = tool.name;
        entry["description"] = tool.description + " (" + tool.method + " " + tool.path + ")";
        entry["inputSchema"] = tool.input;
        // A key of one session means that session, whatever is called.
        if (caller.session) entry["inputSchema"].as_object()["properties"].as_object().erase("session");
        out.push_back(std::move(entry));
    }
    return out;
}

Task<Response> McpRoutes::answer(Call call)
{
    auto const version = call.request.headers.find("MCP-Protocol-Version");
    if (!version.empty() && !is_version(version))
        co_return http::problem(400, "Unsupported version of the protocol");
    auto const given = http::parse_json(call.request.body);
    if (!given) co_return http::json_response(400, error_json(nullptr, parse_error, "Parse error"));
    json::array messages;
    bool const is_batch = given->is_array();
    if (is_batch)
        messages = given->get_array();
    else
        messages.push_back(*given);
    if (messages.empty() || messages.size() > most_messages)
        co_return http::json_response(400, error_json(nullptr, invalid_request, "Invalid request"));
    json::array answers;
    for (auto& message : messages) {
        auto answering = answer_one(std::move(message), call.principal, call.request.remote);
        auto one = co_await std::move(answering);
        if (one) answers.push_back(std::move(*one));
    }
    if (answers.empty()) {
        Response accepted;
        accepted.status = 202;
        co_return accepted;
    }
    if (!is_batch) co_return http::json_response(200, answers.front());
    co_return http::json_response(200, answers);
}

Task<std::optional<json::object>> McpRoutes::answer_one(json::value message, http::Principal caller,
                                                        std::string remote)
{
    auto const* object = message.if_object();
    auto const method = object == nullptr ? std::string_view{} : text_of(object->if_contains("method"));
    if (object == nullptr || text_of(object->if_contains("jsonrpc")) != "2.0")
        co_return error_json(nullptr, invalid_request, "Invalid request");
    auto const* given_id = object->if_contains("id");
    if (given_id == nullptr || method.empty()) co_return std::nullopt; // a notification, or an answer
    json::value const id = *given_id;
    json::object parameters;
    if (auto const* given = object->if_contains("params"); given != nullptr && given->is_object())
        parameters = given->get_object();
    if (method == "initialize") {
        auto const wanted = text_of(parameters.if_contains("protocolVersion"));
        auto const slash = program_.find('/');
        json::object server;
        server["name"] = program_.substr(0, slash);
        server["version"] = slash == std::string::npos ? std::string("0") : program_.substr(slash + 1);
        json::object capabilities;
        capabilities["tools"] = json::object{{"listChanged", false}};
        json::object result;
        result["protocolVersion"] = is_version(wanted) ? wanted : versions[0];
        result["capabilities"] = std::move(capabilities);
        result["serverInfo"] = std::move(server);
        co_return result_json(id, std::move(result));
    }
    if (method == "ping") co_return result_json(id, {});
    if (method == "tools/list") {
        json::object result;
        result["tools"] = listed(caller);
        co_return result_json(id, std::move(result));
    }
    if (method != "tools/call") co_return error_json(id, unknown_method, "Method not found");
    auto const name = text_of(parameters.if_contains("name"));
    auto const known =
        std::find_if(tools_.begin(), tools_.end(), [&](McpTool const& tool) { return tool.name == name; });
    if (known == tools_.end() || !may_use(*known, caller))
        co_return error_json(id, invalid_parameters, "Unknown tool: " + std::string(name));
    auto calling = call_tool(std::move(parameters), std::move(caller), std::move(remote));
    auto result = co_await std::move(calling);
    co_return result_json(id, std::move(result));
}

Task<json::object> McpRoutes::call_tool(json::object parameters, http::Principal caller, std::string remote)
{
    auto const name = text_of(parameters.if_contains("name"));
    auto const& tool =
        *std::find_if(tools_.begin(), tools_.end(), [&](McpTool const& one) { return one.name == name; });
    json::object arguments;
    if (auto const* given = parameters.if_contains("arguments"); given != nullptr && given->is_object())
        arguments = given->get_object();
    bool const takes_session = tool.input.at("properties").as_object().contains("session");
    if (takes_session && caller.session) arguments["session"] = caller.session->value;
    if (takes_session && !arguments.contains("session")) arguments["session"] = "default";
    auto request = request_of(tool, arguments);
    if (!request) co_return tool_result("An argument of the path is missing: " + tool.path, true);
    request->remote = std::move(remote);
    auto running = dispatcher_.answer_as(std::move(caller), std::move(*request));
    auto response = co_await std::move(running);
    if (response.later) {
        auto waiting = response.later();
        response = co_await std::move(waiting);
    }
    if (response.stream) co_return tool_result("This operation has no answer for tools", true);
    auto const is_error = response.status >= 400;
    co_return tool_result(response.body.empty() ? std::string_view("{}") : std::string_view(response.body),
                          is_error);
}

} // namespace wagate
