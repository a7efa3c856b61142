#pragma once
// The phone's history (protocol.md 9.7). A notification is stored with the message that brought it and is
// acknowledged then; the pieces are worked off one after the other in units of bounded size, also after a
// restart. Pieces in files on media servers are fetched by the owner, and what is gone or damaged there is
// asked from the phone again. Reading and unpacking happen away from the loop. Doing a piece again changes
// nothing: what is there stays.
#include "protocol/engine/directory.hpp"
#include "protocol/engine/media_hosts.hpp"
#include "protocol/engine/peer_messages.hpp"
#include "protocol/history/reader.hpp"
#include "protocol/message/history_notification.hpp"

namespace wagate::engine {

class HistorySync {
public:
    /// Of one request for older messages: what the phone gives at most (protocol.md 9.7).
    static constexpr std::uint32_t most_older = 50;

    HistorySync(Core& core, Directory& directory, PeerMessages& peers, MediaHosts& hosts);

    // --- set by the engine's owner; without fetch_file pieces in files wait
    // ----------------------------------
    /// Fetches, decrypts and verifies a piece; `done` is called once, on the session's thread, at once or
    /// later, with HistoryErrc when that was not possible.
    using FileDone = std::function<void(Result<std::shared_ptr<history::PackedSource>>)>;
    std::function<void(message::HistoryFile const&, FileDone done)> fetch_file;
    /// A piece is stored: its file may go from the servers.
    std::function<void(message::HistoryFile const&)> drop_file;
    /// Messages with files are stored; called when HistoryOptions::media says so.
    std::function<void(std::vector<MessageName>)> files_seen;

    /// Asks the phone for up to `count` messages of the chat older than `before`, which has to be known here.
    /// They come as a piece of type on_demand that names this request. `done` runs exactly once, when the
    /// request is on its way, with its id. @return DraftErrc::message_not_found, EngineErrc::link_lost or
    /// timed_out, server_error(429) when too many requests are being made
    using AskDone = std::function<void(Result<MessageId>)>;
    void ask_older(Jid const& chat, MessageId const& before, std::uint32_t count, AskDone done);

    /// Pieces that are stored and not done yet.
    std::size_t waiting() const;

private:
    static constexpr std::size_t max_pieces = 4'096;
    static constexpr std::size_t max_asking = 32;
    static constexpr std::size_t items_per_unit = 200;
    static constexpr std::size_t bytes_per_unit = 256u << 10;
    static constexpr int max_uploads = 3; ///< asked from the phone for one piece, in one run of the process
    /// How long a new upload may take before it is asked for again.
    static constexpr Milliseconds upload_limit = std::chrono::minutes{2};

    /// A piece that is being worked off. Shared with the work away from the loop.
    struct Piece;
    struct Batch;
    /// Why a piece is not worked on now, and what was tried.
    struct Trouble {
        bool blocks = false; ///< until the timer
        int failures = 0;
        int uploads = 0; ///< asked for
        Core::TimerId timer = 0;
    };
    struct Asking {
        AskDone done;
        Core::TimerId timer = 0;
    };

    // history_sync.cpp
    void notified(RecordOverlay& step, MessageId const& id, ByteView notification);
    void proceed();
    void read(std::shared_ptr<Piece> piece);
    void take(std::shared_ptr<Piece> const& piece, Batch& batch);
    void give_up(std::shared_ptr<Piece> const& piece, ErrorCode error);
    void finish(std::shared_ptr<Piece> const& piece, UnitOfWork work, RecordOverlay&& step,
                ErrorCode failure);
    bool wants_chats(std::int32_t type) const;
    std::vector<std::string> listed(RecordSource const& records) const;

    // history_items.cpp
    void take_name(UnitOfWork& work, RecordOverlay& step, history::PushName const& name);
    bool take_message(UnitOfWork& work, RecordOverlay& step, Piece& piece, history::StoredMessage& message);
    void take_chat(UnitOfWork& work, RecordOverlay& step, Piece& piece, history::Conversation const& chat);

    // history_files.cpp
    void fetch(std::shared_ptr<Piece> const& piece);
    /// The file is not there, or what is in it cannot be read.
    void failed(std::shared_ptr<Piece> const& piece, ErrorCode error);
    void ask_for_upload(std::shared_ptr<Piece> const& piece, ErrorCode error);
    void on_uploaded(std::string const& key, Result<std::string> const& path);
    void block(std::string const& key, Milliseconds pause);
    void unblock_all();

    void end_asking(std::shared_ptr<Asking> const& asking, Result<MessageId> result);

    Core& core_;
    Directory& directory_;
    PeerMessages& peers_;
    MediaHosts& hosts_;
    std::shared_ptr<Piece> piece_;
    std::map<std::string, Trouble> troubles_; ///< by piece
    std::vector<std::shared_ptr<Asking>> asking_;
};

} // namespace wagate::engine
