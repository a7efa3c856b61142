#include "api/waha/pairing_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/qr_image.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/base/encoding.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

/// A QR code changes every 20 s: nobody may show an old one.
Response uncached(Response response)
{
    response.headers.add("Cache-Control", "no-store");
    return response;
}

Response raw_response(std::string const& text)
{
    json::object body;
    body["value"] = text;
    return uncached(http::json_response(200, body));
}

Response picture_response(std::string const& text, bool as_json)
{
    auto const png = qr_png(text);
    if (!png) return http::problem(500, "Internal server error");
    if (as_json) {
        auto const encoded = base64_encode(*png);
        json::object body;
        body["mimetype"] = "image/png";
        body["data"] = encoded;
        body["qr"] = "data:image/png;base64," + encoded;
        return uncached(http::json_response(200, body));
    }
    Response response;
    response.headers.add("Content-Type", "image/png");
    response.body = to_text(*png);
    return uncached(std::move(response));
}

Response code_rejection(gateway::Rejection const& rejection, std::string const& session)
{
    if (rejection.code != gateway::GatewayErrc::wrong_status)
        return rejection_response(rejection, session, Subject::action);
    json::object body;
    body["message"] = "Can request code only in SCAN_QR_CODE status. The current status is " +
                      std::string(status_name(rejection.status));
    body["error"] = "Unprocessable Entity";
    body["statusCode"] = 422;
    body["session"] = session;
    body["status"] = status_name(rejection.status);
    return http::json_response(422, body);
}

http::Shape const& code_shape()
{
    static http::Shape const shape{{Field::text("phoneNumber").required().size_between(1, 32),
                                    Field::text("method").size_between(0, 16)}};
    return shape;
}

} // namespace

void PairingRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/{session}/auth/qr", Access::tenant, std::bind_front(&PairingRoutes::qr, this));
    router.add("POST", "/api/{session}/auth/request-code", Access::tenant,
               std::bind_front(&PairingRoutes::request_code, this));
}

Task<Response> PairingRoutes::qr(Call call)
{
    std::vector<std::string> problems;
    std::vector<std::string_view> const formats{"image", "raw"};
    auto const format = http::QueryRules(call.query, problems).choice("format", formats).value_or("image");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto const code = co_await gateway_.qr_code(session);
    if (!code) co_return rejection_response(code.error(), session.name.value, Subject::action);
    if (format == "raw") co_return raw_response(code->text);
    bool const as_json =
        call.request.headers.find("Accept").find("application/json") != std::string_view::npos;
    co_return picture_response(code->text, as_json);
}

Task<Response> PairingRoutes::request_code(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, code_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    if (http::text_at(body, "method").value_or("") != "")
        co_return http::problem(422, "'method' is not supported, remove it and try again");
    auto phone = *http::text_at(body, "phoneNumber");
    auto const code = co_await gateway_.request_code(session, std::move(phone));
    if (!code) co_return code_rejection(code.error(), session.name.value);
    json::object out;
    out["code"] = *code;
    co_return http::json_response(201, out);
}

} // namespace wagate::waha
