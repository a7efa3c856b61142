#pragma once
// One HTTP exchange whose bodies go piece by piece: files up to and down from media servers, and files that
// users name by URL. Neither body is ever held as a whole.
#include "gateway/transport/http_client.hpp"
#include "gateway/transport/link.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace wagate::transport {

struct TransferHead {
    unsigned status = 0; ///< redirects included: none is followed
    HttpHeaders headers;
    std::optional<std::uint64_t> length; ///< of the body, when the server says it

    /// The first header of that name in any case, or an empty view.
    std::string_view header(std::string_view name) const;
};

struct Transfer {
    std::string method = "GET";
    std::string url;     ///< http or https, without userinfo
    HttpHeaders headers; ///< Host, Connection and Content-Length are set here
    std::uint64_t body_bytes = 0;
    /// Gives the next piece of the body, never an empty one, until `body_bytes` have come.
    std::function<Result<std::string>()> next_piece;
    /// May refuse the body: then its error is the result.
    std::function<Result<void>(TransferHead const&)> on_head;
    /// Gets the body in pieces of at most 64 KiB. An error ends the exchange and is its result.
    std::function<Result<void>(std::string_view piece)> on_piece;
    std::chrono::milliseconds connect_limit{10'000}; ///< resolving, TCP and TLS together
    std::chrono::milliseconds silence_limit{30'000}; ///< without a byte in either direction
    /// Which addresses may be dialled; nullptr: any, for hosts that the operator configured.
    egress::AddressPolicy const* policy = nullptr;
    /// Then `policy` does not count: the proxy looks the name up.
    std::optional<Proxy> proxy;
    std::string ca_file;
    std::string user_agent = "wagate";
};

/// A connection of its own, closed afterwards. The callbacks run on the caller's executor, between two
/// pieces: they may read and write files only where that loop is made for it. What they refer to must outlive
/// the call.
/// @return errc::partial_message of the parser when the server ended too early; else as HttpClient::request
Task<Result<TransferHead>> run_transfer(Transfer transfer);

} // namespace wagate::transport
