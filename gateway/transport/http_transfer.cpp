// One of the few files that include Beast's HTTP.
#include "gateway/transport/http_transfer.hpp"

#include "gateway/egress/connector.hpp"
#include "gateway/egress/url.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/transport/errors.hpp"
#include "gateway/transport/proxy.hpp"
#include "gateway/transport/socket_stream.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>

namespace wagate::transport {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::uint32_t longest_head = 32 * 1024;
using Parser = http::response_parser<http::buffer_body>;

/// Neither a line break nor anything else that ends a header or a request line.
bool is_line(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

Result<std::string> request_head(Transfer const& transfer, egress::Url const& url)
{
    std::string head = transfer.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
                       "\r\nConnection: close\r\nUser-Agent: " + transfer.user_agent + "\r\n";
    if (!is_line(transfer.method) || transfer.method.find(' ') != std::string::npos)
        return TransportErrc::bad_request;
    for (auto const& [name, value] : transfer.headers) {
        if (!is_line(name) || !is_line(value)) return TransportErrc::bad_request;
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (transfer.next_piece || transfer.method == "POST")
        head.append("Content-Length: ").append(std::to_string(transfer.body_bytes)).append("\r\n");
    head.append("\r\n");
    return head;
}

Task<Result<std::unique_ptr<SocketStream>>> open(Transfer const& transfer, egress::Url const& url)
{
    // The limit is the caller's.
    auto connecting = transfer.proxy ? connect_through(*transfer.proxy, url.host, url.port)
                                     : egress::connect_tcp(url.host, url.port, transfer.policy,
                                                           egress::system_resolver(), std::chrono::hours(1));
    auto socket = co_await std::move(connecting);
    if (!socket) co_return socket.error();
    auto stream = std::make_unique<SocketStream>(std::move(*socket));
    if (url.is_secure()) {
        auto const context = tls_client_context(transfer.ca_file, Verification::full);
        if (!context) co_return context.error();
        auto securing = stream->start_tls(*context, url.host);
        auto const secured = co_await std::move(securing);
        if (!secured) co_return secured.error();
    }
    co_return std::move(stream);
}

Task<Result<void>> write_all(SocketStream& stream, std::string const& bytes)
{
    auto const buffer = asio::buffer(bytes);
    auto const [error, size] = co_await asio::async_write(stream, buffer, awaited);
    if (error) co_return error;
    co_return Result<void>();
}

Task<Result<void>> read_head(SocketStream& stream, beast::flat_buffer& buffer, Parser& parser)
{
    auto const [error, size] = co_await http::async_read_header(stream, buffer, parser, awaited);
    if (error) co_return error;
    co_return Result<void>();
}

/// @return how many bytes of the body are in `chunk`
Task<Result<std::size_t>> read_piece(SocketStream& stream, beast::flat_buffer& buffer, Parser& parser,
                                     std::string& chunk)
{
    auto& body = parser.get().body();
    body.data = chunk.data();
    body.size = chunk.size();
    auto const [error, size] = co_await http::async_read_some(stream, buffer, parser, awaited);
    if (error && error != http::error::need_buffer) co_return error;
    co_return chunk.size() - body.size;
}

/// A limit on one step, as an error of this layer.
template <class T>
Task<Result<T>> limited(Task<Result<T>> step, std::chrono::milliseconds limit, TransportErrc late)
{
    auto limiting = with_timeout(std::move(step), limit);
    auto done = co_await std::move(limiting);
    if (!done && done.error() == boost::system::errc::timed_out) co_return late;
    co_return done;
}

Task<Result<void>> write_request(SocketStream& stream, Transfer const& transfer, std::string const& head)
{
    auto const late = TransportErrc::response_timed_out;
    auto writing = limited(write_all(stream, head), transfer.silence_limit, late);
    auto written = co_await std::move(writing);
    for (std::uint64_t sent = 0; written && sent < transfer.body_bytes;) {
        auto piece = transfer.next_piece();
        if (!piece) co_return piece.error();
        if (piece->empty()) co_return TransportErrc::bad_request;
        sent += piece->size();
        auto next = limited(write_all(stream, *piece), transfer.silence_limit, late);
        written = co_await std::move(next);
    }
    co_return written;
}

TransferHead head_of(Parser const& parser)
{
    TransferHead head;
    head.status = parser.get().result_int();
    for (auto const& field : parser.get())
        head.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    if (auto const length = parser.content_length()) head.length = *length;
    return head;
}

Task<Result<TransferHead>> exchange(SocketStream& stream, Transfer const& transfer,
                                    std::string const& request)
{
    auto const late = TransportErrc::response_timed_out;
    auto sending = write_request(stream, transfer, request);
    auto const sent = co_await std::move(sending);
    // A server may answer and close before it has read everything: look for an answer all the same.
    beast::flat_buffer buffer;
    auto parser = std::make_unique<Parser>();
    for (;;) {
        parser->header_limit(longest_head);
        parser->body_limit(boost::none);
        auto reading = limited(read_head(stream, buffer, *parser), transfer.silence_limit, late);
        auto const read = co_await std::move(reading);
        if (!read) {
            if (!sent) co_return sent.error();
            co_return read.error();
        }
        auto const status = parser->get().result_int();
        if (status < 100 || status >= 200) break;
        parser = std::make_unique<Parser>(); // interim answers (RFC 9110 15.2) announce the real one
    }
    auto head = head_of(*parser);
    if (transfer.on_head) {
        auto const wanted = transfer.on_head(head);
        if (!wanted) co_return wanted.error();
    }
    std::string chunk(piece_bytes, '\0');
    while (!parser->is_done()) {
        auto reading = limited(read_piece(stream, buffer, *parser, chunk), transfer.silence_limit, late);
        auto const size = co_await std::move(reading);
        if (!size) co_return size.error();
        if (*size == 0 || !transfer.on_piece) continue;
        auto const taken = transfer.on_piece(std::string_view{chunk.data(), *size});
        if (!taken) co_return taken.error();
    }
    co_return head;
}

} // namespace

std::string_view TransferHead::header(std::string_view name) const
{
    for (auto const& [key, value] : headers)
        if (beast::iequals(key, name)) return value;
    return {};
}

Task<Result<TransferHead>> run_transfer(Transfer transfer)
{
    auto const url = egress::parse_http_url(transfer.url);
    if (!url) co_return url.error();
    auto const request = request_head(transfer, *url);
    if (!request) co_return request.error();
    auto connecting = limited(open(transfer, *url), transfer.connect_limit, TransportErrc::connect_timed_out);
    auto stream = co_await std::move(connecting);
    if (!stream) co_return stream.error();
    auto exchanging = exchange(**stream, transfer, *request);
    auto result = co_await std::move(exchanging);
    (*stream)->close();
    co_return result;
}

} // namespace wagate::transport
