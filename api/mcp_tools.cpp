#include "api/mcp_tools.hpp"

#include <boost/json/value_ref.hpp>

#include <algorithm>
#include <iterator>

namespace wagate {
namespace {

namespace json = boost::json;

struct Row {
    char const* name;
    char const* method;
    char const* path;
};

/// Names as WAHA's: the area, then what is done.
constexpr Row rows[] = {
    {"sessions-list", "GET", "/api/sessions"},
    {"sessions-get", "GET", "/api/sessions/{session}"},
    {"sessions-get-me", "GET", "/api/sessions/{session}/me"},
    {"sessions-start", "POST", "/api/sessions/{session}/start"},
    {"sessions-stop", "POST", "/api/sessions/{session}/stop"},
    {"sessions-restart", "POST", "/api/sessions/{session}/restart"},
    {"auth-get-qr", "GET", "/api/{session}/auth/qr"},
    {"auth-request-code", "POST", "/api/{session}/auth/request-code"},
    {"profile-get", "GET", "/api/{session}/profile"},
    {"chatting-send-text", "POST", "/api/sendText"},
    {"chatting-send-image", "POST", "/api/sendImage"},
    {"chatting-send-file", "POST", "/api/sendFile"},
    {"chatting-send-voice", "POST", "/api/sendVoice"},
    {"chatting-send-location", "POST", "/api/sendLocation"},
    {"chatting-send-poll", "POST", "/api/sendPoll"},
    {"chatting-send-contact", "POST", "/api/sendContactVcard"},
    {"chatting-forward-message", "POST", "/api/forwardMessage"},
    {"chatting-send-reaction", "PUT", "/api/reaction"},
    {"chatting-send-seen", "POST", "/api/sendSeen"},
    {"chatting-start-typing", "POST", "/api/startTyping"},
    {"chatting-stop-typing", "POST", "/api/stopTyping"},
    {"chats-list", "GET", "/api/{session}/chats"},
    {"chats-overview", "GET", "/api/{session}/chats/overview"},
    {"chats-get-messages", "GET", "/api/{session}/chats/{chatId}/messages"},
    {"chats-get-message", "GET", "/api/{session}/chats/{chatId}/messages/{messageId}"},
    {"chats-edit-message", "PUT", "/api/{session}/chats/{chatId}/messages/{messageId}"},
    {"chats-delete-message", "DELETE", "/api/{session}/chats/{chatId}/messages/{messageId}"},
    {"chats-archive", "POST", "/api/{session}/chats/{chatId}/archive"},
    {"chats-unarchive", "POST", "/api/{session}/chats/{chatId}/unarchive"},
    {"contacts-list", "GET", "/api/contacts/all"},
    {"contacts-get", "GET", "/api/contacts"},
    {"contacts-check-exists", "GET", "/api/contacts/check-exists"},
    {"contacts-get-about", "GET", "/api/contacts/about"},
    {"contacts-block", "POST", "/api/contacts/block"},
    {"contacts-unblock", "POST", "/api/contacts/unblock"},
    {"groups-list", "GET", "/api/{session}/groups"},
    {"groups-get", "GET", "/api/{session}/groups/{id}"},
    {"groups-create", "POST", "/api/{session}/groups"},
    {"groups-get-participants", "GET", "/api/{session}/groups/{id}/participants/v2"},
    {"groups-add-participants", "POST", "/api/{session}/groups/{id}/participants/add"},
    {"groups-remove-participants", "POST", "/api/{session}/groups/{id}/participants/remove"},
    {"groups-set-subject", "PUT", "/api/{session}/groups/{id}/subject"},
    {"groups-set-description", "PUT", "/api/{session}/groups/{id}/description"},
    {"groups-leave", "POST", "/api/{session}/groups/{id}/leave"},
    {"labels-list", "GET", "/api/{session}/labels"},
    {"labels-get-chats", "GET", "/api/{session}/labels/{labelId}/chats"},
    {"labels-set-of-chat", "PUT", "/api/{session}/labels/chats/{chatId}"},
    {"channels-list", "GET", "/api/{session}/channels"},
    {"server-version", "GET", "/api/server/version"},
};

constexpr int deepest = 12;

std::string lower(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

json::object const* operation_of(json::value const& document, Row const& row)
{
    auto const* path = document.at("paths").as_object().if_contains(row.path);
    auto const* operation = path == nullptr ? nullptr : path->as_object().if_contains(lower(row.method));
    return operation == nullptr ? nullptr : operation->if_object();
}

/// A schema without references, as clients of the protocol want it. `nullable` becomes a type of its own.
json::value resolved(json::value const& document, json::value const& schema, int depth)
{
    if (depth > deepest) return json::object();
    if (auto const* list = schema.if_array()) {
        json::array out;
        for (auto const& element : *list)
            out.push_back(resolved(document, element, depth + 1));
        return out;
    }
    auto const* object = schema.if_object();
    if (object == nullptr) return schema;
    if (auto const* reference = object->if_contains("$ref")) {
        boost::system::error_code error;
        auto const* target = document.find_pointer(reference->as_string().subview(1), error);
        return target == nullptr ? json::value(json::object()) : resolved(document, *target, depth + 1);
    }
    json::object out;
    for (auto const& member : *object) {
        if (member.key() == "nullable" || member.key() == "example" || member.key() == "examples") continue;
        out[member.key()] = resolved(document, member.value(), depth + 1);
    }
    auto const* nullable = object->if_contains("nullable");
    if (nullable != nullptr && nullable->is_bool() && nullable->get_bool() && out.contains("type") &&
        out["type"].is_string())
        out["type"] = json::array{out["type"], "null"};
    return out;
}

json::object const* body_schema(json::value const& document, json::object const& operation,
                                json::value& holder)
{
    auto const* body = operation.if_contains("requestBody");
    if (body == nullptr) return nullptr;
    holder = resolved(document, *body, 0);
    boost::system::error_code error;
    auto const* schema = holder.find_pointer("/content/application~1json/schema", error);
    return schema == nullptr ? nullptr : schema->if_object();
}

void add_parameters(json::value const& document, json::object const& operation, McpTool& tool,
                    json::object& properties, json::array& required)
{
    for (auto const& given : operation.at("parameters").as_array()) {
        auto const parameter = resolved(document, given, 0);
        auto const place = parameter.at("in").as_string();
        if (place != "path" && place != "query") continue;
        std::string const name(parameter.at("name").as_string());
        (place == "path" ? tool.in_path : tool.in_query).push_back(name);
        auto schema =
            parameter.as_object().contains("schema") ? parameter.at("schema") : json::value(json::object());
        if (auto const* text = parameter.as_object().if_contains("description");
            text != nullptr && schema.is_object())
            schema.as_object()["description"] = *text;
        properties[name] = std::move(schema);
        auto const* needed = parameter.as_object().if_contains("required");
        bool const is_needed = needed != nullptr && needed->is_bool() && needed->get_bool();
        if (is_needed && name != "session") required.emplace_back(name);
    }
}

McpTool tool_of(json::value const& document, Row const& row, json::object const& operation)
{
    McpTool tool;
    tool.name = row.name;
    tool.method = row.method;
    tool.path = row.path;
    if (auto const* summary = operation.if_contains("summary"))
        tool.description = summary->as_string().c_str();
    json::object properties;
    json::array required;
    add_parameters(document, operation, tool, properties, required);
    json::value holder;
    if (auto const* body = body_schema(document, operation, holder)) {
        tool.has_body = true;
        if (auto const* members = body->if_contains("properties")) {
            for (auto const& member : members->as_object())
                if (!properties.contains(member.key())) properties[member.key()] = member.value();
        }
        if (auto const* needed = body->if_contains("required")) {
            for (auto const& name : needed->as_array()) {
                if (name != "session" && std::find(required.begin(), required.end(), name) == required.end())
                    required.push_back(name);
            }
        }
    }
    tool.input["type"] = "object";
    tool.input["properties"] = std::move(properties);
    tool.input["required"] = std::move(required);
    return tool;
}

} // namespace

std::vector<McpTool> mcp_tools(json::value const& document)
{
    std::vector<McpTool> tools;
    for (auto const& row : rows)
        if (auto const* operation = operation_of(document, row))
            tools.push_back(tool_of(document, row, *operation));
    return tools;
}

std::vector<std::string> unknown_mcp_tools(json::value const& document)
{
    std::vector<std::string> names;
    for (auto const& row : rows)
        if (operation_of(document, row) == nullptr) names.emplace_back(row.name);
    return names;
}

} // namespace wagate
