#include "protocol/engine/groups.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/engine/group_changes.hpp"
#include "protocol/engine/member_labels.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/engine/sender_keys.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int malformed_answer = 500;
constexpr std::size_t most_told = 16;     ///< notifications that are remembered for each group
constexpr std::size_t longest_mark = 128; ///< of their ids

Event event_now(Core const& core, EventBody body)
{
    return Event{core.now.wall, std::move(body)};
}

/// Names what an own change has told, until the server tells it again, a moment later.
std::string own_mark(GroupUpdated const& passing, std::vector<GroupRequestsChanged> const& requests)
{
    std::string content = passing.invite_code.value_or("");
    for (auto const& link : passing.links)
        content += (link.is_linked ? " +" : " -") + link.group.to_string();
    for (auto const& request : requests) {
        content += " " + std::to_string(static_cast<int>(request.change));
        for (auto const& member : request.members)
            content += " " + member.jid.to_string();
    }
    auto const digest = crypto::sha256(view(content));
    return "own " + hex_encode(ByteView{digest}.first(16)) + " ";
}

std::int64_t own_minute(WallTime now)
{
    return unix_seconds(now) / 60;
}

} // namespace

Groups::Groups(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    core_.notification_handlers["w:gp2"] = [this](Node const& node) { on_notification(node); };
    core_.when_dirty.emplace_back([this](std::string_view type) {
        if (type == "groups" || type == "communities") on_dirty();
    });
    core_.when_active.emplace_back([this] { refresh_if_dirty(); });
    auto& source = core_.audiences[JidServer::group];
    source.find = [this](OutboxEntry const& entry, auto done) { find_audience(entry.chat, std::move(done)); };
    source.outdated = [this](RecordOverlay& step, Jid const& chat) {
        auto known = find_group(step, chat);
        if (!known) return;
        known->is_outdated = true;
        store_group(step, *known);
        for (auto const& member : known->group.members)
            directory_.forget_devices(step, member.jid);
    };
    source.contains = [this](Jid const& chat, MessageId const&, Jid const& user) {
        auto const known = find_group(core_.records, chat);
        return known && std::any_of(known->group.members.begin(), known->group.members.end(),
                                    [&](GroupMember const& member) {
                                        return directory_.canonical(member.jid) == directory_.canonical(user);
                                    });
    };
}

/// Something has changed that no notification will tell. Should the refresh not come about, each group is
/// asked for before the next message to it.
void Groups::on_dirty()
{
    RecordOverlay step{core_.records};
    for (auto const& jid : list_groups(step).groups) {
        auto known = find_group(step, jid);
        if (!known || known->has_left || known->is_outdated) continue;
        known->is_outdated = true;
        store_group(step, *known);
    }
    if (!step.empty()) core_.store(std::move(step));
    is_dirty_ = true;
    if (core_.active) refresh_if_dirty();
}

void Groups::refresh_if_dirty()
{
    if (std::exchange(is_dirty_, false)) refresh([](Result<std::vector<Group>> const&) {});
}

bool Groups::is_own(Jid const& jid) const
{
    return jid.bare() == core_.account.own_phone().bare() ||
           (!core_.account.own_lid().user.empty() && jid.bare() == core_.account.own_lid().bare());
}

bool Groups::is_own(GroupMember const& member) const
{
    return is_own(member.jid) || (member.phone && is_own(*member.phone));
}

stanza::Participant Groups::participant(Jid const& jid, bool as_lid) const
{
    auto const phone = jid.is_phone() ? std::optional{jid.bare()} : directory_.phone_of(jid.bare());
    if (!as_lid) return {phone.value_or(jid.bare()), std::nullopt};
    auto const lid = directory_.canonical(jid.bare());
    return {lid, lid.is_lid() ? phone : std::nullopt};
}

stanza::Participant Groups::invited(Jid const& jid, bool as_lid) const
{
    auto found = participant(jid, as_lid);
    found.token = trusted_token(core_, directory_, found.jid);
    return found;
}

std::vector<stanza::Participant> Groups::participants(Jid const& group, std::vector<Jid> const& members) const
{
    auto const known = find_group(core_.records, group);
    std::vector<stanza::Participant> found;
    for (auto const& member : members)
        found.push_back(participant(member, !known || known->group.uses_lids));
    return found;
}

stanza::GroupNotice Groups::own_notice(Jid const& group) const
{
    auto const known = find_group(core_.records, group);
    auto const as_lid = (!known || known->group.uses_lids) && !core_.account.own_lid().user.empty();
    stanza::GroupNotice notice;
    notice.group = group.bare();
    notice.by = as_lid ? core_.account.own_lid().bare() : core_.account.own_phone().bare();
    notice.time = core_.now.wall;
    notice.updated.chat = notice.group;
    notice.updated.by = notice.by;
    return notice;
}

// ------------------------------------------------------------------------------ what is known

void Groups::learn(RecordOverlay& step, Node const& node) const
{
    for (auto const& [phone, lid] : stanza::address_pairs(node))
        directory_.learn(step, phone, lid);
}

std::vector<Group> Groups::known_groups() const
{
    std::vector<Group> groups;
    for (auto const& jid : list_groups(core_.records).groups)
        if (auto known = find_group(core_.records, jid); known && !known->has_left)
            groups.push_back(labelled(std::move(known->group)));
    return groups;
}

Group Groups::labelled(Group group) const
{
    auto const labels = member_labels(core_.records, group.jid);
    if (labels.empty()) return group;
    for (auto& member : group.members)
        for (auto const& address :
             {std::optional{directory_.canonical(member.jid)}, std::optional{member.jid}, member.phone})
            if (auto const known = address ? labels.find(*address) : labels.end(); known != labels.end())
                member.label = known->second;
    return group;
}

/// Asks, stores what came and tells what is new in it.
void Groups::ask_group(Jid const& group, bool is_news, std::function<void(Result<Group>)> done)
{
    core_.ask(stanza::query_group(group), [this, is_news, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto const* node = reply->child("group");
        auto const found = node != nullptr ? stanza::parse_group(*node) : std::nullopt;
        if (!found) {
            done(server_error(malformed_answer));
            return;
        }
        UnitOfWork work;
        RecordOverlay step{core_.records};
        learn(step, *reply);
        take_group(work, step, *found, std::nullopt, is_news);
        work.records = step.take_changes();
        core_.store(std::move(work), [done, found] { done(*found); });
    });
}

void Groups::info(Jid const& group, Done<Group> done)
{
    find(group, [this, done = std::move(done)](Result<Group> found) {
        if (found)
            done(labelled(std::move(*found)));
        else
            done(found.error());
    });
}

void Groups::find(Jid const& group, Done<Group> done)
{
    if (auto known = find_group(core_.records, group); known && !known->has_left && !known->is_outdated)
        done(std::move(known->group));
    else
        ask_group(group, false, std::move(done));
}

void Groups::list(Done<std::vector<Group>> done)
{
    if (list_groups(core_.records).is_complete)
        done(known_groups());
    else
        refresh(std::move(done));
}

void Groups::refresh(Done<std::vector<Group>> done)
{
    core_.ask(stanza::query_joined_groups(), [this, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        if (reply->child("groups") == nullptr) { // nothing is left because of an answer that says nothing
            done(server_error(malformed_answer));
            return;
        }
        auto const groups = stanza::parse_groups(*reply);
        auto const is_news = list_groups(core_.records).is_complete; // what was not in the list before
        UnitOfWork work;
        RecordOverlay step{core_.records};
        learn(step, *reply);
        for (auto const& group : groups)
            take_group(work, step, group, std::nullopt, is_news);
        for (auto const& jid : list_groups(step).groups) {
            auto const is_there = std::any_of(groups.begin(), groups.end(),
                                              [&](Group const& group) { return group.jid == jid; });
            auto known = find_group(step, jid);
            if (is_there || !known || known->has_left) continue;
            known->has_left = true;
            store_group(step, *known);
            work.events.push_back(event_now(core_, GroupLeft{jid, std::nullopt}));
        }
        complete_list(step);
        work.records = step.take_changes();
        core_.store(std::move(work), [this, done] { done(known_groups()); });
    });
}

void Groups::find_audience(Jid const& chat, std::function<void(Result<Audience>)> done)
{
    find(chat, [this, done = std::move(done)](Result<Group> group) {
        if (!group) {
            done(group.error());
            return;
        }
        Audience audience;
        audience.uses_lids = group->uses_lids;
        for (auto const& member : group->members)
            audience.users.push_back(member.jid.bare());
        if (std::none_of(audience.users.begin(), audience.users.end(),
                         [this](Jid const& user) { return is_own(user); }))
            audience.users.push_back(group->uses_lids ? core_.account.own_lid().bare()
                                                      : core_.account.own_phone().bare());
        done(std::move(audience));
    });
}

// ------------------------------------------------------------------------------ what happens

void Groups::on_notification(Node const& node)
{
    auto const notice = stanza::parse_group_notice(node);
    auto acknowledge = core_.acknowledger(node);
    if (!notice) {
        acknowledge();
        return;
    }
    bool was_added = false;
    for (auto const& [change, members] : notice->members)
        was_added = was_added || (change == ParticipantChange::join &&
                                  std::any_of(members.begin(), members.end(),
                                              [this](GroupMember const& member) { return is_own(member); }));
    if ((!was_added && !notice->is_outdated) || notice->created) {
        store(*notice, &node, std::move(acknowledge));
        return;
    }
    // Who comes into a group is not told what it looks like.
    core_.ask(
        stanza::query_group(notice->group),
        [this, notice = *notice, node, acknowledge = std::move(acknowledge)](Result<Node> reply) mutable {
            // Without an answer it is not acknowledged, so the server delivers it again.
            if (!reply && server_code(reply.error()) == 0) return;
            if (reply) {
                auto const* group = reply->child("group");
                if (group != nullptr) notice.created = stanza::parse_group(*group);
                RecordOverlay step{core_.records};
                learn(step, *reply);
                if (!step.empty()) core_.store(std::move(step));
            }
            store(notice, &node, std::move(acknowledge));
        });
}

void Groups::store(stanza::GroupNotice const& notice, Node const* origin, std::function<void()> then)
{
    UnitOfWork work;
    RecordOverlay step{core_.records};
    if (origin != nullptr) learn(step, *origin);
    take(work, step, notice);
    work.records = step.take_changes();
    if (work.empty())
        core_.after_stores(std::move(then)); // what it repeats may not be durable yet
    else
        core_.store(std::move(work), std::move(then));
}

/// A group as it is now. @param is_news that the account is in it; otherwise it was only not known here
void Groups::take_group(UnitOfWork& work, RecordOverlay& step, Group const& group,
                        std::optional<Jid> const& by, bool is_news)
{
    auto const known = find_group(step, group.jid);
    if (known && !known->has_left) {
        bool somebody_left = false;
        for (auto& event : group_difference(known->group, group, by)) {
            if (auto const* change = std::get_if<GroupParticipantsChanged>(&event))
                somebody_left = somebody_left || change->change == ParticipantChange::leave;
            work.events.push_back(event_now(core_, std::move(event)));
        }
        if (somebody_left) renew_sender_key(step, core_.account, group.jid);
    } else if (known || is_news) {
        work.events.push_back(event_now(core_, GroupJoined{group}));
    }
    if (!known || known->group != group || known->has_left || known->is_outdated)
        store_group(step, {group, false, false, known ? known->told : std::vector<std::string>{}});
    if (known && known->group.subject == group.subject && known->group.expiration == group.expiration) return;
    ChatChange chat{.jid = group.jid};
    chat.name = group.subject;
    if (group.expiration || known) chat.expiration = group.expiration.value_or(std::chrono::seconds{0});
    work.chats.push_back(std::move(chat));
}

void Groups::take(UnitOfWork& work, RecordOverlay& step, stanza::GroupNotice const& notice)
{
    auto const known = find_group(step, notice.group);
    bool own_left = notice.is_deleted;
    for (auto const& [change, members] : notice.members) {
        if (change != ParticipantChange::leave) continue;
        renew_sender_key(step, core_.account, notice.group);
        own_left = own_left || std::any_of(members.begin(), members.end(),
                                           [this](GroupMember const& member) { return is_own(member); });
    }
    if (notice.created) {
        take_group(work, step, *notice.created, notice.by, true);
    } else if (own_left) {
        if (known && known->has_left) return;
        auto left = known.value_or(KnownGroup{});
        left.group.jid = notice.group;
        left.has_left = true;
        store_group(step, left);
        auto const by_self = notice.by && is_own(*notice.by);
        work.events.push_back(event_now(core_, GroupLeft{notice.group, by_self ? std::nullopt : notice.by}));
    } else if (known && !known->has_left) {
        auto after = group_after(known->group, notice);
        auto const was_outdated = known->is_outdated;
        take_group(work, step, after, notice.by, true);
        if (was_outdated) store_group(step, {std::move(after), false, true, known->told});
    } else {
        take_unknown(work, notice);
        return;
    }
    take_passing(work, step, notice);
}

/// What is no part of a group's state: new codes of its link, groups of a community, requests to join. A
/// repeat is known by the notification's id, the server's word about an own change by its content.
void Groups::take_passing(UnitOfWork& work, RecordOverlay& step, stanza::GroupNotice const& notice) const
{
    GroupUpdated passing;
    passing.chat = notice.group;
    passing.by = notice.by;
    passing.invite_code = notice.updated.invite_code;
    for (auto const& link : notice.updated.links)
        if (!link.is_community) passing.links.push_back(link);
    auto const is_update = stanza::says_anything(passing);
    if (!is_update && notice.requests.empty()) return;
    if (auto known = find_group(step, notice.group)) {
        auto& told = known->told;
        auto const own = own_mark(passing, notice.requests);
        auto const drop = [&](std::string const& mark) { return std::erase(told, mark) != 0; };
        bool is_repeat = false;
        if (!notice.id.empty()) {
            // The server's word about what was just done and told here.
            auto const minute = own_minute(core_.now.wall);
            is_repeat = drop(own + std::to_string(minute)) || drop(own + std::to_string(minute - 1));
            is_repeat = is_repeat || std::find(told.begin(), told.end(), notice.id) != told.end();
        }
        auto mark = notice.id.empty() ? own + std::to_string(own_minute(core_.now.wall)) : notice.id;
        if (mark.size() <= longest_mark && std::find(told.begin(), told.end(), mark) == told.end()) {
            if (told.size() == most_told) told.erase(told.begin());
            told.push_back(std::move(mark));
        }
        store_group(step, *known);
        if (is_repeat) return;
    }
    if (is_update) work.events.push_back(event_now(core_, std::move(passing)));
    for (auto const& requests : notice.requests)
        work.events.push_back(event_now(core_, requests));
}

/// News about a group of which nothing is known are told as they are.
void Groups::take_unknown(UnitOfWork& work, stanza::GroupNotice const& notice) const
{
    if (stanza::says_anything(notice.updated)) work.events.push_back(event_now(core_, notice.updated));
    for (auto const& requests : notice.requests)
        work.events.push_back(event_now(core_, requests));
    for (auto const& [change, members] : notice.members)
        work.events.push_back(
            event_now(core_, GroupParticipantsChanged{notice.group, notice.by, change, members}));
    if (notice.updated.subject) {
        ChatChange chat{.jid = notice.group};
        chat.name = notice.updated.subject;
        work.chats.push_back(std::move(chat));
    }
}

} // namespace wagate::engine
