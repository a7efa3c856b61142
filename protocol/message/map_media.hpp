#pragma once
// Media: the same facts stand in other fields of each kind. See mapping.hpp.
#include "protocol/message/map_parts.hpp"
#include "protocol/message/media.hpp"

namespace wagate::message {

template <bool Reading, class P>
void map_file(Value<Reading, MediaFile>& value, P& proto)
{
    WAGATE_MAP(value.url, url);
    WAGATE_MAP(value.mimetype, mimetype);
    WAGATE_MAP(value.sha256, file_sha256);
    WAGATE_MAP(value.encrypted_sha256, file_enc_sha256);
    WAGATE_MAP(value.length, file_length);
    WAGATE_MAP(value.key, media_key);
    WAGATE_MAP(value.direct_path, direct_path);
    WAGATE_MAP_SECONDS(value.key_time, media_key_timestamp);
}

template <bool Reading, class P>
void map_remote_thumbnail(Value<Reading, RemoteThumbnail>& value, P& proto)
{
    WAGATE_MAP(value.direct_path, thumbnail_direct_path);
    WAGATE_MAP(value.sha256, thumbnail_sha256);
    WAGATE_MAP(value.encrypted_sha256, thumbnail_enc_sha256);
}

template <bool Reading, class P>
void map_remote_thumbnail_size(Value<Reading, RemoteThumbnail>& value, P& proto)
{
    WAGATE_MAP(value.width, thumbnail_width);
    WAGATE_MAP(value.height, thumbnail_height);
}

template <bool Reading>
void map_fields(Value<Reading, Media>& value, Proto<Reading, proto::ImageMessage>& proto)
{
    map_file<Reading>(value.file, proto);
    map_remote_thumbnail<Reading>(value.remote_thumbnail, proto);
    WAGATE_MAP(value.caption, caption);
    WAGATE_MAP(value.width, width);
    WAGATE_MAP(value.height, height);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
    WAGATE_MAP(value.view_once, view_once);
    WAGATE_MAP(value.accessibility_label, accessibility_label);
}

template <bool Reading>
void map_fields(Value<Reading, Media>& value, Proto<Reading, proto::VideoMessage>& proto)
{
    map_file<Reading>(value.file, proto);
    map_remote_thumbnail<Reading>(value.remote_thumbnail, proto);
    WAGATE_MAP(value.caption, caption);
    WAGATE_MAP(value.seconds, seconds);
    WAGATE_MAP(value.width, width);
    WAGATE_MAP(value.height, height);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
    WAGATE_MAP(value.streaming_sidecar, streaming_sidecar);
    WAGATE_MAP(value.gif_source, gif_attribution);
    WAGATE_MAP(value.view_once, view_once);
    WAGATE_MAP(value.accessibility_label, accessibility_label);
    if constexpr (Reading) {
        if (proto.gif_playback() && value.kind == MediaKind::video) value.kind = MediaKind::gif;
    } else if (value.kind == MediaKind::gif) {
        proto.set_gif_playback(true);
    }
}

template <bool Reading>
void map_fields(Value<Reading, Media>& value, Proto<Reading, proto::AudioMessage>& proto)
{
    map_file<Reading>(value.file, proto);
    WAGATE_MAP(value.seconds, seconds);
    WAGATE_MAP(value.waveform, waveform);
    WAGATE_MAP(value.streaming_sidecar, streaming_sidecar);
    WAGATE_MAP(value.background, background_argb);
    WAGATE_MAP(value.view_once, view_once);
    WAGATE_MAP(value.accessibility_label, accessibility_label);
    if constexpr (Reading) {
        if (proto.ptt()) value.kind = MediaKind::voice;
    } else if (value.kind == MediaKind::voice) {
        proto.set_ptt(true);
    }
}

template <bool Reading>
void map_fields(Value<Reading, Media>& value, Proto<Reading, proto::DocumentMessage>& proto)
{
    map_file<Reading>(value.file, proto);
    map_remote_thumbnail<Reading>(value.remote_thumbnail, proto);
    map_remote_thumbnail_size<Reading>(value.remote_thumbnail, proto);
    WAGATE_MAP(value.title, title);
    WAGATE_MAP(value.file_name, file_name);
    WAGATE_MAP(value.caption, caption);
    WAGATE_MAP(value.page_count, page_count);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
    WAGATE_MAP(value.is_vcard, contact_vcard);
    WAGATE_MAP(value.accessibility_label, accessibility_label);
}

template <bool Reading>
void map_fields(Value<Reading, Media>& value, Proto<Reading, proto::StickerMessage>& proto)
{
    map_file<Reading>(value.file, proto);
    WAGATE_MAP(value.width, width);
    WAGATE_MAP(value.height, height);
    WAGATE_MAP(value.thumbnail, png_thumbnail);
    WAGATE_MAP(value.animated, is_animated);
    WAGATE_MAP(value.lottie, is_lottie);
    WAGATE_MAP(value.avatar, is_avatar);
    WAGATE_MAP(value.ai_made, is_ai_sticker);
    WAGATE_MAP(value.first_frame_length, first_frame_length);
    WAGATE_MAP(value.first_frame_sidecar, first_frame_sidecar);
    WAGATE_MAP(value.sticker_sent, sticker_sent_ts);
    WAGATE_MAP(value.accessibility_label, accessibility_label);
}

template <bool Reading>
void map_fields(Value<Reading, Album>& value, Proto<Reading, proto::AlbumMessage>& proto)
{
    WAGATE_MAP(value.images, expected_image_count);
    WAGATE_MAP(value.videos, expected_video_count);
}

template <bool Reading>
void map_fields(Value<Reading, StickerPack>& value, Proto<Reading, proto::StickerPackMessage>& proto)
{
    WAGATE_MAP(value.id, sticker_pack_id);
    WAGATE_MAP(value.name, name);
    WAGATE_MAP(value.publisher, publisher);
    WAGATE_MAP(value.description, pack_description);
    WAGATE_MAP(value.caption, caption);
    WAGATE_MAP(value.file.length, file_length);
    WAGATE_MAP(value.file.sha256, file_sha256);
    WAGATE_MAP(value.file.encrypted_sha256, file_enc_sha256);
    WAGATE_MAP(value.file.key, media_key);
    WAGATE_MAP(value.file.direct_path, direct_path);
    WAGATE_MAP_SECONDS(value.file.key_time, media_key_timestamp);
}

} // namespace wagate::message
