// Pieces of history in files on media servers (protocol.md 8.6, 9.7).
#include "protocol/engine/history_piece.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>

namespace wagate::engine {

using history::HistoryErrc;

namespace {

constexpr int not_found = 404;
constexpr auto first_pause = std::chrono::seconds{10};
constexpr auto longest_pause = std::chrono::minutes{10};

} // namespace

void HistorySync::fetch(std::shared_ptr<Piece> const& piece)
{
    fetch_file(*piece->notice.file, [this, piece](Result<std::shared_ptr<history::PackedSource>> source) {
        if (piece_ != piece) return; // it was uploaded anew meanwhile, or nobody is logged in any more
        if (!source) return failed(piece, source.error());
        piece->source = std::move(*source);
        piece->reader.emplace(piece->source, piece->part);
        read(piece);
    });
}

void HistorySync::failed(std::shared_ptr<Piece> const& piece, ErrorCode error)
{
    bool const may_be_uploaded =
        piece->notice.file && (error == HistoryErrc::gone || error == HistoryErrc::damaged);
    if (may_be_uploaded) return ask_for_upload(piece, error);
    if (error != HistoryErrc::unreachable) return give_up(piece, error);
    auto const failures = troubles_[piece->key].failures++;
    block(piece->key, std::min<Milliseconds>(first_pause * (1 << std::min(failures, 10)), longest_pause));
    piece_.reset();
    proceed();
}

void HistorySync::ask_for_upload(std::shared_ptr<Piece> const& piece, ErrorCode error)
{
    if (troubles_[piece->key].uploads >= max_uploads) return give_up(piece, error);
    block(piece->key, upload_limit);
    auto const key = piece->key;
    auto const media_key = piece->notice.file->media_key;
    piece_.reset();
    if (core_.active) {
        ++troubles_[key].uploads;
        media::RetrySubject subject;
        subject.id = MessageId{key};
        subject.is_history = true;
        hosts_.ask_again(subject, media_key,
                         [this, key](Result<std::string> const& path) { on_uploaded(key, path); });
    }
    proceed();
}

/// The phone names a new place for the file. It may as well tell of a new piece that takes the place of this
/// one.
void HistorySync::on_uploaded(std::string const& key, Result<std::string> const& path)
{
    auto const stored = core_.records.read(RecordKind::history_chunk, key);
    auto const keys = listed(core_.records);
    if (!stored || std::find(keys.begin(), keys.end(), key) == keys.end()) return;
    if (!path) {
        if (server_code(path.error()) != not_found) return; // asked again when the pause is over
        auto const piece = std::make_shared<Piece>();
        piece->key = key;
        if (auto notice = message::parse_history_notification(*stored)) piece->notice = std::move(*notice);
        auto const current = piece_;
        give_up(piece, HistoryErrc::gone);
        piece_ = current;
        return;
    }
    RecordOverlay step{core_.records};
    step.write(RecordKind::history_chunk, key, message::with_history_path(*stored, *path));
    auto& trouble = troubles_[key];
    core_.cancel(trouble.timer);
    trouble.blocks = false;
    core_.store(std::move(step), [this] { proceed(); });
}

void HistorySync::block(std::string const& key, Milliseconds pause)
{
    auto& trouble = troubles_[key];
    core_.cancel(trouble.timer);
    trouble.blocks = true;
    trouble.timer = core_.after(pause, [this, key] {
        auto const known = troubles_.find(key);
        if (known == troubles_.end()) return;
        known->second.timer = 0;
        known->second.blocks = false;
        proceed();
    });
}

void HistorySync::unblock_all()
{
    for (auto& [key, trouble] : troubles_) {
        core_.cancel(trouble.timer);
        trouble.blocks = false;
    }
}

} // namespace wagate::engine
