#include "protocol/base/encoding.hpp"
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

TEST_CASE("the QR code is a picture unless JSON is asked for", "[api][pairing]")
{
    Api api;
    api.add_session("acme", "shop", SessionStatus::scan_qr_code);
    for (auto const* accept : {"", "*/*", "image/png"}) {
        auto const picture = api.call("GET", "/api/shop/auth/qr", "", "acme-key", accept);
        CHECK(picture.status == 200);
        CHECK(picture.headers.find("Content-Type") == "image/png");
        CHECK(picture.headers.find("Cache-Control") == "no-store");
        CHECK(picture.body.substr(1, 3) == "PNG");
    }
    auto const picture = api.call("GET", "/api/shop/auth/qr?format=image").body;
    auto const body =
        body_of(api.call("GET", "/api/shop/auth/qr", "", "acme-key", "application/json, text/plain"));
    CHECK(body.at("mimetype") == "image/png");
    CHECK(body.at("data").as_string() == base64_encode(view(picture)));
    CHECK(body.at("qr").as_string() == "data:image/png;base64," + base64_encode(view(picture)));
}

TEST_CASE("format raw gives the text of the QR code", "[api][pairing]")
{
    Api api;
    api.add_session("acme", "shop", SessionStatus::scan_qr_code);
    CHECK(api.call("GET", "/api/shop/auth/qr?format=raw").body == R"({"value":"2@fake,qr,code"})");
    CHECK(api.call("GET", "/api/shop/auth/qr?format=svg").status == 400);
}

TEST_CASE("a QR code of an unknown session, or in another status, is 422", "[api][pairing]")
{
    Api api;
    auto const unknown = api.call("GET", "/api/shop/auth/qr");
    CHECK(unknown.status == 422);
    CHECK(unknown.body == R"({"error":"Session \"shop\" does not exist","session":"shop"})");
    gateway::Rejection rejection;
    rejection.code = gateway::GatewayErrc::wrong_status;
    rejection.status = SessionStatus::working;
    rejection.expected = {SessionStatus::scan_qr_code};
    api.gateway.rejection = rejection;
    auto const wrong = api.call("GET", "/api/shop/auth/qr");
    CHECK(wrong.status == 422);
    CHECK(
        wrong.body ==
        R"({"error":"Session status is not as expected. Try again later or restart the session","session":"shop","status":"WORKING","expected":["SCAN_QR_CODE"]})");
}

TEST_CASE("a pairing code is given for a phone number", "[api][pairing]")
{
    Api api;
    api.add_session("acme", "shop", SessionStatus::scan_qr_code);
    auto const response =
        api.call("POST", "/api/shop/auth/request-code", R"({"phoneNumber":"4915112345678","method":null})");
    CHECK(response.status == 201);
    CHECK(response.body == R"({"code":"ABCD-EFGH"})");
    CHECK(api.gateway.calls == std::vector<std::string>{"code 4915112345678 acme/shop"});
}

TEST_CASE("requests for a pairing code that cannot be met say why", "[api][pairing]")
{
    Api api;
    api.add_session("acme", "shop", SessionStatus::scan_qr_code);
    CHECK(api.call("POST", "/api/shop/auth/request-code", "{}").status == 400);
    CHECK(api.call("POST", "/api/shop/auth/request-code", R"({"phoneNumber":"49","method":"sms"})").status ==
          422);
    CHECK(api.gateway.calls.empty());
    auto const answer = [&](gateway::GatewayErrc code, int server_code = 0) {
        gateway::Rejection rejection;
        rejection.code = code;
        rejection.status = SessionStatus::working;
        rejection.server_code = server_code;
        api.gateway.rejection = rejection;
        return api.call("POST", "/api/shop/auth/request-code", R"({"phoneNumber":"49"})");
    };
    auto const wrong = answer(gateway::GatewayErrc::wrong_status);
    CHECK(wrong.status == 422);
    CHECK(body_of(wrong).at("message") ==
          "Can request code only in SCAN_QR_CODE status. The current status is WORKING");
    CHECK(answer(gateway::GatewayErrc::invalid_phone_number).status == 400);
    CHECK(answer(gateway::GatewayErrc::timed_out).status == 504);
    auto const refused = answer(gateway::GatewayErrc::code_refused, 429);
    CHECK(refused.status == 422);
    CHECK(body_of(refused).at("reason") == "code_refused");
    CHECK(body_of(refused).at("code") == 429);
}
