#pragma once
// Shared by this folder's OpenSSL users: owning handles, algorithms fetched once, checked calls.
// Fetched algorithms live until the process ends, so that no destructor runs after OpenSSL's own clean-up.
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <type_traits>

namespace wagate::crypto::detail {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* handle) const noexcept
    {
        Free(handle);
    }
};

using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Deleter<EVP_CIPHER_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Deleter<EVP_MAC_CTX_free>>;

/// For calls that fail only when memory is out or an invariant is broken.
inline void require(bool success, char const* what)
{
    if (!success) throw std::runtime_error{what};
}

template <class T>
T* required(T* handle, char const* what)
{
    require(handle != nullptr, what);
    return handle;
}

inline EVP_MD* fetch_digest(char const* name)
{
    return required(EVP_MD_fetch(nullptr, name, nullptr), name);
}

inline EVP_CIPHER* fetch_cipher(char const* name)
{
    return required(EVP_CIPHER_fetch(nullptr, name, nullptr), name);
}

inline EVP_MD* sha256_algorithm()
{
    static EVP_MD* const algorithm = fetch_digest("SHA2-256");
    return algorithm;
}

} // namespace wagate::crypto::detail
