#pragma once
// What a key that is limited to a session needs, for every route: the one table of it.
#include "api/http/router.hpp"

namespace wagate {

/// @param path template. What the table does not name is read by GET and sent by other methods, in the
/// session of its path, else of its query (GET) or its body; own routes that name no session are the whole
/// tenant's.
http::RouteRule rule_of_route(std::string_view method, std::string_view path);

} // namespace wagate
