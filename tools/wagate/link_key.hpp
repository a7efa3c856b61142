#pragma once
// The key that signs links to files. It lies in the data folder, so that links hold over a restart.
#include "protocol/base/result.hpp"
#include "protocol/base/secret.hpp"

#include <filesystem>

namespace wagate {

/// The key in `file`, which is made when it is not there, readable by its owner only.
/// @return why it cannot be read or written; errc::bad_message when it is damaged
Result<Secret<Bytes>> link_key(std::filesystem::path const& file);

} // namespace wagate
