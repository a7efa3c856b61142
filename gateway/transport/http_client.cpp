// One of the few files that include Beast's HTTP.
#include "gateway/transport/http_client.hpp"

#include "gateway/egress/connector.hpp"
#include "gateway/egress/url.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/transport/connection_pool.hpp"
#include "gateway/transport/errors.hpp"
#include "gateway/transport/socket_stream.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

namespace wagate::transport {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

using Message = http::request<http::string_body>;

constexpr std::size_t chunk_bytes = 8 * 1024;
constexpr std::uint32_t longest_head = 32 * 1024;

/// Characters of an HTTP token (RFC 9110 5.6.2).
bool is_token(std::string_view text)
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

/// No control characters: a value must not be able to add lines.
bool is_field_value(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

Result<Message> message_of(HttpRequest const& request, egress::Url const& url, std::string const& user_agent)
{
    if (!is_token(request.method)) return TransportErrc::bad_request;
    Message message;
    message.version(11);
    message.method_string(request.method);
    message.target(url.target);
    message.set(http::field::user_agent, user_agent);
    for (auto const& [name, value] : request.headers) {
        if (!is_token(name) || !is_field_value(value)) return TransportErrc::bad_request;
        message.set(name, value);
    }
    message.set(http::field::host, url.authority());
    message.erase(http::field::connection);
    message.erase(http::field::transfer_encoding);
    message.erase(http::field::content_length);
    message.body() = request.body;
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH")
        message.content_length(request.body.size());
    return message;
}

/// One request and its answer on one connection.
struct Exchange {
    HttpResponse response;
    bool is_answered = false; ///< at least one byte came back
    bool is_reusable = false;
};

Task<Result<void>> read_body(SocketStream& stream, beast::flat_buffer& buffer,
                             http::response_parser<http::buffer_body>& parser, std::size_t kept_bytes,
                             HttpResponse& response)
{
    std::string chunk(chunk_bytes, '\0');
    while (!parser.is_done()) {
        auto& body = parser.get().body();
        body.data = chunk.data();
        body.size = chunk.size();
        auto [error, size] = co_await http::async_read(stream, buffer, parser, awaited);
        if (error && error != http::error::need_buffer) co_return error;
        auto const got = chunk.size() - body.size;
        auto const kept = std::min(got, kept_bytes - response.body.size());
        response.body.append(chunk, 0, kept);
        if (kept < got) {
            response.is_truncated = true;
            break;
        }
    }
    co_return Result<void>();
}

Task<Result<void>> run_exchange(SocketStream& stream, Message const& message, std::size_t kept_bytes,
                                Exchange& result)
{
    auto [write_error, written] = co_await http::async_write(stream, message, awaited);
    // A server may answer and close before it has read everything: look for an answer all the same.
    beast::flat_buffer buffer;
    for (;;) {
        http::response_parser<http::buffer_body> parser;
        parser.header_limit(longest_head);
        parser.body_limit(boost::none);
        if (message.method() == http::verb::head) parser.skip(true);
        auto [error, size] = co_await http::async_read_header(stream, buffer, parser, awaited);
        result.is_answered = result.is_answered || parser.got_some();
        if (error) {
            if (write_error) co_return write_error;
            co_return error;
        }
        auto const& head = parser.get();
        // Interim answers (RFC 9110 15.2) announce the real one.
        if (head.result_int() >= 100 && head.result_int() < 200 && head.result_int() != 101) continue;
        result.response.status = head.result_int();
        for (auto const& field : head)
            result.response.headers.emplace_back(std::string(field.name_string()),
                                                 std::string(field.value()));
        auto body = co_await read_body(stream, buffer, parser, kept_bytes, result.response);
        if (!body) co_return body.error();
        result.is_reusable =
            !write_error && !result.response.is_truncated && parser.keep_alive() && buffer.size() == 0;
        co_return Result<void>();
    }
}

class PooledHttpClient final : public HttpClient {
public:
    explicit PooledHttpClient(HttpClientSettings settings)
        : settings_(std::move(settings)),
          pool_(settings_.max_idle_per_host, settings_.max_idle, settings_.idle_limit),
          resolver_(settings_.resolver != nullptr ? *settings_.resolver : egress::system_resolver())
    {}

    Task<Result<HttpResponse>> request(HttpRequest request) override
    {
        auto const url = egress::parse_http_url(request.url);
        if (!url) co_return url.error();
        auto const message = message_of(request, *url, settings_.user_agent);
        if (!message) co_return message.error();
        auto executor = co_await asio::this_coro::executor;
        auto const key = key_of(executor, *url, request);

        auto stream = pool_.take(key, std::chrono::steady_clock::now());
        bool const is_kept = stream != nullptr;
        Exchange exchange;
        ErrorCode failure;
        if (is_kept) {
            failure = co_await attempt(*stream, *message, request, exchange);
            bool const is_stale =
                failure && !exchange.is_answered && failure != TransportErrc::response_timed_out;
            if (is_stale) stream.reset();
        }
        if (!stream) {
            auto opened = co_await with_timeout(open(*url, key.verification), request.timeouts.connect);
            if (!opened) {
                if (opened.error() == boost::system::errc::timed_out)
                    co_return TransportErrc::connect_timed_out;
                co_return opened.error();
            }
            stream = std::move(*opened);
            exchange = Exchange();
            failure = co_await attempt(*stream, *message, request, exchange);
        }
        if (failure) co_return failure;
        if (exchange.is_reusable) pool_.put(key, std::move(stream), std::chrono::steady_clock::now());
        co_return std::move(exchange.response);
    }

private:
    static ConnectionKey key_of(Executor const& executor, egress::Url const& url, HttpRequest const& request)
    {
        ConnectionKey key;
        key.loop = &executor.context();
        key.scheme = url.scheme;
        key.host = url.host;
        key.port = url.port;
        key.verification = request.verify_tls ? Verification::full : Verification::none;
        return key;
    }

    Task<Result<std::unique_ptr<SocketStream>>> open(egress::Url const& url, Verification verification)
    {
        // The limit is the caller's.
        auto socket = co_await egress::connect_tcp(url.host, url.port, &settings_.policy, resolver_,
                                                   std::chrono::hours(1));
        if (!socket) co_return socket.error();
        auto stream = std::make_unique<SocketStream>(std::move(*socket));
        if (url.is_secure()) {
            auto const context = tls_client_context(settings_.ca_file, verification);
            if (!context) co_return context.error();
            auto secured = co_await stream->start_tls(*context, url.host);
            if (!secured) co_return secured.error();
        }
        co_return std::move(stream);
    }

    static Task<ErrorCode> attempt(SocketStream& stream, Message const& message, HttpRequest const& request,
                                   Exchange& exchange)
    {
        auto outcome = co_await with_timeout(run_exchange(stream, message, request.kept_body_bytes, exchange),
                                             request.timeouts.response);
        if (outcome) co_return ErrorCode();
        if (outcome.error() == boost::system::errc::timed_out) co_return TransportErrc::response_timed_out;
        co_return outcome.error();
    }

    HttpClientSettings settings_;
    ConnectionPool pool_;
    egress::Resolver& resolver_;
};

} // namespace

std::string_view HttpResponse::header(std::string_view name) const
{
    for (auto const& [key, value] : headers)
        if (beast::iequals(key, name)) return value;
    return {};
}

std::unique_ptr<HttpClient> make_http_client(HttpClientSettings settings)
{
    return std::make_unique<PooledHttpClient>(std::move(settings));
}

} // namespace wagate::transport
