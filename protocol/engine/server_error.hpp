#pragma once
// Refusals of the WhatsApp server as error codes: their value is the server's own number.
#include "protocol/base/result.hpp"

namespace wagate::engine {

/// @param code of an iq error, an ack or an item of a reply: 400, 401, 403, 404, 406, 409, 419, 429, 500 …
/// (3.6)
ErrorCode server_error(int code);
/// The server's number; 0 for every other error.
int server_code(ErrorCode const& error) noexcept;

} // namespace wagate::engine
