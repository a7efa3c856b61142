#pragma once
// WhatsApp's server role in memory, for scenarios without sockets: Noise responder, pairing, prekeys, usync,
// fan-out, acks, receipts and the offline queue. Deterministic; faults are injected with `intercept` and the
// knobs.
#include "protocol/noise/noise.hpp"
#include "protocol/pairing/pairing.hpp"
#include "tests/support/fake_phone.hpp"
#include "tests/support/scenario_clock.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace wagate::testing {

class FakeServer {
public:
    using ConnectionId = std::uint64_t;

    FakeServer(RandomSource& random, ScenarioClock const& clock);

    crypto::Key32 root_key() const { return root_.public_key; }

    // --- accounts: a phone each, companions by pairing
    FakePhone& add_account(std::string const& phone_user, std::string const& lid_user,
                           std::string const& name);
    FakePhone& phone(Jid const& any_form) { return *account(any_form).phone; }
    PublishedKeys& keys(Jid const& device);
    signal::PreKeyBundle take_bundle(Jid const& device);
    /// The phone first, in the form of `user`.
    std::vector<Jid> devices_of(Jid const& user);
    /// Unlinks a companion, as its phone does.
    void remove_device(Jid const& device);

    // --- transport
    ConnectionId connect();
    void receive(ConnectionId id, ByteView bytes);
    /// Next bytes towards the client; nothing when there are none now.
    std::optional<Bytes> take_output(ConnectionId id);
    bool has_output(ConnectionId id) const;
    /// True once the server has closed and everything it wrote before was taken.
    bool is_closed(ConnectionId id) const;
    void disconnect(ConnectionId id);
    void close_connection_of(Jid const& device);
    bool is_online(Jid const& device) { return companion(device).connection != 0; }

    // --- what phones do
    struct Scan {
        bool wrong_secret = false;
    };
    void scan(std::string const& qr_text, FakePhone& phone, Scan how);
    void scan(std::string const& qr_text, FakePhone& phone) { scan(qr_text, phone, Scan{}); }
    void enter_code(std::string code, FakePhone& phone);
    /// Sends to every device of the recipient and to own companions; the recipient's form decides the
    /// addressing.
    void send_text(FakePhone& from, Jid const& to, std::string const& text, std::string const& id);
    /// The same with a serialized Message of any kind.
    void send_content(FakePhone& from, Jid const& to, Bytes const& content, std::string const& id);
    /// Sends what companions of `owner` have asked it for.
    void answer_requests(FakePhone& owner);
    /// One message for one companion of the phone's own account (category="peer").
    void send_peer(FakePhone& from, Jid const& companion, ByteView message, std::string const& id);

    // --- stanzas
    /// Straight to the companion's connection; dropped when there is none.
    void send(Jid const& device, binary::Node node);
    /// Any bytes in place of an encoded stanza.
    void send_payload(Jid const& device, ByteView payload);
    /// To every connection that is not logged in.
    void send_unpaired(binary::Node const& node);
    /// Kept until the companion has answered it, and delivered again at each login until then.
    void deliver(Jid const& device, binary::Node node);
    struct Seen {
        Jid device; ///< LID form; empty user before pairing
        binary::Node node;
        Bytes encoded;
    };
    std::vector<Seen> log; ///< everything clients have sent
    struct Hello {
        Bytes payload; ///< serialized ClientPayload
        Bytes routing_info;
    };
    std::vector<Hello> hellos; ///< one for each handshake
    std::vector<binary::Node> seen(Jid const& device, std::string_view tag) const;
    std::size_t queued(Jid const& device) { return companion(device).queue.size(); }

    // --- knobs
    /// Called first with every stanza; true: it was handled.
    std::function<bool(Jid const& device, binary::Node const& node)> intercept;
    /// Sends this many stanzas of the offline queue unasked; the others only by <offline_batch>.
    std::optional<std::size_t> offline_primer;
    /// Called with every stanza on its way to a companion.
    std::function<void(Jid const& device, binary::Node& node)> tamper;
    bool names_other_address = true; ///< sender_pn, sender_lid and so on
    bool sends_pair_device = true;
    std::size_t qr_refs = 6;

private:
    struct Queued {
        binary::Node node;
        bool sent = false;
    };
    struct Companion {
        Jid lid;
        std::uint32_t key_index = 0;
        PublishedKeys keys;
        std::deque<Queued> queue;
        ConnectionId connection = 0;
        bool active = false;
        std::optional<std::size_t> credit; ///< offline stanzas it may still be sent; nothing: no limit
        bool caught_up = false;
    };
    struct Account {
        std::unique_ptr<FakePhone> phone;
        std::map<std::uint16_t, Companion> companions;
        std::uint16_t next_device = 1;
    };
    struct Connection {
        enum class Stage { preamble, hello, finish, open, closed } stage = Stage::preamble;
        noise::PreambleReader preamble;
        noise::FrameSplitter splitter;
        std::optional<noise::ServerHandshake> handshake;
        std::optional<noise::TransportCipher> cipher;
        std::deque<Bytes> output;
        crypto::Key32 static_key{};
        Jid device; ///< LID form, once logged in
        PublishedKeys registration;
        struct Pairing {
            FakePhone* phone = nullptr;
            bool hosted = false;
        } pairing;
        struct LinkCode {
            Bytes wrapped;
            crypto::Key32 companion_ephemeral{};
            crypto::KeyPair primary_ephemeral;
            Jid phone;
        } code;
    };

    Account& account(Jid const& any_form);
    Account* find_account(Jid const& any_form);
    Companion& companion(Jid const& device);
    Companion* find_companion(Jid const& device);
    Jid form(Jid const& device, bool as_lid);

    void accept_payload(ConnectionId id, ByteView payload);
    void write(ConnectionId id, binary::Node const& node);
    void close(ConnectionId id);
    void handle(ConnectionId id, binary::Node const& node);
    void on_iq(ConnectionId id, binary::Node const& iq);
    void on_encrypt_iq(Companion& device, binary::Node const& iq);
    void on_link_code(ConnectionId id, binary::Node const& iq);
    void offer_pairing(ConnectionId id, FakePhone& phone, ByteView adv_secret);
    void finish_pairing(ConnectionId id, binary::Node const& reply);
    void route_message(Jid const& sender, binary::Node const& message);
    void route_receipt(Jid const& sender, binary::Node const& receipt);
    void answered(Companion& device, std::string_view tag, std::string const& id);
    void flush(Companion& device);
    binary::Node usync(binary::Node const& request);
    binary::Node bundle_of(Jid const& device);

    RandomSource& random_;
    ScenarioClock const& clock_;
    crypto::KeyPair root_, static_;
    Bytes chain_;
    std::map<std::string, Account> accounts_; ///< by LID user
    std::map<ConnectionId, Connection> connections_;
    ConnectionId next_connection_ = 1;
    std::uint64_t next_id_ = 1;
};

} // namespace wagate::testing
