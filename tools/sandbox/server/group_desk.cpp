#include "tools/sandbox/server/group_desk.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int conflict_code = 409;
constexpr int not_found = 404;
constexpr int only_invited = 403;
constexpr std::int64_t invitation_seconds = 3 * 86'400;

/// @param reason of letting go; empty: the groups are linked
Node link_news(std::string_view type, ChatGroup const& other, std::string_view reason)
{
    Node named{"group"};
    named.set("jid", other.jid()).set("subject", other.subject).set("s_t", other.subject_time);
    Node news{reason.empty() ? "link" : "unlink"};
    if (reason.empty())
        news.set("link_type", type);
    else
        news.set("unlink_type", type).set("unlink_reason", reason);
    return news.add(std::move(named));
}

Node holder(std::string_view tag, Node participant)
{
    return Node{tag}.add(std::move(participant));
}

} // namespace

ChatGroup* GroupDesk::find(Jid const& group)
{
    auto const found = group.is_group() ? groups_.find(group.user) : groups_.end();
    return found == groups_.end() ? nullptr : found->second.get();
}

ChatGroup* GroupDesk::find_code(std::string_view code)
{
    for (auto const& [id, group] : groups_)
        if (!code.empty() && group->invite_code == code) return group.get();
    return nullptr;
}

std::vector<ChatGroup*> GroupDesk::all()
{
    std::vector<ChatGroup*> found;
    for (auto const& [id, group] : groups_)
        found.push_back(group.get());
    return found;
}

std::vector<ChatGroup*> GroupDesk::groups_of(Account const& account)
{
    auto found = all();
    std::erase_if(found, [&](ChatGroup* group) { return group->find(&account) == nullptr; });
    return found;
}

std::vector<ChatGroup*> GroupDesk::subgroups_of(ChatGroup const& community)
{
    auto found = all();
    std::erase_if(found, [&](ChatGroup const* group) { return group->parent != &community; });
    return found;
}

std::string GroupDesk::new_code()
{
    return "Code" + hex_encode(network_.random().bytes(9));
}

ChatGroup& GroupDesk::create(Origin const& by, GroupSettings const& settings,
                             std::vector<Account*> const& members)
{
    auto owned = std::make_unique<ChatGroup>();
    auto& group = *owned;
    group.id = std::to_string(next_id_++);
    group.uses_lids = settings.uses_lids;
    group.subject = settings.subject;
    group.subject_by = by.account;
    group.subject_time = network_.now_seconds();
    group.description = settings.description;
    group.description_id = settings.description_id;
    group.creator = by.account;
    group.creation = network_.now_seconds();
    group.announce = settings.announce;
    group.locked = settings.locked;
    group.members_can_add = settings.members_can_add;
    group.needs_approval = settings.needs_approval;
    group.expiration = settings.expiration;
    group.is_community = settings.is_community;
    group.parent = settings.parent;
    group.is_default = settings.is_default;
    group.invite_code = new_code();
    group.members.push_back({by.account, Rank::superadmin});
    for (auto* account : members)
        if (group.find(account) == nullptr && !account->only_invited)
            group.members.push_back({account, Rank::member});
    groups_[group.id] = std::move(owned);
    network_.count("groups_created");
    Node news{"create"};
    news.set("type", "new").add(describe(group));
    tell(by, group, std::move(news));
    if (group.parent != nullptr && !group.is_default) tell_link(by, *group.parent, group, true);
    if (group.is_community) {
        GroupSettings announcements;
        announcements.subject = settings.subject;
        announcements.announce = true;
        announcements.uses_lids = settings.uses_lids;
        announcements.parent = &group;
        announcements.is_default = true;
        create(by, announcements, members);
    }
    return group;
}

int GroupDesk::add(Origin const& by, ChatGroup& group, Account& account, std::string_view reason)
{
    if (group.find(&account) != nullptr) return conflict_code;
    if (account.only_invited && by.account != &account) return only_invited;
    group.members.push_back({&account, Rank::member});
    std::erase_if(group.requests, [&](auto const& request) { return request.first == &account; });
    revoke_invitations(group, account);
    auto news = holder("add", participant(group, account, Rank::member));
    if (!reason.empty()) news.set("reason", reason);
    tell(by, group, std::move(news), [&](Account const& member) { return &member != &account; });
    // Who comes in gets the whole group instead.
    Node joined{"create"};
    if (!reason.empty()) joined.set("reason", reason);
    joined.add(describe(group));
    tell_one(by, group, account, joined);
    return 0;
}

int GroupDesk::remove(Origin const& by, ChatGroup& group, Account& account)
{
    if (group.find(&account) == nullptr) return not_found;
    auto const news = holder("remove", participant(group, account, Rank::member));
    tell(by, group, news); // also to who goes
    std::erase_if(group.members, [&](auto const& member) { return member.account == &account; });
    return 0;
}

int GroupDesk::set_rank(Origin const& by, ChatGroup& group, Account& account, Rank rank)
{
    auto* member = group.find(&account);
    if (member == nullptr) return not_found;
    member->rank = rank;
    auto const* tag = rank == Rank::member ? "demote" : "promote";
    tell(by, group, holder(tag, participant(group, account, rank)));
    return 0;
}

void GroupDesk::leave(Origin const& by, ChatGroup& group)
{
    auto const was_admin = group.is_admin(by.account);
    remove(by, group, *by.account);
    if (!was_admin || group.members.empty()) return;
    for (auto const& member : group.members)
        if (member.rank != Rank::member) return;
    set_rank(by, group, *group.members.front().account, Rank::admin); // there is always one
}

bool GroupDesk::join(Origin const& by, ChatGroup& group)
{
    if (!group.needs_approval) {
        add(by, group, *by.account, "invite");
        return true;
    }
    auto const is_known = std::any_of(group.requests.begin(), group.requests.end(),
                                      [&](auto const& request) { return request.first == by.account; });
    if (is_known) return false;
    group.requests.emplace_back(by.account, network_.now_seconds());
    tell_request(by, group, "created_membership_requests", *by.account, "invite_link");
    return false;
}

bool GroupDesk::withdraw(Origin const& by, ChatGroup& group)
{
    auto const before = group.requests.size();
    std::erase_if(group.requests, [&](auto const& request) { return request.first == by.account; });
    if (group.requests.size() == before) return false;
    tell_request(by, group, "revoked_membership_requests", *by.account);
    return true;
}

/// Only admins hear of requests.
void GroupDesk::tell_request(Origin const& by, ChatGroup& group, std::string_view tag, Account const& asker,
                             std::string_view method)
{
    auto news = holder(tag, participant(group, asker, Rank::member));
    if (!method.empty()) news.set("request_method", method);
    tell(by, group, std::move(news), [&](Account const& member) { return group.is_admin(&member); });
}

ChatGroup::Invitation const& GroupDesk::invite(Origin const& by, ChatGroup& group, Account& account)
{
    std::erase_if(group.invitations, [&](ChatGroup::Invitation const& invitation) {
        return invitation.invited == &account && invitation.by == by.account;
    });
    auto const ends = network_.now_seconds() + invitation_seconds;
    group.invitations.push_back({&account, by.account, new_code(), ends});
    return group.invitations.back();
}

ChatGroup::Invitation const* GroupDesk::find_invitation(ChatGroup& group, Account const& invited,
                                                        Account const* inviter, std::string_view code)
{
    for (auto const& invitation : group.invitations) {
        if (invitation.invited != &invited || invitation.by != inviter || invitation.code != code) continue;
        auto const* member = group.find(inviter);
        auto const may_add = member != nullptr && (group.members_can_add || member->rank != Rank::member);
        return may_add && invitation.ends > network_.now_seconds() ? &invitation : nullptr;
    }
    return nullptr;
}

bool GroupDesk::revoke_invitations(ChatGroup& group, Account const& invited)
{
    return std::erase_if(group.invitations, [&](ChatGroup::Invitation const& invitation) {
               return invitation.invited == &invited;
           }) != 0;
}

bool GroupDesk::settle_request(Origin const& by, ChatGroup& group, Account& account, bool approve)
{
    auto const before = group.requests.size();
    std::erase_if(group.requests, [&](auto const& request) { return request.first == &account; });
    if (group.requests.size() == before) return false;
    if (!approve) {
        tell_request(by, group, "revoked_membership_requests", account);
        return true;
    }
    auto const was_closed = std::exchange(account.only_invited, false); // it has asked itself
    add(by, group, account, "linked_group_join");
    account.only_invited = was_closed;
    return true;
}

void GroupDesk::set_subject(Origin const& by, ChatGroup& group, std::string subject)
{
    group.subject = std::move(subject);
    group.subject_by = by.account;
    group.subject_time = network_.now_seconds();
    Node news{"subject"};
    news.set("subject", group.subject)
        .set("s_t", group.subject_time)
        .set("s_o", by.account->jid(group.form()));
    tell(by, group, std::move(news));
}

void GroupDesk::set_description(Origin const& by, ChatGroup& group, std::string text, std::string id)
{
    group.description = std::move(text);
    group.description_id = std::move(id);
    group.description_by = by.account;
    group.description_time = network_.now_seconds();
    Node news{"description"};
    news.set("id", group.description_id);
    if (group.description.empty())
        news.set("delete", "true");
    else
        news.add(Node{"body"}.with_bytes(to_bytes(group.description)));
    tell(by, group, std::move(news));
}

void GroupDesk::tell_setting(Origin const& by, ChatGroup& group, Node news)
{
    tell(by, group, std::move(news));
}

void GroupDesk::set_picture(Origin const& by, ChatGroup& group, std::optional<Bytes> jpeg)
{
    Node change{jpeg ? "set" : "delete"};
    change.set("jid", group.jid()).set("author", by.account->jid(group.form()));
    auto const key = group.jid().to_string();
    if (jpeg) {
        auto& picture = network_.pictures[key];
        picture.id =
            std::to_string(network_.now_seconds()) + std::to_string(network_.random().below(1'000'000));
        picture.jpeg = std::move(*jpeg);
        change.set("id", picture.id);
    } else {
        network_.pictures.erase(key);
    }
    auto out = notification("picture", group.jid(), network_.next_id(), network_.now_seconds());
    out.add(std::move(change));
    for (auto const& member : group.members)
        deliver(by, *member.account, out);
}

void GroupDesk::renew_code(Origin const& by, ChatGroup& group)
{
    group.invite_code = new_code();
    tell(by, group, Node{"invite"}.set("code", group.invite_code));
}

void GroupDesk::link(Origin const& by, ChatGroup& community, ChatGroup& group, bool linked)
{
    group.parent = linked ? &community : nullptr;
    tell(by, group, link_news("parent_group", community, linked ? "" : "unlink_group"));
    tell_link(by, community, group, linked);
}

/// The community hears of its group.
void GroupDesk::tell_link(Origin const& by, ChatGroup& community, ChatGroup const& group, bool linked)
{
    tell(by, community, link_news("sub_group", group, linked ? "" : "unlink_group"));
}

std::vector<Account*> GroupDesk::people_of(ChatGroup& community)
{
    auto groups = subgroups_of(community);
    groups.insert(groups.begin(), &community);
    std::vector<Account*> people;
    for (auto const* group : groups)
        for (auto const& member : group->members)
            if (std::find(people.begin(), people.end(), member.account) == people.end())
                people.push_back(member.account);
    return people;
}

int GroupDesk::remove_everywhere(Origin const& by, ChatGroup& community, Account& account)
{
    int code = not_found;
    for (auto* group : subgroups_of(community))
        if (remove(by, *group, account) == 0) code = 0;
    if (remove(by, community, account) == 0) code = 0;
    return code;
}

void GroupDesk::dissolve(Origin const& by, ChatGroup& community)
{
    for (auto* group : subgroups_of(community)) {
        group->parent = nullptr;
        tell(by, *group, link_news("parent_group", community, "delete_parent"));
    }
    tell(by, community, Node{"delete"}.set("reason", "delete_parent"));
    groups_.erase(community.id);
}

// ---------------------------------------------------------------------------- telling

Node GroupDesk::participant(ChatGroup const& group, Account const& account, Rank rank) const
{
    Node node{"participant"};
    node.set("jid", account.jid(group.form()));
    if (group.uses_lids)
        node.set("phone_number", account.phone_jid());
    else
        node.set("lid", account.lid_jid());
    if (rank == Rank::admin) node.set("type", "admin");
    if (rank == Rank::superadmin) node.set("type", "superadmin");
    return node;
}

Node GroupDesk::describe(ChatGroup& group) const
{
    Node node{"group"};
    auto const form = group.form();
    node.set("id", group.id).set("subject", group.subject).set("s_t", group.subject_time);
    if (group.subject_by != nullptr) node.set("s_o", group.subject_by->jid(form));
    node.set("creation", group.creation);
    node.set("creator", group.creator->jid(form)).set("creator_pn", group.creator->phone_jid());
    node.set("addressing_mode", group.uses_lids ? "lid" : "pn");
    node.set("size", static_cast<std::int64_t>(group.members.size()));
    for (auto const& member : group.members)
        node.add(participant(group, *member.account, member.rank));
    if (!group.description.empty()) {
        Node description{"description"};
        description.set("id", group.description_id).set("t", group.description_time);
        if (group.description_by != nullptr) description.set("participant", group.description_by->jid(form));
        description.add(Node{"body"}.with_bytes(to_bytes(group.description)));
        node.add(std::move(description));
    }
    if (group.announce) node.add(Node{"announcement"});
    if (group.locked) node.add(Node{"locked"});
    if (group.expiration > 0) node.add(Node{"ephemeral"}.set("expiration", group.expiration));
    auto const* mode = group.members_can_add ? "all_member_add" : "admin_add";
    node.add(Node{"member_add_mode"}.with_bytes(to_bytes(mode)));
    if (group.needs_approval) {
        Node approval{"membership_approval_mode"};
        approval.add(Node{group.is_community ? "community_join" : "group_join"}.set("state", "on"));
        node.add(std::move(approval));
    }
    if (group.is_suspended) node.add(Node{"suspended"});
    if (group.is_community) node.add(Node{"parent"});
    if (group.parent != nullptr) node.add(Node{"linked_parent"}.set("jid", group.parent->jid()));
    if (group.is_default) node.add(Node{"default_sub_group"});
    return node;
}

Node GroupDesk::notice(Origin const& by, ChatGroup const& group) const
{
    auto out = notification("w:gp2", group.jid(), network_.next_id(), network_.now_seconds());
    out.set("participant", by.account->jid(group.form()));
    if (group.uses_lids) out.set("participant_pn", by.account->phone_jid());
    out.set("addressing_mode", group.uses_lids ? "lid" : "pn");
    if (!by.account->push_name.empty()) out.set("notify", by.account->push_name);
    return out;
}

void GroupDesk::tell_one(Origin const& by, ChatGroup& group, Account& account, Node const& news)
{
    deliver(by, account, notice(by, group).add(news));
}

void GroupDesk::deliver(Origin const& by, Account& account, Node const& notification)
{
    for (auto const& [device, state] : account.devices)
        if (device != 0 && (&account != by.account || device != by.device))
            network_.deliver(account, device, DeliveryKind::notification, notification);
}

void GroupDesk::tell(Origin const& by, ChatGroup& group, Node news, Filter const& whom)
{
    for (auto const& member : group.members)
        if (!whom || whom(*member.account)) tell_one(by, group, *member.account, news);
}

} // namespace wagate::sandbox
