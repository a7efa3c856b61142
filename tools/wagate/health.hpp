#pragma once
// `wagate health`: whether the daemon of this machine is well, for those who have no other program to ask
// with.
#include <string>

namespace wagate {

/// Asks /health of what listens on `listen`, within a few seconds. Prints why when it is not well.
/// @param is_tls it speaks TLS there. Its certificate is not looked at: it is for the names of others, and
/// nothing secret is said
/// @return 0 or 1
int ask_health(std::string const& listen, bool is_tls);

} // namespace wagate
