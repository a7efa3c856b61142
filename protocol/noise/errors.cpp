#include "protocol/noise/errors.hpp"

#include <string>

namespace wagate::noise {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "noise"; }
    std::string message(int value) const override
    {
        switch (static_cast<NoiseErrc>(value)) {
        case NoiseErrc::malformed_message: return "a handshake message does not parse or lacks a field";
        case NoiseErrc::decryption_failed: return "a handshake or transport message does not decrypt";
        case NoiseErrc::certificate_missing: return "the server sent no complete certificate chain";
        case NoiseErrc::certificate_malformed: return "a server certificate does not parse";
        case NoiseErrc::certificate_bad_root_serial:
            return "the intermediate certificate is not issued by the root";
        case NoiseErrc::certificate_bad_issuer:
            return "the leaf certificate is not issued by the intermediate";
        case NoiseErrc::certificate_bad_signature: return "a server certificate's signature does not match";
        case NoiseErrc::certificate_key_mismatch: return "the certificate belongs to another server key";
        case NoiseErrc::certificate_expired: return "a server certificate is not valid now";
        case NoiseErrc::frame_too_large: return "a frame exceeds the limit";
        case NoiseErrc::bad_header: return "the stream does not start with the connection header";
        case NoiseErrc::unexpected_message: return "a handshake message came out of order";
        case NoiseErrc::counter_exhausted: return "the message counter is used up";
        }
        return "unknown noise error";
    }
};

} // namespace

boost::system::error_code make_error_code(NoiseErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::noise
