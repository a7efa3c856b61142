// The phone's history in files on media servers: fetched into a file, read from there piece by piece, so that
// memory does not grow with it.
#include "gateway/media/media_folder.hpp"
#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {

using history::HistoryErrc;

namespace {

/// Of one piece, packed. The largest that phones make are some tens of MiB.
constexpr std::uint64_t max_history_bytes = 512u << 20;
constexpr std::size_t read_bytes = 64u << 10;

/// Read in the pool. Stays open, so that nobody can sweep the file away meanwhile.
class PackedFile final : public history::PackedSource {
public:
    explicit PackedFile(LocalFile file) : file_(std::move(file)) {}
    Result<void> rewind() override
    {
        if (is_open_) return input_.seek(0);
        WAGATE_TRY(input_, OpenFile::to_read(file_.path));
        is_open_ = true;
        return {};
    }
    Result<ByteView> next() override
    {
        buffer_.resize(read_bytes);
        WAGATE_TRY(auto const size, input_.read(buffer_));
        return view(std::string_view{buffer_}.substr(0, size));
    }

private:
    LocalFile file_;
    OpenFile input_;
    std::string buffer_;
    bool is_open_ = false;
};

message::MediaFile file_of(message::HistoryFile const& piece)
{
    message::MediaFile file;
    file.direct_path = piece.direct_path;
    file.key = message::SharedSecret{piece.media_key};
    file.sha256 = piece.sha256;
    file.encrypted_sha256 = piece.encrypted_sha256;
    file.length = piece.bytes;
    return file;
}

HistoryErrc reason_of(Rejection const& rejection)
{
    switch (rejection.server_code) {
    case media_gone: return HistoryErrc::gone;
    case media_damaged: return HistoryErrc::damaged;
    case media_too_large: return HistoryErrc::too_large;
    default: return HistoryErrc::unreachable;
    }
}

} // namespace

void SessionActor::bind_history()
{
    auto& sync = engine_->history_sync();
    if (context_.fetch_file)
        sync.fetch_file = [this](message::HistoryFile const& piece, engine::HistorySync::FileDone done) {
            if (closed_) return;
            group_.spawn("fetch history", run_history_fetch(file_of(piece), std::move(done)));
        };
    if (context_.drop_history)
        sync.drop_file = [this](message::HistoryFile const& piece) {
            if (!closed_) group_.spawn("drop history", context_.drop_history(key_, piece));
        };
    if (context_.prefetch)
        sync.files_seen = [this](std::vector<MessageName> messages) {
            context_.prefetch(key_, std::move(messages));
        };
}

Task<void> SessionActor::run_history_fetch(message::MediaFile file, engine::HistorySync::FileDone done)
{
    auto const self = shared_from_this();
    auto fetching = context_.fetch_file(key_, std::move(file), media::MediaType::history, max_history_bytes);
    auto fetched = co_await std::move(fetching);
    if (!fetched)
        log::warn("history not fetched", {{"session", key_.name.value}, {"error", fetched.error().detail}});
    drive([&](engine::Engine& engine) {
        engine.use(current_time(), [&] {
            if (fetched)
                done(std::shared_ptr<history::PackedSource>{
                    std::make_shared<PackedFile>(std::move(*fetched))});
            else
                done(make_error_code(reason_of(fetched.error())));
        });
    });
}

} // namespace wagate::gateway
