// What the account does with groups: each asks the server, and stores and tells what it has changed.
#include "protocol/base/encoding.hpp"
#include "protocol/engine/groups.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>
#include <array>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int malformed_answer = 500;
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
        member = participant(member.jid, true);
    std::erase_if(plan.members, [this](stanza::Participant const& member) { return is_own(member.jid); });
    auto const description_id = hex_encode_upper(core_.random.bytes(description_id_bytes));
    core_.ask(stanza::create_group(plan, description_id), [this, done = std::move(done)](Result<Node> reply) {
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
    auto const asked = participants(group, members);
    core_.ask(stanza::change_members(group, action, asked), [this, group, action,
                                                             done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto results = stanza::parse_member_results(*reply, stanza::action_name(action));
        auto notice = own_notice(group);
        static constexpr std::array changes{ParticipantChange::join, ParticipantChange::leave,
                                            ParticipantChange::promote, ParticipantChange::demote};
        stanza::GroupNotice::Members changed{changes[static_cast<std::size_t>(action)], {}};
        auto const role = action == stanza::MemberAction::promote ? GroupRole::admin : GroupRole::member;
        for (auto const& result : results)
            if (result.code == 200) changed.members.push_back({result.jid, result.phone, role});
        if (!changed.members.empty()) notice.members.push_back(std::move(changed));
        store(notice, &*reply, [done, results] { done(results); });
    });
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
    auto notice = own_notice(group);
    notice.updated.approval_required = required;
    change(stanza::set_approval(group, required), std::move(notice), std::move(done));
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
    // Who was approved comes in as news.
    core_.ask(stanza::answer_requests(group, participants(group, members), approve),
              [approve, done = std::move(done)](Result<Node> reply) {
                  if (reply)
                      done(stanza::parse_member_results(*reply, approve ? "approve" : "reject"));
                  else
                      done(reply.error());
              });
}

void Groups::invite_code(Jid const& group, bool renew, Done<std::string> done)
{
    core_.ask(stanza::invite_code(group, renew), [done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto const code = stanza::parse_invite_code(*reply);
        done(code ? Result<std::string>{*code} : Result<std::string>{server_error(malformed_answer)});
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
        if (!joined) {
            done(reply ? server_error(malformed_answer) : reply.error());
            return;
        }
        if (joined->is_pending) {
            done(*joined);
            return;
        }
        ask_group(joined->group, true, [done, joined](Result<Group> group) {
            // In the group it is in any case; when it could not be asked for, news will tell.
            if (!group && server_code(group.error()) == not_a_member)
                done(group.error());
            else
                done(*joined);
        });
    });
}

// ------------------------------------------------------------------------------ communities

void Groups::link(Jid const& community, Jid const& group, bool linked, Finished done)
{
    auto iq = linked ? stanza::link_group(community, group) : stanza::unlink_group(community, group);
    core_.ask(std::move(iq), [this, group, done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        // Its parent is another one now.
        ask_group(group, false, [done](Result<Group>) { done({}); });
    });
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
