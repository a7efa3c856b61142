#pragma once
// From what a user gives to a file: base64 text, or the content of a URL.
#include "gateway/media/media_files.hpp"
#include "gateway/media/media_folder.hpp"
#include "gateway/media/media_settings.hpp"

namespace wagate::gateway {

struct TakenFile {
    TempFilePtr file;
    std::uint64_t bytes = 0;
    std::string mimetype;
    std::string file_name;
};

/// Blocks. @return invalid_request for what is no base64 text or too large
Outcome<TakenFile> take_base64(MediaFolder& folder, FileSource source, std::uint64_t max_bytes);

/// Follows a few redirects, each checked by the address policy (S2). Runs on a loop that may block for files.
/// @return invalid_request for what is no URL, leads to an address that is not allowed, or is too large;
///         media_unavailable when the server does not give it
Task<Outcome<TakenFile>> take_url(MediaFolder& folder, FileSource source, MediaSettings const& settings);

} // namespace wagate::gateway
