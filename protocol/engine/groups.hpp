#pragma once
// Groups and communities (protocol.md 10.1): what is known of them, asking, changing, notifications. Every
// change is told once, whether it was made here, came as news or was found out by asking. `done` runs exactly
// once, on the session's thread, after what follows is durable; a refusal is a server_error.
#include "protocol/engine/directory.hpp"
#include "protocol/engine/group_records.hpp"
#include "protocol/stanza/groups.hpp"

namespace wagate::engine {

class Groups {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;
    using Finished = std::function<void(ErrorCode)>;
    using MemberResults = std::vector<stanza::MemberResult>;

    Groups(Core& core, Directory& directory);

    // --- reading
    /// From what is known, or by asking.
    void info(Jid const& group, Done<Group> done);
    /// All groups that the account is a member of; asked for once, then kept up by news.
    void list(Done<std::vector<Group>> done);
    /// Asks again.
    void refresh(Done<std::vector<Group>> done);

    // --- life
    /// Members of the plan by their phone number or LID.
    void create(stanza::GroupPlan plan, Done<Group> done);
    void leave(Jid const& group, Finished done);
    /// Leaves it, when the account is still in it, and deletes the chat; an own community is dissolved.
    void remove(Jid const& group, Finished done);
    void change_members(Jid const& group, stanza::MemberAction action, std::vector<Jid> const& members,
                        Done<MemberResults> done);

    // --- settings
    void set_subject(Jid const& group, std::string const& subject, Finished done);
    void set_description(Jid const& group, std::string const& text, Finished done);
    void set_locked(Jid const& group, bool locked, Finished done);
    void set_announce(Jid const& group, bool announce, Finished done);
    void set_members_can_add(Jid const& group, bool members_can_add, Finished done);
    void set_approval(Jid const& group, bool required, Finished done);
    void set_expiration(Jid const& group, std::chrono::seconds expiration, Finished done);

    // --- joining
    void requests(Jid const& group, Done<std::vector<stanza::JoinRequest>> done);
    void answer_requests(Jid const& group, std::vector<Jid> const& members, bool approve,
                         Done<MemberResults> done);
    /// @param renew the old code does not hold any more
    void invite_code(Jid const& group, bool renew, Done<std::string> done);
    void invite_info(std::string const& code, Done<Group> done);
    void join(std::string const& code, Done<stanza::Joined> done);
    /// Of an invitation by message: where it leads to, following it, taking back what these people were sent.
    void invitation_info(stanza::Invitation const& invitation, Done<Group> done);
    void accept_invitation(stanza::Invitation const& invitation, Done<stanza::Joined> done);
    void revoke_invitations(Jid const& group, std::vector<Jid> const& members, Done<MemberResults> done);

    // --- communities
    void link(Jid const& community, Jid const& group, bool linked, Finished done);
    void subgroups(Jid const& community, Done<std::vector<stanza::Subgroup>> done);
    /// Everybody in any of its groups, without their roles.
    void community_members(Jid const& community, Done<std::vector<GroupMember>> done);
    /// Out of the community and of all of its groups.
    void remove_from_community(Jid const& community, std::vector<Jid> const& members,
                               Done<MemberResults> done);
    void set_community_approval(Jid const& community, bool required, Finished done);

private:
    void on_dirty();
    void refresh_if_dirty();
    void find_audience(Jid const& chat, std::function<void(Result<Audience>)> done);
    void on_notification(binary::Node const& notification);
    void ask_group(Jid const& group, bool is_news, std::function<void(Result<Group>)> done);
    /// Learns addresses, stores and tells what the news change.
    void take(UnitOfWork& work, RecordOverlay& step, stanza::GroupNotice const& notice);
    void take_group(UnitOfWork& work, RecordOverlay& step, Group const& group, std::optional<Jid> const& by,
                    bool is_news);
    void take_unknown(UnitOfWork& work, stanza::GroupNotice const& notice) const;
    void take_passing(UnitOfWork& work, RecordOverlay& step, stanza::GroupNotice const& notice) const;
    void take_results(Jid const& group, stanza::MemberAction action, MemberResults const& results,
                      binary::Node const& reply, std::function<void()> then);
    void enter(stanza::Joined const& joined, Done<stanza::Joined> done);
    void set_approval(Jid const& group, bool required, bool of_community, Finished done);
    stanza::Invitation addressed(stanza::Invitation invitation) const;
    void store(stanza::GroupNotice const& notice, binary::Node const* origin, std::function<void()> then);
    void learn(RecordOverlay& step, binary::Node const& node) const;
    void change(binary::Node iq, stanza::GroupNotice notice, Finished done);
    stanza::GroupNotice own_notice(Jid const& group) const;
    bool is_own(Jid const& jid) const;
    bool is_own(GroupMember const& member) const;
    stanza::Participant participant(Jid const& jid, bool as_lid) const;
    /// With the token of who is to be put into a group.
    stanza::Participant invited(Jid const& jid, bool as_lid) const;
    std::vector<stanza::Participant> participants(Jid const& group, std::vector<Jid> const& members) const;
    std::vector<Group> known_groups() const;
    /// With the labels of its members.
    Group labelled(Group group) const;
    void find(Jid const& group, Done<Group> done);

    Core& core_;
    Directory& directory_;
    bool is_dirty_ = false; ///< the server said so, and the list was not asked for since
};

} // namespace wagate::engine
