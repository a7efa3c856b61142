#include "gateway/media/file_source.hpp"

#include "gateway/egress/errors.hpp"
#include "gateway/egress/url.hpp"
#include "gateway/media/media_errors.hpp"
#include "gateway/transport/errors.hpp"
#include "gateway/transport/http_transfer.hpp"
#include "protocol/base/encoding.hpp"

#include <fcntl.h>

#include <algorithm>

namespace wagate::gateway {
namespace {

constexpr int most_redirects = 5;
constexpr std::chrono::minutes url_limit{5};
constexpr std::size_t piece_bytes = 4u * 64 * 1024; // of base64 text: whole groups of four

Result<OpenFile> to_write(TempFile const& file)
{
    int const descriptor = ::open(file.path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (descriptor < 0) return ErrorCode{errno, boost::system::system_category()};
    return OpenFile{descriptor};
}

Rejection too_large(std::uint64_t max_bytes)
{
    return refused(GatewayErrc::invalid_request, "file is larger than " + std::to_string(max_bytes >> 20) +
                                                     " MiB, the limit of this server");
}

/// The media type without its parameters.
std::string plain_type(std::string_view header)
{
    auto type = std::string{header.substr(0, header.find(';'))};
    while (!type.empty() && type.back() == ' ')
        type.pop_back();
    return type;
}

/// The last part of a URL's path.
std::string name_in(std::string_view target)
{
    target = target.substr(0, target.find_first_of("?#"));
    return std::string{target.substr(target.rfind('/') + 1)};
}

/// The URL that a redirect means; nothing for what is not understood.
std::optional<std::string> next_url(egress::Url const& from, std::string_view location)
{
    if (location.starts_with("http://") || location.starts_with("https://")) return std::string{location};
    if (location.starts_with("//")) return from.scheme + ":" + std::string{location};
    if (location.starts_with("/")) return from.scheme + "://" + from.authority() + std::string{location};
    return std::nullopt;
}

bool is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Rejection refused_url(ErrorCode error)
{
    using egress::EgressErrc;
    if (error == EgressErrc::address_refused)
        return refused(GatewayErrc::invalid_request, "file.url leads to an address that is not allowed");
    if (error == EgressErrc::bad_url)
        return refused(GatewayErrc::invalid_request, "file.url must be a URL address of http or https");
    return unavailable("file.url cannot be fetched: " + error.message());
}

Task<Outcome<TakenFile>> fetch_url(MediaFolder& folder, FileSource source, MediaSettings const& settings)
{
    auto made = folder.new_file();
    if (!made) co_return not_stored(made.error());
    auto opened = to_write(**made);
    if (!opened) co_return not_stored(opened.error());
    auto output = std::move(*opened);
    TakenFile taken;
    taken.file = *made;
    auto url = source.url;
    for (int hop = 0; hop <= most_redirects; ++hop) {
        auto const parsed = egress::parse_http_url(url);
        if (!parsed) co_return refused_url(parsed.error());
        bool is_too_large = false;
        std::optional<ErrorCode> write_error;
        unsigned status = 0;
        transport::Transfer transfer;
        transfer.url = url;
        transfer.policy = &settings.egress;
        transfer.ca_file = settings.egress_ca_file;
        transfer.user_agent = settings.user_agent;
        transfer.headers.emplace_back("Accept", "*/*");
        transfer.on_head = [&](transport::TransferHead const& head) -> Result<void> {
            status = head.status;
            is_too_large = status == 200 && head.length && *head.length > settings.max_bytes;
            if (is_too_large) return ErrorCode(transport::TransportErrc::closed);
            return {};
        };
        transfer.on_piece = [&](std::string_view piece) -> Result<void> {
            if (status != 200) return {};
            taken.bytes += piece.size();
            is_too_large = taken.bytes > settings.max_bytes;
            if (is_too_large) return ErrorCode(transport::TransportErrc::closed);
            auto written = output.write(piece);
            if (!written) write_error = written.error();
            return written;
        };
        auto transferring = transport::run_transfer(std::move(transfer));
        auto const head = co_await std::move(transferring);
        if (is_too_large) co_return too_large(settings.max_bytes);
        if (write_error) co_return not_stored(*write_error);
        if (!head) co_return refused_url(head.error());
        if (is_redirect(head->status)) {
            auto const next = next_url(*parsed, head->header("Location"));
            if (!next) co_return unavailable("file.url redirects to nowhere");
            url = *next;
            continue;
        }
        if (head->status != 200)
            co_return unavailable("file.url was answered with status " + std::to_string(head->status));
        taken.mimetype = source.mimetype.empty() ? plain_type(head->header("Content-Type")) : source.mimetype;
        taken.file_name = source.file_name.empty() ? name_in(parsed->target) : source.file_name;
        co_return taken;
    }
    co_return unavailable("file.url redirects too often");
}

} // namespace

Outcome<TakenFile> take_base64(MediaFolder& folder, FileSource source, std::uint64_t max_bytes)
{
    std::string_view text = source.base64;
    // Browsers give `data:image/png;base64,…`.
    if (text.starts_with("data:"))
        if (auto const comma = text.find(','); comma != std::string_view::npos) text.remove_prefix(comma + 1);
    if (text.size() / 4 * 3 > max_bytes + 3) return too_large(max_bytes);
    auto made = folder.new_file();
    if (!made) return not_stored(made.error());
    auto output = to_write(**made);
    if (!output) return not_stored(output.error());
    TakenFile taken;
    taken.file = *made;
    while (!text.empty()) {
        auto const piece = base64_decode(text.substr(0, piece_bytes));
        bool const is_last = text.size() <= piece_bytes;
        if (!piece || (!is_last && piece->size() != piece_bytes / 4 * 3))
            return refused(GatewayErrc::invalid_request, "file.data must be base64 encoded");
        text.remove_prefix(std::min(text.size(), piece_bytes));
        taken.bytes += piece->size();
        if (taken.bytes > max_bytes) return too_large(max_bytes);
        if (auto const written = output->write(text_view(*piece)); !written)
            return not_stored(written.error());
    }
    taken.mimetype = std::move(source.mimetype);
    taken.file_name = std::move(source.file_name);
    return taken;
}

Task<Outcome<TakenFile>> take_url(MediaFolder& folder, FileSource source, MediaSettings const& settings)
{
    auto work = fetch_url(folder, std::move(source), settings);
    std::optional<Outcome<TakenFile>> taken;
    auto storing = detail::store_into(std::move(work), taken);
    auto limited = with_timeout(std::move(storing), url_limit);
    auto const done = co_await std::move(limited);
    if (!done || !taken) co_return unavailable("file.url took too long");
    co_return std::move(*taken);
}

} // namespace wagate::gateway
