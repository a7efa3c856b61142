#include "api/waha/contact_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chats_json.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Response;

constexpr std::int64_t most_contacts = 50'000;
constexpr std::int64_t default_lids = 100;

/// The account that the session is linked with.
Task<std::optional<OwnIdentity>> account_of(gateway::Gateway& gateway, SessionKey session)
{
    auto const info = co_await gateway.session_info(std::move(session));
    if (!info) co_return std::nullopt;
    co_return info->me;
}

} // namespace

void ContactRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/contacts/all", Access::tenant, std::bind_front(&ContactRoutes::all, this));
    router.add("GET", "/api/contacts", Access::tenant, std::bind_front(&ContactRoutes::by_query, this));
    router.add("GET", "/api/{session}/contacts/{id}", Access::tenant,
               std::bind_front(&ContactRoutes::by_path, this));
    router.add("GET", "/api/{session}/lids", Access::tenant, std::bind_front(&ContactRoutes::lids, this));
    router.add("GET", "/api/{session}/lids/count", Access::tenant,
               std::bind_front(&ContactRoutes::lid_count, this));
    router.add("GET", "/api/{session}/lids/{lid}", Access::tenant,
               std::bind_front(&ContactRoutes::phone_of_lid, this));
    router.add("GET", "/api/{session}/lids/pn/{phoneNumber}", Access::tenant,
               std::bind_front(&ContactRoutes::lid_of_phone, this));
}

Task<Response> ContactRoutes::all(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    storage::ContactQuery query;
    query.by_name = rules.choice("sortBy", {"id", "name"}).value_or("id") == "name";
    query.descending = rules.choice("sortOrder", {"desc", "asc"}).value_or("asc") == "desc";
    query.limit = static_cast<std::size_t>(rules.integer("limit", 1, most_contacts).value_or(most_contacts));
    query.offset = static_cast<std::size_t>(rules.integer("offset", 0, INT32_MAX).value_or(0));
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_in(call, rules.text("session").value_or("default"));
    auto ask = [session, query](storage::Store& store) { return store.contacts(session, query); };
    auto reading = gateway::read_for<std::vector<Contact>>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    auto const me = co_await account_of(gateway_, session);
    json::array out;
    for (auto const& contact : *found)
        out.emplace_back(contact_json(contact, me ? &*me : nullptr));
    co_return http::json_response(200, out);
}

Task<Response> ContactRoutes::by_query(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto id = rules.required_text("contactId");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto session = session_in(call, rules.text("session").value_or("default"));
    co_return co_await one(std::move(session), std::move(id));
}

Task<Response> ContactRoutes::by_path(Call call)
{
    co_return co_await one(session_of(call), call.parameter("id"));
}

Task<Response> ContactRoutes::one(SessionKey session, std::string id)
{
    auto const jid = gateway::parse_chat(id);
    std::vector<std::string> const problems{"contactId must be a phone number or a contact id"};
    if (!jid) co_return http::invalid_request(problems);
    auto ask = [session, jid = *jid](storage::Store& store) {
        return store.reader(session)->find_contact(jid);
    };
    auto reading = gateway::read_for<std::optional<Contact>>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    auto const me = co_await account_of(gateway_, session);
    // Somebody of whom nothing is known is told with empty names, as WAHA does.
    Contact contact;
    contact.jid = *jid;
    if (jid->is_phone()) contact.phone = *jid;
    if (*found) contact = **found;
    co_return http::json_response(200, contact_json(contact, me ? &*me : nullptr));
}

Task<Response> ContactRoutes::lids(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const limit =
        static_cast<std::size_t>(rules.integer("limit", 1, most_contacts).value_or(default_lids));
    auto const offset = static_cast<std::size_t>(rules.integer("offset", 0, INT32_MAX).value_or(0));
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto ask = [session, limit, offset](storage::Store& store) {
        return store.lid_pairs(session, limit, offset);
    };
    auto reading = gateway::read_for<std::vector<storage::LidPair>>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    json::array out;
    for (auto const& pair : *found)
        out.emplace_back(lid_json(pair.lid, pair.phone));
    co_return http::json_response(200, out);
}

Task<Response> ContactRoutes::lid_count(Call call)
{
    auto const session = session_of(call);
    auto ask = [session](storage::Store& store) { return store.lid_pair_count(session); };
    auto reading = gateway::read_for<std::size_t>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    json::object out;
    out["count"] = *found;
    co_return http::json_response(200, out);
}

Task<Response> ContactRoutes::pair(SessionKey session, Jid known)
{
    auto ask = [session, known](storage::Store& store) {
        return known.is_lid() ? store.phone_of_lid(session, known.user)
                              : store.lid_of_phone(session, known.user);
    };
    auto reading = gateway::read_for<std::optional<std::string>>(gateway_, session, std::move(ask));
    auto const found = co_await std::move(reading);
    if (!found) co_return rejection_response(found.error(), session.name.value, Subject::action);
    std::optional<Jid> lid;
    std::optional<Jid> phone;
    auto const is_known = *found && !(*found)->empty();
    if (known.is_lid()) {
        lid = known;
        if (is_known) phone = Jid::phone(**found);
    } else {
        phone = known;
        if (is_known) lid = Jid::hidden(**found);
    }
    co_return http::json_response(200, lid_json(lid, phone));
}

Task<Response> ContactRoutes::phone_of_lid(Call call)
{
    auto text = call.parameter("lid");
    if (text.find('@') == std::string::npos) text += "@lid";
    auto const jid = gateway::parse_chat(text);
    std::vector<std::string> const problems{"lid must be a hidden id"};
    if (!jid || !jid->is_lid()) co_return http::invalid_request(problems);
    co_return co_await pair(session_of(call), *jid);
}

Task<Response> ContactRoutes::lid_of_phone(Call call)
{
    auto const jid = gateway::parse_chat(call.parameter("phoneNumber"));
    std::vector<std::string> const problems{"phoneNumber must be a phone number"};
    if (!jid || !jid->is_phone()) co_return http::invalid_request(problems);
    co_return co_await pair(session_of(call), *jid);
}

} // namespace wagate::waha
