// Keys, presence and the key index list of a virtual phone.
#include "tools/sandbox/phone/phone.hpp"

#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {
namespace {

constexpr std::size_t prekey_batch = 20;
constexpr std::size_t low_prekeys = 10;
constexpr std::size_t remembered_stanzas = 10'000;
constexpr std::size_t remembered_messages = 10'000;

} // namespace

Phone::Phone(Network& network, Account& account)
    : network_(network), account_(account), app_state_(network, account)
{
    auto& random = network_.random();
    local_.identity = crypto::generate_key_pair(random);
    local_.registration_id = static_cast<std::uint32_t>(1 + random.below(16'380));
    signed_prekey_ = signal::generate_signed_prekey(1, local_.identity.private_key, random);
    RecordOverlay step{records_};
    signal::store_signed_prekey(step, *signed_prekey_, network_.scheduler().now());
    records_.apply(step.take_changes());
    auto& device = *account_.devices[0];
    device.identity = local_.identity.public_key;
    device.keys.set_identity(
        local_.registration_id, local_.identity.public_key,
        {signed_prekey_->id, signed_prekey_->keys.public_key, signed_prekey_->signature});
    replenish_prekeys();
}

void Phone::replenish_prekeys()
{
    auto& keys = account_.devices[0]->keys;
    if (keys.one_time_count() >= low_prekeys) return;
    RecordOverlay step{records_};
    for (auto const& key : signal::generate_prekeys(next_prekey_id_, prekey_batch, network_.random())) {
        signal::store_prekey(step, key);
        keys.add({key.id, key.keys.public_key});
        next_prekey_id_ = key.id + 1;
    }
    records_.apply(step.take_changes());
}

void Phone::set_online(bool online)
{
    online_ = online;
    if (!online_) return;
    process_inbox();
    for (auto& [id, device] : account_.devices)
        if (id != 0) network_.sync_companion(account_, *device);
}

void Phone::receive(binary::Node stanza)
{
    inbox_.push_back(std::move(stanza));
    if (!online_ || processing_) return;
    // Later, so that the server has finished with the stanza that caused this one.
    processing_ = true;
    network_.scheduler().post([this, weak = std::weak_ptr<int>{alive_}] {
        if (weak.expired()) return;
        processing_ = false;
        process_inbox();
    });
}

void Phone::process_inbox()
{
    while (online_ && !inbox_.empty()) {
        auto const stanza = std::move(inbox_.front());
        inbox_.pop_front();
        if (stanza.tag == "message") on_message(stanza);
        if (stanza.tag == "receipt") on_receipt(stanza);
    }
}

Bytes const& Phone::signed_key_index_list()
{
    if (!key_index_list_.empty() && key_index_list_time_ == account_.key_index_time &&
        key_index_list_devices_ == account_.devices.size())
        return key_index_list_;
    pairing::KeyIndexList list;
    list.raw_id = account_.raw_id;
    list.timestamp = account_.key_index_time;
    list.current_index = account_.next_key_index - 1;
    list.valid_indexes.push_back(0);
    for (auto const& [id, device] : account_.devices)
        if (id != 0) list.valid_indexes.push_back(device->key_index);
    key_index_list_ = pairing::make_signed_key_index_list(list, local_.identity, network_.random());
    key_index_list_time_ = account_.key_index_time;
    key_index_list_devices_ = account_.devices.size();
    return key_index_list_;
}

void Phone::forget_companion(std::uint16_t device)
{
    RecordOverlay step{records_};
    auto const address = signal::Address::of(account_.lid_jid(device));
    signal::erase_session(step, address);
    step.erase(RecordKind::identity, address.record_key());
    records_.apply(step.take_changes());
}

void Phone::remember(std::string const& id, Sent sent)
{
    sent_[id] = std::move(sent);
    sent_order_.push_back(id);
    if (sent_order_.size() <= remembered_stanzas) return;
    sent_.erase(sent_order_.front());
    sent_order_.pop_front();
}

void Phone::keep_message(ChatMessage message)
{
    message_numbers_[message.id] = first_message_ + messages_.size();
    messages_.push_back(std::move(message));
    if (messages_.size() <= remembered_messages) return;
    message_numbers_.erase(messages_.front().id);
    messages_.pop_front();
    ++first_message_;
}

ChatMessage* Phone::find_message(std::string const& id)
{
    auto const found = message_numbers_.find(id);
    return found == message_numbers_.end() ? nullptr : &messages_[found->second - first_message_];
}

} // namespace wagate::sandbox
