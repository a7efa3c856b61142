#include "gateway/transport/socket_stream.hpp"

#include "gateway/transport/errors.hpp"
#include "gateway/transport/socket_bio.hpp"

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace wagate::transport {
namespace asio = boost::asio;
using WaitType = asio::ip::tcp::socket::wait_type;
namespace {

/// Largest payload of a TLS record (RFC 8446 5.1).
constexpr std::size_t record_bytes = 16'384;

/// Gathers what becomes one record. One per thread, not per connection.
thread_local std::array<unsigned char, record_bytes> scratch;

ErrorCode system_error_of(int number)
{
    return {number, boost::system::system_category()};
}

bool is_address(std::string const& text)
{
    ErrorCode failure;
    asio::ip::make_address(text, failure);
    return !failure;
}

/// OpenSSL keeps the chains of both sides of the verification for the whole connection. Nothing looks at them
/// again. The leaf stays: the session refers to it.
void forget_chain(SSL* tls)
{
    for (auto* chain : {SSL_get_peer_cert_chain(tls), SSL_get0_verified_chain(tls)})
        while (chain != nullptr && sk_X509_num(chain) > 0)
            X509_free(sk_X509_pop(chain));
}

} // namespace

struct SocketStream::Progress {
    enum class Next : unsigned char { done, wait_read, wait_write };

    Next next = Next::done;
    std::size_t bytes = 0;
    ErrorCode error;

    static Progress finished(std::size_t bytes) { return {Next::done, bytes, {}}; }
    static Progress failed(ErrorCode error) { return {Next::done, 0, error}; }
    static Progress waiting(Next next) { return {next, 0, {}}; }
};

void SocketStream::FreeTls::operator()(ssl_st* tls) const noexcept
{
    SSL_free(tls);
}

SocketStream::SocketStream(Socket socket) : socket_(std::move(socket))
{
    ErrorCode ignored;
    socket_.non_blocking(true, ignored);
}

SocketStream::SocketStream(SocketStream&& other) noexcept = default;

SocketStream::~SocketStream()
{
    close();
}

Task<Result<void>> SocketStream::start_tls(TlsContext const& context, std::string server_name)
{
    ERR_clear_error();
    tls_.reset(SSL_new(context.native()));
    if (!tls_) co_return tls_error(ERR_get_error());
    auto* bio = make_socket_bio(socket_.native_handle());
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_connect_state(tls_.get());
    if (is_address(server_name)) {
        if (context.verification() == Verification::full)
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), server_name.c_str());
    } else {
        SSL_set_tlsext_host_name(tls_.get(), server_name.c_str());
        if (context.verification() == Verification::full) {
            SSL_set_hostflags(tls_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
            SSL_set1_host(tls_.get(), server_name.c_str());
        }
    }
    co_return co_await shake_hands(context.verification() == Verification::full);
}

Task<Result<void>> SocketStream::accept_tls(std::shared_ptr<ssl_ctx_st> context)
{
    ERR_clear_error();
    tls_.reset(SSL_new(context.get())); // holds the context from here on
    if (!tls_) co_return tls_error(ERR_get_error());
    auto* bio = make_socket_bio(socket_.native_handle());
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_accept_state(tls_.get());
    co_return co_await shake_hands(false);
}

Task<Result<void>> SocketStream::shake_hands(bool verifies)
{
    for (;;) {
        if (!socket_.is_open()) co_return TransportErrc::closed;
        ERR_clear_error();
        int const outcome = SSL_do_handshake(tls_.get());
        if (outcome == 1) break;
        auto const verified = SSL_get_verify_result(tls_.get());
        auto const progress = tls_progress(outcome, 0);
        if (progress.next == Progress::Next::done) {
            if (verified != X509_V_OK && verifies) co_return certificate_error(verified);
            co_return progress.error;
        }
        bool const for_read = progress.next == Progress::Next::wait_read;
        auto const wait = for_read ? WaitType::wait_read : WaitType::wait_write;
        auto [error] = co_await socket_.async_wait(wait, awaited);
        if (error) co_return error;
    }
    forget_chain(tls_.get());
    SSL_free_buffers(tls_.get());
    co_return Result<void>();
}

Task<ErrorCode> SocketStream::wait_readable()
{
    if (!socket_.is_open()) co_return ErrorCode(asio::error::operation_aborted);
    if (tls_) {
        // Part of a record may be buffered: only trying to read tells whether more has to come.
        if (peer() != Peer::quiet) co_return ErrorCode();
        SSL_free_buffers(tls_.get());
    }
    auto [error] = co_await socket_.async_wait(WaitType::wait_read, awaited);
    co_return error;
}

SocketStream::Progress SocketStream::tls_progress(int outcome, std::size_t bytes)
{
    if (outcome > 0) return Progress::finished(bytes);
    int const number = errno;
    switch (SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_WANT_READ: return Progress::waiting(Progress::Next::wait_read);
    case SSL_ERROR_WANT_WRITE: return Progress::waiting(Progress::Next::wait_write);
    case SSL_ERROR_ZERO_RETURN: return Progress::failed(asio::error::eof);
    case SSL_ERROR_SYSCALL:
        // Without a number the stream ended without the TLS farewell.
        return Progress::failed(number != 0 ? system_error_of(number)
                                            : ErrorCode(asio::error::connection_reset));
    default: return Progress::failed(tls_error(ERR_get_error()));
    }
}

SocketStream::Progress SocketStream::read_now(asio::mutable_buffer target)
{
    // A closed socket's descriptor may belong to another connection already.
    if (!socket_.is_open()) return Progress::failed(asio::error::operation_aborted);
    if (target.size() == 0) return Progress::finished(0);
    if (tls_) {
        ERR_clear_error();
        std::size_t bytes = 0;
        int const outcome = SSL_read_ex(tls_.get(), target.data(), target.size(), &bytes);
        auto const progress = tls_progress(outcome, bytes);
        // Refused while something is buffered, which is when they are needed.
        if (progress.next == Progress::Next::wait_read) SSL_free_buffers(tls_.get());
        return progress;
    }
    auto const received = ::recv(socket_.native_handle(), target.data(), target.size(), 0);
    if (received > 0) return Progress::finished(static_cast<std::size_t>(received));
    if (received == 0) return Progress::failed(asio::error::eof);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return Progress::waiting(Progress::Next::wait_read);
    return Progress::failed(system_error_of(errno));
}

SocketStream::Progress SocketStream::write_now(WriteBuffers const& source)
{
    if (!socket_.is_open()) return Progress::failed(asio::error::operation_aborted);
    if (source.count == 0) return Progress::finished(0);
    auto gathered = source.items[0];
    if (source.count > 1 && gathered.size() < record_bytes) {
        std::size_t size = 0;
        for (std::size_t i = 0; i < source.count && size < record_bytes; ++i) {
            auto const part = std::min(source.items[i].size(), record_bytes - size);
            std::memcpy(scratch.data() + size, source.items[i].data(), part);
            size += part;
        }
        gathered = asio::const_buffer(scratch.data(), size);
    }
    if (tls_) {
        ERR_clear_error();
        std::size_t bytes = 0;
        int const outcome = SSL_write_ex(tls_.get(), gathered.data(), gathered.size(), &bytes);
        return tls_progress(outcome, bytes);
    }
    auto const sent = ::send(socket_.native_handle(), gathered.data(), gathered.size(), MSG_NOSIGNAL);
    if (sent >= 0) return Progress::finished(static_cast<std::size_t>(sent));
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return Progress::waiting(Progress::Next::wait_write);
    return Progress::failed(system_error_of(errno));
}

/// Tries, waits for the socket, tries again. Completes from the event loop, never inside the initiating call.
struct SocketStream::ReadOperation {
    SocketStream* stream;
    asio::mutable_buffer target;
    Progress outcome;
    enum class Stage : unsigned char { first, waited, posted } stage = Stage::first;

    Progress attempt() { return stream->read_now(target); }

    template <class Self>
    void operator()(Self& self, ErrorCode error = {})
    {
        advance(*this, self, error);
    }

    template <class Operation, class Self>
    static void advance(Operation& operation, Self& self, ErrorCode error)
    {
        if (operation.stage == Operation::Stage::posted) {
            self.complete(operation.outcome.error, operation.outcome.bytes);
            return;
        }
        auto const progress = error ? Progress::failed(error) : operation.attempt();
        if (progress.next != Progress::Next::done) {
            operation.stage = Operation::Stage::waited;
            auto& socket = operation.stream->socket_;
            socket.async_wait(progress.next == Progress::Next::wait_read ? WaitType::wait_read
                                                                         : WaitType::wait_write,
                              std::move(self));
        } else if (operation.stage == Operation::Stage::first) {
            operation.stage = Operation::Stage::posted;
            operation.outcome = progress;
            asio::post(operation.stream->socket_.get_executor(), std::move(self));
        } else {
            self.complete(progress.error, progress.bytes);
        }
    }
};

struct SocketStream::WriteOperation {
    SocketStream* stream;
    WriteBuffers source;
    Progress outcome;
    enum class Stage : unsigned char { first, waited, posted } stage = Stage::first;

    Progress attempt() { return stream->write_now(source); }

    template <class Self>
    void operator()(Self& self, ErrorCode error = {})
    {
        ReadOperation::advance(*this, self, error);
    }
};

void SocketStream::start_read(asio::mutable_buffer target, CompletionHandler handler)
{
    asio::async_compose<CompletionHandler, void(ErrorCode, std::size_t)>(ReadOperation{this, target, {}},
                                                                         handler, socket_);
}

void SocketStream::start_write(WriteBuffers const& source, CompletionHandler handler)
{
    asio::async_compose<CompletionHandler, void(ErrorCode, std::size_t)>(WriteOperation{this, source, {}},
                                                                         handler, socket_);
}

SocketStream::Peer SocketStream::peer()
{
    if (!socket_.is_open()) return Peer::gone;
    unsigned char byte = 0;
    if (tls_) {
        // Takes in what belongs to TLS itself, such as session tickets.
        ERR_clear_error();
        std::size_t bytes = 0;
        int const outcome = SSL_peek_ex(tls_.get(), &byte, 1, &bytes);
        if (outcome > 0) return Peer::speaking;
        return tls_progress(outcome, bytes).next == Progress::Next::wait_read ? Peer::quiet : Peer::gone;
    }
    auto const received = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (received > 0) return Peer::speaking;
    return received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Peer::quiet : Peer::gone;
}

void SocketStream::cancel() noexcept
{
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void SocketStream::shutdown_send() noexcept
{
    if (!socket_.is_open()) return;
    if (tls_) {
        SSL_shutdown(tls_.get());
        ERR_clear_error();
    }
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void SocketStream::close() noexcept
{
    if (!socket_.is_open()) return;
    if (tls_) {
        // Refused by OpenSSL during a handshake or after a fatal error; nothing to add then.
        SSL_shutdown(tls_.get());
        ERR_clear_error();
    }
    ErrorCode ignored;
    socket_.close(ignored);
}

} // namespace wagate::transport
