#pragma once
// Error bodies in the shapes that WAHA's clients know (NestJS).
#include "api/http/json.hpp"
#include "gateway/limits/limits.hpp"

namespace wagate::http {

/// `{"message":…,"error":"Not Found","statusCode":404}`
Response problem(unsigned status, std::string_view message);
/// `{"statusCode":400,"message":[…],"error":"Bad Request"}`
Response invalid_request(std::vector<std::string> const& problems);
/// `{"message":"Unauthorized","statusCode":401}`
Response unauthorized();
/// 403: the key is valid and may not do this.
Response forbidden();
/// 429, 503 or 507 with Retry-After.
Response try_again_later(unsigned status, std::string_view message, unsigned retry_after_seconds);
/// 429 with Retry-After, RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), and the
/// limit's name in `limit`.
Response limit_exceeded(gateway::LimitHit const& hit);

} // namespace wagate::http
