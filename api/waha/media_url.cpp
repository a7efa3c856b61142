#include "api/waha/media_url.hpp"

#include "api/waha/link_signer.hpp"
#include "api/waha/message_json.hpp"
#include "protocol/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wagate::waha {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_extension = 8;

/// Where the subtype is not the extension.
constexpr std::array extensions{
    std::pair{"image/jpeg"sv, "jpg"sv},
    std::pair{"image/svg+xml"sv, "svg"sv},
    std::pair{"audio/ogg"sv, "oga"sv},
    std::pair{"audio/mpeg"sv, "mp3"sv},
    std::pair{"audio/mp4"sv, "m4a"sv},
    std::pair{"video/quicktime"sv, "mov"sv},
    std::pair{"video/3gpp"sv, "3gp"sv},
    std::pair{"text/plain"sv, "txt"sv},
    std::pair{"text/vcard"sv, "vcf"sv},
    std::pair{"text/x-vcard"sv, "vcf"sv},
    std::pair{"application/msword"sv, "doc"sv},
    std::pair{"application/vnd.ms-excel"sv, "xls"sv},
    std::pair{"application/vnd.ms-powerpoint"sv, "ppt"sv},
    std::pair{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"sv, "docx"sv},
    std::pair{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"sv, "xlsx"sv},
    std::pair{"application/vnd.openxmlformats-officedocument.presentationml.presentation"sv, "pptx"sv},
    std::pair{"application/octet-stream"sv, "bin"sv},
    std::pair{"application/was"sv, "was"sv},
};

bool is_extension(std::string_view text) noexcept
{
    auto const is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && text.size() <= longest_extension &&
           std::all_of(text.begin(), text.end(), is_plain);
}

std::string lower(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

/// A segment of a path; ids hold an @.
std::string encoded(std::string_view text)
{
    return percent_encode(text, "@");
}

} // namespace

std::string media_extension(message::Media const& media)
{
    if (auto const dot = media.file_name.rfind('.'); dot != std::string::npos) {
        auto const named = lower(std::string_view(media.file_name).substr(dot + 1));
        if (is_extension(named)) return named;
    }
    auto type = lower(std::string_view(media.file.mimetype).substr(0, media.file.mimetype.find(';')));
    type.erase(type.find_last_not_of(' ') + 1);
    for (auto const& [known, extension] : extensions) {
        if (known == type) return std::string(extension);
    }
    auto const slash = type.find('/');
    if (slash != std::string::npos && is_extension(type.substr(slash + 1))) return type.substr(slash + 1);
    return "bin";
}

std::string media_file_name(Message const& message, message::Media const& media)
{
    return full_id(message) + "." + media_extension(media);
}

std::string media_url(MediaPlace const& place, Message const& message, message::Media const& media)
{
    auto const name = media_file_name(message, media);
    auto const path = encoded(place.session.value) + "/" + encoded(name);
    if (!place.signer) return place.base_url + "/api/files/" + path;
    auto const now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    return place.base_url + "/api/v1/files/" + encoded(place.tenant.value) + "/" + path + "?" +
           place.signer->query(SessionKey{place.tenant, place.session}, name, now);
}

} // namespace wagate::waha
