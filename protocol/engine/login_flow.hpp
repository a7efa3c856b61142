#pragma once
// From <success> to a session that works (protocol.md 3.2, 3.3): prekeys, passive to active, the offline
// queue.
#include "protocol/engine/core.hpp"

namespace wagate::engine {

class LoginFlow {
public:
    struct Events {
        std::function<void()> working;                       ///< active: may send and receive
        std::function<void(std::string_view detail)> failed; ///< ends the connection; reconnect
    };
    LoginFlow(Core& core, Events events) : core_(core), events_(std::move(events)) {}

    void on_success(binary::Node const& success);
    void on_ib(binary::Node const& ib);
    /// `encrypt` notifications that concern own keys: count, digest.
    void on_encrypt_notification(binary::Node const& notification);
    /// Called for every stanza that carries `offline`.
    void on_offline_stanza();
    /// Stanzas that the server has announced after login and not delivered yet.
    std::size_t offline_backlog() const noexcept { return offline_backlog_; }
    void announce_presence();
    void on_disconnected();

private:
    void check_prekeys(std::function<void()> then);
    void upload_prekeys(std::size_t count, std::function<void()> then);
    void store_and_upload(std::vector<signal::PreKey> keys, std::function<void()> then);
    void go_active();
    void rotate_signed_prekey_if_due();
    void check_digest();
    void request_offline_batch();

    static constexpr int offline_batch_size = 200;

    Core& core_;
    Events events_;
    bool uploading_ = false;
    bool offline_pending_ = false;
    bool batch_outstanding_ = false;
    std::size_t offline_backlog_ = 0;
    Core::TimerId batch_timer_ = 0;
};

} // namespace wagate::engine
