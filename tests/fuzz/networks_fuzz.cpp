// Where a request comes from. Lines: networks of proxies we trust, the address of the peer, and one
// X-Forwarded-For each.
#include "api/http/networks.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace wagate;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

std::string_view take(std::string_view& text, char end)
{
    auto const part = text.substr(0, text.find(end));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

http::Request request(std::string_view remote, std::string_view chains, std::string_view forged)
{
    http::Request made;
    made.remote = remote;
    if (!forged.empty()) made.headers.add("x-forwarded-for", std::string(forged));
    while (!chains.empty())
        made.headers.add("X-Forwarded-For", std::string(take(chains, '\n')));
    return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view chains(reinterpret_cast<char const*>(data), size);
    auto listed = take(chains, '\n');
    auto const remote = take(chains, '\n');
    std::vector<std::string> texts;
    while (!listed.empty())
        texts.emplace_back(take(listed, ','));
    auto const proxies = http::Networks::parse(texts);
    if (!proxies) return 0;
    require(proxies->empty() == texts.empty());

    auto const client = http::client_address(request(remote, chains, {}), &*proxies);
    require(http::client_address(request(remote, chains, {}), nullptr) == remote);
    if (!proxies->contain(remote)) {
        require(client == remote);
        return 0;
    }
    // An address, never a text that somebody sent.
    static auto const every = http::Networks::parse({"0.0.0.0/0", "::/0"});
    require(every->contain(client));
    // What stands in front of the first proxy's word was written by the client: it changes nothing.
    if (!proxies->contain(client))
        require(http::client_address(request(remote, chains, "198.51.100.7"), &*proxies) == client);
    return 0;
}
