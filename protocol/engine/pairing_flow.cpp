#include "protocol/engine/pairing_flow.hpp"

#include "protocol/base/drawn_random.hpp"
#include "protocol/stanza/iq.hpp"
#include "protocol/stanza/message.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

Node bytes_child(std::string_view tag, ByteView bytes)
{
    return Node{tag}.with_bytes(to_bytes(bytes));
}

} // namespace

PairingFlow::PairingFlow(Core& core, Events events)
    : core_(core),
      events_(std::move(events)),
      passkey_(core, PasskeyFlow::Events{
                         [this] {
                             // The phone has seen a code: no other is shown while the user looks for the
                             // passkey.
                             core_.cancel(rotation_);
                             qr_.reset();
                             events_.passkey_needed();
                         },
                         [this] { events_.passkey_to_be_confirmed(); },
                         [this](std::string_view detail) { events_.failed(detail); },
                     })
{}

bool PairingFlow::on_iq(Node const& iq)
{
    // A session that is paired is not paired again, whoever says so.
    if (iq.text("type") != "set" || core_.account.me) return false;
    if (iq.child("pair-device") != nullptr) {
        on_pair_device(iq);
        return true;
    }
    if (iq.child("pair-success") != nullptr) {
        on_pair_success(iq);
        return true;
    }
    return false;
}

void PairingFlow::on_pair_device(Node const& iq)
{
    core_.send(stanza::iq_result(iq));
    refs_.clear();
    next_ref_ = 0;
    for (auto const& child : iq.child("pair-device")->children())
        if (child.tag == "ref" && !child.bytes().empty()) refs_.push_back(to_text(child.bytes()));
    core_.cancel(rotation_);
    rotate();
}

void PairingFlow::rotate()
{
    rotation_ = 0;
    if (next_ref_ >= refs_.size()) {
        qr_.reset();
        events_.qr_expired();
        return;
    }
    auto const lifetime = next_ref_ == 0 ? core_.options.first_qr_lifetime : core_.options.next_qr_lifetime;
    pairing::QrContent content;
    content.ref = refs_[next_ref_++];
    content.noise_key = core_.account.noise.public_key;
    content.identity_key = core_.account.identity.identity.public_key;
    content.adv_secret = core_.account.adv_secret.reveal();
    content.client_type = stanza::client_type(core_.options.device.browser);
    qr_ = Qr{pairing::qr_text(content), core_.now.wall + lifetime};
    rotation_ = core_.after(lifetime, [this] { rotate(); });
    events_.qr_changed();
}

void PairingFlow::on_pair_success(Node const& iq)
{
    auto const& success = *iq.child("pair-success");
    auto const* container = success.child("device-identity");
    auto const* device = success.child("device");
    auto const jid = device != nullptr ? device->jid("jid") : std::nullopt;
    auto const lid = device != nullptr ? device->jid("lid") : std::nullopt;
    if (container == nullptr || !jid || !lid) {
        core_.send(stanza::iq_error(iq, 500, "internal-error"));
        events_.failed("pair-success without identity or device");
        return;
    }
    auto verified = pairing::verify_pairing_container(container->bytes(), core_.account.identity.identity,
                                                      core_.account.adv_secret.reveal(), core_.random);
    if (!verified) {
        auto const error = verified.error();
        auto const unauthorized =
            error == pairing::PairingErrc::hmac_mismatch || error == pairing::PairingErrc::signature_mismatch;
        auto const text = error == pairing::PairingErrc::hmac_mismatch ? "hmac-mismatch"
                          : unauthorized                               ? "signature-mismatch"
                                                                       : "internal-error";
        core_.send(stanza::iq_error(iq, unauthorized ? 401 : 500, text));
        events_.failed(text);
        return;
    }
    core_.cancel(rotation_);
    qr_.reset();
    passkey_.on_disconnected();

    auto& account = core_.account;
    OwnIdentity me;
    me.phone = *jid;
    me.lid = *lid;
    if (auto const* platform = success.child("platform")) me.platform = platform->text("name");
    if (auto const* business = success.child("biz")) account.business_name = business->text("name");
    account.me = me;
    account.signed_device_identity = pairing::serialize(verified->identity, true);

    RecordOverlay step{core_.records};
    account.save(step);
    // 0.3 rule 11: messages from the phone arrive from LID device 0 under the account's key.
    signal::store_identity(step, signal::Address::of(lid->with_device(0)),
                           verified->identity.account_signature_key);
    step.write(RecordKind::lid_of_phone, jid->user, to_bytes(lid->user));
    step.write(RecordKind::phone_of_lid, lid->user, to_bytes(jid->user));

    Node identity{"device-identity"};
    identity.set("key-index", static_cast<std::int64_t>(verified->key_index))
        .with_bytes(pairing::serialize(verified->identity, false));
    auto reply = stanza::iq_result(iq);
    reply.add(Node{"pair-device-sign"}.add(std::move(identity)));
    core_.store(std::move(step), core_.on_this_connection([this, reply = std::move(reply)] {
        core_.send(reply);
        events_.paired();
    }));
}

// ------------------------------------------------------------------------------------------------
// phone-number code

void PairingFlow::request_code(CommandId command, std::string phone_user)
{
    auto const random = core_.random.array<5>();
    auto code = pairing::code_from_bytes(random);
    auto pairing = std::make_unique<CodePairing>();
    pairing->code = code;
    pairing->phone = Jid::phone(phone_user);
    pairing->ephemeral = crypto::generate_key_pair(core_.random);
    auto const public_key = pairing->ephemeral.public_key;
    code_ = std::move(pairing);
    core_.compute([this, command, code, phone_user, public_key,
                   drawn = core_.random.bytes(48)]() -> std::function<void()> {
        DrawnRandom random_source{drawn};
        auto wrapped = pairing::wrap_ephemeral(code, public_key, random_source);
        return [this, command, code, phone_user, wrapped = std::move(wrapped)] {
            send_companion_hello(command, code, phone_user, wrapped);
        };
    });
}

void PairingFlow::send_companion_hello(CommandId command, std::string code, std::string phone_user,
                                       Bytes wrapped)
{
    if (!code_ || code_->code != code) { // superseded, or the connection is gone
        core_.emit(CodeReport{command, {}, 408});
        return;
    }
    Node registration{"link_code_companion_reg"};
    registration.set("jid", Jid::phone(phone_user))
        .set("stage", "companion_hello")
        .set("should_show_push_notification", "true");
    registration.add(bytes_child("link_code_pairing_wrapped_companion_ephemeral_pub", wrapped));
    registration.add(bytes_child("companion_server_auth_key_pub", core_.account.noise.public_key));
    char const type = stanza::client_type(core_.options.device.browser);
    registration.add(bytes_child("companion_platform_id", view(std::string_view{&type, 1})));
    registration.add(bytes_child("companion_platform_display",
                                 view(stanza::pairing_display(core_.options.device.browser))));
    registration.add(bytes_child("link_code_pairing_nonce", ByteArray<1>{0}));
    auto const id = core_.next_request_id();
    core_.request(id, stanza::make_iq(id, stanza::IqType::set, "md", {std::move(registration)}),
                  [this, command, code](Result<Node> reply) {
                      CodeReport report{command, {}, 0};
                      auto const error = reply ? stanza::error_of(*reply) : std::nullopt;
                      auto const* ref =
                          reply ? reply->path({"link_code_companion_reg", "link_code_pairing_ref"}) : nullptr;
                      if (!reply || error || ref == nullptr || !code_ || code_->code != code) {
                          report.error = error ? error->code : 408;
                          if (code_ && code_->code == code) code_.reset();
                      } else {
                          code_->ref = to_bytes(ref->bytes());
                          report.code = pairing::display_code(code);
                      }
                      core_.emit(std::move(report));
                  });
}

bool PairingFlow::on_notification(Node const& notification)
{
    if (passkey_.on_notification(notification)) return true;
    auto const type = notification.text("type");
    if (type == "companion_reg_refresh") {
        if (core_.account.is_paired() || finishing_ || !qr_) return true;
        core_.account.adv_secret = Secret<crypto::Key32>{core_.random.array<32>()};
        RecordOverlay step{core_.records};
        core_.account.save(step);
        core_.store(std::move(step));
        --next_ref_; // show the same ref with the new secret
        core_.cancel(rotation_);
        rotate();
        return true;
    }
    if (type != "link_code_companion_reg") return false;
    auto const* registration = notification.child("link_code_companion_reg");
    if (registration != nullptr && registration->text("stage") == "primary_hello")
        on_primary_hello(*registration);
    return true;
}

void PairingFlow::on_primary_hello(Node const& registration)
{
    auto const* wrapped = registration.child("link_code_pairing_wrapped_primary_ephemeral_pub");
    auto const* identity = registration.child("primary_identity_pub");
    auto const* ref = registration.child("link_code_pairing_ref");
    // Without the wrapped key it only announces that a passkey is needed (4.3).
    if (!code_ || wrapped == nullptr || identity == nullptr || identity->bytes().size() != 32 ||
        ref == nullptr || !equal(ref->bytes(), code_->ref))
        return;
    core_.compute([this, code = code_->code, wrapped_key = to_bytes(wrapped->bytes()),
                   primary = to_bytes(identity->bytes())]() -> std::function<void()> {
        auto opened = pairing::unwrap_ephemeral(code, wrapped_key);
        if (!opened) return [this] { events_.failed("the phone's key does not open with the code"); };
        return [this, key = *opened, primary] { finish_code(key, primary); };
    });
}

void PairingFlow::finish_code(crypto::Key32 const& primary_ephemeral, Bytes const& primary_identity)
{
    if (!code_) return;
    auto finish = pairing::companion_finish(code_->ephemeral, core_.account.identity.identity,
                                            primary_ephemeral, primary_identity, core_.random);
    if (!finish) {
        events_.failed("weak key from the phone");
        return;
    }
    core_.account.adv_secret = Secret<crypto::Key32>{finish->adv_secret};
    Node registration{"link_code_companion_reg"};
    registration.set("jid", code_->phone).set("stage", "companion_finish");
    registration.add(bytes_child("link_code_pairing_wrapped_key_bundle", finish->wrapped_key_bundle));
    registration.add(bytes_child("companion_identity_public", core_.account.identity.identity.public_key));
    registration.add(bytes_child("link_code_pairing_ref", code_->ref));
    code_.reset();
    finishing_ = true;
    RecordOverlay step{core_.records};
    core_.account.save(step);
    core_.store(std::move(step), core_.on_this_connection([this, registration = std::move(registration)] {
        auto const id = core_.next_request_id();
        core_.request(id, stanza::make_iq(id, stanza::IqType::set, "md", {registration}),
                      [this](Result<Node> reply) {
                          if (reply && stanza::error_of(*reply))
                              events_.failed("the server refused the pairing code");
                      });
    }));
}

void PairingFlow::on_disconnected()
{
    core_.cancel(rotation_);
    refs_.clear();
    next_ref_ = 0;
    qr_.reset();
    code_.reset();
    finishing_ = false;
    passkey_.on_disconnected();
}

} // namespace wagate::engine
