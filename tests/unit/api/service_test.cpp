#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "tests/unit/api/fixture.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

using namespace wagate;
using boost::asio::ip::tcp;

TEST_CASE("the API answers over a socket on whichever loop takes the connection", "[api][service]")
{
    test::Parts parts;
    EventLoops loops(2);
    loops.start();
    ApiOptions options;
    options.listen = "127.0.0.1:0";
    ApiServer server(parts.api, {loops.executor(0), loops.executor(1)}, options);
    REQUIRE(server.start());
    REQUIRE(server.port() != 0);
    for (int i = 0; i < 4; ++i) {
        boost::asio::io_context context(1);
        tcp::socket socket(context);
        socket.connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), server.port()));
        std::string const request = "GET /api/sessions?all=true HTTP/1.1\r\nHost: h\r\nx-api-key: "
                                    "acme-key\r\nConnection: close\r\n\r\n";
        boost::asio::write(socket, boost::asio::buffer(request));
        std::string answer;
        boost::system::error_code error;
        boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
        CHECK(answer.substr(0, 17) == "HTTP/1.1 200 OK\r\n");
        CHECK(answer.substr(answer.size() - 6) == "\r\n\r\n[]");
    }
    wait_on(loops.executor(0), server.stop());
    loops.stop();
    loops.join();
}
