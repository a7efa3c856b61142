#include "api/waha/file_routes.hpp"

#include "api/http/byte_range.hpp"
#include "api/http/problem.hpp"
#include "api/http/streaming.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/link_signer.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/runtime/runtime.hpp"
#include "protocol/base/encoding.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

/// How long a client waits for a file that has to be downloaded first.
constexpr std::chrono::minutes longest_wait{5};
constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::uint64_t largest_json = 64u << 20;

/// The message's id in `{id}.{ext}`.
std::string id_in(std::string const& file)
{
    auto const dot = file.rfind('.');
    auto const underscore = file.rfind('_');
    if (dot == std::string::npos || (underscore != std::string::npos && dot < underscore)) return file;
    return file.substr(0, dot);
}

/// What browsers would run stays a download: the sender of a file chooses its type.
bool is_shown(std::string_view mimetype)
{
    return mimetype.starts_with("image/") ? !mimetype.starts_with("image/svg")
                                          : mimetype.starts_with("audio/") || mimetype.starts_with("video/");
}

std::string safe_type(std::string const& mimetype)
{
    bool const is_line =
        std::all_of(mimetype.begin(), mimetype.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return mimetype.empty() || !is_line ? "application/octet-stream" : mimetype;
}

/// RFC 6266 with RFC 8187: any name, in ASCII.
std::string disposition(gateway::LocalFile const& file)
{
    std::string text = is_shown(file.mimetype) ? "inline" : "attachment";
    if (file.file_name.empty()) return text;
    return text + "; filename*=UTF-8''" + percent_encode(file.file_name);
}

http::Shape const& convert_shape()
{
    static http::Shape const shape{{Field::text("url").size_between(0, 8'192), Field::text("data")}};
    return shape;
}

} // namespace

void FileRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/files/{session}/{file}", Access::tenant,
               std::bind_front(&FileRoutes::file, this));
    router.add("GET", "/api/v1/files/{tenant}/{session}/{file}", Access::open,
               std::bind_front(&FileRoutes::linked_file, this));
    router.add("POST", "/api/{session}/media/convert/voice", Access::tenant,
               std::bind_front(&FileRoutes::convert_voice, this), body_bytes_);
    router.add("POST", "/api/{session}/media/convert/video", Access::tenant,
               std::bind_front(&FileRoutes::convert_video, this), body_bytes_);
}

http::BodyStream FileRoutes::body_of(gateway::LocalFile file, std::uint64_t first, std::uint64_t count)
{
    return [this, file = std::move(file), first, count](http::BodyWriter& writer) -> Task<void> {
        auto const source = file; // of this coroutine, not of the function object
        auto place = first;
        for (auto left = count; left > 0;) {
            auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_bytes));
            auto reading = media_.read(source, place, wanted);
            auto piece = co_await std::move(reading);
            // The length was promised: the connection ends, so that the client knows.
            if (!piece || piece->empty())
                throw boost::system::system_error(make_error_code(boost::system::errc::io_error));
            place += piece->size();
            left -= piece->size();
            auto writing = writer.write(std::move(*piece));
            auto const written = co_await std::move(writing);
            if (!written) co_return;
        }
    };
}

Task<Response> FileRoutes::file(Call call)
{
    auto session = session_of(call);
    return give(std::move(call), std::move(session));
}

Task<Response> FileRoutes::linked_file(Call call)
{
    SessionKey session{TenantId{call.parameter("tenant")}, SessionName{call.parameter("session")}};
    auto const given = [&](std::string_view name) { return call.query.find(name).value_or(""); };
    auto const now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    if (!signer_ || !signer_->holds(session, call.parameter("file"), given("exp"), given("sig"), now))
        co_return http::problem(403, "The link does not hold, or not any more");
    auto giving = give(std::move(call), std::move(session));
    co_return co_await std::move(giving);
}

Task<Response> FileRoutes::give(Call call, SessionKey session)
{
    auto fetching = media_.fetch(session, id_in(call.parameter("file")));
    std::optional<gateway::Outcome<gateway::LocalFile>> fetched;
    auto limited = with_timeout(detail::store_into(std::move(fetching), fetched), longest_wait);
    auto const done = co_await std::move(limited);
    if (!done || !fetched) co_return http::problem(504, "The file could not be downloaded in time");
    if (!*fetched && fetched->error().code == gateway::GatewayErrc::not_found) {
        json::object inner;
        inner["code"] = 404;
        inner["key"] = "FILE_NOT_FOUND";
        inner["message"] = "There is no such file";
        json::object body;
        body["error"] = std::move(inner);
        co_return http::json_response(404, body);
    }
    if (!*fetched) co_return rejection_response(fetched->error(), session.name.value, Subject::action);
    auto const& found = **fetched;
    Response response;
    response.headers.add("Content-Type", safe_type(found.mimetype));
    response.headers.add("Content-Disposition", disposition(found));
    response.headers.add("ETag", found.etag);
    response.headers.add("Accept-Ranges", "bytes");
    response.headers.add("Cache-Control", "private, max-age=3600");
    response.headers.add("X-Content-Type-Options", "nosniff");
    if (call.request.headers.find("If-None-Match") == found.etag) {
        response.status = 304;
        co_return response;
    }
    auto const condition = call.request.headers.find("If-Range");
    bool const is_same = condition.empty() || condition == found.etag;
    auto const asked =
        http::byte_range(is_same ? call.request.headers.find("Range") : std::string_view{}, found.bytes);
    if (asked.is_unsatisfiable) {
        auto refusal = http::problem(416, "The range is not in the file");
        refusal.headers.add("Content-Range", "bytes */" + std::to_string(found.bytes));
        co_return refusal;
    }
    if (asked.is_part) {
        response.status = 206;
        response.headers.add("Content-Range", "bytes " + std::to_string(asked.first) + "-" +
                                                  std::to_string(asked.first + asked.count - 1) + "/" +
                                                  std::to_string(found.bytes));
    }
    response.stream_bytes = asked.count;
    response.stream = body_of(found, asked.first, asked.count);
    co_return response;
}

Task<Response> FileRoutes::convert_voice(Call call)
{
    return convert(std::move(call), gateway::Conversion::voice);
}

Task<Response> FileRoutes::convert_video(Call call)
{
    return convert(std::move(call), gateway::Conversion::video);
}

Task<Response> FileRoutes::convert(Call call, gateway::Conversion into)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, convert_shape(), unknown_, problems);
    call.request.body = {};
    auto source = take_file(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto converting = media_.convert(call.principal.tenant, std::move(source), into);
    auto const made = co_await std::move(converting);
    if (!made) co_return rejection_response(made.error(), session.name.value, Subject::action);
    if (call.request.headers.find("Accept").find("application/json") != std::string_view::npos) {
        auto telling = as_json(*made);
        co_return co_await std::move(telling);
    }
    Response response;
    response.headers.add("Content-Type", made->mimetype);
    response.stream_bytes = made->bytes;
    response.stream = body_of(*made, 0, made->bytes);
    co_return response;
}

Task<Response> FileRoutes::as_json(gateway::LocalFile file)
{
    if (file.bytes > largest_json)
        co_return http::problem(413, "The file is too large for JSON: ask for its bytes");
    auto reading = media_.read(file, 0, static_cast<std::size_t>(file.bytes));
    auto const content = co_await std::move(reading);
    if (!content) co_return http::problem(500, "The file could not be read");
    json::object body;
    body["mimetype"] = file.mimetype;
    body["data"] = base64_encode(view(*content));
    co_return http::json_response(200, body);
}

} // namespace wagate::waha
