#include "protocol/engine/account_errors.hpp"

namespace wagate::engine {
namespace {

class AccountCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.account"; }
    std::string message(int value) const override
    {
        switch (static_cast<AccountErrc>(value)) {
        case AccountErrc::no_name: return "the account has no name yet, and is shown to nobody without one";
        case AccountErrc::not_a_person: return "this is only possible with a person";
        case AccountErrc::not_a_picture: return "a profile picture must be a JPEG file";
        case AccountErrc::unknown_lid: return "WhatsApp does not know this person";
        case AccountErrc::not_waiting: return "pairing does not wait for this";
        }
        return "unknown account error";
    }
};

} // namespace

boost::system::error_code make_error_code(AccountErrc error)
{
    static AccountCategory const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::engine
