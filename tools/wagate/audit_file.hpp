#pragma once
// `wagate audit verify FILE`: checks an exported audit log, without a database and without keys.
#include <filesystem>

namespace wagate {

/// Tells on standard output what it found. "-" reads standard input.
/// @return 0: the chain is whole; 1: it is not; 2: the file cannot be read or is no export
int verify_audit_file(std::filesystem::path const& file);

} // namespace wagate
