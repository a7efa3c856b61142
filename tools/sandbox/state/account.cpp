#include "tools/sandbox/state/account.hpp"

#include "tools/sandbox/phone/phone.hpp"

namespace wagate::sandbox {

Account::Account() = default;
Account::~Account() = default;

} // namespace wagate::sandbox
