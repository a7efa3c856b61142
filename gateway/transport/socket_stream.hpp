#pragma once
// A TCP connection, plain or under TLS, as an Asio stream. Made for thousands of idle connections: no buffer
// of its own, OpenSSL's buffers are given back whenever a read has to wait (reliability.md 5.4).
#include "gateway/runtime/runtime.hpp"
#include "gateway/transport/tls_context.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <memory>

struct ssl_st;

namespace wagate::transport {

/// AsyncReadStream and AsyncWriteStream. One read and one write may be under way at a time, all on the thread
/// of its executor; it must not move or go away while one is.
class SocketStream {
public:
    using executor_type = boost::asio::any_io_executor;
    using Socket = boost::asio::ip::tcp::socket;

    /// Takes a connected socket.
    explicit SocketStream(Socket socket);
    SocketStream(SocketStream&& other) noexcept;
    SocketStream& operator=(SocketStream&&) = delete;
    ~SocketStream();

    executor_type get_executor() noexcept { return socket_.get_executor(); }

    /// Becomes a TLS client of `server_name`: a name (sent as SNI) or an address literal, verified as the
    /// context says. Sets no limit of time. @return a certificate error, a tls error, or an error of the
    /// socket
    Task<Result<void>> start_tls(TlsContext const& context, std::string server_name);

    /// Becomes the server's side of a TLS connection. Sets no limit of time.
    Task<Result<void>> accept_tls(std::shared_ptr<ssl_ctx_st> context);

    /// Returns when there is something to read, or the peer has closed. Holds no buffer meanwhile.
    Task<ErrorCode> wait_readable();

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        auto initiate = [](auto handler, SocketStream* self, boost::asio::mutable_buffer target) {
            self->start_read(target, CompletionHandler(std::move(handler)));
        };
        return boost::asio::async_initiate<Token, void(ErrorCode, std::size_t)>(std::move(initiate), token,
                                                                                this, first_of(buffers));
    }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token)
    {
        auto initiate = [](auto handler, SocketStream* self, WriteBuffers source) {
            self->start_write(source, CompletionHandler(std::move(handler)));
        };
        return boost::asio::async_initiate<Token, void(ErrorCode, std::size_t)>(std::move(initiate), token,
                                                                                this, WriteBuffers(buffers));
    }

    enum class Peer : unsigned char { quiet, speaking, gone };
    /// Whether something unread is there, or the end.
    Peer peer();
    /// True while an idle connection can still be used: the peer has neither closed it nor sent anything.
    bool is_quiet() { return peer() == Peer::quiet; }

    /// Pending operations end with operation_aborted.
    void cancel() noexcept;
    /// Says that nothing follows, as far as that goes without waiting; what the peer sends can still be read.
    void shutdown_send() noexcept;
    boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }

    /// Tells a TLS peer, as far as that goes without waiting, and closes. Pending operations end with
    /// operation_aborted. May be called again.
    void close() noexcept;

private:
    using CompletionHandler = boost::asio::any_completion_handler<void(ErrorCode, std::size_t)>;

    /// The first few buffers of a sequence: enough for a frame header with its payload to become one TLS
    /// record.
    struct WriteBuffers {
        static constexpr std::size_t max_items = 8;

        template <class Buffers>
        explicit WriteBuffers(Buffers const& buffers)
        {
            auto const end = boost::asio::buffer_sequence_end(buffers);
            for (auto place = boost::asio::buffer_sequence_begin(buffers); place != end && count < max_items;
                 ++place)
                if (boost::asio::const_buffer const item = *place; item.size() != 0) items[count++] = item;
        }

        std::array<boost::asio::const_buffer, max_items> items;
        std::size_t count = 0;
    };

    struct Progress;
    struct ReadOperation;
    struct WriteOperation;

    template <class Buffers>
    static boost::asio::mutable_buffer first_of(Buffers const& buffers)
    {
        auto const end = boost::asio::buffer_sequence_end(buffers);
        for (auto place = boost::asio::buffer_sequence_begin(buffers); place != end; ++place)
            if (boost::asio::mutable_buffer const item = *place; item.size() != 0) return item;
        return {};
    }

    void start_read(boost::asio::mutable_buffer target, CompletionHandler handler);
    void start_write(WriteBuffers const& source, CompletionHandler handler);
    Progress read_now(boost::asio::mutable_buffer target);
    Progress write_now(WriteBuffers const& source);
    Progress tls_progress(int outcome, std::size_t bytes);

    Task<Result<void>> shake_hands(bool verifies);

    struct FreeTls {
        void operator()(ssl_st* tls) const noexcept;
    };

    Socket socket_;
    std::unique_ptr<ssl_st, FreeTls> tls_;
};

} // namespace wagate::transport
