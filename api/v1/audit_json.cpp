#include "api/v1/audit_json.hpp"

#include "api/http/json.hpp"
#include "protocol/base/encoding.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;

constexpr std::string_view of_tenant = "tenant:";

bool read_text(json::object const& from, std::string_view name, std::string& into)
{
    auto const* value = from.if_contains(name);
    if (value == nullptr || !value->is_string()) return false;
    into = value->get_string().c_str();
    return true;
}

bool read_hash(json::object const& from, std::string_view name, ByteArray<32>& into)
{
    std::string text;
    if (!read_text(from, name, text)) return false;
    auto const bytes = hex_decode(text);
    if (!bytes || bytes->size() != into.size()) return false;
    into = to_array<32>(*bytes);
    return true;
}

} // namespace

json::object audit_json(storage::AuditEntry const& entry)
{
    json::object details;
    for (auto const& [name, value] : entry.details)
        details[name] = value;
    json::object out;
    out["chain"] = storage::audit_chain_name(entry.tenant);
    out["number"] = entry.number;
    out["time"] = unix_milliseconds(entry.time);
    out["actor"] = entry.actor;
    out["source"] = entry.source;
    out["action"] = entry.action;
    out["target"] = entry.target;
    out["outcome"] = entry.outcome;
    out["details"] = std::move(details);
    out["previous"] = hex_encode(entry.previous);
    out["hash"] = hex_encode(entry.hash);
    return out;
}

std::optional<storage::AuditEntry> read_audit_entry(std::string_view line)
{
    auto const parsed = http::parse_json(line);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    auto const& object = parsed->get_object();
    storage::AuditEntry entry;
    std::string chain;
    auto const* number = object.if_contains("number");
    auto const* time = object.if_contains("time");
    auto const* details = object.if_contains("details");
    if (number == nullptr || !number->is_int64() || number->get_int64() < 1 || time == nullptr ||
        !time->is_int64() || details == nullptr || !details->is_object() ||
        !read_text(object, "chain", chain) || !read_text(object, "actor", entry.actor) ||
        !read_text(object, "source", entry.source) || !read_text(object, "action", entry.action) ||
        !read_text(object, "target", entry.target) || !read_text(object, "outcome", entry.outcome) ||
        !read_hash(object, "previous", entry.previous) || !read_hash(object, "hash", entry.hash))
        return std::nullopt;
    if (chain.starts_with(of_tenant))
        entry.tenant = TenantId(chain.substr(of_tenant.size()));
    else if (chain != "operator")
        return std::nullopt;
    entry.number = static_cast<std::uint64_t>(number->get_int64());
    entry.time = wall_from_milliseconds(time->get_int64());
    for (auto const& detail : details->get_object()) {
        if (!detail.value().is_string()) return std::nullopt;
        entry.details[std::string(detail.key())] = detail.value().get_string().c_str();
    }
    return entry;
}

json::object verdict_json(storage::AuditVerdict const& verdict)
{
    json::object out;
    out["valid"] = verdict.problem.empty();
    out["entries"] = verdict.entries;
    out["problem"] = nullptr;
    if (!verdict.problem.empty()) out["problem"] = verdict.problem;
    out["badNumber"] = nullptr;
    if (verdict.bad_number) out["badNumber"] = *verdict.bad_number;
    out["lastNumber"] = verdict.last_number;
    out["lastHash"] = hex_encode(verdict.last_hash);
    return out;
}

} // namespace wagate::v1
