#pragma once
// Kinds of media files: how their keys are derived and under which name servers keep them
// (protocol.md 8.1, 8.4).
#include <cstdint>
#include <string_view>

namespace wagate::media {

enum class MediaType : std::uint8_t {
    image,
    video, ///< also GIFs and round video messages
    audio, ///< also voice messages
    document,
    sticker, ///< keys and server name of an image
    sticker_pack,
    history,
    app_state,
    link_thumbnail,
    image_thumbnail,
    video_thumbnail,
    document_thumbnail,
    product_image, ///< of a catalogue; lies open
    cover_photo,   ///< of a business profile; lies open
};

/// The HKDF info string of this type's keys.
std::string_view key_info(MediaType type) noexcept;
/// The type as it stands in the paths and queries of media servers.
std::string_view mms_type(MediaType type) noexcept;

} // namespace wagate::media
