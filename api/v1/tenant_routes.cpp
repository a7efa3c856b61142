#include "api/v1/tenant_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/rejections.hpp"

#include <algorithm>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using gateway::TenantChange;
using gateway::TenantErrc;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using storage::TenantRow;
using storage::TenantState;

constexpr std::size_t longest_metadata = 16 * 1024;

bool is_tenant_name(json::value const& value)
{
    auto const& name = value.get_string();
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_metadata(json::value const& value)
{
    return value.is_object() && http::stable_json(value).size() <= longest_metadata;
}

Field display_name()
{
    return Field::text("displayName").size_between(0, 256);
}

Field metadata()
{
    return Field::any("metadata").must(is_metadata, "must be an object of at most 16 KiB");
}

http::Shape const& create_shape()
{
    static http::Shape const shape{{Field::text("name").required().size_between(1, 64).must(
                                        is_tenant_name, "must consist of lower-case letters, digits and '-'"),
                                    display_name(), metadata()}};
    return shape;
}

http::Shape const& change_shape()
{
    static http::Shape const shape{{display_name(), metadata()}};
    return shape;
}

TenantChange change_in(json::object const& body)
{
    TenantChange change;
    change.name = http::text_at(body, "displayName");
    if (auto const* given = http::object_at(body, "metadata"))
        change.metadata_json = http::stable_json(*given);
    return change;
}

std::string_view state_name(TenantState state)
{
    switch (state) {
    case TenantState::active: return "active";
    case TenantState::suspended: return "suspended";
    case TenantState::deleting: return "deleting";
    }
    return "active";
}

json::object tenant_json(TenantRow const& row)
{
    json::object out;
    out["tenant"] = row.id.value;
    out["state"] = state_name(row.state);
    out["displayName"] = row.name;
    auto metadata = http::parse_json(row.metadata_json);
    out["metadata"] = metadata && metadata->is_object() ? std::move(*metadata) : json::value(json::object());
    out["createdAt"] = unix_milliseconds(row.created);
    return out;
}

json::object counts_json(storage::TenantCounts const& counts)
{
    json::object out;
    out["sessions"] = counts.sessions;
    out["keys"] = counts.keys;
    out["apps"] = counts.apps;
    out["deadLetters"] = counts.dead_letters;
    out["logBytes"] = counts.log_bytes;
    return out;
}

Response rejection(ErrorCode const& error)
{
    if (error == TenantErrc::not_found) return http::problem(404, "Tenant not found");
    if (error == TenantErrc::is_deleting) return http::problem(409, "The tenant is being deleted");
    if (error == TenantErrc::is_needed)
        return http::problem(422, "The operator's own tenant cannot be deleted");
    if (error == http::KeyErrc::tenant_exists) return http::problem(409, "The tenant exists already");
    return waha::storage_trouble(error);
}

} // namespace

void TenantRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::admin, std::bind_front(endpoint, this));
    };
    add("POST", "/api/v1/tenants", &TenantRoutes::create);
    add("GET", "/api/v1/tenants", &TenantRoutes::list);
    add("GET", "/api/v1/tenants/{tenant}", &TenantRoutes::show);
    add("PATCH", "/api/v1/tenants/{tenant}", &TenantRoutes::change);
    add("POST", "/api/v1/tenants/{tenant}/suspend", &TenantRoutes::suspend);
    add("POST", "/api/v1/tenants/{tenant}/resume", &TenantRoutes::resume);
    add("DELETE", "/api/v1/tenants/{tenant}", &TenantRoutes::erase);
}

Task<Response> TenantRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, create_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    TenantId const name(*http::text_at(body, "name"));
    auto creating = keys_.create_tenant(name);
    auto const created = co_await std::move(creating);
    if (!created) co_return rejection(created.error());
    auto describing = tenants_.change(name, change_in(body));
    auto const row = co_await std::move(describing);
    // Without its description the tenant is there all the same, and the key is not shown again.
    auto out = row ? tenant_json(*row) : json::object();
    out["tenant"] = created->tenant.value;
    out["key"] = created->key;
    co_return http::json_response(201, out);
}

Task<Response> TenantRoutes::list(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const limit = static_cast<std::size_t>(rules.integer("limit", 1, 1'000).value_or(1'000));
    auto const offset = static_cast<std::size_t>(rules.integer("offset", 0, 1'000'000'000).value_or(0));
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const rows = co_await tenants_.list();
    if (!rows) co_return rejection(rows.error());
    json::array out;
    for (std::size_t i = offset; i < rows->size() && out.size() < limit; ++i)
        out.push_back(tenant_json((*rows)[i]));
    co_return http::json_response(200, out);
}

Task<Response> TenantRoutes::show(Call call)
{
    auto finding = tenants_.find(TenantId(call.parameter("tenant")));
    auto row = co_await std::move(finding);
    co_return co_await shown(200, std::move(row));
}

Task<Response> TenantRoutes::change(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, change_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto changing = tenants_.change(TenantId(call.parameter("tenant")), change_in(body));
    auto row = co_await std::move(changing);
    co_return co_await shown(200, std::move(row));
}

Task<Response> TenantRoutes::suspend(Call call)
{
    auto suspending = tenants_.suspend(TenantId(call.parameter("tenant")));
    auto row = co_await std::move(suspending);
    co_return co_await shown(200, std::move(row));
}

Task<Response> TenantRoutes::resume(Call call)
{
    auto resuming = tenants_.resume(TenantId(call.parameter("tenant")));
    auto row = co_await std::move(resuming);
    co_return co_await shown(200, std::move(row));
}

Task<Response> TenantRoutes::erase(Call call)
{
    auto erasing = tenants_.erase(TenantId(call.parameter("tenant")));
    auto const row = co_await std::move(erasing);
    if (!row) co_return rejection(row.error());
    co_return http::json_response(202, tenant_json(*row));
}

Task<Response> TenantRoutes::shown(unsigned status, Answer row)
{
    if (!row) co_return rejection(row.error());
    auto counting = tenants_.counts(row->id);
    auto const counts = co_await std::move(counting);
    if (!counts) co_return rejection(counts.error());
    auto out = tenant_json(*row);
    out["counts"] = counts_json(*counts);
    co_return http::json_response(status, out);
}

} // namespace wagate::v1
