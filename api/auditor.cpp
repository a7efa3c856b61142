#include "api/auditor.hpp"

#include "api/http/json.hpp"
#include "gateway/telemetry/log.hpp"
#include "storage/store_errc.hpp"

#include <algorithm>

namespace wagate {
namespace {

namespace json = boost::json;
using http::Call;
using http::Endpoint;
using http::Response;
using storage::AuditEntry;

constexpr std::size_t longest_detail = 300;
constexpr std::size_t longest_body = 1u << 20; ///< of a request whose fields are looked at
constexpr std::size_t most_addresses = 4'096;  ///< whose failures are counted

WallTime now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

template <class Take>
void each_word(std::string_view words, Take take)
{
    while (!words.empty()) {
        auto const space = words.find(' ');
        take(words.substr(0, space));
        words = space == std::string_view::npos ? std::string_view{} : words.substr(space + 1);
    }
}

std::string told(json::value const& value)
{
    auto text = value.is_string() ? std::string(value.get_string().c_str()) : http::stable_json(value);
    text = log::masked(text);
    // Cut between characters: what is stored is UTF-8.
    if (text.size() > longest_detail) {
        auto end = longest_detail;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end;
        text.resize(end);
        text += "…";
    }
    return text;
}

std::string names_in(json::value const& value)
{
    std::string names;
    if (auto const* object = value.if_object())
        for (auto const& member : *object)
            names.append(names.empty() ? "" : " ").append(member.key().data(), member.key().size());
    return told(json::value(names));
}

std::optional<json::object> object_in(std::string const& text)
{
    if (text.empty() || text.size() > longest_body) return std::nullopt;
    auto parsed = http::parse_json(text);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    return std::move(parsed->get_object());
}

void add_to_target(std::string& target, std::string_view text)
{
    if (text.empty()) return;
    if (!target.empty()) target += '/';
    target += log::masked(text);
}

std::vector<AuditEntry> entries_of(AuditRule const& rule, Call const& call)
{
    AuditEntry entry;
    entry.tenant = call.principal.tenant;
    entry.actor = actor_of(call.principal);
    entry.source = call.request.remote;
    entry.action = rule.action;
    std::optional<TenantId> about;
    for (auto const& [name, value] : call.parameters) {
        if (name == "tenant") about = TenantId(value);
        add_to_target(entry.target, value);
    }
    if (!rule.body.empty() || !rule.named.empty()) {
        if (auto const body = object_in(call.request.body)) {
            if (auto const* name = body->if_contains(rule.named); name != nullptr && name->is_string())
                add_to_target(entry.target, name->get_string().c_str());
            each_word(rule.body, [&](std::string_view field) {
                bool const names_only = field.ends_with(".*");
                if (names_only) field.remove_suffix(2);
                auto const* value = body->if_contains(field);
                if (value == nullptr) return;
                entry.details[std::string(field)] = names_only ? names_in(*value) : told(*value);
            });
        }
    }
    std::vector<AuditEntry> entries{entry};
    if (rule.by_operator) {
        entries.front().tenant.reset();
        if (about) {
            entry.tenant = about;
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

} // namespace

std::string actor_of(http::Principal const& principal)
{
    if (principal.key_id.empty()) return principal.is_admin ? "operator" : "configured-key";
    return (principal.is_admin ? "operator:" : "key:") + principal.key_id;
}

Task<Response> Auditor::call(http::Route const& route, Call call)
{
    auto const rule = audit_rule_of(route.method, route.path);
    if (rule.action.empty()) return route.endpoint(std::move(call));
    return run(this, rule, route.endpoint, std::move(call));
}

Task<Response> Auditor::run(Auditor* self, AuditRule rule, Endpoint inner, Call call)
{
    auto entries = entries_of(rule, call);
    auto running = inner(std::move(call));
    auto response = co_await std::move(running);
    if (response.later) {
        auto later = std::move(response.later);
        response.later = [self, entries = std::move(entries), made = rule.made, later = std::move(later)] {
            return finish_late(self, entries, made, later);
        };
        co_return response;
    }
    auto finishing = finish(self, std::move(entries), rule.made, std::move(response));
    co_return co_await std::move(finishing);
}

Task<Response> Auditor::finish_late(Auditor* self, std::vector<AuditEntry> entries, std::string_view made,
                                    http::LateAnswer later)
{
    auto waiting = later();
    auto response = co_await std::move(waiting);
    auto finishing = finish(self, std::move(entries), made, std::move(response));
    co_return co_await std::move(finishing);
}

Task<Response> Auditor::finish(Auditor* self, std::vector<AuditEntry> entries, std::string_view made,
                               Response response)
{
    bool const has_failed = response.status >= 400;
    std::string name;
    if (!made.empty() && !has_failed)
        if (auto const answer = object_in(response.body))
            if (auto const* value = answer->if_contains(made); value != nullptr && value->is_string())
                name = log::masked(value->get_string().c_str());
    for (auto& entry : entries) {
        entry.time = now();
        entry.outcome = has_failed ? "failed" : "succeeded";
        entry.details["status"] = std::to_string(response.status);
        if (entry.target.empty()) entry.target = name;
    }
    auto append = [self, &entries] {
        Result<void> outcome;
        for (auto const& entry : entries) {
            auto const appended = self->log_.append(entry);
            // A tenant that is not there, or no longer, has no chain.
            if (!appended && appended.error() != storage::StoreErrc::not_found) outcome = appended;
        }
        return outcome;
    };
    auto storing = run_blocking(self->pool_, std::move(append));
    auto const stored = co_await std::move(storing);
    // What was done is done; the answer must not say otherwise.
    if (!stored)
        log::error("an entry of the audit log was not stored",
                   {{"action", entries.front().action}, {"error", stored.error().message()}});
    co_return response;
}

void Auditor::note_unauthorized(std::string const& source)
{
    std::size_t failures = 0;
    {
        std::lock_guard const lock(mutex_);
        auto const moment = std::chrono::steady_clock::now();
        if (bursts_.size() >= most_addresses)
            std::erase_if(bursts_, [&](auto const& one) { return moment - one.second.began > burst_window; });
        bool const is_counted = bursts_.size() < most_addresses || bursts_.contains(source);
        std::string const counted = is_counted ? source : "others";
        auto& one = bursts_[counted];
        if (one.failures == 0 || moment - one.began > burst_window) one = {moment, 0, burst};
        if (++one.failures < one.next_told) return;
        one.next_told *= 10;
        failures = one.failures;
    }
    AuditEntry entry;
    entry.time = now();
    entry.actor = "unknown";
    entry.source = source;
    entry.action = "authentication.failed";
    entry.outcome = "failed";
    entry.details["failures"] = std::to_string(failures);
    entry.details["seconds"] = std::to_string(std::chrono::seconds(burst_window).count());
    bool const posted = pool_.try_post([this, entry = std::move(entry)] {
        if (auto const stored = log_.append(entry); !stored)
            log::error("an entry of the audit log was not stored",
                       {{"action", entry.action}, {"error", stored.error().message()}});
    });
    if (!posted)
        log::error("an entry of the audit log was not stored", {{"action", "authentication.failed"}});
}

} // namespace wagate
