#include "tools/sandbox/server/connection.hpp"

#include "protocol/binary/codec.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

using namespace std::chrono_literals;

Connection::Connection(Network& network, std::shared_ptr<Link> link)
    : network_(network), link_(std::move(link))
{}

Faults const& Connection::faults() const noexcept
{
    static Faults const none;
    return account_ != nullptr ? account_->faults : none;
}

// ---------------------------------------------------------------------------- in

void Connection::on_bytes(ByteView bytes)
{
    if (phase_ == Phase::closed) return;
    Bytes rest;
    if (phase_ == Phase::preamble) {
        auto const complete = preamble_.feed(bytes);
        if (!complete) return fail("bad connection header");
        if (!*complete) return;
        if (!preamble_.routing_info().empty()) network_.count("edge_routed_connections");
        rest = preamble_.take_rest();
        bytes = rest;
        phase_ = Phase::hello;
    }
    frames_.feed(bytes);
    while (phase_ != Phase::closed) {
        auto frame = frames_.next();
        if (!frame) return fail("frame too large");
        if (!*frame) return;
        on_frame(**frame);
    }
}

void Connection::on_frame(Bytes const& frame)
{
    if (phase_ != Phase::stanzas) return on_handshake(frame);
    auto const plaintext = cipher_->open(frame);
    if (!plaintext) return fail("transport frame does not decrypt");
    auto const stanza = binary::decode(*plaintext);
    if (!stanza) {
        send(binary::Node{"stream:error"}.add(binary::Node{"xml-not-well-formed"}));
        network_.count("malformed_stanzas");
        return close_soon();
    }
    network_.trace(*this, "<-", *stanza);
    network_.on_stanza(*this, *stanza);
}

void Connection::on_handshake(Bytes const& frame)
{
    if (phase_ == Phase::hello) {
        auto const& identity = network_.identity();
        handshake_.emplace(identity.static_key, crypto::generate_key_pair(network_.random()),
                           identity.certificate_chain);
        auto const reply = handshake_->respond(frame);
        if (!reply) return fail("client hello");
        phase_ = Phase::finish;
        link_->write(noise::make_frame(*reply));
        return;
    }
    auto const client = handshake_->accept(frame);
    if (!client) return fail("client finish");
    cipher_.emplace(handshake_->transport());
    handshake_.reset();
    client_key_ = client->static_key;
    phase_ = Phase::stanzas;
    network_.admit(*this, client->payload);
}

void Connection::fail(std::string_view what)
{
    network_.count("protocol_failures");
    network_.log(std::string{"connection dropped: "} + std::string{what});
    abort();
}

void Connection::on_closed()
{
    phase_ = Phase::closed;
    auto const keep = shared_from_this();
    network_.forget(*this);
    outbox_.clear();
    link_.reset();
}

// ---------------------------------------------------------------------------- out

void Connection::send(binary::Node stanza)
{
    if (phase_ != Phase::stanzas || close_requested_) return;
    outbox_.push_back(std::move(stanza));
    pump();
}

void Connection::pump()
{
    while (!outbox_.empty() && !pump_waits_ && !faults().half_open && phase_ == Phase::stanzas) {
        auto const stanza = std::move(outbox_.front());
        outbox_.pop_front();
        write_stanza(stanza);
        if (faults().slow > 0ms) {
            pump_waits_ = true;
            network_.scheduler().after(faults().slow, [weak = weak_from_this()] {
                if (auto self = weak.lock()) {
                    self->pump_waits_ = false;
                    self->pump();
                }
            });
        }
    }
}

void Connection::write_stanza(binary::Node const& stanza)
{
    network_.trace(*this, "->", stanza);
    auto const frame =
        cipher_->seal(faults().compress ? binary::encode_compressed(stanza) : binary::encode(stanza));
    if (!frame) return fail("frame counter");
    if (faults().split_frames && frame->size() > 1) {
        auto const middle = frame->begin() + static_cast<std::ptrdiff_t>(frame->size() / 2);
        link_->write(Bytes(frame->begin(), middle));
        link_->write(Bytes(middle, frame->end()));
        return;
    }
    link_->write(*frame);
}

void Connection::send_payload(ByteView payload)
{
    if (phase_ != Phase::stanzas || close_requested_) return;
    auto const frame = cipher_->seal(payload);
    if (!frame) return fail("frame counter");
    link_->write(*frame);
}

void Connection::send_wire(ByteView bytes)
{
    if (phase_ == Phase::stanzas && !close_requested_) link_->write(to_bytes(bytes));
}

void Connection::deliver(DeliveryKind kind, binary::Node stanza)
{
    if (close_requested_) return;
    ++delivered_;
    auto const twice = kind == DeliveryKind::message && faults().duplicate;
    if (twice) send(stanza);
    if (kind == DeliveryKind::message && faults().reorder)
        send_message_pair(std::move(stanza));
    else
        send(std::move(stanza));
    if (faults().drop_after != 0 && delivered_ >= faults().drop_after && link_) {
        network_.count("faults_dropped_connections");
        close_soon(); // what the client answers by then counts, or nothing would ever get through
    }
}

void Connection::send_message_pair(binary::Node stanza)
{
    if (held_back_) {
        send(std::move(stanza));
        send(std::move(*held_back_));
        held_back_.reset();
        return;
    }
    held_back_ = std::move(stanza);
    // A single message must not wait for ever.
    network_.scheduler().after(300ms, [weak = weak_from_this()] {
        auto self = weak.lock();
        if (!self || !self->held_back_) return;
        self->send(std::move(*self->held_back_));
        self->held_back_.reset();
    });
}

void Connection::close_soon()
{
    if (close_requested_) return;
    close_requested_ = true;
    network_.scheduler().after(100ms, [weak = weak_from_this()] {
        if (auto self = weak.lock(); self && self->link_) self->link_->close();
    });
}

void Connection::abort()
{
    close_requested_ = true;
    if (link_) link_->abort();
}

void Connection::faults_changed()
{
    if (link_) link_->pause_reading(faults().half_open);
    pump();
}

// ---------------------------------------------------------------------------- identity

void Connection::bind(Account& account, Device& device)
{
    account_ = &account;
    device_ = &device;
    device.connection = this;
    if (faults().half_open) faults_changed();
}

void Connection::unbind()
{
    if (device_ != nullptr && device_->connection == this) device_->connection = nullptr;
    account_ = nullptr;
    device_ = nullptr;
}

} // namespace wagate::sandbox
