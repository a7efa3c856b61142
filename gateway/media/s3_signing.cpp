#include "gateway/media/s3_signing.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <chrono>
#include <cstdio>

namespace wagate::gateway {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// 20130524T000000Z
std::string stamp_of(WallTime now)
{
    auto const seconds = std::chrono::floor<std::chrono::seconds>(now);
    auto const day = std::chrono::floor<std::chrono::days>(seconds);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{seconds - day};
    char text[64];
    std::snprintf(text, sizeof(text), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text;
}

/// What is signed with depends on day and region, so that a leaked signature opens nothing else.
Secret<crypto::Key32> signing_key(S3Credentials const& credentials, std::string_view date)
{
    Secret<std::string> const first{"AWS4" + credentials.secret_access_key.reveal()};
    Secret<crypto::Key32> key{crypto::hmac_sha256(view(first.reveal()), {view(date)})};
    for (std::string_view const part :
         {std::string_view{credentials.region}, std::string_view{"s3"}, std::string_view{"aws4_request"}})
        key = Secret<crypto::Key32>{crypto::hmac_sha256(key.reveal(), {view(part)})};
    return key;
}

} // namespace

std::string s3_encoded(std::string_view text, bool keep_slash)
{
    return percent_encode(text, keep_slash ? "/" : "");
}

std::string s3_query(std::map<std::string, std::string> const& query)
{
    std::string out;
    for (auto const& [name, value] : query) {
        if (!out.empty()) out += '&';
        out += s3_encoded(name, false) + "=" + s3_encoded(value, false);
    }
    return out;
}

std::vector<std::pair<std::string, std::string>>
s3_signed_headers(S3Request request, S3Credentials const& credentials, WallTime now)
{
    auto const stamp = stamp_of(now);
    auto const date = stamp.substr(0, 8);
    request.headers["x-amz-date"] = stamp;
    request.headers["x-amz-content-sha256"] = request.payload_sha256;
    std::string names;
    std::string canonical = request.method + "\n" + request.path + "\n" + s3_query(request.query) + "\n";
    for (auto const& [name, value] : request.headers) {
        canonical += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    canonical += "\n" + names + "\n" + request.payload_sha256;
    auto const scope = date + "/" + credentials.region + "/s3/aws4_request";
    auto const text = std::string(algorithm) + "\n" + stamp + "\n" + scope + "\n" +
                      hex_encode(crypto::sha256(view(canonical)));
    auto const signature =
        hex_encode(crypto::hmac_sha256(signing_key(credentials, date).reveal(), {view(text)}));
    auto const authorization = std::string(algorithm) + " Credential=" + credentials.access_key_id + "/" +
                               scope + ",SignedHeaders=" + names + ",Signature=" + signature;
    return {{"x-amz-date", stamp},
            {"x-amz-content-sha256", request.payload_sha256},
            {"Authorization", authorization}};
}

} // namespace wagate::gateway
