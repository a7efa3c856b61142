#pragma once
// A blocking TCP or TLS server for tests, written against sockets and OpenSSL only, so that it shares no code
// with what it tests.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace wagate::test {

/// A self-signed certificate with its key, and a PEM file of it for those who shall trust it.
class TestCertificate {
public:
    /// @param alternative_names As OpenSSL reads them: "DNS:localhost,IP:127.0.0.1".
    explicit TestCertificate(std::string const& alternative_names)
    {
        key_.reset(EVP_EC_gen("P-256"));
        certificate_.reset(X509_new());
        X509_set_version(certificate_.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -86'400);
        X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 86'400);
        X509_set_pubkey(certificate_.get(), key_.get());
        auto* name = X509_get_subject_name(certificate_.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("test"),
                                   -1, -1, 0);
        X509_set_issuer_name(certificate_.get(), name);
        add_extension(NID_basic_constraints, "critical,CA:TRUE");
        add_extension(NID_subject_alt_name, alternative_names);
        X509_sign(certificate_.get(), key_.get(), EVP_sha256());

        std::string pattern = (std::filesystem::temp_directory_path() / "wagate-test-XXXXXX").string();
        int const descriptor = mkstemp(pattern.data());
        if (descriptor < 0) throw std::runtime_error("mkstemp");
        path_ = pattern;
        std::FILE* file = fdopen(descriptor, "w");
        PEM_write_X509(file, certificate_.get());
        std::fclose(file);
    }
    TestCertificate(TestCertificate const&) = delete;
    TestCertificate& operator=(TestCertificate const&) = delete;
    ~TestCertificate() { std::filesystem::remove(path_); }

    std::string const& path() const { return path_; }
    X509* certificate() const { return certificate_.get(); }
    EVP_PKEY* key() const { return key_.get(); }

private:
    void add_extension(int id, std::string const& value)
    {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, &EVP_PKEY_free};
    std::unique_ptr<X509, decltype(&X509_free)> certificate_{nullptr, &X509_free};
    std::string path_;
};

/// One accepted connection. Reading past its end throws, which ends its thread.
class Peer {
public:
    Peer(int descriptor, SSL_CTX* context) : descriptor_(descriptor)
    {
        if (context == nullptr) return;
        tls_.reset(SSL_new(context));
        SSL_set_fd(tls_.get(), descriptor_);
        if (SSL_accept(tls_.get()) != 1) throw std::runtime_error("no TLS");
    }

    std::string read(std::size_t size)
    {
        std::string bytes(size, '\0');
        for (std::size_t have = 0; have < size;)
            have += read_some(bytes.data() + have, size - have);
        return bytes;
    }

    std::string read_until(std::string const& end)
    {
        std::string text;
        while (!text.ends_with(end))
            text += read(1);
        return text;
    }

    void write(std::string const& bytes)
    {
        for (std::size_t sent = 0; sent < bytes.size();) {
            auto const count =
                tls_ ? SSL_write(tls_.get(), bytes.data() + sent, static_cast<int>(bytes.size() - sent))
                     : ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) throw std::runtime_error("gone");
            sent += static_cast<std::size_t>(count);
        }
    }

    /// Name that the client asked for by SNI.
    std::string server_name() const
    {
        char const* name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
        return name != nullptr ? name : "";
    }

    /// Blocks until the client has gone.
    void wait_for_end()
    {
        char byte = 0;
        while (read_some(&byte, 1) > 0) {
        }
    }

private:
    std::size_t read_some(char* target, std::size_t size)
    {
        auto const count = tls_ ? SSL_read(tls_.get(), target, static_cast<int>(size))
                                : ::recv(descriptor_, target, size, 0);
        if (count <= 0) throw std::runtime_error("end");
        return static_cast<std::size_t>(count);
    }

    int descriptor_;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

/// Listens on a free port of 127.0.0.1; each connection is served on a thread of its own until the server
/// goes.
class TestServer {
public:
    using Serve = std::function<void(Peer&)>;

    explicit TestServer(Serve serve, TestCertificate const* certificate = nullptr) : serve_(std::move(serve))
    {
        if (certificate != nullptr) {
            context_.reset(SSL_CTX_new(TLS_server_method()));
            SSL_CTX_use_certificate(context_.get(), certificate->certificate());
            SSL_CTX_use_PrivateKey(context_.get(), certificate->key());
        }
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 64) != 0)
            throw std::runtime_error("cannot listen");
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept(); });
    }
    TestServer(TestServer const&) = delete;
    TestServer& operator=(TestServer const&) = delete;
    ~TestServer()
    {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        {
            std::lock_guard lock(mutex_);
            for (int const descriptor : descriptors_)
                ::shutdown(descriptor, SHUT_RDWR);
        }
        for (auto& thread : threads_)
            thread.join();
        for (int const descriptor : descriptors_)
            ::close(descriptor);
    }

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    int connections() const { return connections_; }

private:
    void accept()
    {
        for (;;) {
            int const descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            ++connections_;
            std::lock_guard lock(mutex_);
            descriptors_.push_back(descriptor);
            threads_.emplace_back([this, descriptor] {
                try {
                    Peer peer(descriptor, context_.get());
                    serve_(peer);
                } catch (std::exception const&) {
                    // The client went away, as it does at the end of many tests.
                }
                // The number stays reserved until the server goes.
                ::shutdown(descriptor, SHUT_RDWR);
            });
        }
    }

    Serve serve_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;
    std::vector<int> descriptors_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

/// The server's side of a WebSocket (RFC 6455), just enough for tests.
class WebSocketPeer {
public:
    struct Frame {
        int opcode = 0; ///< with the FIN bit
        std::string payload;
    };

    explicit WebSocketPeer(Peer& peer) : peer_(peer)
    {
        request_ = peer_.read_until("\r\n\r\n");
        std::string const marker = "Sec-WebSocket-Key: ";
        auto const begin = request_.find(marker) + marker.size();
        std::string const challenge = request_.substr(begin, request_.find('\r', begin) - begin) +
                                      "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        unsigned char hash[SHA_DIGEST_LENGTH];
        SHA1(reinterpret_cast<unsigned char const*>(challenge.data()), challenge.size(), hash);
        unsigned char text[32];
        EVP_EncodeBlock(text, hash, sizeof(hash));
        peer_.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: " +
                    std::string(reinterpret_cast<char const*>(text)) + "\r\n\r\n");
    }

    std::string const& request() const { return request_; }

    Frame read()
    {
        Frame frame;
        auto const head = peer_.read(2);
        frame.opcode = static_cast<unsigned char>(head[0]);
        std::size_t size = static_cast<unsigned char>(head[1]) & 0x7f;
        if (size >= 126) {
            auto const wide = peer_.read(size == 126 ? 2 : 8);
            size = 0;
            for (char const byte : wide)
                size = size << 8 | static_cast<unsigned char>(byte);
        }
        auto const mask = peer_.read(4);
        frame.payload = peer_.read(size);
        for (std::size_t i = 0; i < size; ++i)
            frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
        return frame;
    }

    void write(int opcode, std::string const& payload)
    {
        std::string frame(1, static_cast<char>(opcode));
        if (payload.size() < 126) {
            frame += static_cast<char>(payload.size());
        } else if (payload.size() < 65'536) {
            frame += static_cast<char>(126);
            frame += static_cast<char>(payload.size() >> 8);
            frame += static_cast<char>(payload.size());
        } else {
            frame += static_cast<char>(127);
            for (int shift = 56; shift >= 0; shift -= 8)
                frame += static_cast<char>(payload.size() >> shift);
        }
        peer_.write(frame + payload);
    }

private:
    Peer& peer_;
    std::string request_;
};

inline constexpr int binary_frame = 0x82;
inline constexpr int close_frame = 0x88;
inline constexpr int ping_frame = 0x89;
inline constexpr int pong_frame = 0x8a;

} // namespace wagate::test
