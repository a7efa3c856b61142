#include "tools/sandbox/control/media_json.hpp"

#include "protocol/base/encoding.hpp"

#include <array>

namespace wagate::sandbox {
namespace {

struct Count {
    std::string_view key;
    std::uint32_t MediaFaults::* member;
};
constexpr std::array counts{
    Count{"missing", &MediaFaults::missing},         Count{"gone", &MediaFaults::gone},
    Count{"unavailable", &MediaFaults::unavailable}, Count{"refuseAuth", &MediaFaults::refuse_auth},
    Count{"corrupt", &MediaFaults::corrupt},         Count{"cuts", &MediaFaults::cuts},
    Count{"cutUploads", &MediaFaults::cut_uploads},  Count{"cutAfter", &MediaFaults::cut_after},
    Count{"slowMs", &MediaFaults::slow_ms},
};
constexpr std::string_view lost = "lostByPhones";

constexpr std::array kinds{message::MediaKind::image,    message::MediaKind::video,
                           message::MediaKind::gif,      message::MediaKind::video_note,
                           message::MediaKind::audio,    message::MediaKind::voice,
                           message::MediaKind::document, message::MediaKind::sticker};

} // namespace

json::object media_to_json(MediaServer const& media)
{
    json::object faults;
    for (auto const& count : counts)
        if (media.faults.*count.member != 0) faults[count.key] = media.faults.*count.member;
    if (media.faults.lost_by_phones) faults[lost] = true;
    json::object out;
    out["files"] = media.files();
    out["uploads"] = media.counts().uploads;
    out["downloads"] = media.counts().downloads;
    out["ranges"] = media.counts().ranges;
    out["resumed"] = media.counts().resumed;
    out["deleted"] = media.counts().deleted;
    out["refused"] = media.counts().refused;
    out["faults"] = std::move(faults);
    return out;
}

std::optional<MediaFaults> media_faults_from_json(json::object const& object, std::string& error)
{
    MediaFaults faults;
    for (auto const& entry : object) {
        std::string_view const key{entry.key().data(), entry.key().size()};
        auto const known =
            std::find_if(counts.begin(), counts.end(), [&](auto const& one) { return one.key == key; });
        if (auto const number = number_field(object, key); known != counts.end() && number) {
            faults.*known->member = *number;
        } else if (auto const flag = flag_field(object, key); key == lost && flag) {
            faults.lost_by_phones = *flag;
        } else {
            error = "unknown fault or wrong type: " + std::string{key};
            return std::nullopt;
        }
    }
    return faults;
}

std::optional<OutgoingMedia> media_from_json(json::value const& value, std::string& error)
{
    auto const* object = value.if_object();
    auto const data = object == nullptr ? std::nullopt : text_field(*object, "data");
    auto content = data ? base64_decode(*data) : std::nullopt;
    if (!content) {
        error = "media: an object with data in base64";
        return std::nullopt;
    }
    OutgoingMedia media;
    media.content = std::move(*content);
    auto& facts = media.facts;
    auto const kind = text_field(*object, "kind").value_or("image");
    auto const known = std::find_if(kinds.begin(), kinds.end(),
                                    [&](auto one) { return message::media_kind_name(one) == kind; });
    if (known == kinds.end()) {
        error = "media: unknown kind";
        return std::nullopt;
    }
    facts.kind = *known;
    facts.file.mimetype = text_field(*object, "mimetype").value_or("application/octet-stream");
    facts.file_name = text_field(*object, "filename").value_or("");
    facts.caption = text_field(*object, "caption").value_or("");
    facts.seconds = number_field(*object, "seconds").value_or(0);
    facts.view_once = flag_field(*object, "viewOnce").value_or(false);
    return media;
}

std::optional<json::object> media_of(ChatMessage const& message)
{
    auto const body = message::parse_body(message.content).body;
    auto const* media = std::get_if<message::Media>(&body);
    if (media == nullptr) return std::nullopt;
    json::object out;
    out["kind"] = message::media_kind_name(media->kind);
    out["mimetype"] = media->file.mimetype;
    out["length"] = media->file.length;
    out["sha256"] = hex_encode(media->file.sha256);
    out["caption"] = media->caption;
    out["filename"] = media->file_name;
    out["width"] = media->width;
    out["height"] = media->height;
    out["seconds"] = media->seconds;
    out["thumbnailBytes"] = media->thumbnail.size();
    out["waveformBytes"] = media->waveform.size();
    out["viewOnce"] = media->view_once;
    out["animated"] = media->animated;
    return out;
}

HttpResponse file_response(Result<Bytes> file)
{
    if (!file) return json_error(404, "no such file: " + file.error().message());
    HttpResponse response;
    response.content_type = "application/octet-stream";
    response.body = to_text(*file);
    return response;
}

} // namespace wagate::sandbox
