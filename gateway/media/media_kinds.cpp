#include "gateway/media/media_kinds.hpp"

namespace wagate::gateway {

media::MediaType file_type(message::MediaKind kind) noexcept
{
    using message::MediaKind;
    switch (kind) {
    case MediaKind::image: return media::MediaType::image;
    case MediaKind::video:
    case MediaKind::gif:
    case MediaKind::video_note: return media::MediaType::video;
    case MediaKind::audio:
    case MediaKind::voice: return media::MediaType::audio;
    case MediaKind::document: return media::MediaType::document;
    case MediaKind::sticker: return media::MediaType::sticker;
    }
    return media::MediaType::document;
}

std::string_view usual_mimetype(message::MediaKind kind) noexcept
{
    using message::MediaKind;
    switch (kind) {
    case MediaKind::image: return "image/jpeg";
    case MediaKind::video:
    case MediaKind::gif:
    case MediaKind::video_note: return "video/mp4";
    case MediaKind::audio: return "audio/mpeg";
    case MediaKind::voice: return "audio/ogg; codecs=opus";
    case MediaKind::sticker: return "image/webp";
    case MediaKind::document: break;
    }
    return "application/octet-stream";
}

} // namespace wagate::gateway
