#pragma once
// The daemon put together: the only place that sees every part.
#include "tools/wagate/settings.hpp"

namespace wagate {

/// Runs until SIGTERM or SIGINT. @return the process's exit code.
int serve(Settings const& settings);

} // namespace wagate
