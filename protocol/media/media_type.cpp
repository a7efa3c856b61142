#include "protocol/media/media_type.hpp"

#include <array>

namespace wagate::media {
namespace {

struct Names {
    MediaType type;
    std::string_view info;
    std::string_view mms;
};

constexpr std::array<Names, 14> names{{
    {MediaType::image, "WhatsApp Image Keys", "image"},
    {MediaType::video, "WhatsApp Video Keys", "video"},
    {MediaType::audio, "WhatsApp Audio Keys", "audio"},
    {MediaType::document, "WhatsApp Document Keys", "document"},
    {MediaType::sticker, "WhatsApp Image Keys", "image"},
    {MediaType::sticker_pack, "WhatsApp Sticker Pack Keys", "sticker-pack"},
    {MediaType::history, "WhatsApp History Keys", "md-msg-hist"},
    {MediaType::app_state, "WhatsApp App State Keys", "md-app-state"},
    {MediaType::link_thumbnail, "WhatsApp Link Thumbnail Keys", "thumbnail-link"},
    {MediaType::image_thumbnail, "WhatsApp Image Thumbnail Keys", "thumbnail-image"},
    {MediaType::video_thumbnail, "WhatsApp Video Thumbnail Keys", "thumbnail-video"},
    {MediaType::document_thumbnail, "WhatsApp Document Thumbnail Keys", "thumbnail-document"},
    {MediaType::product_image, "", "image"},
    {MediaType::cover_photo, "", "biz-cover-photo"},
}};

constexpr bool is_indexed_by_type()
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i].type != static_cast<MediaType>(i)) return false;
    return true;
}
static_assert(is_indexed_by_type());

Names const& names_of(MediaType type) noexcept
{
    return names[static_cast<std::size_t>(type)];
}

} // namespace

std::string_view key_info(MediaType type) noexcept
{
    return names_of(type).info;
}

std::string_view mms_type(MediaType type) noexcept
{
    return names_of(type).mms;
}

} // namespace wagate::media
