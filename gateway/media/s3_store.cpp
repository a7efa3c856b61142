#include "gateway/media/s3_store.hpp"

#include "gateway/egress/url.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/transport/http_transfer.hpp"
#include "protocol/media/streams.hpp"

#include <fcntl.h>

#include <cerrno>

namespace wagate::gateway {
namespace errc = boost::system::errc;
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::size_t longest_answer = 2u << 20;
constexpr std::size_t longest_code = 64;
constexpr unsigned ok = 200;
constexpr unsigned no_content = 204;
constexpr unsigned not_found = 404;
constexpr unsigned server_error = 500;
constexpr std::chrono::seconds silence{20};
constexpr std::chrono::seconds rest{15};
/// A listing has up to a thousand keys; sessions have fewer files than this allows.
constexpr int most_listings = 1'000;

/// TLS or the operator's own network protects the body: nobody has told its hash, and it is read only once.
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

WallTime now()
{
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

/// For so many bytes over a slow line.
std::chrono::seconds time_for(std::uint64_t bytes)
{
    constexpr std::uint64_t slowest = 256 * 1024; // a second
    return std::chrono::seconds(60) + std::chrono::seconds(bytes / slowest);
}

ErrorCode rejected(std::string_view what, unsigned status, std::string_view body)
{
    log::warn("object storage refused a request",
              {{"request", what}, {"status", status}, {"code", s3_error(body)}});
    return make_error_code(status >= server_error ? errc::io_error : errc::permission_denied);
}

std::vector<std::string> elements(std::string_view xml, std::string_view name)
{
    auto const open = "<" + std::string(name) + ">";
    auto const close = "</" + std::string(name) + ">";
    std::vector<std::string> found;
    for (auto start = xml.find(open); start != std::string_view::npos; start = xml.find(open, start)) {
        start += open.size();
        auto const end = xml.find(close, start);
        if (end == std::string_view::npos) break;
        found.emplace_back(xml.substr(start, end - start));
        start = end;
    }
    return found;
}

} // namespace

std::string s3_url(S3Settings const& settings, std::string_view key)
{
    auto url = settings.endpoint;
    while (url.ends_with('/'))
        url.pop_back();
    if (settings.is_path_style)
        url += "/" + settings.bucket;
    else
        url.insert(url.find("://") + 3, settings.bucket + ".");
    return url + "/" + s3_encoded(key, true);
}

std::vector<std::string> s3_keys(std::string_view xml)
{
    return elements(xml, "Key");
}

std::string s3_error(std::string_view xml)
{
    auto const codes = elements(xml, "Code");
    return codes.empty() ? std::string{} : codes.front().substr(0, longest_code);
}

Task<Result<S3Store::Answer>> S3Store::run(Exchange exchange)
{
    auto const url = s3_url(settings_, exchange.key);
    auto const parsed = egress::parse_http_url(url);
    if (!parsed) co_return parsed.error();
    S3Request request;
    request.method = exchange.method;
    request.path = parsed->target;
    request.query = exchange.query;
    request.headers["host"] = parsed->authority();
    request.payload_sha256 = empty_payload;
    transport::Transfer transfer;
    transfer.method = exchange.method;
    transfer.url = url;
    if (!exchange.query.empty()) transfer.url += "?" + s3_query(exchange.query);
    transfer.ca_file = settings_.ca_file;
    transfer.silence_limit = silence;
    Answer answer;
    if (exchange.from != nullptr) {
        auto const size = exchange.from->size();
        if (!size) co_return size.error();
        exchange.bytes = *size;
        request.payload_sha256 = exchange.sha256.empty() ? std::string{unsigned_payload} : exchange.sha256;
        transfer.body_bytes = *size;
        transfer.next_piece = [&exchange]() -> Result<std::string> {
            std::string piece(piece_bytes, '\0');
            WAGATE_TRY(auto const got, exchange.from->read(piece));
            piece.resize(got);
            return piece;
        };
    }
    transfer.headers = s3_signed_headers(std::move(request), settings_.credentials, now());
    transfer.on_head = [&answer](transport::TransferHead const& head) -> Result<void> {
        answer.status = head.status;
        return {};
    };
    transfer.on_piece = [&answer, &exchange](std::string_view piece) -> Result<void> {
        if (answer.status == ok && exchange.into) return exchange.into(piece);
        if (answer.body.size() + piece.size() > longest_answer) return make_error_code(errc::message_size);
        answer.body += piece;
        return {};
    };
    auto transferring = with_timeout(transport::run_transfer(std::move(transfer)), time_for(exchange.bytes));
    auto const head = co_await std::move(transferring);
    if (answer.status == 0 || answer.status >= server_error)
        rests_until_ = std::chrono::steady_clock::now() + rest;
    if (!head) co_return head.error();
    co_return answer;
}

Task<Result<void>> S3Store::put(std::string key, std::filesystem::path file, std::string sha256)
{
    auto opened = OpenFile::to_read(file);
    if (!opened) co_return opened.error();
    Exchange exchange;
    exchange.method = "PUT";
    exchange.key = std::move(key);
    exchange.from = &*opened;
    exchange.sha256 = std::move(sha256);
    auto running = run(std::move(exchange));
    auto const answer = co_await std::move(running);
    if (!answer) co_return answer.error();
    if (answer->status != ok) co_return rejected("put", answer->status, answer->body);
    co_return Result<void>();
}

Task<Result<S3Object>> S3Store::get(std::string key, std::uint64_t max_bytes)
{
    if (std::chrono::steady_clock::now() < rests_until_)
        co_return make_error_code(errc::resource_unavailable_try_again);
    auto made = folder_.new_file();
    if (!made) co_return made.error();
    int const descriptor = ::open((*made)->path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (descriptor < 0) co_return ErrorCode(errno, boost::system::system_category());
    OpenFile output{descriptor};
    media::Sha256Stream hash;
    std::uint64_t received = 0;
    Exchange exchange;
    exchange.key = std::move(key);
    exchange.bytes = max_bytes;
    exchange.into = [&](std::string_view piece) -> Result<void> {
        received += piece.size();
        if (received > max_bytes) return make_error_code(errc::file_too_large);
        hash.update(view(piece));
        return output.write(piece);
    };
    auto running = run(std::move(exchange));
    auto const answer = co_await std::move(running);
    if (!answer) co_return answer.error();
    if (answer->status == not_found) co_return make_error_code(errc::no_such_file_or_directory);
    if (answer->status != ok) co_return rejected("get", answer->status, answer->body);
    S3Object object;
    object.file = *made;
    object.sha256 = hash.finish();
    co_return object;
}

Task<Result<void>> S3Store::erase(std::string key)
{
    Exchange exchange;
    exchange.method = "DELETE";
    exchange.key = std::move(key);
    auto running = run(std::move(exchange));
    auto const answer = co_await std::move(running);
    if (!answer) co_return answer.error();
    if (answer->status != ok && answer->status != no_content && answer->status != not_found)
        co_return rejected("delete", answer->status, answer->body);
    co_return Result<void>();
}

Task<Result<void>> S3Store::erase_all(std::string prefix)
{
    // What was deleted is not listed again, so the beginning of the list is always what is left.
    for (int listing = 0; listing < most_listings; ++listing) {
        Exchange exchange;
        exchange.query["list-type"] = "2";
        exchange.query["prefix"] = prefix;
        auto running = run(std::move(exchange));
        auto const answer = co_await std::move(running);
        if (!answer) co_return answer.error();
        if (answer->status != ok) co_return rejected("list", answer->status, answer->body);
        bool is_done = true;
        for (auto const& key : s3_keys(answer->body)) {
            if (!key.starts_with(prefix)) continue;
            is_done = false;
            auto erasing = erase(key);
            auto const erased = co_await std::move(erasing);
            if (!erased) co_return erased.error();
        }
        if (is_done) co_return Result<void>();
    }
    co_return make_error_code(errc::io_error);
}

} // namespace wagate::gateway
