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
constexpr std::uint64_t largest_picture = 16u << 20;
constexpr std::size_t piece_bytes = 4u * 64 * 1024; // of base64 text: whole groups of four

Result<OpenFile> to_write(TempFile const& file)
{
    int const descriptor = ::open(file.path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (descriptor < 0) return ErrorCode{errno, boost::system::system_category()};
    return OpenFile{descriptor};
}

Rejection too_large(std::uint64_t max_bytes, std::string const& name = "file")
{
    return refused(GatewayErrc::invalid_request, name + " is larger than " + std::to_string(max_bytes >> 20) +
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

bool is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Rejection refused_url(ErrorCode error, std::string const& name)
{
    using egress::EgressErrc;
    if (error == EgressErrc::address_refused)
        return refused(GatewayErrc::invalid_request, name + " leads to an address that is not allowed");
    if (error == EgressErrc::bad_url)
        return refused(GatewayErrc::invalid_request, name + " must be a URL address of http or https");
    return unavailable(name + " cannot be fetched: " + error.message());
}

bool is_of(std::string_view type, std::vector<std::string_view> const& beginnings)
{
    return type.empty() || beginnings.empty() ||
           std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view beginning) { return type.starts_with(beginning); });
}

Task<Outcome<TakenFile>> fetch_url(MediaFolder& folder, FileSource source, MediaSettings const& settings,
                                   UrlLimits limits)
{
    auto const max_bytes = limits.max_bytes != 0 ? limits.max_bytes : settings.max_bytes;
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
        if (!parsed) co_return refused_url(parsed.error(), limits.name);
        bool is_too_large = false;
        bool is_wrong = false;
        std::optional<ErrorCode> write_error;
        unsigned status = 0;
        transport::Transfer transfer;
        transfer.url = url;
        transfer.policy = &settings.egress;
        transfer.ca_file = settings.egress_ca_file;
        transfer.user_agent = limits.user_agent.empty() ? settings.user_agent : limits.user_agent;
        transfer.headers.emplace_back("Accept", "*/*");
        transfer.on_head = [&](transport::TransferHead const& head) -> Result<void> {
            status = head.status;
            is_wrong = status == 200 && !is_of(head.header("Content-Type"), limits.types);
            is_too_large = status == 200 && !limits.is_cut && head.length && *head.length > max_bytes;
            if (is_too_large || is_wrong) return ErrorCode(transport::TransportErrc::closed);
            return {};
        };
        transfer.on_piece = [&](std::string_view piece) -> Result<void> {
            if (status != 200) return {};
            is_too_large = taken.bytes + piece.size() > max_bytes;
            if (is_too_large && !limits.is_cut) return ErrorCode(transport::TransportErrc::closed);
            piece = piece.substr(0, static_cast<std::size_t>(max_bytes - taken.bytes));
            taken.bytes += piece.size();
            auto written = output.write(piece);
            if (!written) write_error = written.error();
            if (written && is_too_large) return ErrorCode(transport::TransportErrc::closed);
            return written;
        };
        auto transferring = transport::run_transfer(std::move(transfer));
        auto const head = co_await std::move(transferring);
        if (write_error) co_return not_stored(*write_error);
        if (is_wrong)
            co_return refused(GatewayErrc::invalid_request, limits.name + " leads to another kind of file");
        if (is_too_large && limits.is_cut) {
            taken.url = url;
            co_return taken;
        }
        if (is_too_large) co_return too_large(max_bytes, limits.name);
        if (!head) co_return refused_url(head.error(), limits.name);
        if (is_redirect(head->status)) {
            auto const next = resolve_reference(url, head->header("Location"));
            if (!next) co_return unavailable(limits.name + " redirects to nowhere");
            url = *next;
            continue;
        }
        if (head->status != 200)
            co_return unavailable(limits.name + " was answered with status " + std::to_string(head->status));
        taken.mimetype = source.mimetype.empty() ? plain_type(head->header("Content-Type")) : source.mimetype;
        taken.file_name = source.file_name.empty() ? name_in(parsed->target) : source.file_name;
        taken.url = url;
        co_return taken;
    }
    co_return unavailable(limits.name + " redirects too often");
}

} // namespace

UrlLimits picture_limits(std::string name)
{
    UrlLimits limits;
    limits.name = std::move(name);
    limits.max_bytes = largest_picture;
    limits.types = {"image/", "application/octet-stream", "binary/octet-stream"};
    limits.time = std::chrono::seconds{30};
    return limits;
}

std::optional<std::string> resolve_reference(std::string_view from, std::string_view reference)
{
    if (reference.starts_with("http://") || reference.starts_with("https://")) return std::string{reference};
    auto const base = egress::parse_http_url(from);
    if (!base || reference.empty()) return std::nullopt;
    if (reference.starts_with("//")) return base->scheme + ":" + std::string{reference};
    auto const host = base->scheme + "://" + base->authority();
    if (reference.starts_with("/")) return host + std::string{reference};
    // Another scheme, or a query alone: neither a page to go to nor a file.
    if (reference.find(':') < reference.find_first_of("/?#") || reference.starts_with("?"))
        return std::nullopt;
    auto const path = std::string_view{base->target}.substr(0, base->target.find_first_of("?#"));
    return host + std::string{path.substr(0, path.rfind('/') + 1)} + std::string{reference};
}

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

Task<Outcome<TakenFile>> take_url(MediaFolder& folder, FileSource source, MediaSettings const& settings,
                                  UrlLimits limits)
{
    auto const time = limits.time;
    auto const name = limits.name;
    auto work = fetch_url(folder, std::move(source), settings, std::move(limits));
    std::optional<Outcome<TakenFile>> taken;
    auto storing = detail::store_into(std::move(work), taken);
    auto limited = with_timeout(std::move(storing), time);
    auto const done = co_await std::move(limited);
    if (!done || !taken) co_return unavailable(name + " took too long");
    co_return std::move(*taken);
}

} // namespace wagate::gateway
