// Whom the account has blocked: asked, changed, and told by its other devices (protocol.md 10.5).
#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/profiles.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/privacy.pb.h"

#include <algorithm>
#include <set>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr std::string_view list_key = "blocked"; // beside the tokens of people, whose keys are JIDs

std::set<std::string> stored_list(RecordSource const& records)
{
    proto::Blocked list;
    auto const bytes = records.read(RecordKind::privacy_token, list_key);
    if (!bytes || !proto::decode(list, *bytes)) return {};
    return {list.jids().begin(), list.jids().end()};
}

void store_list(UnitOfWork& work, std::set<std::string> const& jids)
{
    proto::Blocked list;
    for (auto const& jid : jids)
        list.add_jids(jid);
    work.records[{RecordKind::privacy_token, std::string{list_key}}] = proto::encode(list);
}

ContactChange blocked_change(Jid const& person, bool blocked)
{
    ContactChange change;
    change.jid = person;
    change.blocked = blocked;
    return change;
}

} // namespace

Jid Profiles::as_shown(stanza::BlockedPerson const& person) const
{
    return directory_.canonical(person.jid);
}

void Profiles::tell_blocked(UnitOfWork& work, Jid const& person, bool blocked) const
{
    auto told = about_person(person);
    told.change = blocked ? ContactUpdate::blocked : ContactUpdate::unblocked;
    work.events.push_back(Event{core_.now.wall, std::move(told)});
}

void Profiles::take_block(UnitOfWork& work, Jid const& person, bool blocked) const
{
    auto list = stored_list(core_.records);
    bool const is_news = list.contains(person.to_string()) != blocked;
    if (is_news) tell_blocked(work, person, blocked);
    if (auto const put = work.records.find({RecordKind::privacy_token, std::string{list_key}});
        put != work.records.end() && put->second) {
        proto::Blocked newer;
        if (proto::decode(newer, *put->second)) list = {newer.jids().begin(), newer.jids().end()};
    }
    if (blocked)
        list.insert(person.to_string());
    else
        list.erase(person.to_string());
    store_list(work, list);
    work.contacts.push_back(blocked_change(person, blocked));
}

void Profiles::take_blocklist(UnitOfWork& work, std::vector<stanza::BlockedPerson> const& people) const
{
    std::set<std::string> now;
    for (auto const& person : people)
        now.insert(as_shown(person).to_string());
    auto const stored = stored_list(core_.records);
    std::set<std::string> before; // under the addresses that are known now
    for (auto const& jid : stored) {
        auto const person = Jid::parse(jid);
        before.insert(person ? directory_.canonical(*person).to_string() : jid);
    }
    // What was so before this session was is not told.
    bool const is_first = !core_.records.read(RecordKind::privacy_token, list_key);
    auto const note = [&](std::string const& jid, bool blocked) {
        auto const person = Jid::parse(jid);
        if (!person) return;
        work.contacts.push_back(blocked_change(*person, blocked));
        if (!is_first) tell_blocked(work, *person, blocked);
    };
    for (auto const& jid : now)
        if (!before.contains(jid)) note(jid, true);
    for (auto const& jid : before)
        if (!now.contains(jid)) note(jid, false);
    if (now != stored) store_list(work, now);
}

void Profiles::blocklist(Done<std::vector<Jid>> done)
{
    core_.ask(stanza::blocklist_request(), [this, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto const* list = reply->child("list");
        auto const people =
            list != nullptr ? stanza::parse_blocked(*list) : std::vector<stanza::BlockedPerson>{};
        RecordOverlay step{core_.records};
        for (auto const& person : people)
            directory_.learn_pair(step, person.jid, person.phone);
        if (!step.empty()) core_.store(std::move(step));
        UnitOfWork work;
        take_blocklist(work, people);
        std::vector<Jid> found;
        for (auto const& person : people)
            found.push_back(as_shown(person));
        auto answer = [done, found = std::move(found)] { done(found); };
        if (work.empty())
            answer();
        else
            core_.store(std::move(work), std::move(answer));
    });
}

void Profiles::set_blocked(Jid const& person, bool blocked, Finished done)
{
    if (!person.is_user()) {
        done(make_error_code(AccountErrc::not_a_person));
        return;
    }
    auto const known = directory_.canonical(person.bare());
    if (known.is_lid()) {
        change_blocked(known, blocked, std::move(done));
        return;
    }
    directory_.resolve_phone(known,
                             [this, blocked, done = std::move(done)](Result<std::optional<Jid>> found) {
                                 if (!found)
                                     done(found.error());
                                 else if (!*found || !(*found)->is_lid())
                                     done(make_error_code(AccountErrc::unknown_lid));
                                 else
                                     change_blocked(**found, blocked, done);
                             });
}

void Profiles::change_blocked(Jid const& person, bool blocked, Finished done)
{
    core_.ask(stanza::block_change(person, directory_.phone_of(person), blocked),
              [this, person, blocked, done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  UnitOfWork work;
                  take_block(work, person, blocked);
                  core_.store(std::move(work), [done] { done({}); });
              });
}

/// Devices, blocked people or settings have changed, and no notification will tell which.
void Profiles::on_dirty()
{
    RecordOverlay step{core_.records};
    directory_.forget_devices(step, core_.account.own_phone());
    core_.store(std::move(step));
    is_dirty_ = true;
    if (core_.active) refresh_if_dirty();
}

void Profiles::refresh_if_dirty()
{
    if (std::exchange(is_dirty_, false)) blocklist([](Result<std::vector<Jid>>) {});
}

void Profiles::on_account_sync(Node const& notification)
{
    auto const acknowledge = core_.acknowledger(notification);
    RecordOverlay step{core_.records};
    if (notification.child("devices") != nullptr) directory_.forget_devices(step, core_.account.own_phone());
    if (notification.child("picture") != nullptr) forget_pictures(core_.account.own_lid());
    auto const* list = notification.child("blocklist");
    auto const changes =
        list != nullptr ? stanza::parse_blocked(*list) : std::vector<stanza::BlockedPerson>{};
    for (auto const& change : changes)
        directory_.learn_pair(step, change.jid, change.phone);
    auto work = Core::unit(std::move(step));
    for (auto const& change : changes)
        take_block(work, as_shown(change), change.action == "block");
    AccountUpdated settings;
    for (auto const& setting : stanza::parse_privacy(notification))
        settings.privacy.emplace_back(setting.name, setting.value);
    if (!settings.privacy.empty()) work.events.push_back(Event{core_.now.wall, std::move(settings)});
    if (work.empty())
        core_.after_stores(acknowledge);
    else
        core_.store(std::move(work), acknowledge);
    // Without items it only says that the list has changed.
    if (list != nullptr && changes.empty() && core_.active) blocklist([](Result<std::vector<Jid>>) {});
}

} // namespace wagate::engine
