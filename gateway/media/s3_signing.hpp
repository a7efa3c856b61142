#pragma once
// AWS Signature Version 4 for object storage: what a request's Authorization header says (AWS's "Signature
// Calculations for the Authorization Header"). Pure.
#include "protocol/base/bytes.hpp"
#include "protocol/base/secret.hpp"
#include "protocol/base/time.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate::gateway {

struct S3Credentials {
    std::string access_key_id;
    Secret<std::string> secret_access_key;
    std::string region;
};

struct S3Request {
    std::string method;
    std::string path;                           ///< encoded, from the first slash on
    std::map<std::string, std::string> query;   ///< not encoded
    std::map<std::string, std::string> headers; ///< by lower-case name, `host` among them; all are signed
    std::string payload_sha256;                 ///< hexadecimal
};

/// SHA-256 of nothing, hexadecimal.
inline constexpr char empty_payload[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// As paths and queries need it: all but unreserved characters percent-encoded. @param keep_slash in a path
std::string s3_encoded(std::string_view text, bool keep_slash);
/// `a=1&b=2`, encoded and in order.
std::string s3_query(std::map<std::string, std::string> const& query);
/// The headers to send besides those of the request: x-amz-date, x-amz-content-sha256 and Authorization.
std::vector<std::pair<std::string, std::string>>
s3_signed_headers(S3Request request, S3Credentials const& credentials, WallTime now);

} // namespace wagate::gateway
