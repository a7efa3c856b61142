#pragma once
// The phone's history (protocol.md 9.7). A notification is stored with the message that brought it and is
// acknowledged then; the pieces are worked off one after the other in units of bounded size, also after a
// restart. Reading and unpacking happen away from the loop. Doing a piece again changes nothing: what is
// there stays.
#include "protocol/engine/directory.hpp"
#include "protocol/history/reader.hpp"
#include "protocol/message/history_notification.hpp"

namespace wagate::engine {

class HistorySync {
public:
    HistorySync(Core& core, Directory& directory);

    /// Pieces that are stored and not done yet.
    std::size_t waiting() const;

private:
    static constexpr std::size_t max_pieces = 4'096;
    static constexpr std::size_t items_per_unit = 200;
    static constexpr std::size_t bytes_per_unit = 256u << 10;

    /// A piece that is being worked off. Shared with the work away from the loop.
    struct Piece;
    struct Batch;

    void notified(RecordOverlay& step, MessageId const& id, ByteView notification);
    void proceed();
    void read(std::shared_ptr<Piece> piece);
    void take(std::shared_ptr<Piece> const& piece, Batch& batch);
    void finish(std::shared_ptr<Piece> const& piece, UnitOfWork work, RecordOverlay&& step, bool is_whole);
    void take_name(UnitOfWork& work, RecordOverlay& step, history::PushName const& name);
    bool take_message(UnitOfWork& work, history::StoredMessage& message);
    void take_chat(UnitOfWork& work, RecordOverlay& step, Piece const& piece,
                   history::Conversation const& chat);
    bool wants_chats(std::int32_t type) const;
    std::vector<std::string> listed(RecordSource const& records) const;

    Core& core_;
    Directory& directory_;
    std::shared_ptr<Piece> piece_;
    std::vector<std::string> unreadable_; ///< pieces in files: nobody fetches them yet
};

} // namespace wagate::engine
