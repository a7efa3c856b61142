#include "gateway/transport/tls_server.hpp"

#include "gateway/transport/errors.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/stat.h>

namespace wagate::transport {
namespace {

/// A key with a password is refused, rather than asked for on a terminal.
int no_password(char*, int, int, void*)
{
    return 0;
}

/// HTTP/1.1 where the client names protocols; one that wants others only is told so.
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const* offered,
                    unsigned offered_size, void*)
{
    static constexpr unsigned char known[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, known, sizeof known, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<SSL_CTX>> make_context(std::string const& certificate_file,
                                              std::string const& key_file)
{
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (!context) return tls_error(ERR_get_error());
    auto* const native = context.get();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(native, 0);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_default_passwd_cb(native, no_password);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(native, certificate_file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(native) != 1) {
        auto const error = tls_error(ERR_get_error());
        ERR_clear_error();
        return error;
    }
    return context;
}

std::string facts_of(std::string const& file)
{
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0) return "none";
    std::string text;
    for (auto const number :
         {static_cast<long long>(facts.st_dev), static_cast<long long>(facts.st_ino),
          static_cast<long long>(facts.st_size), static_cast<long long>(facts.st_mtim.tv_sec),
          static_cast<long long>(facts.st_mtim.tv_nsec)})
        text.append(std::to_string(number)).append(" ");
    return text;
}

} // namespace

std::string TlsServer::stamp() const
{
    return facts_of(certificate_file_) + facts_of(key_file_);
}

Result<void> TlsServer::reload()
{
    // Before the reading: what is written meanwhile is looked at again.
    auto seen = stamp();
    auto made = make_context(certificate_file_, key_file_);
    std::lock_guard const lock(mutex_);
    stamp_ = std::move(seen);
    if (!made) return made.error();
    context_ = std::move(*made);
    return {};
}

Result<TlsServer::Change> TlsServer::reload_if_changed()
{
    {
        auto const now = stamp();
        std::lock_guard const lock(mutex_);
        if (now == stamp_) return Change::none;
    }
    if (auto const loaded = reload(); !loaded) return loaded.error();
    return Change::replaced;
}

std::shared_ptr<ssl_ctx_st> TlsServer::context() const
{
    std::lock_guard const lock(mutex_);
    return context_;
}

} // namespace wagate::transport
