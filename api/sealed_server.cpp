#include "api/sealed_server.hpp"

#include "api/http/json.hpp"

namespace wagate {
namespace {

namespace json = boost::json;

json::object facts_of(SealedNotice const& notice)
{
    json::object sealed;
    sealed["reason"] = "sealed";
    sealed["wantedKeyId"] = notice.wanted_key;
    if (notice.found_key.empty())
        sealed["foundKeyId"] = nullptr;
    else
        sealed["foundKeyId"] = notice.found_key;
    return sealed;
}

http::Response answer_to(http::Request const& request, SealedNotice const& notice)
{
    auto const& path = request.path;
    json::object body;
    if (path == "/ping") {
        body["message"] = "pong";
        return http::json_response(200, body);
    }
    if (path == "/livez") {
        body["status"] = "ok";
        return http::json_response(200, body);
    }
    body = facts_of(notice);
    if (path == "/health" || path == "/readyz") {
        body["status"] = "error";
        return http::json_response(503, body);
    }
    body["message"] = "The database is sealed: start the server with the master key " + notice.wanted_key;
    body["error"] = "Service Unavailable";
    body["statusCode"] = 503;
    return http::json_response(503, body);
}

Task<http::Response> answer(SealedNotice notice, http::Request request)
{
    co_return answer_to(request, notice);
}

} // namespace

std::unique_ptr<http::Server> make_sealed_server(std::vector<boost::asio::any_io_executor> loops,
                                                 SealedNotice notice)
{
    auto handler = [notice = std::move(notice)](http::Request request) {
        return answer(notice, std::move(request));
    };
    return std::make_unique<http::Server>(std::move(loops), std::move(handler));
}

} // namespace wagate
