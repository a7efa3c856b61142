#include "gateway/media/upload.hpp"

#include "gateway/media/media_errors.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/transport/http_transfer.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/urls.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fcntl.h>

namespace wagate::gateway {
namespace json = boost::json;
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::size_t longest_answer = 64 * 1024;
/// From this size on the server is asked first what it has already.
constexpr std::uint64_t resume_from = 5u << 20;
constexpr int attempts_per_host = 3;

std::string text_member(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string().c_str()} : std::string{};
}

/// A number that may be spelled as text.
std::string number_member(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return text_member(object, name);
    return json::serialize(*value);
}

} // namespace

/// What a media server says to an upload, or how far it has the file.
struct Uploader::Answer {
    unsigned status = 0;
    std::string url;
    std::string direct_path;
    std::string handle;
    std::string picture_id, picture_token, picture_time;
    std::uint64_t has = 0; ///< to `resume=1`
};

Outcome<SealedFile> seal_file(MediaFolder& folder, std::filesystem::path const& plain, media::MediaType type)
{
    auto input = OpenFile::to_read(plain);
    auto made = folder.new_file();
    if (!input || !made) return not_stored(input ? made.error() : input.error());
    int const descriptor = ::open((*made)->path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (descriptor < 0) return not_stored({errno, boost::system::system_category()});
    OpenFile output{descriptor};
    SealedFile sealed;
    sealed.file = *made;
    crypto::SystemRandom random;
    sealed.key = Secret<Bytes>{random.bytes(media::media_key_bytes)};
    bool const streams = type == media::MediaType::video || type == media::MediaType::audio;
    media::Encryptor encryptor{media::expand_media_key(sealed.key.reveal(), type).value(),
                               streams ? media::Encryptor::Sidecar::yes : media::Encryptor::Sidecar::no};
    std::string piece(piece_bytes, '\0');
    Bytes ciphertext;
    for (;;) {
        auto const size = input->read(piece);
        if (!size) return not_stored(size.error());
        ciphertext.clear();
        if (*size != 0)
            encryptor.update(view(std::string_view{piece.data(), *size}), ciphertext);
        else
            sealed.facts = encryptor.finish(ciphertext);
        if (auto const written = output.write(text_view(ciphertext)); !written)
            return not_stored(written.error());
        if (*size == 0) return sealed;
    }
}

Outcome<SealedFile> open_file(TakenFile const& plain)
{
    auto input = OpenFile::to_read(plain.file->path());
    if (!input) return not_stored(input.error());
    SealedFile open;
    open.file = plain.file;
    media::Sha256Stream hash;
    std::string piece(piece_bytes, '\0');
    for (;;) {
        auto const size = input->read(piece);
        if (!size) return not_stored(size.error());
        if (*size == 0) break;
        hash.update(view(std::string_view{piece.data(), *size}));
        open.facts.plain_bytes += *size;
    }
    open.facts.plain_sha256 = hash.finish();
    open.facts.encrypted_bytes = open.facts.plain_bytes;
    return open;
}

Task<Result<Uploader::Answer>> Uploader::post(std::string url, MediaServers const& servers,
                                              SealedFile const& sealed, std::uint64_t from, bool with_body)
{
    auto opened = OpenFile::to_read(sealed.file->path());
    if (!opened) co_return opened.error();
    auto input = std::move(*opened);
    if (auto const moved = input.seek(from); !moved) co_return moved.error();
    std::string body;
    transport::Transfer transfer;
    transfer.method = "POST";
    transfer.url = std::move(url);
    transfer.policy = server_policy(settings_);
    transfer.proxy = servers.proxy;
    transfer.ca_file = settings_.ca_file;
    transfer.user_agent = settings_.user_agent;
    transfer.headers.emplace_back("Origin", media::media_origin);
    transfer.headers.emplace_back("Referer", media::media_referer);
    transfer.headers.emplace_back("Content-Type", "application/octet-stream");
    if (with_body) {
        transfer.body_bytes = sealed.facts.encrypted_bytes - from;
        transfer.next_piece = [&input]() -> Result<std::string> {
            std::string piece(piece_bytes, '\0');
            auto const size = input.read(piece);
            if (!size) return size.error();
            piece.resize(*size);
            return piece;
        };
    }
    transfer.on_piece = [&body](std::string_view piece) -> Result<void> {
        body.append(piece.substr(0, longest_answer - std::min(longest_answer, body.size())));
        return {};
    };
    auto transferring = transport::run_transfer(std::move(transfer));
    auto const head = co_await std::move(transferring);
    if (!head) co_return head.error();
    Answer answer;
    answer.status = head->status;
    boost::system::error_code error;
    auto const parsed = json::parse(body, error);
    if (error || !parsed.is_object()) co_return answer;
    auto const& object = parsed.get_object();
    answer.url = text_member(object, "url");
    answer.direct_path = text_member(object, "direct_path");
    answer.handle = text_member(object, "handle");
    answer.picture_id = number_member(object, "fbid");
    answer.picture_token = text_member(object, "meta_hmac");
    answer.picture_time = number_member(object, "ts");
    if (auto const* resume = object.if_contains("resume"); resume != nullptr && resume->is_number()) {
        auto const has = resume->to_number<std::uint64_t>(error);
        if (!error && has < sealed.facts.encrypted_bytes) answer.has = has;
    }
    co_return answer;
}

Task<boost::system::result<Uploader::Answer, Uploader::Next>> Uploader::to_host(std::string base,
                                                                                MediaServers const& servers,
                                                                                SealedFile const& sealed,
                                                                                media::MediaType type)
{
    auto const& auth = servers.auth.reveal();
    auto const path = [&](media::UploadProgress const& progress) {
        if (sealed.is_open()) return base + media::open_upload_path(type, sealed.facts.plain_sha256, auth);
        return base + media::upload_path(type, sealed.facts.encrypted_sha256, auth, progress);
    };
    for (int attempt = 0; attempt < attempts_per_host; ++attempt) {
        std::uint64_t from = 0;
        auto const may_resume = !sealed.is_open();
        if (may_resume && (attempt > 0 || sealed.facts.encrypted_bytes >= resume_from)) {
            media::UploadProgress progress;
            progress.ask = true;
            auto asking = post(path(progress), servers, sealed, 0, false);
            auto const known = co_await std::move(asking);
            if (known && (known->status == 401 || known->status == 403)) co_return Next::refresh;
            if (known && known->status == 200 && !known->direct_path.empty()) co_return *known;
            if (known && known->status == 200) from = known->has;
        }
        media::UploadProgress progress;
        if (from != 0) progress.offset = from;
        auto posting = post(path(progress), servers, sealed, from, true);
        auto const answer = co_await std::move(posting);
        auto const is_taken =
            answer && answer->status == 200 && !(answer->direct_path.empty() && answer->picture_id.empty());
        if (is_taken) co_return *answer;
        if (answer && (answer->status == 401 || answer->status == 403)) co_return Next::refresh;
        bool const may_help =
            !answer || answer->status >= 500 || answer->status == 429 || answer->status == 408;
        if (!may_help) co_return Next::host;
        if (!answer) log::debug("upload broke off", {{"error", answer.error().message()}});
        auto const pause = std::chrono::milliseconds(200) * (attempt + 1);
        co_await sleep_for(pause);
    }
    co_return Next::host;
}

Task<Outcome<UploadedFile>> Uploader::upload(SessionKey session, SealedFile const& sealed,
                                             media::MediaType type)
{
    for (int round = 0; round < 2; ++round) {
        auto asking = directory_.for_upload(session);
        auto const servers = co_await std::move(asking);
        if (!servers) co_return servers.error();
        bool is_stale = false;
        for (auto const& base : servers->urls) {
            auto sending = to_host(base, *servers, sealed, type);
            auto const answer = co_await std::move(sending);
            if (answer) {
                UploadedFile uploaded;
                auto& file = uploaded.file;
                file.url = answer->url;
                file.direct_path = answer->direct_path;
                file.sha256 = to_bytes(sealed.facts.plain_sha256);
                file.length = sealed.facts.plain_bytes;
                uploaded.handle = answer->handle;
                uploaded.picture_id = answer->picture_id;
                uploaded.picture_token = answer->picture_token;
                uploaded.picture_time = answer->picture_time;
                if (sealed.is_open()) co_return uploaded;
                file.key = message::SharedSecret{sealed.key.reveal()};
                file.key_time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
                file.encrypted_sha256 = to_bytes(sealed.facts.encrypted_sha256);
                co_return uploaded;
            }
            is_stale = answer.error() == Next::refresh;
            if (is_stale) break;
        }
        if (!is_stale) break;
        co_await directory_.forget(session);
    }
    co_return unavailable("no media server took the file");
}

} // namespace wagate::gateway
