#pragma once
// Media as messages describe it: the encrypted file's place, key and hashes, and how to show it.
#include "protocol/message/parts.hpp"

#include <string>

namespace wagate::message {

enum class MediaKind : std::uint8_t {
    image,
    video,
    gif,        ///< a video that loops without sound
    video_note, ///< a round video
    audio,
    voice, ///< recorded in the chat
    document,
    sticker,
};
std::string_view media_kind_name(MediaKind kind) noexcept; ///< "video_note"

/// An encrypted file on WhatsApp's media servers.
struct MediaFile {
    std::string url;
    std::string direct_path;          ///< below any media host; preferred to `url`
    SharedSecret key;                 ///< 32 bytes
    std::optional<WallTime> key_time; ///< whole seconds
    Bytes sha256;                     ///< of the plain file
    Bytes encrypted_sha256;           ///< of what lies on the server
    std::uint64_t length = 0;         ///< of the plain file, in bytes
    std::string mimetype;
    bool operator==(MediaFile const&) const = default;
};

/// A larger preview on the media servers, encrypted with the key of the message's file (of a link: its own
/// key).
struct RemoteThumbnail {
    std::string direct_path;
    Bytes sha256;
    Bytes encrypted_sha256;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool operator==(RemoteThumbnail const&) const = default;
};

/// Fields that a kind does not have are not sent.
struct Media {
    MediaKind kind = MediaKind::image;
    MediaFile file;
    std::string caption;   ///< image, video, document
    std::string file_name; ///< document
    std::string title;     ///< document
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t seconds = 0;    ///< audio and video
    std::uint32_t page_count = 0; ///< document
    Bytes thumbnail;              ///< small JPEG; of stickers PNG
    RemoteThumbnail remote_thumbnail;
    Bytes waveform;          ///< of a voice message: 64 bytes, 0 to 100
    Bytes streaming_sidecar; ///< MACs that let audio and video be played while they load
    bool view_once = false;
    bool animated = false;                   ///< sticker
    bool lottie = false;                     ///< sticker
    bool avatar = false;                     ///< sticker
    bool ai_made = false;                    ///< sticker
    std::uint32_t first_frame_length = 0;    ///< animated sticker
    Bytes first_frame_sidecar;               ///< animated sticker
    std::int64_t sticker_sent = 0;           ///< as the sender gave it: apps disagree about the unit
    std::uint32_t gif_source = 0;            ///< 1 Giphy, 2 Tenor
    std::optional<std::uint32_t> background; ///< ARGB, of a voice message in a status
    bool is_vcard = false;                   ///< a document that holds contacts
    std::string accessibility_label;
    bool operator==(Media const&) const = default;
};

/// Announces the pictures and videos that follow and belong together.
struct Album {
    std::uint32_t images = 0;
    std::uint32_t videos = 0;
    bool operator==(Album const&) const = default;
};

struct StickerPack {
    std::string id;
    std::string name;
    std::string publisher;
    std::string description;
    std::string caption;
    MediaFile file; ///< a ZIP archive; without `url` and `mimetype`
    bool operator==(StickerPack const&) const = default;
};

} // namespace wagate::message
