#include "protocol/engine/calls.hpp"

#include "protocol/crypto/crypto.hpp"
#include "protocol/engine/account_errors.hpp"

#include <algorithm>

namespace wagate::engine {

using stanza::CallNews;

namespace {

/// The server repeats what was not acknowledged: one hash for each thing that is said of a call.
ByteArray<32> hash_of(stanza::CallStanza const& call)
{
    return crypto::sha256(view("call|" + call.creator.bare().to_string() + '|' + call.id + '|' +
                               std::to_string(static_cast<int>(call.news))));
}

CallState state_of(CallNews news)
{
    switch (news) {
    case CallNews::accepted: return CallState::accepted;
    case CallNews::rejected: return CallState::rejected;
    case CallNews::terminated: return CallState::ended;
    case CallNews::offered:
    case CallNews::other: break;
    }
    return CallState::received;
}

/// The end of a call that was declined is no news, nor is ringing after that.
bool is_further(CallState from, CallState to)
{
    if (from == CallState::received) return to != CallState::received;
    return from == CallState::accepted && to != CallState::received && to != CallState::accepted;
}

} // namespace

Calls::Calls(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    core_.stanza_handlers["call"] = [this](binary::Node const& stanza) { on_call(stanza); };
    core_.when_forgotten.emplace_back([this] { calls_.clear(); });
}

CallChanged* Calls::find(std::string const& id)
{
    auto const found =
        std::find_if(calls_.begin(), calls_.end(), [&](CallChanged const& call) { return call.id == id; });
    return found == calls_.end() ? nullptr : &*found;
}

void Calls::remember(CallChanged const& call)
{
    if (auto* known = find(call.id)) {
        known->state = call.state;
        return;
    }
    calls_.push_back(call);
    if (calls_.size() > most_calls) calls_.pop_front();
}

void Calls::on_call(binary::Node const& stanza)
{
    auto const acknowledge = core_.acknowledger(stanza);
    auto const call = stanza::parse_call(stanza);
    if (!call || !core_.account.is_paired() || call->news == CallNews::other) {
        core_.after_stores(acknowledge);
        return;
    }
    auto const hash = hash_of(*call);
    if (core_.reader.was_seen(hash)) {
        core_.after_stores(acknowledge);
        return;
    }
    RecordOverlay step{core_.records};
    directory_.learn_pair(step, call->creator.bare(), call->creator_other);
    auto work = Core::unit(std::move(step));
    work.seen.push_back(hash);
    CallChanged changed;
    changed.id = call->id;
    changed.state = state_of(call->news);
    auto const creator = call->creator.bare();
    auto const other = call->creator_other ? std::optional{call->creator_other->bare()} : std::nullopt;
    if (creator.is_phone()) {
        changed.from = other && other->is_lid() ? *other : directory_.canonical(creator);
        changed.from_phone = creator;
    } else {
        changed.from = creator;
        changed.from_phone = other && other->is_phone() ? other : directory_.phone_of(creator);
    }
    changed.group = call->group;
    changed.is_video = call->is_video;
    bool is_news = true;
    if (auto const* known = find(call->id)) { // only the offer says what kind of call it is
        is_news = is_further(known->state, changed.state);
        changed.is_video = known->is_video;
        if (!changed.group) changed.group = known->group;
    }
    changed.timestamp = call->timestamp;
    changed.reason = call->reason;
    if (is_news) {
        remember(changed);
        work.events.push_back(Event{core_.now.wall, std::move(changed)});
    }
    core_.store(std::move(work), acknowledge);
}

void Calls::reject(Jid const& from, std::string const& call_id, Done done)
{
    if (!from.is_user()) {
        done(make_error_code(AccountErrc::not_a_person));
        return;
    }
    auto caller = directory_.canonical(from.bare());
    auto const* known = find(call_id);
    if (known != nullptr) caller = known->from;
    auto const own = caller.is_lid() ? core_.account.own_lid() : core_.account.own_phone();
    core_.send(stanza::reject_call(core_.next_request_id(), own, caller, call_id));
    if (known == nullptr || known->state != CallState::received) {
        done({}); // it rang before this process was there, or is over: the server decides
        return;
    }
    auto changed = *known;
    changed.state = CallState::rejected;
    changed.timestamp = core_.now.wall;
    remember(changed);
    UnitOfWork work;
    work.events.push_back(Event{core_.now.wall, std::move(changed)});
    core_.store(std::move(work), [done = std::move(done)] { done({}); });
}

} // namespace wagate::engine
