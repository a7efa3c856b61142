#include "protocol/engine/presence.hpp"

#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/stanza/iq.hpp"

#include <algorithm>

namespace wagate::engine {
namespace {

/// Nobody says that they stopped when they just go away: after this typing counts as paused (10.3).
constexpr auto typing_lasts = std::chrono::seconds{25};
/// The server answers a subscription at once, unless the person hides everything.
constexpr auto look_lasts = std::chrono::seconds{1};

bool is_typing(PresenceState state)
{
    return state == PresenceState::typing || state == PresenceState::recording;
}

} // namespace

Presence::Presence(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    auto const listen = [this](binary::Node const& stanza) { on_stanza(stanza); };
    core_.stanza_handlers["presence"] = listen;
    core_.stanza_handlers["chatstate"] = listen;
    core_.when_active.emplace_back([this] {
        for (auto const& person : subscriptions_)
            send_subscription(person);
    });
    core_.when_disconnected.emplace_back([this] {
        rooms_.clear(); // who comes and goes meanwhile is not told
        answer_looking({});
    });
    core_.when_forgotten.emplace_back([this] { subscriptions_.clear(); });
}

bool Presence::is_own(Jid const& jid) const
{
    return jid.same_user(core_.account.own_phone()) || jid.same_user(core_.account.own_lid());
}

void Presence::set_online(bool online, Done done)
{
    auto const name = core_.account.me ? core_.account.me->push_name : std::string{};
    if (online && name.empty()) {
        done(make_error_code(AccountErrc::no_name));
        return;
    }
    core_.options.mark_online = online;
    if (online != core_.online_presence)
        core_.send(online ? stanza::presence_available(name) : stanza::presence_unavailable(name));
    core_.online_presence = online;
    core_.emit(StatusChanged{});
    done({});
}

void Presence::set_typing(Jid const& chat, PresenceState state, Done done)
{
    core_.send(stanza::chatstate(directory_.canonical(chat.bare()), state));
    done({});
}

void Presence::subscribe(Jid const& chat, Done done)
{
    auto const person = directory_.canonical(chat.bare());
    if (person.is_user() && !is_own(person)) {
        // What does not fit is asked for now, and not again at the next connection.
        if (subscriptions_.size() < most_subscriptions) subscriptions_.insert(person);
        send_subscription(person);
    }
    done({}); // in groups who types is told without asking
}

bool Presence::is_subscribed(Jid const& chat) const
{
    return subscriptions_.contains(directory_.canonical(chat.bare()));
}

void Presence::send_subscription(Jid const& person)
{
    core_.send(stanza::presence_subscribe(person, trusted_token(core_, directory_, person)));
}

void Presence::on_stanza(binary::Node const& stanza)
{
    auto const parsed = stanza::parse_presence(stanza);
    if (!parsed || !core_.account.is_paired() || is_own(parsed->participant)) return;
    PresenceChanged news;
    news.chat = directory_.canonical(parsed->chat);
    news.chat_phone = news.chat.is_phone() ? std::optional{news.chat} : directory_.phone_of(news.chat);
    news.participant = directory_.canonical(parsed->participant);
    news.participant_phone =
        news.participant.is_phone() ? std::optional{news.participant} : directory_.phone_of(news.participant);
    news.state = parsed->state;
    news.last_seen = parsed->last_seen;
    auto const before = of(news.chat);
    if (std::find(before.people.begin(), before.people.end(), news) != before.people.end()) return;
    remember(news);
    answer_looking(news.chat);
    UnitOfWork work;
    work.events.push_back(Event{core_.now.wall, news});
    core_.store(std::move(work));
}

void Presence::remember(PresenceChanged const& news)
{
    // A person's LID may have been learnt since the news before.
    auto room = std::find_if(rooms_.begin(), rooms_.end(),
                             [&](Room const& one) { return directory_.canonical(one.chat) == news.chat; });
    if (room == rooms_.end()) {
        rooms_.push_front(Room{news.chat, {}});
        if (rooms_.size() > most_chats) rooms_.pop_back();
    } else {
        rooms_.splice(rooms_.begin(), rooms_, room);
        room->chat = news.chat;
    }
    auto& people = rooms_.front().people;
    std::erase_if(people, [&](Seen const& seen) {
        return directory_.canonical(seen.news.participant) == news.participant;
    });
    people.push_back(Seen{news, core_.now.monotonic});
    if (people.size() > most_people) people.erase(people.begin());
}

Presence::Known Presence::known(Room const& room) const
{
    Known found;
    found.chat = room.chat;
    found.chat_phone = room.people.back().news.chat_phone;
    for (auto const& seen : room.people) {
        auto news = seen.news;
        if (is_typing(news.state) && core_.now.monotonic - seen.at > typing_lasts)
            news.state = PresenceState::paused;
        found.people.push_back(std::move(news));
    }
    return found;
}

void Presence::look(Jid const& chat, std::function<void(Result<Known>)> done)
{
    auto const canonical = directory_.canonical(chat.bare());
    auto const is_new = canonical.is_user() && !is_own(canonical) && !subscriptions_.contains(canonical);
    if (!is_new || looking_.size() >= most_looking) {
        done(of(canonical));
        return;
    }
    auto const number = next_looking_++;
    looking_.push_back(Looking{number, canonical, std::move(done)});
    core_.after(look_lasts, [this, number] {
        auto const found = std::find_if(looking_.begin(), looking_.end(),
                                        [number](Looking const& one) { return one.number == number; });
        if (found == looking_.end()) return;
        auto const one = std::move(*found);
        looking_.erase(found);
        one.done(of(one.chat));
    });
    subscribe(canonical, [](ErrorCode) {});
}

void Presence::answer_looking(std::optional<Jid> const& chat)
{
    std::list<Looking> answered;
    for (auto one = looking_.begin(); one != looking_.end();) {
        auto const at = one++;
        if (!chat || at->chat == *chat) answered.splice(answered.end(), looking_, at);
    }
    for (auto const& one : answered)
        one.done(of(one.chat));
}

std::vector<Presence::Known> Presence::all() const
{
    std::vector<Known> found;
    for (auto const& room : rooms_)
        found.push_back(known(room));
    return found;
}

Presence::Known Presence::of(Jid const& chat) const
{
    auto const canonical = directory_.canonical(chat.bare());
    for (auto const& room : rooms_)
        if (directory_.canonical(room.chat) == canonical) return known(room);
    Known nothing;
    nothing.chat = canonical;
    nothing.chat_phone = canonical.is_phone() ? std::optional{canonical} : directory_.phone_of(canonical);
    return nothing;
}

} // namespace wagate::engine
