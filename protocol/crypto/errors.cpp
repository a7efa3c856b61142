#include "protocol/crypto/crypto.hpp"

namespace wagate::crypto {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "crypto"; }
    std::string message(int value) const override
    {
        switch (static_cast<CryptoErrc>(value)) {
        case CryptoErrc::bad_key_length: return "a key or nonce has the wrong length";
        case CryptoErrc::authentication_failed: return "a tag, MAC or signature does not match";
        case CryptoErrc::bad_padding: return "the padding is malformed";
        case CryptoErrc::bad_length: return "the input has an impossible length";
        case CryptoErrc::weak_key: return "the key agreement gave the all-zero point";
        }
        return "unknown crypto error";
    }
};

} // namespace

boost::system::error_code make_error_code(CryptoErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::crypto
