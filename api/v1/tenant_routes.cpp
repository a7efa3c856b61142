#include "api/v1/tenant_routes.hpp"

#include "api/http/problem.hpp"

#include <algorithm>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

bool is_tenant_name(json::value const& value)
{
    auto const& name = value.get_string();
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'; });
}

http::Shape const& create_shape()
{
    static http::Shape const shape{{Field::text("name").required().size_between(1, 64).must(
        is_tenant_name, "must consist of lower-case letters, digits and '-'")}};
    return shape;
}

Response rejection(ErrorCode const& error)
{
    if (error == http::KeyErrc::tenant_exists) return http::problem(409, "The tenant exists already");
    if (error == http::KeyErrc::overloaded)
        return http::try_again_later(503, "Too many requests are waiting", 1);
    return http::try_again_later(503, "The storage failed", 30);
}

} // namespace

void TenantRoutes::add_to(http::Router& router)
{
    router.add("POST", "/api/v1/tenants", Access::admin, std::bind_front(&TenantRoutes::create, this));
    router.add("GET", "/api/v1/tenants", Access::admin, std::bind_front(&TenantRoutes::list, this));
}

Task<Response> TenantRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, create_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    TenantId name(*http::text_at(body, "name"));
    auto const created = co_await keys_.create_tenant(std::move(name));
    if (!created) co_return rejection(created.error());
    json::object out;
    out["tenant"] = created->tenant.value;
    out["key"] = created->key;
    co_return http::json_response(201, out);
}

Task<Response> TenantRoutes::list(Call)
{
    json::array out;
    for (auto const& tenant : keys_.tenants()) {
        json::object entry;
        entry["tenant"] = tenant.value;
        out.push_back(std::move(entry));
    }
    co_return http::json_response(200, out);
}

} // namespace wagate::v1
