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
    std::string url; ///< where it was found, redirects followed
};

/// How much is taken from a URL.
struct UrlLimits {
    std::string name = "file.url";       ///< of the field that holds it, in messages
    std::uint64_t max_bytes = 0;         ///< 0: what the settings allow
    std::vector<std::string_view> types; ///< beginnings of media types; empty: any
    bool is_cut = false;                 ///< what is larger is taken up to there
    std::chrono::milliseconds time = std::chrono::minutes{5};
    std::string user_agent; ///< empty: as the settings say
};
/// Of a picture.
UrlLimits picture_limits(std::string name);

/// The URL that a reference on a page or in a redirect means; nothing for what is not understood.
std::optional<std::string> resolve_reference(std::string_view from, std::string_view reference);

/// Blocks. @return invalid_request for what is no base64 text or too large
Outcome<TakenFile> take_base64(MediaFolder& folder, FileSource source, std::uint64_t max_bytes);

/// Follows a few redirects, each checked by the address policy (S2). Runs on a loop that may block for files.
/// @return invalid_request for what is no URL, leads to an address that is not allowed, or is too large;
///         media_unavailable when the server does not give it
Task<Outcome<TakenFile>> take_url(MediaFolder& folder, FileSource source, MediaSettings const& settings,
                                  UrlLimits limits = {});

} // namespace wagate::gateway
