#include "protocol/engine/waiting_room.hpp"

#include "protocol/binary/codec.hpp"

namespace wagate::engine {
namespace {

std::string key_for(Jid const& chat, MessageId const& id, Jid const& sender)
{
    return chat.to_string() + '|' + id.value + '|' + sender.to_string();
}

} // namespace

std::string WaitingRoom::key_of(stanza::MessageSource const& source)
{
    return key_for(source.chat, source.id, source.sender);
}

std::optional<WaitingStanza> WaitingRoom::find_key(std::string const& key) const
{
    if (auto const found = pending_.find(key); found != pending_.end()) return found->second.entry;
    if (!any_) any_ = !core_.reader.waiting(1).empty();
    return *any_ ? core_.reader.find_waiting(key) : std::nullopt;
}

std::optional<WaitingStanza> WaitingRoom::find(stanza::MessageSource const& source) const
{
    if (auto found = find_key(key_of(source))) return found;
    // A retry may come from the sender's LID although the message came from the number, or the reverse.
    auto const other = [&](Jid const& jid, std::optional<Jid> const& alternate) {
        if (alternate) return alternate;
        return jid.is_lid() ? directory_.phone_of(jid) : directory_.lid_of(jid);
    };
    auto const other_chat = other(source.chat, source.chat_alt);
    auto const other_sender = other(source.sender, source.sender_alt);
    if (!other_chat && !other_sender) return std::nullopt;
    return find_key(
        key_for(other_chat.value_or(source.chat).bare(), source.id, other_sender.value_or(source.sender)));
}

std::optional<WaitingStanza> WaitingRoom::find_answered(message::ResentMessage const& resent) const
{
    auto const found = asked_.find(resent.request.value);
    if (found == asked_.end()) return std::nullopt;
    return find_key(found->second);
}

void WaitingRoom::put(UnitOfWork& work, WaitingStanza entry)
{
    any_ = true;
    pending_[entry.key] = Pending{entry, unit_};
    work.waiting_put.push_back(std::move(entry));
}

void WaitingRoom::done(UnitOfWork& work, std::string const& key)
{
    pending_[key] = Pending{std::nullopt, unit_};
    work.waiting_done.push_back(key);
    std::erase_if(asked_, [&](auto const& asked) { return asked.second == key; });
}

void WaitingRoom::stored()
{
    core_.after_stores([this, unit = unit_++] {
        std::erase_if(pending_, [unit](auto const& each) { return each.second.unit <= unit; });
    });
}

std::optional<stanza::MessageSource> WaitingRoom::askable(WaitingStanza const& entry) const
{
    if (!entry.request.empty() || core_.now.wall - entry.first >= phone_memory) return std::nullopt;
    auto const node = binary::decode(entry.stanza);
    if (!node || !stanza::phone_can_resend(*node)) return std::nullopt;
    return stanza::parse_source(*node, core_.account.own_phone(), core_.account.own_lid());
}

// ------------------------------------------------------------------------------ when

void WaitingRoom::ask_later(std::string key, Milliseconds delay)
{
    due_.emplace(core_.now.monotonic + delay, std::move(key));
    arm();
}

void WaitingRoom::on_active()
{
    due_.clear();
    auto entries = core_.reader.waiting(entries_per_login);
    any_ = !entries.empty() || !pending_.empty();
    std::erase_if(entries, [&](WaitingStanza const& entry) { return pending_.contains(entry.key); });
    for (auto const& [key, pending] : pending_)
        if (pending.entry) entries.push_back(*pending.entry);
    auto left = requests_per_login;
    for (auto const& entry : entries) {
        if (!entry.request.empty())
            asked_[entry.request.value] = entry.key;
        else if (left > 0 && askable(entry)) {
            --left;
            due_.emplace(core_.now.monotonic + patience, entry.key);
        }
    }
    arm();
}

void WaitingRoom::on_disconnected()
{
    due_.clear(); // the next login finds them in the store
    core_.cancel(timer_);
}

void WaitingRoom::forget()
{
    on_disconnected();
    pending_.clear();
    asked_.clear();
    any_.reset();
}

void WaitingRoom::arm()
{
    core_.cancel(timer_);
    if (due_.empty()) return;
    auto const at = std::max({due_.begin()->first, next_request_, core_.now.monotonic});
    timer_ = core_.after(std::chrono::ceil<Milliseconds>(at - core_.now.monotonic), [this] {
        timer_ = 0;
        ask_next();
    });
}

void WaitingRoom::ask_next()
{
    // Those that need no request any more cost nothing; the first that does starts the pause.
    while (!due_.empty() && due_.begin()->first <= core_.now.monotonic) {
        auto const key = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        auto const entry = find_key(key);
        if (!core_.active || !entry || !askable(*entry)) continue;
        next_request_ = core_.now.monotonic + pace;
        ask(key);
        break;
    }
    arm();
}

// ------------------------------------------------------------------------------ what

void WaitingRoom::ask(std::string const& key)
{
    peers_.when_ready([this, key] { send_request(key); });
}

void WaitingRoom::send_request(std::string const& key)
{
    auto entry = find_key(key);
    if (!entry) return; // it has come meanwhile
    auto const source = askable(*entry);
    if (!source) return;
    message::ResendKey named{directory_.canonical(source->chat), source->id, source->from_me, std::nullopt};
    if ((source->chat.is_group() || source->chat.is_broadcast()) && !source->from_me)
        named.participant = directory_.canonical(source->sender).bare();

    auto sealed = peers_.seal(message::make_resend_request(named));
    if (!sealed) return; // no keys of the phone: the next login tries again
    entry->request = sealed->entry.id;
    asked_[sealed->entry.id.value] = key;
    put(sealed->work, std::move(*entry));
    peers_.send(std::move(*sealed));
    stored();
}

} // namespace wagate::engine
