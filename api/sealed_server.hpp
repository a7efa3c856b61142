#pragma once
// What is answered while the database cannot be opened for want of its master key: that, and nothing else.
#include "api/http/server.hpp"

#include <string>

namespace wagate {

struct SealedNotice {
    std::string wanted_key; ///< id of the master key
    std::string found_key;  ///< of the one that is there; empty: none
};

/// `/ping` and `/livez` as ever; `/health`, `/readyz` and everything else 503 with what is wanted.
std::unique_ptr<http::Server> make_sealed_server(std::vector<boost::asio::any_io_executor> loops,
                                                 SealedNotice notice);

} // namespace wagate
