#include "protocol/engine/passkey_flow.hpp"

#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/stanza/iq.hpp"

namespace wagate::engine {

using binary::Node;
using stanza::IqType;

namespace {

constexpr auto handoff_lasts = std::chrono::minutes{5};
constexpr std::size_t longest_options = 16'384;

Node bytes_child(std::string_view tag, ByteView bytes)
{
    return Node{tag}.with_bytes(to_bytes(bytes));
}

Node request(IqType type, Node child)
{
    return stanza::make_iq({}, type, "md", {std::move(child)});
}

std::string options_in(Node const& node)
{
    auto const* options = node.child("passkey_request_options");
    if (options == nullptr || options->bytes().size() > longest_options) return {};
    return to_text(options->bytes());
}

} // namespace

int PasskeyFlow::device_type() const
{
    return stanza::platform_type(core_.options.device.browser);
}

bool PasskeyFlow::on_notification(Node const& notification)
{
    auto const type = notification.text("type");
    auto const is_challenge = type == "passkey_prologue_request";
    if (!is_challenge && type != "crsc_continuation") return false;
    auto const from = notification.jid("from").value_or(Jid{});
    if (core_.account.is_paired() || !from.is_server()) return true; // none of anybody else's business
    if (!is_challenge) {
        on_continuation(notification);
        return true;
    }
    if (auto options = options_in(notification); !options.empty()) {
        begin(std::move(options));
        return true;
    }
    core_.ask(request(IqType::get, Node{"passkey_request_options"}), [this](Result<Node> reply) {
        auto options = reply ? options_in(*reply) : std::string{};
        if (options.empty())
            events_.failed("the server demands a passkey and gives no challenge");
        else
            begin(std::move(options));
    });
    return true;
}

void PasskeyFlow::begin(std::string options)
{
    opening_.reset();
    code_.reset();
    handoff_key_ = pairing::handoff_key(core_.account.adv_secret.reveal());
    handoff_end_ = core_.now.monotonic + handoff_lasts;
    core_.account.adv_secret = Secret<crypto::Key32>{core_.random.array<32>()};
    RecordOverlay step{core_.records};
    core_.account.save(step);
    core_.store(std::move(step));
    challenge_ = std::move(options);
    events_.challenged();
}

void PasskeyFlow::answer(PasskeyAnswer answer, Done done)
{
    if (!challenge_) {
        done(make_error_code(AccountErrc::not_waiting));
        return;
    }
    core_.ask(request(IqType::get, Node{"ref"}),
              [this, answer = std::move(answer), done = std::move(done)](Result<Node> reply) mutable {
                  auto const* ref = reply ? reply->child("ref") : nullptr;
                  if (ref == nullptr || ref->bytes().empty() || !challenge_)
                      done(reply ? make_error_code(AccountErrc::not_waiting) : reply.error());
                  else
                      open(std::move(answer), to_text(ref->bytes()), std::move(done));
              });
}

void PasskeyFlow::open(PasskeyAnswer answer, std::string ref, Done done)
{
    Opening opening;
    opening.ephemeral = crypto::generate_key_pair(core_.random);
    opening.nonce = core_.random.array<32>();
    opening.ref = ref;
    opening.has_proof = handoff_key_ && core_.now.monotonic < handoff_end_;
    auto const prologue =
        pairing::make_prologue({opening.ephemeral.public_key, device_type(), std::move(ref)}, opening.nonce);
    Node node{"passkey_prologue"};
    node.add(bytes_child("credential_id", answer.credential_id));
    node.add(bytes_child("webauthn_assertion", view(answer.assertion)));
    node.add(bytes_child("prologue_payload", prologue));
    if (opening.has_proof)
        node.add(bytes_child("pairing_handoff_proof", pairing::handoff_proof(*handoff_key_, prologue)));
    // Before it is sent: the phone's answer may overtake the server's.
    opening_ = std::move(opening);
    core_.ask(request(IqType::set, std::move(node)), [this, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            opening_.reset();
            done(reply.error());
            return;
        }
        challenge_.reset();
        handoff_key_.reset();
        done({});
    });
}

void PasskeyFlow::on_continuation(Node const& notification)
{
    if (!opening_ || opening_->sealing_key) return;
    auto const* content = notification.child("primary_ephemeral_identity");
    auto const primary = content != nullptr
                             ? pairing::parse_primary_opening(content->bytes())
                             : Result<pairing::PrimaryOpening>{pairing::PairingErrc::malformed};
    if (!primary) {
        events_.failed("the phone's answer to the passkey does not parse");
        return;
    }
    auto const key =
        pairing::passkey_sealing_key(opening_->ephemeral, primary->ephemeral, device_type(), opening_->ref);
    if (!key) {
        events_.failed("weak key from the phone");
        return;
    }
    opening_->sealing_key = *key;
    auto const code = pairing::display_code(pairing::confirmation_code(opening_->nonce, *primary));
    // The nonce is told only now: before, the phone's key could have been chosen to fit a code.
    core_.ask(request(IqType::set, bytes_child("companion_nonce", opening_->nonce)),
              [this, code](Result<Node> reply) {
                  if (!reply) {
                      events_.failed("the server refused the passkey's nonce");
                      return;
                  }
                  if (!opening_) return;
                  if (opening_->has_proof) {
                      hand_over([this](ErrorCode error) {
                          if (error) events_.failed("the server refused the pairing");
                      });
                      return;
                  }
                  code_ = code;
                  events_.to_be_confirmed();
              });
}

void PasskeyFlow::confirm(Done done)
{
    if (!code_) {
        done(make_error_code(AccountErrc::not_waiting));
        return;
    }
    hand_over(std::move(done));
}

void PasskeyFlow::hand_over(Done done)
{
    pairing::PairingKeys keys;
    keys.noise = core_.account.noise.public_key;
    keys.identity = core_.account.identity.identity.public_key;
    keys.adv_secret = core_.account.adv_secret.reveal();
    auto const sealed = pairing::seal_pairing_keys(keys, *opening_->sealing_key, core_.random);
    core_.ask(request(IqType::set, bytes_child("encrypted_pairing_request", sealed)),
              [this, done = std::move(done)](Result<Node> reply) {
                  if (reply) code_.reset();
                  done(reply ? ErrorCode{} : reply.error()); // what follows is pair-success, as always
              });
}

void PasskeyFlow::on_disconnected()
{
    challenge_.reset();
    code_.reset();
    opening_.reset();
    handoff_key_.reset();
}

} // namespace wagate::engine
