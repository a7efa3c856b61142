#pragma once
// How OpenSSL reads and writes a non-blocking socket without raising SIGPIPE.

struct bio_st;

namespace wagate::transport {

/// A source/sink BIO over `descriptor`, which it does not own. Throws std::bad_alloc.
bio_st* make_socket_bio(int descriptor);

} // namespace wagate::transport
