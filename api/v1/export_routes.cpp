#include "api/v1/export_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/http/streaming.hpp"
#include "api/v1/archive.hpp"
#include "api/v1/audit_json.hpp"
#include "api/v1/letter_json.hpp"
#include "api/waha/chats_json.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/session_json.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/streams.hpp"
#include "storage/keeper.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Response;

constexpr std::size_t part_bytes = 1u << 20;         ///< of one file of lines, about
constexpr std::size_t file_piece_bytes = 256u << 10; ///< read at a time
constexpr std::size_t rows_at_a_time = 200;
constexpr std::string_view masked_secret = "***";

/// Names of sessions are the user's: none becomes a path.
std::string folder_name(SessionName const& session)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (char const c : session.value) {
        bool const is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              c == '-' || c == '_';
        auto const byte = static_cast<unsigned char>(c);
        if (is_plain)
            out += c;
        else
            out.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return out;
}

void mask_text(json::object& object, std::string_view name)
{
    if (auto* value = object.if_contains(name); value != nullptr && value->is_string())
        *value = masked_secret;
}

/// What signs and what authenticates; the proxy's password is masked in every answer.
void mask_secrets(json::object& session)
{
    auto* config = session["config"].if_object();
    auto* webhooks = config != nullptr ? (*config)["webhooks"].if_array() : nullptr;
    if (webhooks == nullptr) return;
    for (auto& entry : *webhooks) {
        auto* webhook = entry.if_object();
        if (webhook == nullptr) continue;
        if (auto* hmac = (*webhook)["hmac"].if_object()) mask_text(*hmac, "key");
        if (auto* signing = webhook->if_contains("signing"); signing != nullptr && signing->is_object())
            if (auto* secrets = signing->get_object()["secrets"].if_array())
                for (auto& secret : *secrets)
                    secret = masked_secret;
        if (auto* headers = (*webhook)["customHeaders"].if_array())
            for (auto& header : *headers)
                if (header.is_object()) mask_text(header.get_object(), "value");
    }
}

/// One export, from its acceptance to its end.
struct Job {
    gateway::KeptMedia const& media;
    gateway::StreamContext const& streams;
    TenantId tenant;
    std::vector<gateway::SessionInfo> sessions;
    bool with_secrets = false;
    std::shared_ptr<void> place; ///< among the exports of the process
    Archive archive{
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count()};
    json::array files = {}; ///< for the manifest
    std::map<std::string, std::uint64_t> counts = {};

    storage::Store& store() const { return streams.store; }
};
using JobPtr = std::shared_ptr<Job>;

/// The client is gone: nothing went wrong here.
struct Gone {};

Task<void> send(http::BodyWriter& out, std::string bytes)
{
    if (bytes.empty()) co_return;
    auto writing = out.write(std::move(bytes));
    auto const written = co_await std::move(writing);
    if (!written) throw Gone();
}

template <class Work>
Task<std::string> in_pool(Job& job, Work work)
{
    auto running = run_blocking(job.streams.pool, std::move(work));
    auto made = co_await std::move(running);
    // The archive ends without its last block: whoever unpacks it sees that it is not whole.
    if (!made) throw std::runtime_error("too many requests are waiting");
    co_return std::move(*made);
}

void note(Job& job, std::string const& name, std::uint64_t bytes, std::string const& sha256)
{
    json::object file;
    file["name"] = name;
    file["bytes"] = bytes;
    file["sha256"] = sha256;
    job.files.push_back(std::move(file));
}

/// A file that is here as a whole.
std::string add_file(Job& job, std::string const& name, std::string const& content)
{
    note(job, name, content.size(), hex_encode(crypto::sha256(view(content))));
    return job.archive.begin(name, content.size()) + job.archive.add(content) + job.archive.end_entry();
}

/// Appends lines; @return false at the end
using Page = std::function<bool(std::string& lines, std::uint64_t& count)>;

/// `base-00001.jsonl`, `base-00002.jsonl` …, none without lines.
Task<void> send_lines(Job& job, http::BodyWriter& out, std::string base, std::string kind, Page page)
{
    bool is_more = true;
    for (int number = 1; is_more; ++number) {
        auto work = [&] {
            std::string lines;
            std::uint64_t count = 0;
            while (is_more && lines.size() < part_bytes)
                is_more = page(lines, count);
            job.counts[kind] += count;
            if (lines.empty()) return std::string();
            auto digits = std::to_string(number);
            digits.insert(0, digits.size() < 5 ? 5 - digits.size() : 0, '0');
            return add_file(job, base + "-" + digits + ".jsonl", lines);
        };
        auto making = in_pool(job, std::move(work));
        auto bytes = co_await std::move(making);
        auto sending = send(out, std::move(bytes));
        co_await std::move(sending);
    }
}

void add_line(std::string& lines, json::value const& value)
{
    lines += http::stable_json(value) + "\n";
}

Page messages_of(Job& job, SessionKey session)
{
    struct Place {
        std::optional<WallTime> from;
        std::size_t skipped = 0; ///< messages of that moment that are written
    };
    return [&job, session, place = Place()](std::string& lines, std::uint64_t& count) mutable {
        storage::MessageQuery query;
        query.newest_first = false;
        query.limit = rows_at_a_time;
        query.from = place.from;
        query.offset = place.skipped;
        auto const found = job.store().messages(session, query);
        for (auto const& message : found) {
            auto line = waha::message_json(message);
            auto const file = gateway::kept_file_name(message);
            line["file"] = file ? json::value(*file) : json::value();
            add_line(lines, line);
        }
        count += found.size();
        if (found.size() < query.limit) return false;
        auto const last = found.back().timestamp;
        auto const of_last = static_cast<std::size_t>(std::count_if(
            found.begin(), found.end(), [&](Message const& message) { return message.timestamp == last; }));
        place.skipped = of_last + (place.from == last ? place.skipped : 0);
        place.from = last;
        return true;
    };
}

Page chats_of(Job& job, SessionKey session)
{
    return [&job, session, offset = std::size_t(0)](std::string& lines, std::uint64_t& count) mutable {
        storage::ChatQuery query;
        query.sort = storage::ChatSort::id;
        query.descending = false;
        query.limit = rows_at_a_time;
        query.offset = offset;
        auto const found = job.store().chats(session, query);
        for (auto const& chat : found)
            add_line(lines, waha::chat_json(chat));
        count += found.size();
        offset += found.size();
        return found.size() == query.limit;
    };
}

Page contacts_of(Job& job, gateway::SessionInfo const& info)
{
    return [&job, &info, offset = std::size_t(0)](std::string& lines, std::uint64_t& count) mutable {
        storage::ContactQuery query;
        query.limit = rows_at_a_time;
        query.offset = offset;
        auto const found = job.store().contacts(info.key, query);
        for (auto const& contact : found)
            add_line(lines, waha::contact_json(contact, info.me ? &*info.me : nullptr));
        count += found.size();
        offset += found.size();
        return found.size() == query.limit;
    };
}

Page events_of(Job& job)
{
    return [&job, after = std::uint64_t(0)](std::string& lines, std::uint64_t& count) mutable {
        storage::EventQuery query;
        query.tenant = job.tenant;
        query.after = after;
        query.limit = rows_at_a_time;
        auto const page = job.store().events(query);
        for (auto const& event : page.events) {
            auto const info = std::find_if(job.sessions.begin(), job.sessions.end(),
                                           [&](auto const& one) { return one.key == event.session; });
            if (info == job.sessions.end()) continue;
            for (auto& rendered : job.streams.render(*info, event, gateway::Rendering::usual)) {
                lines += std::move(rendered.body) + "\n";
                ++count;
            }
        }
        bool const is_more = page.scanned > after;
        after = page.scanned;
        return is_more;
    };
}

Page letters_of(Job& job)
{
    return [&job, after = std::uint64_t(0)](std::string& lines, std::uint64_t& count) mutable {
        storage::DeadLetterQuery query;
        query.after = after;
        query.limit = rows_at_a_time;
        auto const found = job.store().dead_letters(job.tenant, query);
        for (auto const& letter : found)
            add_line(lines, letter_json(letter));
        count += found.size();
        if (!found.empty()) after = found.back().number;
        return found.size() == query.limit;
    };
}

Page audit_of(Job& job)
{
    return [&job, after = std::uint64_t(0)](std::string& lines, std::uint64_t& count) mutable {
        storage::AuditQuery query;
        query.tenant = job.tenant;
        query.after = after;
        query.limit = rows_at_a_time;
        auto const page = storage::keeper_of(job.store()).audit().page(query);
        for (auto const& entry : page.entries)
            add_line(lines, audit_json(entry));
        count += page.entries.size();
        if (page.next) after = *page.next;
        return page.next.has_value();
    };
}

Task<void> send_file(Job& job, http::BodyWriter& out, std::string folder, gateway::KeptFile file)
{
    // Open from here on: a file that is removed meanwhile can be read to its end.
    gateway::OpenFile input;
    media::Sha256Stream hash;
    std::uint64_t left = 0;
    auto const name = folder + file.name;
    auto open = [&] {
        auto opened = gateway::OpenFile::to_read(file.path);
        auto const size = opened ? opened->size() : Result<std::uint64_t>(opened.error());
        if (!size) return std::string(); // it has gone
        input = std::move(*opened);
        left = *size;
        file.bytes = *size;
        return job.archive.begin(name, left);
    };
    auto opening = in_pool(job, std::move(open));
    auto begun = co_await std::move(opening);
    if (input.descriptor() < 0) co_return;
    auto sending = send(out, std::move(begun));
    co_await std::move(sending);
    while (left > 0) {
        auto read = [&] {
            std::string piece(std::min<std::uint64_t>(left, file_piece_bytes), '\0');
            auto const got = input.read({piece.data(), piece.size()});
            if (!got || *got != piece.size()) throw std::runtime_error("a file could not be read");
            left -= piece.size();
            hash.update(view(piece));
            return job.archive.add(piece);
        };
        auto reading = in_pool(job, std::move(read));
        auto piece = co_await std::move(reading);
        auto passing = send(out, std::move(piece));
        co_await std::move(passing);
    }
    auto end = [&] {
        note(job, name, file.bytes, hex_encode(hash.finish()));
        ++job.counts["media"];
        return job.archive.end_entry();
    };
    auto ending = in_pool(job, std::move(end));
    auto padding = co_await std::move(ending);
    auto passing = send(out, std::move(padding));
    co_await std::move(passing);
}

Task<void> send_session(Job& job, http::BodyWriter& out, gateway::SessionInfo const& info)
{
    auto const folder = "sessions/" + folder_name(info.key.name) + "/";
    auto describe = [&] {
        auto session = waha::session_json(info);
        if (!job.with_secrets) mask_secrets(session);
        ++job.counts["sessions"];
        return add_file(job, folder + "session.json", http::stable_json(session) + "\n");
    };
    auto describing = in_pool(job, std::move(describe));
    auto described = co_await std::move(describing);
    auto sending = send(out, std::move(described));
    co_await std::move(sending);
    auto chats = send_lines(job, out, folder + "chats", "chats", chats_of(job, info.key));
    co_await std::move(chats);
    auto contacts = send_lines(job, out, folder + "contacts", "contacts", contacts_of(job, info));
    co_await std::move(contacts);
    auto messages = send_lines(job, out, folder + "messages", "messages", messages_of(job, info.key));
    co_await std::move(messages);
    std::vector<gateway::KeptFile> files;
    auto list = [&] {
        files = job.media.of_session(info.key);
        return std::string();
    };
    auto listing = in_pool(job, std::move(list));
    co_await std::move(listing);
    for (auto& file : files) {
        auto adding = send_file(job, out, folder + "media/", std::move(file));
        co_await std::move(adding);
    }
}

std::string last_files(Job& job)
{
    json::object counts;
    for (auto const* kind :
         {"sessions", "chats", "contacts", "messages", "media", "events", "deadLetters", "audit"})
        counts[kind] = job.counts[kind];
    json::object manifest;
    manifest["format"] = 1;
    manifest["tenant"] = job.tenant.value;
    manifest["time"] =
        unix_milliseconds(std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()));
    manifest["secrets"] = job.with_secrets;
    manifest["counts"] = std::move(counts);
    manifest["files"] = std::exchange(job.files, {});
    auto bytes = add_file(job, "manifest.json", http::stable_json(manifest) + "\n");
    return bytes + job.archive.finish();
}

Task<void> send_all(JobPtr shared, http::BodyWriter& out)
{
    auto& job = *shared;
    try {
        for (auto const& info : job.sessions) {
            auto session = send_session(job, out, info);
            co_await std::move(session);
        }
        auto events = send_lines(job, out, "events/events", "events", events_of(job));
        co_await std::move(events);
        auto letters = send_lines(job, out, "dead-letters/dead-letters", "deadLetters", letters_of(job));
        co_await std::move(letters);
        auto audit = send_lines(job, out, "audit/audit", "audit", audit_of(job));
        co_await std::move(audit);
        auto finish = [&job] { return last_files(job); };
        auto finishing = in_pool(job, std::move(finish));
        auto last = co_await std::move(finishing);
        auto sending = send(out, std::move(last));
        co_await std::move(sending);
    } catch (Gone const&) {
        co_return;
    }
}

} // namespace

void ExportRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/v1/export", Access::tenant, std::bind_front(&ExportRoutes::own, this));
    router.add("GET", "/api/v1/tenants/{tenant}/export", Access::admin,
               std::bind_front(&ExportRoutes::of_tenant, this));
}

Task<Response> ExportRoutes::own(Call call)
{
    auto tenant = call.principal.tenant;
    return answer(std::move(tenant), std::move(call));
}

Task<Response> ExportRoutes::of_tenant(Call call)
{
    TenantId tenant(call.parameter("tenant"));
    auto read = [this] { return streams_.store.tenants(); };
    auto reading = run_blocking(streams_.pool, std::move(read));
    auto const known = co_await std::move(reading);
    if (!known) co_return waha::storage_trouble(known.error());
    if (std::find(known->begin(), known->end(), tenant) == known->end())
        co_return http::problem(404, "Tenant not found");
    auto answering = answer(std::move(tenant), std::move(call));
    co_return co_await std::move(answering);
}

Task<Response> ExportRoutes::answer(TenantId tenant, Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    bool const with_secrets = rules.flag("secrets").value_or(false);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const running = running_;
    std::shared_ptr<void> const place(nullptr, [running](void*) { --*running; });
    if (++*running > most_exports) co_return http::try_again_later(429, "Too many exports are under way", 30);
    auto listing = gateway_.list_sessions(tenant, true);
    auto sessions = co_await std::move(listing);
    auto const file = "wagate-" + tenant.value + ".tar.gz";
    JobPtr const job(new Job{media_, streams_, std::move(tenant), std::move(sessions), with_secrets, place});
    Response response;
    response.headers.add("Content-Type", "application/gzip");
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("Content-Disposition", "attachment; filename=\"" + file + "\"");
    response.stream = [job](http::BodyWriter& out) { return send_all(job, out); };
    co_return response;
}

} // namespace wagate::v1
