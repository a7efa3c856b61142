#pragma once
// One client connection on the server's side: preamble, Noise handshake, then stanzas both ways.
// It knows frames and faults; what a stanza means is the network's business.
#include "protocol/binary/node.hpp"
#include "protocol/noise/noise.hpp"
#include "tools/sandbox/net/link.hpp"
#include "tools/sandbox/state/account.hpp"

#include <deque>

namespace wagate::sandbox {

class Network;

/// Who speaks: a device of an account. Phones have no connection but speak as well.
struct Origin {
    Account* account = nullptr;
    std::uint16_t device = 0;

    Jid jid(JidServer server) const { return account->jid(server, device); }
};

class Connection final : public LinkHandler, public std::enable_shared_from_this<Connection> {
public:
    Connection(Network& network, std::shared_ptr<Link> link);

    // LinkHandler
    void on_bytes(ByteView bytes) override;
    void on_closed() override;

    /// Queues a stanza; the account's faults decide how and when it leaves.
    void send(binary::Node stanza);
    /// Sends something that waits in the device's mailbox for a confirmation. Counts for dropAfter.
    void deliver(DeliveryKind kind, binary::Node stanza);
    /// Closes after everything queued so far, at the latest 100 ms later (the pause that clients know from
    /// WhatsApp).
    void close_soon();
    void abort();
    /// Hostile: any bytes in place of an encoded stanza, sealed as stanzas are.
    void send_payload(ByteView payload);
    /// Hostile: any bytes on the wire, past the encryption.
    void send_wire(ByteView bytes);
    /// Re-reads the account's faults after they were changed.
    void faults_changed();

    // --- what login and pairing have found out
    void bind(Account& account, Device& device);
    /// The device behind this connection is gone or has another connection.
    void unbind();
    bool logged_in() const noexcept { return device_ != nullptr; }
    Account& account() const { return *account_; }
    Device& device() const { return *device_; }
    Origin origin() const { return {account_, device_->id}; }
    crypto::Key32 const& client_key() const noexcept { return client_key_; }

    bool active = false;         ///< the offline queue has been asked for (3.3)
    bool available = false;      ///< presence
    std::set<Jid> subscriptions; ///< presence subscriptions, bare JIDs as asked

private:
    enum class Phase : std::uint8_t { preamble, hello, finish, stanzas, closed };

    Faults const& faults() const noexcept;
    void on_frame(Bytes const& frame);
    void on_handshake(Bytes const& frame);
    void fail(std::string_view what);
    void pump();
    void write_stanza(binary::Node const& stanza);
    void send_message_pair(binary::Node stanza);

    Network& network_;
    std::shared_ptr<Link> link_;
    Phase phase_ = Phase::preamble;
    noise::PreambleReader preamble_;
    noise::FrameSplitter frames_;
    std::optional<noise::ServerHandshake> handshake_;
    std::optional<noise::TransportCipher> cipher_;
    crypto::Key32 client_key_{};
    Account* account_ = nullptr;
    Device* device_ = nullptr;

    std::deque<binary::Node> outbox_;
    bool pump_waits_ = false;
    bool close_requested_ = false;
    std::uint32_t delivered_ = 0;
    std::optional<binary::Node> held_back_; ///< first of a pair under the reorder fault
};

} // namespace wagate::sandbox
