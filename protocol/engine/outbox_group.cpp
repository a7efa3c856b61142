// Messages to many under one sender key (protocol.md 5.5): the audience's devices, the key to those that do
// not have it, one ciphertext for all, everything in one unit of work with the exact stanza (D2).
#include "protocol/engine/envelope.hpp"
#include "protocol/engine/outbox.hpp"
#include "protocol/engine/sender_keys.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/engine/sessions.hpp"
#include "protocol/message/identifiers.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/stanza/message.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int unavailable = 503;
constexpr std::size_t users_in_query = 100;   ///< of one question for devices
constexpr std::size_t devices_in_query = 100; ///< of one question for keys

/// The addresses under which sessions are kept.
std::vector<Jid> canonical_all(Directory const& directory, std::vector<Jid> const& devices)
{
    std::vector<Jid> found;
    found.reserve(devices.size());
    for (auto const& device : devices)
        found.push_back(directory.canonical(device));
    return found;
}

/// The server tells a status post's receivers from who is given a key with it.
bool gives_key_each_time(Jid const& chat)
{
    return chat.is_broadcast();
}

/// True when somebody has the key who is not among `devices` any more.
bool is_key_outgrown(std::set<std::string> const& holders, std::vector<Jid> const& devices)
{
    if (holders.empty()) return false;
    std::set<std::string> present;
    for (auto const& device : devices)
        present.insert(device.to_string());
    return !std::includes(present.begin(), present.end(), holders.begin(), holders.end());
}

} // namespace

/// A message to many on its way to being encrypted.
struct Outbox::Spread {
    JobPtr job;
    Audience audience;
    std::size_t asked = 0;    ///< users whose devices are known
    std::vector<Jid> devices; ///< in the audience's addressing
    std::vector<Jid> without_session;
    std::size_t fetched = 0; ///< of those
};

bool Outbox::goes_to_many(Jid const& chat) const
{
    return core_.audiences.contains(chat.server);
}

void Outbox::resolve_audience(JobPtr const& job)
{
    core_.audiences.at(job->entry.chat.server).find(job->entry, [this, job](Result<Audience> audience) {
        if (audience) {
            auto const spread = std::make_shared<Spread>();
            spread->job = job;
            spread->audience = std::move(*audience);
            ask_devices(spread);
            return;
        }
        auto const code = server_code(audience.error());
        if (code >= 400 && code < 500 && code != 429)
            reject(job, {code, std::nullopt});
        else
            pause(job, code == 0 ? audience.error() : make_error_code(EngineErrc::refused));
    });
}

void Outbox::ask_devices(std::shared_ptr<Spread> const& spread)
{
    auto const& users = spread->audience.users;
    if (spread->asked == users.size()) {
        // Devices of the Cloud API take no part in groups.
        std::erase_if(spread->devices, [](Jid const& device) { return device.is_hosted(); });
        auto const devices = canonical_all(directory_, spread->devices);
        auto holders = key_holders(core_.records, spread->job->entry.chat);
        if (gives_key_each_time(spread->job->entry.chat)) holders.clear();
        if (is_key_outgrown(holders, devices)) holders.clear();
        for (auto const& device : devices)
            if (!holders.contains(device.to_string())) spread->without_session.push_back(device);
        ask_keys(spread);
        return;
    }
    auto const end = std::min(spread->asked + users_in_query, users.size());
    std::vector<Jid> some(users.begin() + static_cast<std::ptrdiff_t>(spread->asked),
                          users.begin() + static_cast<std::ptrdiff_t>(end));
    spread->asked = end;
    directory_.devices(std::move(some), [this, spread](Result<Directory::Devices> devices) {
        if (!devices) {
            pause(spread->job, devices.error());
            return;
        }
        spread->devices.insert(spread->devices.end(), devices->begin(), devices->end());
        ask_devices(spread);
    });
}

void Outbox::ask_keys(std::shared_ptr<Spread> const& spread)
{
    auto const& all = spread->without_session;
    if (spread->fetched == all.size()) {
        encrypt_for_many(*spread);
        return;
    }
    auto const end = std::min(spread->fetched + devices_in_query, all.size());
    std::vector<Jid> some(all.begin() + static_cast<std::ptrdiff_t>(spread->fetched),
                          all.begin() + static_cast<std::ptrdiff_t>(end));
    spread->fetched = end;
    ensure_sessions(core_, std::move(some), [this, spread](ErrorCode error) {
        if (error)
            pause(spread->job, error);
        else
            ask_keys(spread);
    });
}

void Outbox::encrypt_for_many(Spread const& spread)
{
    auto const& job = spread.job;
    auto const& chat = job->entry.chat;
    auto const form = [&](Jid const& own) { return own.user.empty() ? core_.account.own_phone() : own; };
    auto const own = form(spread.audience.uses_lids ? core_.account.own_lid() : core_.account.own_phone());
    auto traits = message::stanza_traits(message::parse_body(job->message.content));
    if (!spread.audience.setting.empty()) traits.meta.emplace_back("status_setting", spread.audience.setting);
    auto const addresses = canonical_all(directory_, spread.devices);

    RecordOverlay step{core_.records};
    if (is_key_outgrown(key_holders(step, chat), addresses)) renew_sender_key(step, core_.account, chat);
    auto const holders = gives_key_each_time(chat) ? std::set<std::string>{} : key_holders(step, chat);
    auto const key = own_sender_key(core_.account, chat);
    // Before the message is encrypted, so that whoever gets the key can open this one too.
    auto const distribution = signal::sender_key_distribution(step, key);
    auto const padded = message::pad(job->message.content, core_.random);
    auto const ciphertext =
        distribution ? signal::group_encrypt(step, key, padded) : Result<Bytes>{distribution.error()};
    if (!ciphertext) {
        RecordOverlay renewed{core_.records}; // a key that cannot be used is of no use
        renew_sender_key(renewed, core_.account, chat);
        core_.store(std::move(renewed));
        reject(job, {unavailable, std::nullopt});
        return;
    }

    Node participants{"participants"};
    bool any_prekey = false;
    std::vector<Jid> given;
    auto const shared_key = message::make_sender_key_distribution(chat, *distribution);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (holders.contains(addresses[i].to_string())) continue;
        auto const sealed = signal::encrypt(step, core_.account.identity, signal::Address::of(addresses[i]),
                                            message::pad(shared_key, core_.random));
        if (!sealed) continue; // no session: its keys could not be had. It asks when the message has come
        any_prekey = any_prekey || sealed->kind == signal::CiphertextKind::prekey_message;
        given.push_back(addresses[i]);
        Node to{"to"};
        to.set("jid", spread.devices[i]).add(stanza::enc_node(*sealed));
        participants.add(std::move(to));
    }
    add_key_holders(step, chat, given);

    Node stanza{"message"};
    stanza.set("to", chat).set("id", job->wire_id);
    dress(stanza, traits, job->message.timestamp);
    if (chat.is_group()) {
        auto everybody = spread.devices;
        everybody.push_back(own);
        stanza.set("addressing_mode", spread.audience.uses_lids ? "lid" : "pn");
        stanza.set("phash", message::participant_hash(everybody));
    }
    if (!given.empty()) stanza.add(std::move(participants));
    if (any_prekey) stanza.add(Node{"device-identity"}.with_bytes(core_.account.signed_device_identity));
    stanza.add(message_enc({signal::CiphertextKind::sender_key_message, *ciphertext}, traits));
    auto const& source = core_.audiences.at(chat.server);
    if (source.used) source.used(step, job->message, spread.audience);
    add_reporting_token(stanza, job->message.content, job->entry.id, own.bare(), chat);
    commit_stanza(job, stanza, std::move(step));
}

/// What is known of the receivers has turned out to be wrong.
void Outbox::forget_receivers(RecordOverlay& step, Jid const& chat) const
{
    if (auto const source = core_.audiences.find(chat.server); source != core_.audiences.end()) {
        if (source->second.outdated) source->second.outdated(step, chat);
    } else {
        directory_.forget_devices(step, chat);
    }
}

} // namespace wagate::engine
