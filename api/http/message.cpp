#include "api/http/message.hpp"

#include <algorithm>

namespace wagate::http {
namespace {

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_safe_field(std::string_view value) noexcept
{
    return value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

} // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view Headers::find(std::string_view name) const noexcept
{
    for (auto const& [key, value] : fields_) {
        if (equal_ignoring_case(key, name)) return value;
    }
    return {};
}

bool Headers::contains(std::string_view name) const noexcept
{
    return std::any_of(fields_.begin(), fields_.end(),
                       [&](auto const& field) { return equal_ignoring_case(field.first, name); });
}

std::string_view reason_phrase(unsigned status) noexcept
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Payload Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Entity";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
    }
}

namespace {

/// Of every answer that does not say otherwise: it is what its type says, nobody keeps it, and opened as a
/// page it runs nothing, asks for nothing and tells nobody.
constexpr std::pair<std::string_view, std::string_view> usual_fields[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-store"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy",
     "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
     "frame-ancestors 'none'; sandbox"},
};

std::string head_of(Response const& response)
{
    std::string head = "HTTP/1.1 ";
    head.reserve(192);
    head.append(std::to_string(response.status))
        .append(" ")
        .append(reason_phrase(response.status))
        .append("\r\n");
    for (auto const& [name, value] : response.headers) {
        if (is_safe_field(name) && is_safe_field(value))
            head.append(name).append(": ").append(value).append("\r\n");
    }
    for (auto const& [name, value] : usual_fields) {
        if (!response.headers.contains(name)) head.append(name).append(": ").append(value).append("\r\n");
    }
    return head;
}

} // namespace

std::string response_head(Response const& response, bool keep_alive)
{
    auto head = head_of(response);
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    head.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    return head;
}

std::string stream_head(Response const& response, bool chunked)
{
    auto head = head_of(response);
    if (response.stream_bytes)
        head.append("Content-Length: ").append(std::to_string(*response.stream_bytes)).append("\r\n");
    else if (chunked)
        head.append("Transfer-Encoding: chunked\r\n");
    head.append("Connection: close\r\n\r\n");
    return head;
}

} // namespace wagate::http
