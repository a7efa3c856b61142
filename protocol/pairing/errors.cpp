#include "protocol/pairing/pairing.hpp"

namespace wagate::pairing {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.pairing"; }

    std::string message(int value) const override
    {
        switch (static_cast<PairingErrc>(value)) {
        case PairingErrc::malformed: return "malformed pairing data";
        case PairingErrc::hmac_mismatch:
            return "the pairing container was not made with this QR code's secret";
        case PairingErrc::signature_mismatch: return "a device identity signature is wrong";
        case PairingErrc::wrong_code: return "the pairing code is wrong";
        }
        return "unknown pairing error";
    }
};

} // namespace

boost::system::error_code make_error_code(PairingErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::pairing
