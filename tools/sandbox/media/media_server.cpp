#include "tools/sandbox/media/media_server.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/urls.hpp"

#include <charconv>

namespace wagate::sandbox {
namespace {

std::string unpadded(std::string text)
{
    while (!text.empty() && text.back() == '=')
        text.pop_back();
    return text;
}

std::string name_of(ByteView sha256)
{
    return unpadded(media::upload_token(sha256));
}

int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string parameter(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        auto const end = query.find('&');
        auto const pair = query.substr(0, end);
        auto const equals = pair.find('=');
        if (pair.substr(0, equals) == name)
            return equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1));
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return {};
}

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

HttpResponse refusal(int status)
{
    HttpResponse response;
    response.status = status;
    response.body = R"({"error":)" + std::to_string(status) + "}";
    return response;
}

bool use(std::uint32_t& count)
{
    if (count == 0) return false;
    --count;
    return true;
}

struct Range {
    std::size_t first = 0;
    std::size_t last = 0;
};

/// `bytes=first-` or `bytes=first-last`.
std::optional<Range> range_of(std::string_view header, std::size_t size)
{
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit) || size == 0) return std::nullopt;
    header.remove_prefix(unit.size());
    auto const dash = header.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    auto const first = number(header.substr(0, dash));
    auto const last = dash + 1 == header.size() ? size - 1 : number(header.substr(dash + 1));
    if (!first || !last || *first >= size || *first > *last) return std::nullopt;
    return Range{static_cast<std::size_t>(*first),
                 std::min<std::size_t>(static_cast<std::size_t>(*last), size - 1)};
}

} // namespace

std::string MediaServer::new_auth()
{
    return *auths_.insert(hex_encode(random_.bytes(16))).first;
}

bool MediaServer::serves(std::string_view path)
{
    return path.starts_with("/mms/") || path.starts_with("/newsletter/") || path.starts_with("/product/") ||
           path.starts_with("/pps/") || path.starts_with("/v/");
}

HttpResponse MediaServer::handle(HttpRequest const& request)
{
    if (use(faults.unavailable)) return refusal(503);
    if (request.method == "GET" && request.path.starts_with("/v/")) return download(request);
    if (request.method == "DELETE" && request.path.starts_with("/mms/md-msg-hist/")) return remove(request);
    auto const path = std::string_view{request.path}.substr(1);
    auto const first = path.find('/');
    auto const second = path.find('/', first + 1);
    if (request.method != "POST" || first == std::string_view::npos || second == std::string_view::npos)
        return refusal(404);
    Upload what;
    what.folder = std::string{path.substr(0, first)};
    what.type = std::string{path.substr(first + 1, second - first - 1)};
    what.token = unpadded(percent_decoded(path.substr(second + 1)));
    return upload(request, what);
}

HttpResponse MediaServer::upload(HttpRequest const& request, Upload const& what)
{
    auto const refuse = [this](int status) {
        ++counts_.refused;
        return refusal(status);
    };
    if (use(faults.refuse_auth) || !auths_.contains(parameter(request.query, "auth"))) return refuse(401);
    if (what.token.empty() || unpadded(parameter(request.query, "token")) != what.token) return refuse(400);
    auto& part = parts_[what.token];
    if (parameter(request.query, "resume") == "1") {
        if (files_.contains(what.token)) {
            parts_.erase(what.token);
            auto answer = stored(what.token, what.type);
            answer.body.insert(1, R"("resume":"complete",)");
            return answer;
        }
        HttpResponse response;
        response.body = R"({"resume":)" + std::to_string(part.size()) + "}";
        return response;
    }
    Bytes file;
    if (auto const offset = parameter(request.query, "file_offset"); !offset.empty()) {
        if (number(offset) != part.size()) return refuse(400);
        ++counts_.resumed;
        file = std::move(part);
    }
    append(file, view(request.body));
    if (use(faults.cut_uploads)) {
        file.resize(std::min<std::size_t>(file.size(), faults.cut_after));
        part = std::move(file);
        HttpResponse response;
        response.cut_after = 0;
        return response;
    }
    parts_.erase(what.token);
    if (name_of(crypto::sha256(file)) != what.token) return refuse(400);
    ++counts_.uploads;
    files_[what.token] = std::move(file);
    return stored(what.token, what.type);
}

HttpResponse MediaServer::stored(std::string const& name, std::string_view type)
{
    auto const path = new_path(name);
    HttpResponse response;
    response.body = R"({"url":"https://mmg.whatsapp.net)" + path + R"(","direct_path":")" + path +
                    R"(","handle":"h-)" + name + R"(","object_id":"o-)" + name + R"(","type":")" +
                    std::string{type} + R"("})";
    if (type != "biz-cover-photo") return response;
    auto const id = std::to_string(9'000'000'000 + covers_.size());
    auto const& cover = covers_[id] =
        Cover{hex_encode(random_.bytes(20)), std::to_string(1'790'000'000 + covers_.size())};
    response.body.pop_back();
    response.body += R"(,"fbid":)" + id + R"(,"meta_hmac":")" + cover.token + R"(","ts":)" + cover.time + "}";
    return response;
}

std::string MediaServer::new_path(std::string const& name)
{
    auto const path = "/v/t62.7118-24/" + hex_encode(random_.bytes(12)) + "_n.enc";
    paths_[path] = name;
    return path + "?ccb=11-4&oh=sandbox&oe=6A000000&_nc_sid=5e03e0";
}

HttpResponse MediaServer::download(HttpRequest const& request)
{
    if (use(faults.missing)) return refusal(404);
    if (use(faults.gone)) return refusal(410);
    auto const known = paths_.find(request.path);
    auto const found = known == paths_.end() ? files_.end() : files_.find(known->second);
    if (found == files_.end()) return refusal(404);
    if (auto const hash = parameter(request.query, "hash"); !hash.empty() && unpadded(hash) != found->first)
        return refusal(403);
    ++counts_.downloads;
    auto const& file = found->second;
    HttpResponse response;
    response.content_type = "application/octet-stream";
    response.headers.emplace_back("Accept-Ranges", "bytes");
    if (auto const range = range_of(request.range, file.size())) {
        ++counts_.ranges;
        response.status = 206;
        response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                           std::to_string(range->last) + "/" +
                                                           std::to_string(file.size()));
        response.body = to_text(ByteView{file}.subspan(range->first, range->last - range->first + 1));
    } else {
        response.body = to_text(file);
    }
    if (!response.body.empty() && use(faults.corrupt)) response.body[response.body.size() / 2] ^= 0x20;
    if (faults.cut_after < response.body.size() && use(faults.cuts)) response.cut_after = faults.cut_after;
    response.pause = Milliseconds{faults.slow_ms};
    return response;
}

/// Only pieces of history are deleted by those who have read them.
HttpResponse MediaServer::remove(HttpRequest const& request)
{
    if (!auths_.contains(parameter(request.query, "auth"))) {
        ++counts_.refused;
        return refusal(401);
    }
    auto const direct_path = base64_decode(parameter(request.query, "d_md"));
    auto const known = direct_path ? paths_.find(to_text(*direct_path)) : paths_.end();
    if (known == paths_.end() || known->second != unpadded(parameter(request.query, "token")))
        return refusal(404);
    files_.erase(known->second);
    paths_.erase(known);
    ++counts_.deleted;
    return {};
}

std::string MediaServer::put(media::MediaType, Bytes file)
{
    auto const name = name_of(crypto::sha256(file));
    files_[name] = std::move(file);
    return new_path(name);
}

std::optional<std::string> MediaServer::upload_again(ByteView encrypted_sha256)
{
    auto const name = name_of(encrypted_sha256);
    if (!files_.contains(name)) return std::nullopt;
    return new_path(name);
}

Bytes const* MediaServer::find(ByteView encrypted_sha256) const
{
    auto const found = files_.find(name_of(encrypted_sha256));
    return found == files_.end() ? nullptr : &found->second;
}

bool MediaServer::has_path(std::string_view direct_path) const
{
    auto const known = paths_.find(std::string{direct_path.substr(0, direct_path.find('?'))});
    return known != paths_.end() && files_.contains(known->second);
}

bool MediaServer::is_cover(std::string const& id, std::string_view token, std::string_view time) const
{
    auto const known = covers_.find(id);
    return known != covers_.end() && known->second.token == token && known->second.time == time;
}

void MediaServer::expire()
{
    paths_.clear();
}

} // namespace wagate::sandbox
