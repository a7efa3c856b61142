#pragma once
// The simulated WhatsApp network: accounts, live connections, delivery. Single-threaded, no sockets of its
// own. Handlers (handlers.hpp, routing.hpp) hold the rules of each kind of stanza.
#include "protocol/base/random.hpp"
#include "tools/sandbox/media/media_server.hpp"
#include "tools/sandbox/net/scheduler.hpp"
#include "tools/sandbox/server/ciphertext_watch.hpp"
#include "tools/sandbox/server/connection.hpp"
#include "tools/sandbox/server/server_identity.hpp"
#include "tools/sandbox/state/channel.hpp"

#include <functional>

namespace wagate::sandbox {

class GroupDesk;
class PairingDesk;

// Counters that show a client's mistakes, see docs/sandbox.md.
inline constexpr std::string_view reused_message_keys = "reused_message_keys";
inline constexpr std::string_view changed_repeats = "changed_repeats";

struct NetworkOptions {
    Milliseconds ping_interval = std::chrono::seconds{60};       ///< urn:xmpp:ping to every client
    Milliseconds registration_limit = std::chrono::seconds{180}; ///< life of an unpaired connection
    Milliseconds scan_limit = std::chrono::seconds{30}; ///< wait for the companion's answer to pair-success
    std::size_t low_prekeys = 10;                       ///< below this the server asks for more
    bool strict_addressing = true;                      ///< nack 421 for envelopes that mix PN and LID
    std::function<void(std::string const&)> log;        ///< one line; unset: silent
    bool trace = false;                                 ///< log every stanza, without binary content
};

struct AccountSettings {
    std::string phone; ///< 5 to 15 digits
    std::string lid;   ///< digits; empty: derived from the phone number
    std::string push_name;
    std::string business_name;
    bool hosted = false;
};

class Network {
public:
    Network(Scheduler& scheduler, RandomSource& random, NetworkOptions options);
    ~Network();
    Network(Network const&) = delete;
    Network& operator=(Network const&) = delete;

    /// Takes over an accepted WebSocket.
    std::shared_ptr<LinkHandler> accept(std::shared_ptr<Link> link);

    // --- accounts
    /// nullptr when the phone number or LID is taken or malformed.
    Account* create_account(AccountSettings const& settings);
    Account* find_phone(std::string_view digits);
    /// By PN or LID user; the device is ignored.
    Account* find(Jid const& user);
    std::map<std::string, std::unique_ptr<Account>, std::less<>> const& accounts() const noexcept
    {
        return accounts_;
    }

    std::map<std::string, ChannelState, std::less<>> channels; ///< by their number

    std::map<std::string, Picture, std::less<>> pictures; ///< by JID: an account's phone number, a group
    std::string http_base; ///< where pictures are fetched: "http://127.0.0.1:4000"
    // --- connections
    void admit(Connection& connection, ByteView client_payload);
    void on_stanza(Connection& connection, binary::Node const& stanza);
    void forget(Connection& connection);
    std::size_t connection_count() const noexcept { return connections_.size(); }
    void faults_changed(Account& account);

    // --- delivery
    /// Puts a stanza into the device's mailbox and sends it when the device is connected and active.
    void deliver(Account& account, std::uint16_t device, DeliveryKind kind, binary::Node stanza);
    void deliver_to_all(Account& account, DeliveryKind kind, binary::Node const& stanza,
                        std::optional<std::uint16_t> except = {});
    /// Sends what waits for a device that has just become active, with the frame of 3.3 and 3.4.
    void drain(Connection& connection);
    /// Takes a device's next bundle and asks it for more keys when few are left. Nothing without keys.
    std::optional<signal::PreKeyBundle> take_bundle(Account& account, std::uint16_t device);
    /// Lets the phone send its first peer messages once the companion is active and has uploaded keys.
    void sync_companion(Account& account, Device& device);

    // --- parts
    ServerIdentity const& identity() const noexcept { return identity_; }
    GroupDesk& groups() noexcept { return *groups_; }
    PairingDesk& pairing() noexcept { return *pairing_; }
    CiphertextWatch& ciphertexts() noexcept { return ciphertexts_; }
    MediaServer& media() noexcept { return media_; }
    Scheduler& scheduler() noexcept { return scheduler_; }
    RandomSource& random() noexcept { return random_; }
    NetworkOptions const& options() const noexcept { return options_; }
    std::int64_t now_seconds() const { return unix_seconds(scheduler_.now()); }
    std::string next_id();

    // --- observation
    void count(std::string_view counter, std::uint64_t amount = 1);
    std::map<std::string, std::uint64_t, std::less<>> const& counters() const noexcept { return counters_; }
    void log(std::string const& line) const;
    void trace(Connection const& connection, std::string_view direction, binary::Node const& stanza) const;

private:
    void ping_all();
    void on_iq(Connection& connection, binary::Node const& iq);
    void on_ib(Connection& connection, binary::Node const& ib);

    Scheduler& scheduler_;
    RandomSource& random_;
    NetworkOptions options_;
    ServerIdentity identity_;
    std::map<std::string, std::unique_ptr<Account>, std::less<>> accounts_; ///< by phone number
    std::map<std::string, Account*, std::less<>> by_lid_;
    std::set<Connection*> connections_;
    std::unique_ptr<GroupDesk> groups_;
    std::unique_ptr<PairingDesk> pairing_;
    CiphertextWatch ciphertexts_;
    MediaServer media_;
    std::map<std::string, std::uint64_t, std::less<>> counters_;
    std::uint64_t next_id_ = 1;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0); ///< lets timers notice that the network is gone
};

} // namespace wagate::sandbox
