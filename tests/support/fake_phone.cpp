#include "tests/support/fake_phone.hpp"

#include "protocol/message/padding.hpp"
#include "protocol/proto/e2e.pb.h"

#include <stdexcept>

namespace wagate::testing {
namespace {

constexpr std::size_t prekeys_of_a_phone = 200;

} // namespace

FakePhone::FakePhone(std::string phone_user, std::string lid_user, std::string name, RandomSource& random)
    : phone(Jid::phone(phone_user)), lid(Jid::hidden(lid_user)), push_name(std::move(name)), random_(random)
{
    identity.identity = crypto::generate_key_pair(random);
    identity.registration_id = static_cast<std::uint32_t>(1 + random.below(16'380));
    auto const signed_prekey = signal::generate_signed_prekey(1, identity.identity.private_key, random);
    auto const prekeys = signal::generate_prekeys(1, prekeys_of_a_phone, random);
    RecordOverlay step{records};
    signal::store_signed_prekey(step, signed_prekey, {});
    for (auto const& key : prekeys) {
        signal::store_prekey(step, key);
        published.one_time[key.id] = key.keys.public_key;
    }
    records.apply(step.changes());
    published.registration_id = identity.registration_id;
    published.identity = identity.identity.public_key;
    published.signed_prekey_id = signed_prekey.id;
    published.signed_prekey = signed_prekey.keys.public_key;
    published.signed_prekey_signature = signed_prekey.signature;
}

bool FakePhone::receive(binary::Node const& stanza)
{
    auto const source = stanza::parse_source(stanza, phone, lid);
    if (!source) return false;
    // Companions write to the number with the session of the LID (7.5).
    auto const sender = source->is_peer ? lid.with_device(source->sender.device) : source->sender;
    bool opened = true;
    for (auto const& part : stanza::enc_parts(stanza)) {
        RecordOverlay step{records};
        auto const plain =
            signal::decrypt(step, identity, signal::Address::of(sender), *part.kind, part.ciphertext);
        if (plain.has_error() && plain.error() == signal::SignalErrc::duplicate_message) continue;
        auto const unpadded = plain ? message::unpad(*plain) : std::nullopt;
        auto content = unpadded ? message::parse_content(*unpadded) : std::nullopt;
        if (!content) {
            failures.push_back(plain ? "no message inside" : plain.error().message());
            opened = false;
            continue;
        }
        records.apply(step.changes());
        if (source->is_peer) {
            ++requests_seen;
            requests.push_back({source->id, sender, content->message});
            continue;
        }
        received.push_back({source->id, source->from_me, std::move(*content)});
    }
    return opened;
}

Bytes FakePhone::answer_to(ResendRequest const& request) const
{
    proto::Message asked;
    asked.ParseFromArray(request.content.data(), static_cast<int>(request.content.size()));
    proto::Message answer;
    auto& protocol = *answer.mutable_protocol_message();
    protocol.set_type(17);
    auto& response = *protocol.mutable_peer_data_operation_request_response_message();
    response.set_peer_data_operation_request_type(4);
    response.set_stanza_id(request.id.value);
    auto const& request_message = asked.protocol_message().peer_data_operation_request_message();
    for (auto const& wanted : request_message.placeholder_message_resend_request()) {
        auto& result = *response.add_peer_data_operation_result();
        auto const& id = wanted.message_key().id();
        Bytes content;
        for (auto const& known : received)
            if (known.id.value == id) content = known.content.message;
        if (auto const own = sent.find(id); own != sent.end()) content = own->second;
        if (content.empty()) continue;
        proto::WebMessageInfo info;
        *info.mutable_key() = wanted.message_key();
        info.mutable_message()->ParseFromArray(content.data(), static_cast<int>(content.size()));
        info.set_message_timestamp(1'790'000'000);
        result.mutable_placeholder_message_resend_response()->set_web_message_info_bytes(
            info.SerializeAsString());
    }
    return to_bytes(answer.SerializeAsString());
}

bool FakePhone::has_session(Jid const& device) const
{
    return signal::has_session(records, signal::Address::of(device));
}

void FakePhone::start_session(Jid const& device, signal::PreKeyBundle const& bundle)
{
    RecordOverlay step{records};
    if (!signal::process_bundle(step, identity, signal::Address::of(device), bundle))
        throw std::logic_error("a published bundle is bad");
    records.apply(step.changes());
}

void FakePhone::forget_session(Jid const& device)
{
    RecordOverlay step{records};
    signal::erase_session(step, signal::Address::of(device));
    records.apply(step.changes());
}

signal::Ciphertext FakePhone::seal(Jid const& device, ByteView plaintext)
{
    RecordOverlay step{records};
    auto ciphertext =
        signal::encrypt(step, identity, signal::Address::of(device), message::pad(plaintext, random_));
    if (!ciphertext) throw std::logic_error("the phone has no session with the device");
    records.apply(step.changes());
    return *ciphertext;
}

std::vector<std::string> FakePhone::texts() const
{
    std::vector<std::string> found;
    for (auto const& message : received)
        found.push_back(message.content.text);
    return found;
}

} // namespace wagate::testing
