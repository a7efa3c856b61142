#pragma once
// The protocol of one session as a value: bytes, commands, time and stored tickets go in; effects come out.
// No sockets, files, clock, threads or randomness of its own. After every call take the effects and carry
// them out in order; single-threaded. See effects.hpp for what the owner has to do.
#include "protocol/engine/account_limits.hpp"
#include "protocol/engine/alterations.hpp"
#include "protocol/engine/app_state_sync.hpp"
#include "protocol/engine/bots.hpp"
#include "protocol/engine/calls.hpp"
#include "protocol/engine/channels.hpp"
#include "protocol/engine/chat_log.hpp"
#include "protocol/engine/core.hpp"
#include "protocol/engine/groups.hpp"
#include "protocol/engine/health.hpp"
#include "protocol/engine/history_sync.hpp"
#include "protocol/engine/inbox.hpp"
#include "protocol/engine/links.hpp"
#include "protocol/engine/login_flow.hpp"
#include "protocol/engine/media_hosts.hpp"
#include "protocol/engine/outbox.hpp"
#include "protocol/engine/pairing_flow.hpp"
#include "protocol/engine/policies.hpp"
#include "protocol/engine/presence.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/engine/profiles.hpp"
#include "protocol/engine/push.hpp"
#include "protocol/engine/receipts.hpp"
#include "protocol/engine/shop.hpp"
#include "protocol/engine/status_posts.hpp"

namespace wagate::engine {

class Engine {
public:
    /// `reader` and `random` must outlive the engine.
    Engine(EngineOptions options, SessionReader const& reader, RandomSource& random);
    Engine(Engine const&) = delete;
    Engine& operator=(Engine const&) = delete;

    // --- life ---------------------------------------------------------------------------------------------
    /// Loads or creates the account and connects. Does nothing when running.
    void start(Instant now, StatusReason why);
    /// Closes the connection; keeps everything. No further effects until start.
    void stop(Instant now, StatusReason why);

    // --- transport ----------------------------------------------------------------------------------------
    void on_connected(Instant now);
    void on_bytes(ByteView bytes, Instant now);
    void on_disconnected(LinkEnd end, Instant now);

    // --- storage, time, work -------------------------------------------------------------------------------
    void on_stored(Ticket ticket, ErrorCode error, Instant now);
    void on_time(Instant now);
    void on_computed(std::function<void()> const& continuation, Instant now);

    // --- commands
    // -------------------------------------------------------------------------------------------
    void send(Draft draft, Instant now);
    void request_code(CommandId command, std::string phone_user, Instant now);
    void logout(CommandId command, Instant now);
    void mark_read(Jid const& chat, std::optional<Jid> const& participant, std::vector<MessageId> const& ids,
                   Instant now);
    /// Of voice messages and round videos.
    void mark_played(Jid const& chat, std::optional<Jid> const& participant,
                     std::vector<MessageId> const& ids, Instant now);

    /// Lets `call` use the parts below.
    template <class Call>
    void use(Instant now, Call&& call)
    {
        core_.now = now;
        call();
    }
    /// Unlike drafts, what is asked for here needs a connection and is not repeated.
    bool can_ask() const noexcept { return core_.active; }
    Groups& groups() noexcept { return groups_; }
    MediaHosts& media_hosts() noexcept { return media_hosts_; }
    AppStateSync& app_state_sync() noexcept { return app_state_sync_; }
    HistorySync& history_sync() noexcept { return history_sync_; }
    Presence& presence() noexcept { return presence_; }
    Calls& calls() noexcept { return calls_; }
    Profiles& profiles() noexcept { return profiles_; }
    Links& links() noexcept { return links_; }
    Bots& bots() noexcept { return bots_; }
    Push& push() noexcept { return push_; }
    PrivacyTokens& privacy_tokens() noexcept { return privacy_tokens_; }
    Channels& channels() noexcept { return channels_; }
    Shop& shop() noexcept { return shop_; }
    AccountLimits& account_limits() noexcept { return account_limits_; }

    // --- state
    // ----------------------------------------------------------------------------------------------
    SessionStatus status() const noexcept { return status_; }
    StatusReason reason() const noexcept { return reason_; }
    std::string const& detail() const noexcept { return detail_; }
    std::optional<PairingFlow::Qr> const& qr() const noexcept { return pairing_.qr(); }
    PasskeyFlow& passkey() noexcept { return pairing_.passkey(); }
    std::optional<OwnIdentity> const& me() const noexcept { return core_.account.me; }
    ConnectionHealth health() const;
    std::size_t unfinished_sends() const noexcept { return outbox_.pending(); }
    SendingState sending(WallTime now) const { return outbox_.sending_state(now); }
    std::vector<WaitingSend> waiting_sends(WallTime now) const { return outbox_.waiting(now); }
    std::optional<Jid> phone_of(Jid const& lid) const { return directory_.phone_of(lid); }
    std::optional<Jid> lid_of(Jid const& phone) const { return directory_.lid_of(phone); }

    std::vector<Effect> take_effects();

private:
    enum class Link : std::uint8_t { none, opening, open, waiting };

    void handle(binary::Node const& node);
    void on_iq(binary::Node const& iq);
    void on_notification(binary::Node const& notification);
    void on_stream_error(binary::Node const& error);
    void on_failure(binary::Node const& failure);

    void open_link();
    void close_link();
    void lost(StatusReason reason, std::string detail);
    void restart_requested();
    void reconnect_at_once(StatusReason reason);
    void fail(StatusReason reason, std::string detail);
    /// The session cannot go on for now; what follows is restart_policy's.
    void ended(StatusReason reason, std::string detail, std::int64_t code);
    void come_back_after(Milliseconds pause);
    void logged_out(StatusReason reason, std::string detail);
    void set_status(SessionStatus status, StatusReason reason, std::string detail, UnitOfWork work = {});
    /// Adds the event of a change.
    void note_health(UnitOfWork& work);
    void update_health();
    /// Of the status as it is now.
    Event status_event();
    void forget_account(UnitOfWork& work);
    void finish_logout();

    Core core_;
    Directory directory_;
    PeerMessages peer_messages_;
    Alterations alterations_;
    ChatLog chat_log_;
    Groups groups_;
    StatusPosts status_posts_;
    MediaHosts media_hosts_;
    AppStateSync app_state_sync_;
    HistorySync history_sync_;
    Presence presence_;
    Calls calls_;
    Profiles profiles_;
    Links links_;
    Bots bots_;
    Push push_;
    PrivacyTokens privacy_tokens_;
    Channels channels_;
    Shop shop_;
    AccountLimits account_limits_;
    PairingFlow pairing_;
    LoginFlow login_;
    Outbox outbox_;
    WaitingRoom waiting_;
    Inbox inbox_;
    Receipts receipts_;
    KeepalivePolicy keepalive_;
    ReconnectPolicy reconnect_;
    HealthMonitor health_;
    bool is_healthy_ = false; ///< as the last event says
    Core::TimerId reconnect_timer_ = 0;
    Core::TimerId handshake_timer_ = 0;
    Core::TimerId come_back_ = 0; ///< FAILED, and starts by itself
    Link link_ = Link::none;
    bool running_ = false;
    bool loaded_ = false;
    bool expects_restart_ = false;   ///< paired: the server closes the stream with 515 now
    std::vector<CommandId> logouts_; ///< wait for the server's answer
    std::optional<MonotonicTime> announced_wake_;
    SessionStatus status_ = SessionStatus::stopped;
    StatusReason reason_ = StatusReason::none;
    std::string detail_;
    static constexpr std::size_t kept_statuses = 3; ///< as WAHA shows
    std::vector<StatusPoint> recent_;
};

} // namespace wagate::engine
