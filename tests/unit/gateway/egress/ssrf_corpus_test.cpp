// What people write to make a server connect to itself or to its neighbours. Every entry must end without a
// connection: refused when it is read, or by the address it stands for. A listener on the loopback addresses
// tells whether anybody came.
#include "gateway/egress/connector.hpp"
#include "gateway/egress/errors.hpp"
#include "gateway/egress/url.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <catch2/catch.hpp>

#include <atomic>

using namespace wagate;
using namespace wagate::egress;
using boost::asio::ip::tcp;

namespace {

/// `PORT` becomes the listener's port.
constexpr char const* corpus[] = {
    // IPv4 in its many spellings
    "http://127.0.0.1:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/", "http://2130706433:PORT/",
    "http://0x7f000001:PORT/", "http://0x7f.0.0.1:PORT/", "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/",
    "http://017700000001:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/", "http://127.255.255.254:PORT/",
    "http://00000177.0.0.1:PORT/", "http://127.0.0.01:PORT/", "http://127.000.000.001:PORT/",
    // names of the machine itself
    "http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://localhost.:PORT/",
    "http://localhost.localdomain:PORT/", "http://ip6-localhost:PORT/",
    // IPv6: loopback, mapped, compatible, translated, tunnelled, local
    "http://[::1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/", "http://[64:ff9b:1::7f00:1]:PORT/", "http://[2002:7f00:1::]:PORT/",
    "http://[2001:0:7f00:1::1]:PORT/", "http://[fe80::1]:PORT/", "http://[fe80::1%25lo]:PORT/",
    "http://[fec0::1]:PORT/", "http://[fc00::1]:PORT/", "http://[fd00::7f00:1]:PORT/",
    "http://[::1%lo]:PORT/", "http://[::1]x:PORT/", "http://[::ffff:0:127.0.0.1]:PORT/",
    // private, link-local, metadata services, shared, reserved
    "http://10.0.0.1:PORT/", "http://172.16.0.1:PORT/", "http://172.31.255.254:PORT/",
    "http://192.168.0.1:PORT/", "http://169.254.169.254/latest/meta-data/", "http://0xa9fea9fe/",
    "http://2852039166/", "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/",
    "http://100.64.0.1:PORT/", "http://192.0.0.8:PORT/", "http://198.18.0.1:PORT/", "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/", "http://240.0.0.1:PORT/",
    // userinfo, fragments and separators that parsers disagree about
    "http://example.com@127.0.0.1:PORT/", "http://127.0.0.1:PORT@example.com/",
    "http://example.com:80@127.0.0.1:PORT/", "http://127.0.0.1:PORT#@example.com/",
    "http://example.com#@127.0.0.1:PORT/\n", "http://example.com\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@example.com/", "http://example.com;@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT?@example.com/", "http:127.0.0.1:PORT/", "http:/127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/", "//127.0.0.1:PORT/", "\\\\127.0.0.1:PORT\\", "http://127.0.0.1:PORT:80/",
    "http://127.0.0.1 :PORT/", "http://127.0.0.1%00.example.com:PORT/", "http://127.0.0.1%23.example.com/",
    "http://%31%32%37.0.0.1:PORT/", "http://127%2e0%2e0%2e1:PORT/", "http://example.com%40127.0.0.1:PORT/",
    "http://127.0.0.1\t:PORT/", "http://127.0.0.1\r\nHost: example.com:PORT/", "http://exa\nmple.com/",
    // digits and dots of other scripts
    "http://127。0。0。1:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://１２７.0.0.1:PORT/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
    // ports and schemes
    "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/", "http://127.0.0.1:0x50/",
    "gopher://127.0.0.1:PORT/", "file:///etc/passwd", "ftp://127.0.0.1:PORT/", "dict://127.0.0.1:PORT/",
    "ldap://127.0.0.1:PORT/", "ws://127.0.0.1:PORT/", "javascript:alert(1)", "data:,x", ""};

/// Counts who comes, on both loopback addresses.
class Canary {
public:
    explicit Canary(Executor const& loop) : four_(loop), six_(loop)
    {
        open(four_, {boost::asio::ip::make_address("127.0.0.1"), 0});
        auto const port = four_.local_endpoint().port();
        open(six_, {boost::asio::ip::make_address("::1"), port});
    }

    std::string port() const { return std::to_string(four_.local_endpoint().port()); }

    /// Those that wait in the listeners' queues.
    int visitors()
    {
        int count = 0;
        for (auto* acceptor : {&four_, &six_}) {
            ErrorCode none;
            while (!none && acceptor->is_open()) {
                tcp::socket visitor(acceptor->get_executor());
                acceptor->accept(visitor, none);
                if (!none) ++count;
            }
        }
        return count;
    }

private:
    static void open(tcp::acceptor& acceptor, tcp::endpoint const& at)
    {
        ErrorCode failure;
        acceptor.open(at.protocol(), failure);
        if (at.protocol() == tcp::v6() && !failure)
            acceptor.set_option(boost::asio::ip::v6_only(true), failure);
        if (!failure) acceptor.bind(at, failure);
        if (failure) {
            // A machine without IPv6: nobody can come that way.
            REQUIRE(at.protocol() == tcp::v6());
            acceptor.close(failure);
            return;
        }
        acceptor.listen();
        acceptor.non_blocking(true);
    }

    tcp::acceptor four_;
    tcp::acceptor six_;
};

/// The way of every URL that a user gives: read, resolved by the system, checked, dialled.
Task<ErrorCode> visit(std::string text, AddressPolicy const& policy)
{
    auto const url = parse_http_url(text);
    if (!url) co_return url.error();
    auto socket =
        co_await connect_tcp(url->host, url->port, &policy, system_resolver(), std::chrono::hours(1));
    co_return socket ? ErrorCode() : socket.error();
}

std::string with_port(std::string text, std::string const& port)
{
    for (auto at = text.find("PORT"); at != std::string::npos; at = text.find("PORT"))
        text.replace(at, 4, port);
    return text;
}

} // namespace

TEST_CASE("no spelling of an inner address leads to a connection", "[gateway][egress]")
{
    EventLoops loops(1);
    loops.start();
    Canary canary(loops.executor(0));
    AddressPolicy const policy;
    for (auto const* entry : corpus) {
        auto const text = with_port(entry, canary.port());
        INFO(text);
        auto const outcome = wait_on(loops.executor(0), visit(text, policy));
        bool const is_refused = outcome == EgressErrc::bad_url || outcome == EgressErrc::address_refused ||
                                outcome == EgressErrc::name_not_found || outcome == EgressErrc::lookup_failed;
        CHECK(is_refused);
    }
    CHECK(canary.visitors() == 0);
}

TEST_CASE("the listener of the corpus notices visitors", "[gateway][egress]")
{
    EventLoops loops(1);
    loops.start();
    Canary canary(loops.executor(0));
    AddressPolicy const opened(parse_networks("127.0.0.0/8").value());
    for (auto const* entry : {"http://127.1:PORT/", "http://2130706433:PORT/", "http://0x7f.1:PORT/"})
        CHECK_FALSE(wait_on(loops.executor(0), visit(with_port(entry, canary.port()), opened)).failed());
    CHECK(canary.visitors() == 3);
}

TEST_CASE("a name that changes its answer is judged by the address that is dialled", "[gateway][egress]")
{
    EventLoops loops(1);
    loops.start();
    Canary canary(loops.executor(0));
    AddressPolicy const policy;
    std::atomic<int> lookups = 0;
    std::atomic<std::chrono::steady_clock::rep> minutes = 0;
    // The first lookup brings nothing (a public address would be dialled), every later one the loopback
    // address.
    Resolver rebinding(
        {},
        [&lookups](std::string const&) -> Result<std::vector<Address>> {
            if (lookups++ == 0) return EgressErrc::lookup_failed;
            return std::vector<Address>{boost::asio::ip::make_address("127.0.0.1")};
        },
        [&minutes] { return std::chrono::steady_clock::time_point(std::chrono::minutes(minutes.load())); });
    auto const port = static_cast<std::uint16_t>(std::stoi(canary.port()));
    auto connect = [&]() -> ErrorCode {
        auto task = [](std::uint16_t to, AddressPolicy const& rules, Resolver& names) -> Task<ErrorCode> {
            auto socket = co_await connect_tcp("rebinding.example", to, &rules, names, std::chrono::hours(1));
            co_return socket ? ErrorCode() : socket.error();
        };
        return wait_on(loops.executor(0), task(port, policy, rebinding));
    };
    CHECK(connect() == EgressErrc::lookup_failed);
    for (int visit_number = 0; visit_number < 3; ++visit_number) {
        minutes += 10; // what was remembered is forgotten
        CHECK(connect() == EgressErrc::address_refused);
    }
    CHECK(lookups == 4);
    CHECK(canary.visitors() == 0);
}
