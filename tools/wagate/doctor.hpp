#pragma once
// `wagate doctor`: looks at the system, the data folder and the settings, and says what to do.
#include "tools/wagate/settings.hpp"

namespace wagate {

/// Prints what it finds on standard output, and changes nothing; a daemon may be running.
/// @param settings or what is wrong with them, which is a finding too
/// @return 0 fine, 1 warnings, 2 errors
int run_doctor(boost::system::result<Settings, SettingsError> const& settings, bool as_json);

} // namespace wagate
