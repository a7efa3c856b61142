#pragma once
// The certificate of a listener, replaced while it listens.
#include "protocol/base/result.hpp"

#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;

namespace wagate::transport {

/// TLS 1.2 or newer with forward secrecy and authenticated ciphers, HTTP/1.1 by ALPN, no renegotiation,
/// sessions not kept. Thread-safe.
class TlsServer {
public:
    /// @param certificate_file PEM, with the chain behind it @param key_file PEM, without a password
    TlsServer(std::string certificate_file, std::string key_file)
        : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file))
    {}

    /// Reads the files. On an error what was there before stays in force. Connections that exist keep theirs.
    /// Blocks as long as the file system takes. @return a tls error, also when key and certificate do not
    /// fit each other
    Result<void> reload();
    enum class Change : unsigned char { none, replaced };
    /// The same when a file is another one, or was written since it was last looked at.
    Result<Change> reload_if_changed();
    /// For new connections; null before the first reload.
    std::shared_ptr<ssl_ctx_st> context() const;

private:
    /// Of both files: device, inode, size and time.
    std::string stamp() const;

    std::string const certificate_file_;
    std::string const key_file_;
    mutable std::mutex mutex_;
    std::shared_ptr<ssl_ctx_st> context_;
    std::string stamp_;
};

} // namespace wagate::transport
