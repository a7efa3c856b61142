#include "gateway/egress/errors.hpp"

namespace wagate::egress {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "egress"; }
    std::string message(int value) const override
    {
        switch (static_cast<EgressErrc>(value)) {
        case EgressErrc::bad_url: return "not a usable URL";
        case EgressErrc::bad_network: return "not a network in the form address/prefix";
        case EgressErrc::address_refused: return "the address is not public";
        case EgressErrc::name_not_found: return "the host name has no address";
        case EgressErrc::lookup_failed: return "the host name could not be looked up";
        }
        return "unknown egress error";
    }
};

} // namespace

ErrorCode make_error_code(EgressErrc code) noexcept
{
    static Category const category;
    return {static_cast<int>(code), category};
}

} // namespace wagate::egress
