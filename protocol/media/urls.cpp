#include "protocol/media/urls.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/media/errors.hpp"

namespace wagate::media {
namespace {

constexpr std::size_t max_path_bytes = 4096;

std::string upload(std::string_view folder, std::string_view type, ByteView sha256, std::string_view auth)
{
    auto const token = upload_token(sha256);
    std::string path{folder};
    path.append(type).append("/").append(token);
    path.append("?auth=").append(percent_encode(auth));
    path.append("&token=").append(percent_encode(token));
    return path;
}

/// A second slash or a backslash at the front would be read as a host by some URL parsers.
bool is_path(std::string_view text) noexcept
{
    if (text.empty() || text.size() > max_path_bytes || text.front() != '/') return false;
    if (text.size() > 1 && (text[1] == '/' || text[1] == '\\')) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
}

} // namespace

std::string upload_token(ByteView sha256)
{
    return base64url_encode(sha256);
}

std::string upload_path(MediaType type, ByteView encrypted_sha256, std::string_view auth,
                        UploadProgress const& progress)
{
    auto path = upload("/mms/", mms_type(type), encrypted_sha256, auth);
    if (progress.ask) path.append("&resume=1");
    if (progress.offset) path.append("&file_offset=").append(std::to_string(*progress.offset));
    return path;
}

std::string open_upload_path(MediaType type, ByteView plain_sha256, std::string_view auth)
{
    if (type == MediaType::product_image) return upload("/product/", mms_type(type), plain_sha256, auth);
    if (type == MediaType::cover_photo) return upload("/pps/", mms_type(type), plain_sha256, auth);
    return upload("/newsletter/newsletter-", mms_type(type), plain_sha256, auth);
}

Result<std::string> download_path(std::string_view direct_path, ByteView encrypted_sha256, MediaType type)
{
    if (!is_path(direct_path)) return MediaErrc::bad_path;
    std::string path{direct_path};
    char const separator = direct_path.find('?') == std::string_view::npos ? '?' : '&';
    path += separator;
    if (!encrypted_sha256.empty())
        path.append("hash=").append(percent_encode(base64url_encode(encrypted_sha256))).append("&");
    path.append("mms-type=").append(mms_type(type)).append("&__wa-mms=");
    return path;
}

Result<std::string> history_delete_path(std::string_view direct_path, ByteView encrypted_sha256,
                                        std::string_view auth, std::string_view encrypted_handle)
{
    if (!is_path(direct_path)) return MediaErrc::bad_path;
    auto path = upload("/mms/", mms_type(MediaType::history), encrypted_sha256, auth);
    auto directory = base64url_encode(view(direct_path.substr(0, direct_path.find('?'))));
    while (!directory.empty() && directory.back() == '=')
        directory.pop_back();
    path.append("&d_md=").append(directory);
    if (!encrypted_handle.empty()) path.append("&e_handle=").append(percent_encode(encrypted_handle));
    return path;
}

} // namespace wagate::media
