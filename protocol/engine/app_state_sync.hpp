#pragma once
// Fetches, applies and pushes app state: settings that all devices of the account share (protocol.md 9.1
// to 9.6). One request is under way at a time. That a collection has to be fetched is durable before the
// server's notice is acknowledged and before a change leaves, so a crash loses nothing. Every MAC is checked;
// a collection that does not add up is fetched anew from its snapshot, once for each login. When that does
// not add up either, the phone is asked for all of it, once a day.
#include "protocol/appstate/recovery.hpp"
#include "protocol/appstate/stanzas.hpp"
#include "protocol/engine/account_settings.hpp"
#include "protocol/engine/app_state_changes.hpp"
#include "protocol/engine/app_state_records.hpp"
#include "protocol/engine/draft.hpp"
#include "protocol/engine/peer_messages.hpp"

#include <array>
#include <deque>

namespace wagate::engine {

class AppStateSync {
public:
    AppStateSync(Core& core, Directory& directory, PeerMessages& peers,
                 std::function<void()> push_name_learned);

    /// Fetches and decrypts a file of media type app_state, which snapshots and long patches are in; `done`
    /// is called once, on the session's thread, at once or later. Set by the engine's owner; without it such
    /// collections wait.
    using BlobDone = std::function<void(Result<Bytes>)>;
    std::function<void(appstate::BlobReference const&, BlobDone done)> fetch_blob;

    // --- changes, told to the phone and all other companions -----------------------------------------------
    // `done` runs once the server has taken the change and what follows from it is durable here. It fails
    // with a server_error, an EngineErrc, missing_key while the phone has shared no key, or a DraftErrc.
    using Done = std::function<void(Result<void>)>;
    void archive(Jid const& chat, bool archived, Done done); ///< archiving unpins
    void pin(Jid const& chat, bool pinned, Done done);
    /// @param until nothing: for ever
    void mute(Jid const& chat, bool muted, std::optional<WallTime> until, Done done);
    void mark_read(Jid const& chat, bool read, Done done);
    void delete_chat(Jid const& chat, Done done);
    void clear_chat(Jid const& chat, Done done);
    void star(Jid const& chat, MessageId const& message, bool starred, Done done);
    void delete_message_for_me(Jid const& chat, MessageId const& message, Done done);
    /// In the account's address book, also the phone's.
    void set_contact(Jid const& person, std::string full_name, std::string first_name, Done done);
    /// From the account's address book, also the phone's. @return not_found when the person is not in it
    void remove_contact(Jid const& person, Done done);
    void set_push_name(std::string name, Done done);

    // --- labels, of business accounts ----------------------------------------------------------------------
    using LabelDone = std::function<void(Result<Label>)>;
    std::vector<Label> labels() const;
    std::vector<Label> labels_of(Jid const& chat) const;
    std::vector<Label> labels_of(Jid const& chat, MessageId const& message) const;
    std::vector<Jid> chats_of(std::string_view label) const;
    /// Gets the lowest id that is free.
    void create_label(std::string name, std::int32_t color, LabelDone done);
    /// @return not_found when there is no such label
    void edit_label(Label label, LabelDone done);
    void delete_label(std::string const& id, Done done);
    /// Exactly these and no others.
    void set_labels_of(Jid const& chat, std::vector<std::string> ids, Done done);
    /// The same for a message. @return message_not_found when it is not known here
    void set_labels_of(Jid const& chat, MessageId const& message, std::vector<std::string> ids, Done done);

    // --- answers kept ready, settings of the account; app_state_settings.cpp -------------------------------
    using QuickReplyDone = std::function<void(Result<appstate::QuickReply>)>;
    std::vector<appstate::QuickReply> quick_replies() const;
    /// Gets its id here. @return EngineErrc::refused when there are too many
    void create_quick_reply(appstate::QuickReply reply, QuickReplyDone done);
    /// Its count stays. @return not_found when there is none with that id
    void edit_quick_reply(appstate::QuickReply reply, QuickReplyDone done);
    void delete_quick_reply(std::string const& id, Done done);
    AccountSettings settings() const;
    void set_unarchive_chats(bool unarchive, Done done);
    void set_link_previews(bool disabled, Done done);
    void mute_status(Jid const& person, bool muted, Done done);

private:
    using Collection = appstate::Collection;

    static constexpr int max_pushes = 5;            ///< of one change while others get in between
    static constexpr int max_gaps = 3;              ///< replies in a row that do not fit
    static constexpr int max_pages = 500;           ///< of one collection in a row
    static constexpr std::size_t max_waiting = 256; ///< changes that wait for their turn
    static constexpr std::size_t rows_per_unit = 500;

    /// What is not worth storing about a collection.
    struct Progress {
        bool waits_for_key = false;
        bool is_given_up = false;  ///< until the next login, or until the phone has sent it
        bool is_recovered = false; ///< the phone's answer lies there and may be taken
        int resyncs = 0;
        int gaps = 0;
        int pages = 0;
        std::uint64_t noticed = 0; ///< the highest version that the server has told of
    };
    /// The reply for one collection, being worked on.
    struct Page {
        appstate::CollectionReply reply;
        std::size_t next_patch = 0;
    };
    using Make = std::function<Result<std::vector<appstate::Intent>>()>;
    struct Push {
        Collection collection;
        Make make; ///< called again for each attempt
        Done done;
        int attempts = 0;
    };
    /// A step that may still grow.
    struct Batch {
        explicit Batch(RecordSource const& base) : step(base) {}
        RecordOverlay step;
        UnitOfWork work;
        std::size_t rows = 0;
    };

    // app_state_sync.cpp
    void on_active();
    void on_disconnected();
    void on_keys();
    void on_server_sync(binary::Node const& notification);
    void on_dirty();
    void go_on();
    void fetch(std::vector<Collection> const& wanted);
    void on_reply(std::vector<Collection> const& wanted, Result<binary::Node> const& reply);
    void pause();
    bool may_fetch(Collection collection, CollectionRecord const& record) const;
    /// True as long as the connection of its making is there.
    struct Here {
        std::weak_ptr<bool> alive;
        AppStateSync const* sync;
        std::uint64_t connection;
        explicit operator bool() const { return !alive.expired() && sync->connection_ == connection; }
    };
    Here here() const { return {alive_, this, connection_}; }

    // app_state_pages.cpp
    void work_on_pages();
    /// @return false when it goes on later
    bool work_on(Page& page);
    bool take_patches(Page& page);
    void end_page(Page const& page);
    void fetch_snapshot(appstate::BlobReference const& reference);
    void open_snapshot(std::shared_ptr<appstate::Snapshot const> snapshot);
    void take_snapshot(appstate::Applied const& applied);
    void get_blob(appstate::BlobReference const& reference, std::function<void(Bytes)> taken);
    void skip_page();
    void take_changes(appstate::Applied const& applied, CollectionRecord& record, Telling telling);
    void fail(Collection collection, ErrorCode error, std::vector<Bytes> const& key_ids);
    void ask_for_keys(std::vector<Bytes> const& key_ids);
    Batch& batch();
    void flush(std::function<void()> then = {});
    RecordSource const& view() const;

    // app_state_recovery.cpp
    bool may_ask_phone(Collection collection) const;
    void ask_phone(Collection collection);
    bool take_answer(RecordOverlay& step, message::RecoveredSnapshot const& recovered);
    void find_answers();
    /// @return true when there is one and it is being worked on
    bool work_on_answer();
    void open_recovery(std::shared_ptr<appstate::Recovery const> recovery);
    void take_recovery(appstate::Applied const& applied);
    void end_recovery(Collection collection);

    // app_state_push.cpp
    void push(Collection collection, Make make, Done done);
    void push(std::vector<appstate::Action> actions, Done done);
    void push_next();
    void transmit(std::shared_ptr<appstate::OutgoingPatch const> patch);
    void on_push_reply(appstate::OutgoingPatch const& patch, Result<binary::Node> const& reply);
    void end_push(Result<void> result);
    void fail_pushes(ErrorCode error);

    // app_state_actions.cpp
    Jid canonical(Jid const& chat) const;
    appstate::MessageRange range_of(Jid const& chat) const;
    void set_labels(Jid const& chat, std::optional<MessageId> const& message, std::vector<std::string> ids,
                    Done done);
    Result<appstate::MessageRef> find_message(Jid const& chat, MessageId const& id, WallTime& time) const;

    Progress& progress(Collection collection) { return progress_[static_cast<std::size_t>(collection)]; }
    Progress const& progress(Collection collection) const
    {
        return progress_[static_cast<std::size_t>(collection)];
    }

    Core& core_;
    Directory& directory_;
    PeerMessages& peers_;
    AppStateChanges changes_;
    std::function<void()> push_name_learned_;

    std::array<Progress, appstate::all_collections.size()> progress_;
    bool is_busy_ = false;
    std::deque<Page> pages_;
    std::deque<Push> pushes_;
    std::optional<Batch> batch_;
    std::map<std::string, WallTime> asked_keys_; ///< hex ids, and when
    std::uint64_t connection_ = 0;               ///< counts connections, so that late answers are known
    Core::TimerId retry_timer_ = 0;
    int pauses_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace wagate::engine
