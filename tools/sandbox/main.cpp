// wagate-sandbox: a simulated WhatsApp network for development and tests. See docs/sandbox.md.
#include "tools/sandbox/sandbox.hpp"

#include <charconv>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <sys/resource.h>

namespace {

using namespace wagate;

constexpr char const* usage =
    "wagate-sandbox [options]\n"
    "  --listen ADDRESS:PORT      WebSocket and control API (default 127.0.0.1:0, port 0 is any free one)\n"
    "  --tls-listen ADDRESS:PORT  the same over TLS, with a self-signed certificate\n"
    "  --ca-file PATH             where to write that certificate (default: a temporary file)\n"
    "  --allow-remote             accept listen addresses that are not loopback; the control API has no "
    "password\n"
    "  --ping-interval SECONDS    server pings (default 60, 0: none)\n"
    "  --lenient-addressing       accept messages that mix phone numbers and LIDs instead of refusing them "
    "(421)\n"
    "  --trace                    print every stanza to stderr\n"
    "  --quiet                    print nothing to stderr\n";

sandbox::Endpoint endpoint_of(std::string const& text)
{
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) throw std::invalid_argument("address without port: " + text);
    sandbox::Endpoint endpoint;
    endpoint.address = text.substr(0, colon);
    if (endpoint.address.size() > 2 && endpoint.address.front() == '[')
        endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
    if (endpoint.address == "localhost") endpoint.address = "127.0.0.1";
    auto const* end = text.data() + text.size();
    auto const [parsed, error] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    if (error != std::errc{} || parsed != end) throw std::invalid_argument("no port number: " + text);
    return endpoint;
}

bool is_loopback(sandbox::Endpoint const& endpoint)
{
    return endpoint.address.starts_with("127.") || endpoint.address == "::1";
}

/// A thousand sessions need more descriptors than the usual soft limit.
void raise_file_limit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct Arguments {
    sandbox::SandboxOptions options;
    bool help = false;
};

Arguments parse(int count, char** values)
{
    Arguments parsed;
    auto& options = parsed.options;
    bool quiet = false;
    bool remote = false;
    for (int i = 1; i < count; ++i) {
        std::string const option = values[i];
        auto const value = [&]() -> std::string {
            if (i + 1 >= count) throw std::invalid_argument(option + " needs a value");
            return values[++i];
        };
        if (option == "--listen")
            options.listen = endpoint_of(value());
        else if (option == "--tls-listen")
            options.tls_listen = endpoint_of(value());
        else if (option == "--ca-file")
            options.ca_file = value();
        else if (option == "--allow-remote")
            remote = true;
        else if (option == "--ping-interval")
            options.network.ping_interval = std::chrono::seconds{std::stol(value())};
        else if (option == "--lenient-addressing")
            options.network.strict_addressing = false;
        else if (option == "--trace")
            options.network.trace = true;
        else if (option == "--quiet")
            quiet = true;
        else if (option == "--help" || option == "-h")
            parsed.help = true;
        else
            throw std::invalid_argument("unknown option " + option);
    }
    if (!remote &&
        (!is_loopback(options.listen) || (options.tls_listen && !is_loopback(*options.tls_listen))))
        throw std::invalid_argument(
            "not a loopback address: add --allow-remote to accept that everybody can control the sandbox");
    if (!quiet)
        options.network.log = [](std::string const& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
    return parsed;
}

} // namespace

int main(int count, char** values)
{
    try {
        auto arguments = parse(count, values);
        if (arguments.help) {
            std::fputs(usage, stdout);
            return 0;
        }
        raise_file_limit();
        if (auto const failed = crypto::self_test(); !failed.empty())
            throw std::runtime_error("self-test of the crypto library failed: " + failed);
        sandbox::Sandbox network{std::move(arguments.options)};
        network.stop_on_signals();
        std::printf("%s\n", network.ready_line().c_str());
        std::fflush(stdout);
        network.run();
        return 0;
    } catch (std::invalid_argument const& error) {
        std::fprintf(stderr, "%s\n%s", error.what(), usage);
        return 2;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "wagate-sandbox: %s\n", error.what());
        return 1;
    }
}
