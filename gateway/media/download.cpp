#include "gateway/media/download.hpp"

#include "gateway/media/media_errors.hpp"
#include "gateway/media/media_files.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/transport/errors.hpp"
#include "gateway/transport/http_transfer.hpp"
#include "protocol/engine/engine.hpp"
#include "protocol/media/urls.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstdlib>

namespace wagate::gateway {
namespace {

constexpr int attempts_per_host = 5;

bool is_final(unsigned status)
{
    return status == 403 || status == 404 || status == 410;
}

Result<media::ExpectedFile> expected_of(message::MediaFile const& file)
{
    media::ExpectedFile expected;
    if (file.sha256.size() == 32) expected.plain_sha256 = to_array<32>(file.sha256);
    if (file.encrypted_sha256.size() == 32) expected.encrypted_sha256 = to_array<32>(file.encrypted_sha256);
    // Some apps leave the length out; a hash says more.
    if (file.length != 0) expected.plain_bytes = file.length;
    return expected;
}

} // namespace

namespace {

/// A file that lies open on the servers, as those of channels.
class PlainReader {
public:
    PlainReader(media::ExpectedFile expected, std::uint64_t max_bytes)
        : expected_(expected), max_bytes_(max_bytes)
    {}
    Result<void> update(ByteView piece, Bytes& output)
    {
        bytes_ += piece.size();
        if (bytes_ > max_bytes_) return make_error_code(media::MediaErrc::too_large);
        hash_.update(piece);
        append(output, piece);
        return {};
    }
    Result<void> finish() { return media::verify_plain(expected_, hash_.finish(), bytes_); }

private:
    media::ExpectedFile expected_;
    std::uint64_t max_bytes_;
    media::Sha256Stream hash_;
    std::uint64_t bytes_ = 0;
};

} // namespace

/// One file as far as it has come; outlives broken connections.
struct Downloader::Attempt {
    std::optional<media::FileKeys> const& keys; ///< nothing: it is not encrypted
    media::ExpectedFile expected;
    std::uint64_t max_bytes;
    TempFilePtr file;
    OpenFile output;
    std::optional<media::Decryptor> decryptor;
    std::optional<PlainReader> reader;
    std::uint64_t received = 0;
    Bytes plain;
    std::optional<ErrorCode> disk_error;

    Result<void> restart()
    {
        int const descriptor = ::open(file->path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (descriptor < 0) {
            disk_error = ErrorCode{errno, boost::system::system_category()};
            return *disk_error;
        }
        output = OpenFile{descriptor};
        if (keys)
            decryptor.emplace(*keys, expected, max_bytes);
        else
            reader.emplace(expected, max_bytes);
        received = 0;
        return {};
    }
    Result<void> take(std::string_view piece)
    {
        plain.clear();
        received += piece.size();
        auto const read =
            decryptor ? decryptor->update(view(piece), plain) : reader->update(view(piece), plain);
        WAGATE_CHECK_OK(read);
        return store();
    }
    Result<void> finish()
    {
        plain.clear();
        if (!decryptor) return reader->finish();
        WAGATE_CHECK_OK(decryptor->finish(plain));
        return store();
    }
    Result<void> store()
    {
        auto written = output.write(text_view(plain));
        if (!written) disk_error = written.error();
        return written;
    }
};

Task<Downloader::Ended> Downloader::from_host(std::string base, std::string path,
                                              std::optional<transport::Proxy> proxy, WantedFile const& wanted)
{
    Ended ended;
    std::optional<media::FileKeys> keys;
    if (!wanted.is_open) {
        auto expanded = media::expand_media_key(wanted.file.key.reveal(), wanted.type);
        if (!expanded) {
            ended.ending = Ending::refused;
            ended.error = expanded.error();
            co_return ended;
        }
        keys.emplace(std::move(*expanded));
    }
    auto const expected = expected_of(wanted.file);
    auto made = folder_.new_file();
    if (!made) {
        ended.ending = Ending::disk;
        ended.error = made.error();
        co_return ended;
    }
    Attempt attempt{keys, *expected, wanted.max_bytes, *made, {}, {}, {}, 0, {}, {}};
    auto const fail = [&](ErrorCode error, Ending otherwise) {
        ended.ending = attempt.disk_error ? Ending::disk : otherwise;
        ended.error = attempt.disk_error.value_or(error);
    };
    if (auto const begun = attempt.restart(); !begun) {
        fail(begun.error(), Ending::disk);
        co_return ended;
    }
    for (int tried = 0; tried < attempts_per_host;) {
        auto const before = attempt.received;
        unsigned status = 0;
        std::optional<ErrorCode> refused_content;
        std::chrono::seconds wait{0};
        transport::Transfer transfer;
        transfer.url = base + path;
        transfer.policy = server_policy(settings_);
        transfer.proxy = proxy;
        transfer.ca_file = settings_.ca_file;
        transfer.user_agent = settings_.user_agent;
        transfer.headers.emplace_back("Origin", media::media_origin);
        transfer.headers.emplace_back("Referer", media::media_referer);
        if (before != 0) transfer.headers.emplace_back("Range", "bytes=" + std::to_string(before) + "-");
        transfer.on_head = [&](transport::TransferHead const& head) -> Result<void> {
            status = head.status;
            if (status == 206 && before != 0) {
                auto const wanted_range = "bytes " + std::to_string(before) + "-";
                if (head.header("Content-Range").starts_with(wanted_range)) return {};
                status = 502;
            }
            if (status == 200 && before != 0) return attempt.restart();
            if (status == 429 || status == 503) {
                auto const after = head.header("Retry-After");
                if (!after.empty() && after.size() < 3)
                    wait = std::chrono::seconds(std::atoi(std::string{after}.c_str()));
            }
            return {};
        };
        transfer.on_piece = [&](std::string_view piece) -> Result<void> {
            if (status != 200 && status != 206) return {};
            auto taken = attempt.take(piece);
            if (!taken) refused_content = taken.error();
            return taken;
        };
        auto transferring = transport::run_transfer(std::move(transfer));
        auto const head = co_await std::move(transferring);
        if (refused_content || attempt.disk_error) {
            fail(refused_content.value_or(ErrorCode()), Ending::wrong);
            co_return ended;
        }
        if (head && (status == 200 || status == 206)) {
            if (auto const finished = attempt.finish(); !finished) {
                fail(finished.error(), Ending::wrong);
                co_return ended;
            }
            ended.ending = Ending::done;
            ended.file = attempt.file;
            co_return ended;
        }
        if (head && is_final(status)) {
            ended.ending = Ending::gone;
            co_return ended;
        }
        bool const may_help = !head || status == 429 || status >= 500;
        ended.error = head ? ErrorCode() : head.error();
        if (!may_help) break;
        // What has moved on is no failed attempt.
        if (attempt.received > before)
            tried = 0;
        else
            ++tried;
        auto pause = std::chrono::milliseconds(200) * (tried + 1);
        if (wait.count() > 0) pause = std::min<std::chrono::milliseconds>(wait, std::chrono::seconds(10));
        co_await sleep_for(pause);
    }
    co_return ended;
}

Task<Downloader::Ended> Downloader::from_servers(SessionKey session, WantedFile const& wanted)
{
    Ended last;
    auto const path =
        media::download_path(wanted.file.direct_path, wanted.file.encrypted_sha256, wanted.type);
    if (!path) {
        // Old messages have a URL alone; their files are long gone from there.
        last.ending = Ending::gone;
        co_return last;
    }
    auto finding = directory_.for_download(std::move(session));
    auto const servers = co_await std::move(finding);
    for (auto const& base : servers.urls) {
        auto fetching = from_host(base, *path, servers.proxy, wanted);
        last = co_await std::move(fetching);
        if (last.ending != Ending::broken && last.ending != Ending::wrong) break;
    }
    co_return last;
}

Task<Outcome<std::string>> Downloader::ask_phone(SessionKey session, WantedFile const& wanted)
{
    auto question = [subject = *wanted.subject, key = wanted.file.key.reveal()](engine::Engine& engine,
                                                                                auto done) {
        engine.media_hosts().ask_again(subject, key, std::move(done));
    };
    auto asking = ask_for<std::string>(gateway_, std::move(session), std::move(question));
    co_return co_await std::move(asking);
}

Task<Outcome<TempFilePtr>> Downloader::download(SessionKey session, WantedFile wanted)
{
    if (wanted.file.length > wanted.max_bytes)
        co_return unavailable("the file is larger than this server takes", media_too_large);
    auto fetching = from_servers(session, wanted);
    auto ended = co_await std::move(fetching);
    bool const phone_may_help = ended.ending == Ending::gone || ended.ending == Ending::wrong;
    bool const is_too_large = ended.error == media::MediaErrc::too_large;
    if (phone_may_help && !is_too_large && wanted.subject) {
        log::debug("asking the phone for a file", {{"session", session.name.value}});
        auto asking = ask_phone(session, wanted);
        auto const path = co_await std::move(asking);
        if (!path) {
            auto const& why = path.error();
            if (why.server_code == 404)
                co_return unavailable("neither WhatsApp nor the phone has the file any more", media_gone);
            co_return unavailable("WhatsApp no longer has the file, and the phone did not give it: " +
                                  why.detail);
        }
        wanted.file.direct_path = *path;
        auto again = from_servers(session, wanted);
        ended = co_await std::move(again);
    }
    switch (ended.ending) {
    case Ending::done: co_return ended.file;
    case Ending::disk: co_return not_stored(ended.error);
    case Ending::gone: co_return unavailable("WhatsApp no longer has the file", media_gone);
    case Ending::wrong: {
        bool const is_larger = ended.error == media::MediaErrc::too_large;
        co_return unavailable("the file is damaged: " + ended.error.message(),
                              is_larger ? media_too_large : media_damaged);
    }
    case Ending::refused:
        co_return unavailable("the message does not describe its file: " + ended.error.message());
    case Ending::broken: break;
    }
    auto const reason = ended.error ? ended.error.message() : std::string("no media server gave it");
    co_return unavailable("the file cannot be downloaded: " + reason);
}

} // namespace wagate::gateway
