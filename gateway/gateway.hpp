#pragma once
// What the API may ask of the gateway. Calls may be made from any event loop; each hops to the session's loop
// and comes back. Every call names the tenant; nothing of another tenant is ever visible (S1).
#include "gateway/limits/limits.hpp"
#include "gateway/runtime/task.hpp"
#include "gateway/transport/link.hpp"
#include "protocol/engine/draft.hpp"
#include "protocol/engine/history_options.hpp"
#include "protocol/engine/sending_policy.hpp"
#include "protocol/model/model.hpp"
#include "storage/store.hpp"

#include <functional>
#include <map>
#include <memory>

namespace wagate::engine {
class Engine;
}

namespace wagate::gateway {

enum class GatewayErrc {
    session_exists = 1,
    session_not_found,
    wrong_status, ///< see Rejection::status and expected
    invalid_recipient,
    not_on_whatsapp,    ///< the server knows no such account
    rejected_by_server, ///< see Rejection::server_code
    timed_out,          ///< accepted and kept; the server has not answered yet
    overloaded,
    shutting_down,
    message_not_found,
    storage_failed,
    invalid_phone_number,
    code_refused,           ///< phone-number pairing refused, see server_code
    idempotency_key_reused, ///< for another request than this one
    storage_full,           ///< no space on the disk; goes on once there is
    invalid_cursor,         ///< of an event log: never given out
    endpoint_not_found,     ///< webhook endpoint
    not_possible,           ///< with that message, chat or account; `detail` says why
    not_found,              ///< what was asked for does not exist; `detail` says what
    invalid_request,        ///< `detail` says what is wrong
    media_unavailable,      ///< the file could not be had, see `detail`
    limit_exceeded,         ///< see Rejection::limit
};

/// An error with what a client needs to act on it.
struct Rejection {
    GatewayErrc code = GatewayErrc::session_not_found;
    SessionStatus status = SessionStatus::stopped;
    std::vector<SessionStatus> expected;
    int server_code = 0;            ///< ack error or iq error code of the WhatsApp server, 0 when none
    std::string detail;             ///< one sentence, no secrets
    std::optional<WallTime> unlock; ///< of a time lock, when the server told it
    std::optional<Milliseconds> retry_after; ///< when trying again may help
    std::optional<LimitHit> limit = {};
};
template <class T>
using Outcome = boost::system::result<T, Rejection>;

// --- session configuration (WAHA's SessionConfig, waha.md 1), already validated
// ---------------------------------
enum class RetryPolicy : std::uint8_t { constant, linear, exponential };
struct WebhookConfig {
    std::string url;
    std::vector<std::string> events; ///< names, "*" or "message.*"
    std::optional<std::string> hmac_key;
    RetryPolicy policy = RetryPolicy::constant;
    double delay_seconds = 2;
    int attempts = 15;
    bool retries_given = false; ///< without: the default schedule of about three days (webhooks/policy.hpp)
    std::vector<std::pair<std::string, std::string>> custom_headers;
    /// Keys of Standard Webhooks, decoded, 24 to 64 bytes each; at most two, both valid during a rotation.
    std::vector<Bytes> signing_keys;
    bool verify_tls = true;
    bool sha256_too = false; ///< with hmac_key: also X-Webhook-Hmac-Signature
};
/// Chats of which nothing is stored and told; nothing: as the operator says, else no.
struct IgnoreRules {
    std::optional<bool> status = {};
    std::optional<bool> groups = {};
    std::optional<bool> channels = {};
    std::optional<bool> broadcast = {}; ///< lists, without status updates
    std::optional<bool> dm = {};        ///< chats with one person
    bool operator==(IgnoreRules const&) const = default;
};
/// Under which address people appear in events, where both are known.
enum class ShownIds : std::uint8_t { phone, lid };
struct SessionConfig {
    std::vector<std::pair<std::string, std::string>> metadata; ///< copied into every event
    std::vector<WebhookConfig> webhooks;
    std::string raw_json;     ///< as accepted (unknown fields stripped), echoed by GET
    std::string device_name;  ///< shown in the phone's linked devices; empty: default
    std::string browser_name; ///< Chrome, Firefox, …; empty: default
    bool mark_online = false;
    engine::HistoryOptions history; ///< how much of the phone's history is taken
    engine::SendingOptions sending; ///< how fast it may write
    IgnoreRules ignore;
    ShownIds shown_ids = ShownIds::phone;
    /// For the session's connection and its files; without its policy, which is the gateway's business.
    std::optional<transport::Proxy> proxy = {};
};

/// An attempt of a webhook that failed.
struct DeliveryFailure {
    WallTime time{};
    std::string endpoint;
    std::string event_id;
    int attempt = 1;
    unsigned status = 0; ///< HTTP status, 0 without an answer
    std::string error;   ///< why there was none
};
/// What waits to be delivered for one session.
struct WebhookHealth {
    std::uint64_t pending_events = 0; ///< not settled yet, the endpoint with the most of them
    std::optional<DeliveryFailure> last_failure;
    std::vector<std::string> disabled; ///< endpoints
};
struct SessionHealth {
    ConnectionHealth connection;
    std::size_t unfinished_sends = 0;
    WebhookHealth webhooks;
};

struct SessionInfo {
    SessionKey key;
    SessionStatus status = SessionStatus::stopped;
    StatusReason reason = StatusReason::none;
    std::string reason_detail;
    SessionConfig config;
    std::optional<OwnIdentity> me;
    bool is_online = false; ///< shown to others as online
    std::optional<WallTime> last_activity;
    SessionHealth health;
    engine::SendingState sending = {};
};

struct SendText {
    std::string chat; ///< as the client wrote it: digits, …@c.us, …@lid, …@g.us, …@s.whatsapp.net
    std::string text;
    std::optional<std::string> reply_to; ///< full (`false_…@c.us_ID`) or bare id
    std::optional<std::string> id;       ///< client-chosen wire id
    std::vector<std::string> mentions;   ///< people, or "all" for everybody in a group
    /// A request with the same key and body gets the answer of the first one, and nothing is sent again.
    std::optional<IdempotencyKey> key;
    std::string asker = {}; ///< the id of the API key, whose limits count; empty: no key asks
};
/// What a request becomes when its content took time to make.
struct PreparedMessage {
    engine::Compose compose;
    std::string media_handle = {}; ///< see engine::Draft
};
/// A message of any kind.
struct SendRequest {
    std::string chat; ///< as the client wrote it
    engine::Compose compose;
    /// Makes `compose` when that takes longer than a moment: a file is uploaded first. Runs on the session's
    /// loop, once it is WORKING and nothing was sent under `key` before; of requests with one key only one at
    /// a time.
    std::function<Task<Outcome<PreparedMessage>>()> prepare = {};
    std::size_t bytes = 0;         ///< that the draft keeps in memory, about
    std::optional<std::string> id; ///< client-chosen wire id
    std::optional<IdempotencyKey> key;
    /// Of a status post: people as the client wrote them; empty: as the account's privacy settings say.
    std::vector<std::string> audience = {};
    std::string asker = {}; ///< the id of the API key, whose limits count; empty: no key asks
};
struct SentMessage {
    Message message;
};

enum class SendState : std::uint8_t {
    queued,  ///< accepted and durable
    sending, ///< encrypted and durable; these bytes are sent until the server acknowledges them
    sent,    ///< the server has it, see the message's ack for what became of it
    failed,  ///< for good, see the message's failure
};
struct SendStatus {
    Message message;
    SendState state = SendState::queued;
};

struct QrCode {
    std::string text; ///< what the QR encodes
    WallTime expires{};
};

class Gateway {
public:
    virtual ~Gateway() = default;

    virtual Task<Outcome<SessionInfo>> create_session(SessionKey session, SessionConfig config,
                                                      bool start) = 0;
    virtual Task<Outcome<SessionInfo>> update_session(SessionKey session, SessionConfig config) = 0;
    virtual Task<Outcome<void>> delete_session(SessionKey session) = 0; ///< idempotent
    virtual Task<Outcome<SessionInfo>> start_session(SessionKey session) = 0;
    virtual Task<Outcome<SessionInfo>> stop_session(SessionKey session) = 0;
    virtual Task<Outcome<SessionInfo>> restart_session(SessionKey session) = 0;
    virtual Task<Outcome<SessionInfo>> logout_session(SessionKey session) = 0;
    virtual Task<Outcome<SessionInfo>> session_info(SessionKey session) = 0;
    virtual Task<std::vector<SessionInfo>> list_sessions(TenantId tenant, bool include_stopped) = 0;

    /// The current QR; waits up to 10 s for SCAN_QR_CODE, then wrong_status.
    virtual Task<Outcome<QrCode>> qr_code(SessionKey session) = 0;
    /// Eight characters `XXXX-XXXX` to type on the phone.
    virtual Task<Outcome<std::string>> request_code(SessionKey session, std::string phone_number) = 0;

    /// Durable when it returns a value; waits a bounded time for the server's acknowledgement.
    virtual Task<Outcome<SentMessage>> send_text(SessionKey session, SendText request) = 0;
    /// The same for any kind and any chat.
    virtual Task<Outcome<SentMessage>> send(SessionKey session, SendRequest request) = 0;
    /// Runs `question` on the session's loop once it is WORKING, and waits until it calls `done`, at most a
    /// minute. For what needs the connection of now; see ask_for. `done` may be called at once, later, or
    /// never.
    using Done = std::function<void(ErrorCode)>;
    using Question = std::function<void(engine::Engine& engine, Done done)>;
    virtual Task<Outcome<void>> ask(SessionKey session, Question question) = 0;
    /// The same in another status than WORKING, which it does not wait for; else wrong_status.
    virtual Task<Outcome<void>> ask_during(SessionStatus status, SessionKey session, Question question) = 0;
    /// @param id wire id, or full (`true_…@c.us_ID`); message_not_found when it is none of our sends
    virtual Task<Outcome<SendStatus>> send_status(SessionKey session, std::string id) = 0;
    /// What was accepted and the server does not have yet, in the order of acceptance.
    virtual Task<Outcome<std::vector<engine::WaitingSend>>> waiting_sends(SessionKey session) = 0;
    /// @param chat empty: of all chats
    virtual Task<Outcome<std::vector<Message>>> messages(SessionKey session, std::string chat,
                                                         storage::MessageQuery query) = 0;
    /// One stored message, in whatever status the session is.
    /// @param chat empty: of all chats. @param id wire id, or full
    virtual Task<Outcome<Message>> message(SessionKey session, std::string chat, std::string id) = 0;

    /// Runs `reading` away from the loops with the store, for this session only; see read_for.
    using Reading = std::function<void(storage::Store& store)>;
    virtual Task<Outcome<void>> read(SessionKey session, Reading reading) = 0;

    /// Sessions and webhook endpoints of their configurations.
    struct Holdings {
        std::size_t sessions = 0;
        std::size_t endpoints = 0;
    };
    virtual Holdings holdings(TenantId const& tenant) const = 0;

    struct Health {
        bool ok = false;
        std::size_t sessions = 0;
        std::map<SessionStatus, std::size_t> by_status;
        bool storage_ok = false;
        bool storage_full = false;
        bool draining = false; ///< asked to stop: no new work, please
    };
    virtual Task<Health> health() = 0;
};

/// Gateway::ask with a value. `question(engine, done)` calls `done(Result<Value>)`.
template <class Value, class Question>
Task<Outcome<Value>> ask_for(Gateway& gateway, SessionKey session, Question question,
                             SessionStatus during = SessionStatus::working)
{
    auto const answer = std::make_shared<std::optional<Value>>();
    Gateway::Question inner = [answer, question = std::move(question)](engine::Engine& engine,
                                                                       Gateway::Done done) {
        question(engine, [answer, done = std::move(done)](Result<Value> value) {
            if (value) *answer = std::move(*value);
            done(value ? ErrorCode{} : value.error());
        });
    };
    auto asking = during == SessionStatus::working
                      ? gateway.ask(std::move(session), std::move(inner))
                      : gateway.ask_during(during, std::move(session), std::move(inner));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return asked.error();
    co_return std::move(**answer);
}

/// Gateway::read with the value that `reading(store)` returns.
template <class Value, class Read>
Task<Outcome<Value>> read_for(Gateway& gateway, SessionKey session, Read reading)
{
    auto const found = std::make_shared<std::optional<Value>>();
    Gateway::Reading inner = [found, reading = std::move(reading)](storage::Store& store) {
        found->emplace(reading(store));
    };
    auto running = gateway.read(std::move(session), std::move(inner));
    auto const outcome = co_await std::move(running);
    if (!outcome) co_return outcome.error();
    co_return std::move(**found);
}

} // namespace wagate::gateway
