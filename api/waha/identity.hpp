#pragma once
// What the server says about itself. Clients of WAHA switch on engine and version.
#include <boost/json/object.hpp>

#include <memory>
#include <string>

namespace wagate::waha {

/// The engine whose behaviour this dialect follows (waha.md, head).
inline constexpr char const* engine_name = "GOWS";

class LinkSigner;

struct Identity {
    std::string version = "2026.7.1"; ///< of the API this dialect speaks
    std::string program = "wagate";   ///< with its own version, for example `wagate/0.1.0`
    std::string worker;               ///< empty: none
    /// Under which clients reach the API, without a slash at its end; files of messages are named by it.
    std::string base_url = "http://localhost:3000";
    std::shared_ptr<LinkSigner const> signer = nullptr; ///< of links to files that need no key
};

/// WAHAEnvironment (waha.md 2), with `server` added.
boost::json::object environment(Identity const& identity);

} // namespace wagate::waha
