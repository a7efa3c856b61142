#pragma once
// A client over a real socket that blocks, HTTP and WebSocket, made by hand to see the bytes.
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wagate::test {

class BlockingClient {
    using tcp = boost::asio::ip::tcp;

public:
    explicit BlockingClient(std::uint16_t port, int receive_buffer = 0)
    {
        socket_.open(tcp::v4());
        if (receive_buffer != 0)
            socket_.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer));
        socket_.connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), port));
        // A test that waits for what never comes fails instead of hanging.
        timeval const limit{20, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    void send(std::string_view text) { boost::asio::write(socket_, boost::asio::buffer(text)); }
    void get(std::string const& target, std::string const& headers = {})
    {
        send("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
    }
    void close() { socket_.close(); }

    /// Up to and including `end`, or everything when the server closes before.
    std::string read_until(std::string const& end)
    {
        while (pending_.find(end) == std::string::npos && fill()) {
        }
        auto const at = pending_.find(end);
        if (at == std::string::npos) return std::exchange(pending_, {});
        return take(at + end.size());
    }
    std::string rest()
    {
        while (fill()) {
        }
        return std::exchange(pending_, {});
    }
    /// The next chunk of a chunked body; empty at its end.
    std::string chunk()
    {
        auto const size = std::stoul(read_until("\r\n"), nullptr, 16);
        auto text = exactly(size + 2);
        text.resize(size);
        return text;
    }

    /// Asks for a WebSocket. @return the head of the answer
    std::string upgrade(std::string const& target, std::string const& headers = {})
    {
        get(target, "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                        headers);
        return read_until("\r\n\r\n");
    }
    struct Frame {
        unsigned opcode = 0; ///< 1 text, 8 close, 9 ping, 10 pong; 0 when the server closed without one
        std::string payload;
        unsigned close_code() const
        {
            if (payload.size() < 2) return 0;
            return static_cast<unsigned char>(payload[0]) * 256u + static_cast<unsigned char>(payload[1]);
        }
    };
    Frame frame()
    {
        auto const head = exactly(2);
        if (head.size() < 2) return {};
        Frame frame;
        frame.opcode = static_cast<unsigned char>(head[0]) & 0x0fu;
        std::size_t size = static_cast<unsigned char>(head[1]);
        if (size >= 126) {
            std::size_t long_size = 0;
            for (auto byte : exactly(size == 126 ? 2 : 8))
                long_size = long_size * 256 + static_cast<unsigned char>(byte);
            size = long_size;
        }
        frame.payload = exactly(size);
        return frame;
    }
    void send_frame(unsigned opcode, std::string const& payload)
    {
        std::string bytes(1, static_cast<char>(0x80u | opcode));
        if (payload.size() < 126) {
            bytes.push_back(static_cast<char>(0x80u | payload.size()));
        } else {
            bytes.push_back(static_cast<char>(0x80u | 127u));
            for (int shift = 56; shift >= 0; shift -= 8)
                bytes.push_back(static_cast<char>(payload.size() >> shift));
        }
        std::string const mask = "mask";
        bytes += mask;
        for (std::size_t i = 0; i < payload.size(); ++i)
            bytes.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
        send(bytes);
    }

private:
    bool fill()
    {
        std::array<char, 16'384> piece{};
        boost::system::error_code error;
        auto const size = socket_.read_some(boost::asio::buffer(piece), error);
        if (error == boost::asio::error::try_again) throw std::runtime_error("the server said nothing");
        pending_.append(piece.data(), size);
        return !error;
    }
    std::string take(std::size_t size)
    {
        auto text = pending_.substr(0, size);
        pending_.erase(0, size);
        return text;
    }
    std::string exactly(std::size_t size)
    {
        while (pending_.size() < size && fill()) {
        }
        return take(size);
    }

    boost::asio::io_context context_{1};
    tcp::socket socket_{context_};
    std::string pending_;
};

inline bool begins_with(std::string const& text, std::string_view start)
{
    return std::string_view(text).substr(0, start.size()) == start;
}

} // namespace wagate::test
