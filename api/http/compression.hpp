#pragma once
// gzip for answers that are large and of text.
#include "api/http/message.hpp"

namespace wagate::http {

/// Whether the client takes gzip (RFC 9110 12.5.3); `q=0` is a no.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// Compresses the body of JSON and other text between 2 KiB and 8 MiB, where the client takes it. Streams,
/// files and what is encoded already stay as they are.
Response compressed(Response response, std::string_view accept_encoding);

} // namespace wagate::http
