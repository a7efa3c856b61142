#include "gateway/transport/tls_context.hpp"

#include "gateway/transport/errors.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <map>
#include <mutex>
#include <utility>

namespace wagate::transport {
namespace {

Result<TlsContext> make_context(std::string const& extra_ca_file, Verification verification)
{
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (!context) return tls_error(ERR_get_error());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    // Moving buffers: a write that is tried again gathers its bytes into another scratch buffer.
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context.get(), 1);
    if (verification == Verification::full) {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        // A system without authorities is no error here: each connection fails with a clear one.
        SSL_CTX_set_default_verify_paths(context.get());
        if (!extra_ca_file.empty() && SSL_CTX_load_verify_file(context.get(), extra_ca_file.c_str()) != 1) {
            ERR_clear_error();
            return TransportErrc::bad_trust_file;
        }
    } else {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    }
    ERR_clear_error();
    return TlsContext(std::move(context), verification);
}

} // namespace

Result<TlsContext> tls_client_context(std::string const& extra_ca_file, Verification verification)
{
    static std::mutex mutex;
    static std::map<std::pair<std::string, Verification>, TlsContext> contexts;
    std::lock_guard lock(mutex);
    std::pair const key(extra_ca_file, verification);
    if (auto const place = contexts.find(key); place != contexts.end()) return place->second;
    auto made = make_context(extra_ca_file, verification);
    if (made) contexts.emplace(key, *made);
    return made;
}

} // namespace wagate::transport
