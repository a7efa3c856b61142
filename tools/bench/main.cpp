// The other sides of the HTTP benchmark, as bare as they can be: a server that answers everything with the
// same bytes, and a client that measures. One thread and one epoll each.
//
//   wagate-bench-http respond BYTES
//       prints its port; answers until it is killed
//   wagate-bench-http load PORT SECONDS CONNECTIONS RATE
//       reads requests (head and body) from standard input, gives each connection one of them and repeats it;
//       RATE per second at fixed times, or as fast as answers come when 0. Prints
//       {"rate":…,"p50":…,"p99":…,"failed":…}, milliseconds, after a tenth for warming up. At a fixed rate
//       latency counts from the time a request was due, also when no connection was free.
#include <unistd.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <iterator>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds longest_sleep{1};

[[noreturn]] void fail(char const* what)
{
    std::perror(what);
    std::exit(1);
}

/// Bytes of the first whole message, head and body; 0 while it is not there.
std::size_t message_size(std::string const& text)
{
    auto const end = text.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    std::size_t length = 0;
    for (std::size_t line = 0; line < end; line = text.find("\r\n", line) + 2)
        if (strncasecmp(text.c_str() + line, "content-length:", 15) == 0)
            length = std::strtoul(text.c_str() + line + 15, nullptr, 10);
    auto const whole = end + 4 + length;
    return text.size() >= whole ? whole : 0;
}

sockaddr_in local(unsigned short port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void send_all(int socket, std::string const& text)
{
    // Small messages on the loopback: they fit the socket's buffer.
    for (std::size_t sent = 0; sent < text.size();) {
        auto const count = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return;
        sent += static_cast<std::size_t>(count);
    }
}

/// False when the peer is gone.
bool receive(int socket, std::string& text)
{
    char buffer[64 * 1024];
    auto const count = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

void watch(int poll, int socket)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll_ctl");
}

void no_delay(int socket)
{
    int const on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int respond(std::size_t bytes)
{
    int const server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = local(0);
    socklen_t size = sizeof address;
    if (::bind(server, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(server, 1024) != 0)
        fail("listen");
    ::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
    std::fflush(stdout);
    auto const answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(bytes) +
        "\r\n\r\n" + std::string(bytes, 'x');
    int const poll = ::epoll_create1(EPOLL_CLOEXEC);
    watch(poll, server);
    std::map<int, std::string> pending;
    for (;;) {
        epoll_event events[256];
        int const count = ::epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; ++i) {
            int const socket = events[i].data.fd;
            if (socket == server) {
                int const accepted = ::accept4(server, nullptr, nullptr, SOCK_CLOEXEC);
                if (accepted < 0) continue;
                no_delay(accepted);
                watch(poll, accepted);
                continue;
            }
            auto& text = pending[socket];
            if (!receive(socket, text)) {
                ::close(socket);
                pending.erase(socket);
                continue;
            }
            for (auto whole = message_size(text); whole != 0; whole = message_size(text)) {
                text.erase(0, whole);
                send_all(socket, answer);
            }
        }
    }
}

struct Connection {
    int socket = -1;
    std::string text;
    Clock::time_point due;
    bool is_busy = false;
};

class Load {
public:
    Load(unsigned short port, std::size_t connections, std::string requests)
        : poll_(::epoll_create1(EPOLL_CLOEXEC))
    {
        for (auto size = message_size(requests); size != 0; size = message_size(requests)) {
            requests_.push_back(requests.substr(0, size));
            requests.erase(0, size);
        }
        if (requests_.empty()) fail("no whole request");
        auto const address = local(port);
        for (std::size_t i = 0; i < connections; ++i) {
            Connection one;
            one.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (::connect(one.socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
                fail("connect");
            no_delay(one.socket);
            watch(poll_, one.socket);
            by_socket_[one.socket] = connections_.size();
            connections_.push_back(std::move(one));
            idle_.push_back(i);
        }
    }

    void run(double seconds, double rate)
    {
        auto const start = Clock::now();
        auto const end =
            start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
        measured_from_ = start + (end - start) / 10;
        auto const pause =
            rate > 0 ? std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate))
                     : Clock::duration::zero();
        auto next = start;
        for (auto now = start; now < end; now = Clock::now()) {
            while (rate > 0 && next <= now) {
                waiting_.push_back(next);
                next += pause;
            }
            while (!idle_.empty() && (rate <= 0 || !waiting_.empty()))
                send_one(now, rate > 0);
            epoll_event events[256];
            auto const left = rate > 0 ? std::clamp<Clock::duration>(next - Clock::now(), {}, longest_sleep)
                                       : Clock::duration(longest_sleep);
            timespec const limit{0, std::chrono::nanoseconds(left).count()};
            int const count = ::epoll_pwait2(poll_, events, 256, &limit, nullptr);
            for (int i = 0; i < count; ++i)
                read(connections_[by_socket_.at(events[i].data.fd)]);
        }
        measured_ = end - measured_from_;
    }

    void report()
    {
        std::sort(latencies_.begin(), latencies_.end());
        auto const at = [&](double part) {
            if (latencies_.empty()) return 0.0;
            auto const place =
                std::min(latencies_.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(latencies_.size())));
            return latencies_[place];
        };
        auto const seconds = std::chrono::duration<double>(measured_).count();
        std::printf("{\"rate\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"failed\":%zu}\n",
                    static_cast<double>(latencies_.size()) / seconds, at(0.5), at(0.99), failed_);
    }

private:
    void send_one(Clock::time_point now, bool is_timed)
    {
        auto const place = idle_.back();
        auto& connection = connections_[place];
        idle_.pop_back();
        connection.due = now;
        if (is_timed) {
            connection.due = waiting_.front();
            waiting_.pop_front();
        }
        connection.is_busy = true;
        send_all(connection.socket, requests_[place % requests_.size()]);
    }

    void read(Connection& connection)
    {
        if (!receive(connection.socket, connection.text)) fail("the server closed a connection");
        auto const whole = message_size(connection.text);
        if (whole == 0) return;
        auto const now = Clock::now();
        bool const is_good = connection.text.compare(0, 10, "HTTP/1.1 2") == 0;
        connection.text.erase(0, whole);
        connection.is_busy = false;
        idle_.push_back(by_socket_.at(connection.socket));
        if (!is_good) ++failed_;
        if (is_good && now >= measured_from_)
            latencies_.push_back(std::chrono::duration<double, std::milli>(now - connection.due).count());
    }

    std::vector<std::string> requests_;
    int poll_;
    std::vector<Connection> connections_;
    std::map<int, std::size_t> by_socket_;
    std::vector<std::size_t> idle_;
    std::deque<Clock::time_point> waiting_; ///< due times without a free connection
    std::vector<double> latencies_;
    std::size_t failed_ = 0;
    Clock::time_point measured_from_;
    Clock::duration measured_{};
};

} // namespace

int main(int count, char** arguments)
{
    if (count == 3 && std::strcmp(arguments[1], "respond") == 0)
        return respond(std::strtoul(arguments[2], nullptr, 10));
    if (count != 6 || std::strcmp(arguments[1], "load") != 0) {
        std::fputs("usage: wagate-bench-http respond BYTES | load PORT SECONDS CONNECTIONS RATE\n", stderr);
        return 2;
    }
    std::string request((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
    Load load(static_cast<unsigned short>(std::strtoul(arguments[2], nullptr, 10)),
              std::strtoul(arguments[4], nullptr, 10), std::move(request));
    load.run(std::strtod(arguments[3], nullptr), std::strtod(arguments[5], nullptr));
    load.report();
    return 0;
}
