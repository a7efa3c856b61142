#pragma once
// Paths on media servers (protocol.md 8.4, 8.5): everything of a URL after `https://host`. The caller adds
// the host, from the media connection, and the headers `Origin` and `Referer`.
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/media/media_type.hpp"

#include <optional>
#include <string>

namespace wagate::media {

inline constexpr std::string_view media_origin = "https://web.whatsapp.com";
inline constexpr std::string_view media_referer = "https://web.whatsapp.com/";

/// The name of a file on the servers: its SHA-256 in the URL alphabet of base64, padded. Of the encrypted
/// file, or of the plain one where nothing is encrypted.
std::string upload_token(ByteView sha256);

/// From which byte an interrupted upload goes on.
struct UploadProgress {
    bool ask = false;                    ///< ask how far the server has it, without a body
    std::optional<std::uint64_t> offset; ///< the body begins here
};
/// For POST. @param auth of the media connection
std::string upload_path(MediaType type, ByteView encrypted_sha256, std::string_view auth,
                        UploadProgress const& progress = {});
/// For POST of a file that is not encrypted: of a product, of a business profile, else of a channel.
std::string open_upload_path(MediaType type, ByteView plain_sha256, std::string_view auth);

/// For GET. @param encrypted_sha256 empty for unencrypted files
/// @return MediaErrc::bad_path unless `direct_path` is an absolute path in printable ASCII of at most 4096
/// bytes
Result<std::string> download_path(std::string_view direct_path, ByteView encrypted_sha256, MediaType type);

/// For DELETE of a history blob that has been read; with an `encrypted_handle` the request also carries the
/// header `Companion_User_Secret`. @return as download_path
Result<std::string> history_delete_path(std::string_view direct_path, ByteView encrypted_sha256,
                                        std::string_view auth, std::string_view encrypted_handle);

} // namespace wagate::media
