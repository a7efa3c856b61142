#pragma once
// Hash, MAC and cipher that are fed piece by piece; private to protocol/media. Movable, not thread-safe.
#include "protocol/crypto/crypto.hpp"

#include <memory>

struct evp_md_ctx_st;
struct evp_mac_ctx_st;
struct evp_cipher_ctx_st;

namespace wagate::media {

class Sha256Stream {
public:
    Sha256Stream();
    void update(ByteView data);
    /// Call once, last.
    crypto::Key32 finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

class HmacStream {
public:
    explicit HmacStream(ByteView key);
    void update(ByteView data);
    /// Call once, last.
    crypto::Key32 finish();

private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

enum class CbcDirection : int { decrypt = 0, encrypt = 1 };

/// AES-256-CBC over whole blocks; padding is the caller's.
class CbcStream {
public:
    CbcStream(CbcDirection direction, ByteView key32, ByteView iv16);
    /// Appends as many bytes to `output` as `blocks` has, which is a multiple of 16.
    void update(ByteView blocks, Bytes& output);

private:
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

} // namespace wagate::media
