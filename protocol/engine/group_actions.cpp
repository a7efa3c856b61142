// What the account does with groups: each asks the server, and stores and tells what it has changed.
#include "protocol/base/encoding.hpp"
#include "protocol/engine/groups.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int malformed_answer = 500;
constexpr int done_code = 200;
constexpr int not_a_member = 403;
constexpr std::size_t description_id_bytes = 8;

} // namespace

void Groups::change(Node iq, stanza::GroupNotice notice, Finished done)
{
    core_.ask(std::move(iq), [this, notice = std::move(notice), done = std::move(done)](Result<Node> reply) {
        if (!reply)
            done(reply.error());
        else
            store(notice, nullptr, [done] { done({}); });
    });
}

void Groups::create(stanza::GroupPlan plan, Done<Group> done)
{
    for (auto& member : plan.members)
        member = invited(member.jid, true);
    std::erase_if(plan.members, [this](stanza::Participant const& member) { return is_own(member.jid); });
    auto const description_id = hex_encode_upper(core_.random.bytes(description_id_bytes));
    core_.ask(stanza::create_group(plan, description_id),
              [this, community = plan.parent, done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  auto const* node = reply->child("group");
                  auto group = node != nullptr ? stanza::parse_group(*node) : std::nullopt;
                  if (!group) {
                      done(server_error(malformed_answer));
                      return;
                  }
                  if (community) {
                      auto linked = own_notice(*community);
                      linked.updated.links.push_back({group->jid, group->subject, false, true});
                      store(linked, nullptr, [] {});
                  }
                  auto notice = own_notice(group->jid);
                  notice.created = *group;
                  store(notice, &*reply, [done, group] { done(*group); });
              });
}

void Groups::leave(Jid const& group, Finished done)
{
    auto notice = own_notice(group);
    notice.members.push_back({ParticipantChange::leave, {GroupMember{*notice.by, std::nullopt, {}}}});
    auto const known = find_group(core_.records, group);
    change(stanza::leave_group(group, known && known->group.is_community), std::move(notice),
           std::move(done));
}

void Groups::remove(Jid const& group, Finished done)
{
    auto forget = [this, group, done = std::move(done)](ErrorCode error) {
        if (error) {
            done(error);
            return;
        }
        UnitOfWork work;
        ChatChange chat{.jid = group};
        chat.removed = true;
        work.chats.push_back(std::move(chat));
        core_.store(std::move(work), [done] { done({}); });
    };
    auto const known = find_group(core_.records, group);
    if (known && known->has_left) {
        forget({});
        return;
    }
    auto const is_owner = known && known->group.owner && is_own(*known->group.owner);
    if (!known || !known->group.is_community || !is_owner) {
        leave(group, std::move(forget));
        return;
    }
    auto notice = own_notice(group);
    notice.is_deleted = true;
    change(stanza::delete_community(group), std::move(notice), std::move(forget));
}

void Groups::change_members(Jid const& group, stanza::MemberAction action, std::vector<Jid> const& members,
                            Done<MemberResults> done)
{
    auto asked = participants(group, members);
    if (action == stanza::MemberAction::add)
        for (auto& member : asked)
            member.token = trusted_token(core_, directory_, member.jid);
    core_.ask(stanza::change_members(group, action, asked),
              [this, group, action, done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  auto const results = stanza::parse_member_results(*reply, stanza::action_name(action));
                  take_results(group, action, results, *reply, [done, results] { done(results); });
              });
}

/// Those for whom it went well have joined, left or another role now.
void Groups::take_results(Jid const& group, stanza::MemberAction action, MemberResults const& results,
                          Node const& reply, std::function<void()> then)
{
    auto notice = own_notice(group);
    static constexpr std::array changes{ParticipantChange::join, ParticipantChange::leave,
                                        ParticipantChange::promote, ParticipantChange::demote};
    stanza::GroupNotice::Members changed{changes[static_cast<std::size_t>(action)], {}};
    auto const role = action == stanza::MemberAction::promote ? GroupRole::admin : GroupRole::member;
    for (auto const& result : results)
        if (result.code == done_code) changed.members.push_back({result.jid, result.phone, role});
    if (!changed.members.empty()) notice.members.push_back(std::move(changed));
    store(notice, &reply, std::move(then));
}

void Groups::set_subject(Jid const& group, std::string const& subject, Finished done)
{
    auto notice = own_notice(group);
    notice.updated.subject = subject;
    change(stanza::set_subject(group, subject), std::move(notice), std::move(done));
}

void Groups::set_description(Jid const& group, std::string const& text, Finished done)
{
    // The server wants to know which description is replaced.
    info(group, [this, group, text, done = std::move(done)](Result<Group> known) {
        if (!known) {
            done(known.error());
            return;
        }
        auto const id = hex_encode_upper(core_.random.bytes(description_id_bytes));
        auto notice = own_notice(group);
        notice.updated.description = text;
        notice.description_id = text.empty() ? std::string{} : id;
        change(stanza::set_description(group, text, id, known->description_id), std::move(notice), done);
    });
}

void Groups::set_locked(Jid const& group, bool locked, Finished done)
{
    auto notice = own_notice(group);
    notice.updated.locked = locked;
    change(stanza::set_locked(group, locked), std::move(notice), std::move(done));
}

void Groups::set_announce(Jid const& group, bool announce, Finished done)
{
    auto notice = own_notice(group);
    notice.updated.announce = announce;
    change(stanza::set_announce(group, announce), std::move(notice), std::move(done));
}

void Groups::set_members_can_add(Jid const& group, bool members_can_add, Finished done)
{
    auto notice = own_notice(group);
    notice.updated.members_can_add = members_can_add;
    change(stanza::set_members_can_add(group, members_can_add), std::move(notice), std::move(done));
}

void Groups::set_approval(Jid const& group, bool required, Finished done)
{
    set_approval(group, required, false, std::move(done));
}

void Groups::set_approval(Jid const& group, bool required, bool of_community, Finished done)
{
    auto notice = own_notice(group);
    notice.updated.approval_required = required;
    change(stanza::set_approval(group, required, of_community), std::move(notice), std::move(done));
}

void Groups::set_expiration(Jid const& group, std::chrono::seconds expiration, Finished done)
{
    auto notice = own_notice(group);
    notice.updated.expiration = expiration;
    change(stanza::set_expiration(group, expiration), std::move(notice), std::move(done));
}

// ------------------------------------------------------------------------------ joining

void Groups::requests(Jid const& group, Done<std::vector<stanza::JoinRequest>> done)
{
    core_.ask(stanza::query_requests(group), [done = std::move(done)](Result<Node> reply) {
        if (reply)
            done(stanza::parse_requests(*reply));
        else
            done(reply.error());
    });
}

void Groups::answer_requests(Jid const& group, std::vector<Jid> const& members, bool approve,
                             Done<MemberResults> done)
{
    core_.ask(stanza::answer_requests(group, participants(group, members), approve),
              [this, group, approve, done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  auto const results = stanza::parse_member_results(*reply, approve ? "approve" : "reject");
                  auto const then = [done, results] { done(results); };
                  if (approve) {
                      take_results(group, stanza::MemberAction::add, results, *reply, then);
                      return;
                  }
                  auto notice = own_notice(group);
                  GroupRequestsChanged rejected;
                  rejected.chat = notice.group;
                  rejected.by = notice.by;
                  rejected.change = JoinRequestChange::rejected;
                  for (auto const& result : results)
                      if (result.code == done_code)
                          rejected.members.push_back({result.jid, result.phone, GroupRole::member});
                  if (!rejected.members.empty()) notice.requests.push_back(std::move(rejected));
                  store(notice, &*reply, then);
              });
}

void Groups::invite_code(Jid const& group, bool renew, Done<std::string> done)
{
    core_.ask(stanza::invite_code(group, renew),
              [this, group, renew, done = std::move(done)](Result<Node> reply) {
                  auto const code = reply ? stanza::parse_invite_code(*reply) : std::nullopt;
                  if (!code) {
                      done(reply ? server_error(malformed_answer) : reply.error());
                      return;
                  }
                  if (!renew) {
                      done(*code);
                      return;
                  }
                  auto notice = own_notice(group);
                  notice.updated.invite_code = code;
                  store(notice, nullptr, [done, code] { done(*code); });
              });
}

void Groups::invite_info(std::string const& code, Done<Group> done)
{
    core_.ask(stanza::query_invite(code), [done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto const* node = reply->child("group");
        auto const group = node != nullptr ? stanza::parse_group(*node) : std::nullopt;
        done(group ? Result<Group>{*group} : Result<Group>{server_error(malformed_answer)});
    });
}

void Groups::join(std::string const& code, Done<stanza::Joined> done)
{
    core_.ask(stanza::join_by_code(code), [this, done = std::move(done)](Result<Node> reply) {
        auto const joined = reply ? stanza::parse_joined(*reply) : std::nullopt;
        if (joined)
            enter(*joined, done);
        else
            done(reply ? server_error(malformed_answer) : reply.error());
    });
}

/// The server has let the account in, or noted that it wants to come in.
void Groups::enter(stanza::Joined const& joined, Done<stanza::Joined> done)
{
    if (joined.is_pending) {
        done(joined);
        return;
    }
    ask_group(joined.group, true, [done = std::move(done), joined](Result<Group> group) {
        // In the group it is in any case; when it could not be asked for, news will tell.
        if (!group && server_code(group.error()) == not_a_member)
            done(group.error());
        else
            done(joined);
    });
}

// ------------------------------------------------------------------------------ invited by a message

/// The inviter as a group names people: groups have LIDs, unless they are old.
stanza::Invitation Groups::addressed(stanza::Invitation invitation) const
{
    invitation.group = invitation.group.bare();
    invitation.inviter = participant(invitation.inviter, true).jid;
    return invitation;
}

void Groups::invitation_info(stanza::Invitation const& invitation, Done<Group> done)
{
    core_.ask(stanza::query_invitation(addressed(invitation)), [done = std::move(done)](Result<Node> reply) {
        auto const* node = reply ? reply->child("group") : nullptr;
        auto const group = node != nullptr ? stanza::parse_group(*node) : std::nullopt;
        if (group)
            done(*group);
        else
            done(reply ? server_error(malformed_answer) : reply.error());
    });
}

void Groups::accept_invitation(stanza::Invitation const& invitation, Done<stanza::Joined> done)
{
    core_.ask(stanza::accept_invitation(addressed(invitation)),
              [this, group = invitation.group.bare(), done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  // That it went well is all that is said, unless an admin has to approve it.
                  enter(stanza::parse_joined(*reply).value_or(stanza::Joined{group, false}), done);
              });
}

void Groups::revoke_invitations(Jid const& group, std::vector<Jid> const& members, Done<MemberResults> done)
{
    auto const asked = participants(group, members);
    core_.ask(stanza::revoke_invitations(group, asked), [asked, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto results = stanza::parse_member_results(*reply, "revoke");
        if (results.empty()) // an answer without a list has refused nobody
            for (auto const& member : asked) {
                auto& result = results.emplace_back();
                result.jid = member.jid;
                result.phone = member.phone;
            }
        done(std::move(results));
    });
}

// ------------------------------------------------------------------------------ communities

void Groups::link(Jid const& community, Jid const& group, bool linked, Finished done)
{
    auto iq = linked ? stanza::link_group(community, group) : stanza::unlink_group(community, group);
    core_.ask(std::move(iq), [this, community, group, linked, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto notice = own_notice(community);
        auto const known = find_group(core_.records, group);
        notice.updated.links.push_back(
            {group.bare(), known ? known->group.subject : std::string{}, false, linked});
        store(notice, nullptr, [this, group, done] {
            // Its parent is another one now.
            ask_group(group, false, [done](Result<Group>) { done({}); });
        });
    });
}

void Groups::community_members(Jid const& community, Done<std::vector<GroupMember>> done)
{
    core_.ask(stanza::query_community_members(community), [this, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        RecordOverlay step{core_.records};
        learn(step, *reply);
        if (!step.empty()) core_.store(std::move(step));
        auto members = stanza::parse_community_members(*reply);
        for (auto& member : members)
            if (member.jid.is_lid() && !member.phone) member.phone = directory_.phone_of(member.jid);
        done(std::move(members));
    });
}

void Groups::remove_from_community(Jid const& community, std::vector<Jid> const& members,
                                   Done<MemberResults> done)
{
    constexpr auto remove = stanza::MemberAction::remove;
    auto const asked = participants(community, members);
    core_.ask(stanza::change_members(community, remove, asked, true),
              [this, community, done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  auto const results = stanza::parse_member_results(*reply, stanza::action_name(remove));
                  auto const is_gone = [&](GroupMember const& member) {
                      return std::any_of(
                          results.begin(), results.end(), [&](stanza::MemberResult const& result) {
                              return result.code == done_code &&
                                     directory_.canonical(result.jid) == directory_.canonical(member.jid);
                          });
                  };
                  // The groups of the community that are known lose them, too, each with its own news.
                  for (auto const& jid : list_groups(core_.records).groups) {
                      auto const known = find_group(core_.records, jid);
                      if (!known || known->has_left || known->group.parent != community.bare()) continue;
                      stanza::GroupNotice::Members gone{ParticipantChange::leave, {}};
                      std::copy_if(known->group.members.begin(), known->group.members.end(),
                                   std::back_inserter(gone.members), is_gone);
                      if (gone.members.empty()) continue;
                      auto notice = own_notice(jid);
                      notice.members.push_back(std::move(gone));
                      store(notice, nullptr, [] {});
                  }
                  take_results(community, remove, results, *reply, [done, results] { done(results); });
              });
}

void Groups::set_community_approval(Jid const& community, bool required, Finished done)
{
    set_approval(community, required, true, std::move(done));
}

void Groups::subgroups(Jid const& community, Done<std::vector<stanza::Subgroup>> done)
{
    core_.ask(stanza::query_subgroups(community), [done = std::move(done)](Result<Node> reply) {
        if (reply)
            done(stanza::parse_subgroups(*reply));
        else
            done(reply.error());
    });
}

} // namespace wagate::engine
