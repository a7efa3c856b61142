#include "api/openapi_document.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using test::Api;

namespace {

using Operations = std::set<std::string>;

std::string upper(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

template <class Visit>
void each_operation(http::json::value const& document, Visit visit)
{
    for (auto const& path : document.at("paths").as_object()) {
        for (auto const& method : path.value().as_object())
            visit(upper(method.key()) + " " + std::string(path.key()), std::string(path.key()),
                  method.value().as_object());
    }
}

void collect_references(http::json::value const& value, std::set<std::string>& found)
{
    if (auto const* object = value.if_object()) {
        for (auto const& member : *object) {
            if (member.key() == "$ref")
                found.insert(std::string(member.value().as_string()));
            else
                collect_references(member.value(), found);
        }
    } else if (auto const* list = value.if_array()) {
        for (auto const& element : *list)
            collect_references(element, found);
    }
}

} // namespace

TEST_CASE("the document and the routes have the same operations", "[api][openapi]")
{
    Api api;
    Operations routed;
    for (auto const* route : api.routes.router().routes())
        routed.insert(route->method + " " + route->path);
    Operations documented;
    each_operation(test::parsed(openapi_document()),
                   [&](std::string const& name, auto const&, auto const&) { documented.insert(name); });
    CHECK(routed.size() > 20);
    CHECK(documented == routed);
}

TEST_CASE("the document says which operations need a key and which an administrator's", "[api][openapi]")
{
    Api api;
    auto const document = test::parsed(openapi_document());
    std::map<std::string, http::Access> access;
    for (auto const* route : api.routes.router().routes())
        access[route->method + " " + route->path] = route->access;
    each_operation(document, [&](std::string const& name, auto const&, http::json::object const& operation) {
        INFO(name);
        auto const& answers = operation.at("responses").as_object();
        CHECK(operation.at("security").as_array().empty() == (access[name] == http::Access::open));
        CHECK(answers.contains("401") == (access[name] != http::Access::open));
        if (access[name] == http::Access::admin) CHECK(answers.contains("403"));
        // A link that is signed is refused like a key.
        bool const is_signed = name.find("/api/v1/files/") != std::string::npos;
        if (access[name] == http::Access::open) CHECK(answers.contains("403") == is_signed);
    });
}

TEST_CASE("every operation documents the parameters of its path", "[api][openapi]")
{
    each_operation(test::parsed(openapi_document()), [&](std::string const& name, std::string const& path,
                                                         http::json::object const& operation) {
        INFO(name);
        std::set<std::string> in_path;
        for (auto open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1))
            in_path.insert(path.substr(open + 1, path.find('}', open) - open - 1));
        std::set<std::string> documented;
        for (auto const& parameter : operation.at("parameters").as_array()) {
            if (parameter.at("in") == "path")
                documented.insert(std::string(parameter.at("name").as_string()));
        }
        CHECK(documented == in_path);
    });
}

TEST_CASE("every reference in the document leads somewhere", "[api][openapi]")
{
    auto const document = test::parsed(openapi_document());
    std::set<std::string> references;
    collect_references(document, references);
    CHECK(references.size() > 30);
    for (auto const& reference : references) {
        INFO(reference);
        boost::system::error_code error;
        CHECK(document.find_pointer(reference.substr(1), error) != nullptr);
    }
}

TEST_CASE("an answer has exactly the fields that the document gives it", "[api][openapi]")
{
    Api api;
    auto& info = api.add_session("acme", "default");
    info.me = OwnIdentity{Jid::phone("4917", 3), Jid::hidden("5", 3), "Ada", "android"};
    auto const document = test::parsed(openapi_document());
    auto const fields_of = [](http::json::object const& object) {
        std::set<std::string> names;
        for (auto const& member : object)
            names.insert(std::string(member.key()));
        return names;
    };
    auto const documented = [&](std::string const& schema) {
        return fields_of(document.at("components").at("schemas").at(schema).at("properties").as_object());
    };
    auto const answered = [&](std::string const& method, std::string const& target,
                              std::string const& body = {}) {
        return fields_of(test::body_of(api.call(method, target, body, "admin-key")).as_object());
    };
    api.add_session("default", "default").me = info.me;
    CHECK(answered("GET", "/api/sessions/default?expand=apps") == documented("SessionInfo"));
    CHECK(answered("GET", "/api/sessions/default/me") == documented("MeInfo"));
    CHECK(answered("GET", "/api/default/auth/qr?format=raw") == documented("QRCodeValue"));
    CHECK(answered("POST", "/api/sendText", R"({"chatId":"1","text":"x"})") == documented("WAMessage"));
    CHECK(answered("GET", "/api/server/version") == documented("WAHAEnvironment"));
    CHECK(answered("GET", "/api/server/status") == documented("ServerStatusResponse"));
    CHECK(answered("GET", "/health") == documented("HealthResponse"));
    CHECK(answered("GET", "/readyz") == documented("ProbeAnswer"));
    CHECK(answered("GET", "/api/v1/events") == documented("EventPage"));
    CHECK(answered("GET", "/api/v1/dead-letters") == documented("DeadLetters"));
    gateway::SendStatus status;
    status.state = gateway::SendState::failed;
    api.gateway.sends["3EB0"] = status;
    CHECK(answered("GET", "/api/v1/default/outbox/3EB0") == documented("OutboxStatus"));
    CHECK(answered("POST", "/api/v1/tenants", R"({"name":"new"})") == documented("NewTenant"));
    CHECK(answered("GET", "/api/nothing") == documented("Error"));
    CHECK(answered("POST", "/api/sendText", "{}") == documented("ValidationError"));
}

TEST_CASE("the document is served without a key", "[api][openapi]")
{
    Api api;
    auto const response = api.call("GET", "/openapi.json", "", "");
    CHECK(response.status == 200);
    CHECK(response.body == openapi_document());
}
