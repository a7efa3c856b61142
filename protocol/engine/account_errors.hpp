#pragma once
// Why something about the account, its profile or its presence cannot be done.
#include "protocol/base/result.hpp"

namespace wagate::engine {

enum class AccountErrc {
    no_name = 1,   ///< WhatsApp shows nobody as online who has no name
    not_a_person,  ///< only people can be blocked, called and so on
    not_a_picture, ///< pictures of profiles are JPEG
    unknown_lid,   ///< people are blocked by their LID, and this one's is not known
    not_waiting,   ///< for the step of pairing that was answered
};
boost::system::error_code make_error_code(AccountErrc error);

} // namespace wagate::engine

template <>
struct boost::system::is_error_code_enum<wagate::engine::AccountErrc> : std::true_type {};
