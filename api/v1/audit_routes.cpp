#include "api/v1/audit_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/http/streaming.hpp"
#include "api/v1/audit_json.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/base/encoding.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Response;
using storage::AuditPage;
using storage::AuditQuery;

constexpr std::int64_t latest_time = 4'102'444'800'000; // 2100
constexpr std::size_t lines_at_a_time = 200;

Task<void> write_lines(storage::AuditLog& log, BlockingPool& pool, AuditQuery query, http::BodyWriter& out)
{
    query.limit = lines_at_a_time;
    for (bool is_more = true; is_more;) {
        auto read = [&log, &query] { return log.page(query); };
        auto reading = run_blocking(pool, std::move(read));
        auto const page = co_await std::move(reading);
        if (!page) throw std::runtime_error("the audit log could not be read");
        std::string lines;
        for (auto const& entry : page->entries)
            lines += http::stable_json(audit_json(entry)) + "\n";
        auto writing = out.write(std::move(lines));
        auto const written = co_await std::move(writing);
        if (!written) co_return;
        is_more = page->next.has_value();
        if (is_more) query.after = *page->next;
    }
}

} // namespace

void AuditRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* path, Access access, Chain chain) {
        router.add("GET", path, access, std::bind_front(&AuditRoutes::list, this, chain));
        router.add("GET", std::string(path) + "/verify", access,
                   std::bind_front(&AuditRoutes::verify, this, chain));
    };
    add("/api/v1/audit", Access::tenant, Chain::own);
    add("/api/v1/tenants/{tenant}/audit", Access::admin, Chain::of_tenant);
    add("/api/v1/operator/audit", Access::admin, Chain::of_operator);
}

Task<bool> AuditRoutes::find_chain(Chain chain, Call const& call, std::optional<TenantId>& tenant)
{
    if (chain == Chain::of_operator) co_return true;
    if (chain == Chain::own) {
        tenant = call.principal.tenant;
        co_return true;
    }
    tenant = TenantId(call.parameter("tenant"));
    auto read = [this] { return store_.tenants(); };
    auto reading = run_blocking(pool_, std::move(read));
    auto const known = co_await std::move(reading);
    co_return known&& std::find(known->begin(), known->end(), *tenant) != known->end();
}

Task<Response> AuditRoutes::list(Chain chain, Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    AuditQuery query;
    query.after = static_cast<std::uint64_t>(rules.integer("after", 0, INT64_MAX).value_or(0));
    query.limit = static_cast<std::size_t>(rules.integer("limit", 1, 1'000).value_or(100));
    if (auto const from = rules.integer("from", 0, latest_time)) query.from = wall_from_milliseconds(*from);
    if (auto const until = rules.integer("until", 0, latest_time))
        query.until = wall_from_milliseconds(*until);
    query.action = rules.text("action");
    query.actor = rules.text("actor");
    auto const format = rules.choice("format", {"json", "jsonl"}).value_or("json");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto finding = find_chain(chain, call, query.tenant);
    bool const is_known = co_await std::move(finding);
    if (!is_known) co_return http::problem(404, "Tenant not found");
    if (format == "jsonl") {
        Response response;
        response.headers.add("Content-Type", "application/x-ndjson");
        response.headers.add("Cache-Control", "no-store");
        response.headers.add("Content-Disposition", "attachment; filename=\"audit.jsonl\"");
        response.stream = [this, query](http::BodyWriter& out) {
            return write_lines(log_, pool_, query, out);
        };
        co_return response;
    }
    auto read = [this, &query] { return log_.page(query); };
    auto reading = run_blocking(pool_, std::move(read));
    auto const page = co_await std::move(reading);
    if (!page) co_return waha::storage_trouble(page.error());
    json::array entries;
    for (auto const& entry : page->entries)
        entries.push_back(audit_json(entry));
    json::object out;
    out["next"] = nullptr;
    if (page->next) out["next"] = *page->next;
    out["entries"] = std::move(entries);
    co_return http::json_response(200, out);
}

Task<Response> AuditRoutes::verify(Chain chain, Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    std::optional<storage::AuditAnchor> anchor;
    auto const number = rules.integer("number", 1, INT64_MAX);
    auto const hash = rules.text("hash");
    if (number.has_value() != hash.has_value()) problems.emplace_back("number and hash belong together");
    if (number && hash) {
        auto const bytes = hex_decode(*hash);
        if (!bytes || bytes->size() != 32)
            problems.emplace_back("hash must be 64 hexadecimal digits");
        else
            anchor = storage::AuditAnchor{static_cast<std::uint64_t>(*number), to_array<32>(*bytes)};
    }
    if (!problems.empty()) co_return http::invalid_request(problems);
    std::optional<TenantId> tenant;
    auto finding = find_chain(chain, call, tenant);
    bool const is_known = co_await std::move(finding);
    if (!is_known) co_return http::problem(404, "Tenant not found");
    auto check = [this, &tenant, &anchor] { return log_.verify(tenant, anchor); };
    auto checking = run_blocking(pool_, std::move(check));
    auto const verdict = co_await std::move(checking);
    if (!verdict) co_return waha::storage_trouble(verdict.error());
    co_return http::json_response(200, verdict_json(*verdict));
}

} // namespace wagate::v1
