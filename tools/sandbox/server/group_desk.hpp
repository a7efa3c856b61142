#pragma once
// What can be done with groups (protocol.md 10.1): by clients, by phones and through the control API.
// Everything that is done is told to the members' companions, but not to the device that did it.
#include "tools/sandbox/server/network.hpp"
#include "tools/sandbox/state/group.hpp"

#include <functional>

namespace wagate::sandbox {

struct GroupSettings {
    std::string subject;
    std::string description;
    std::string description_id;
    bool uses_lids = true;
    bool announce = false;
    bool locked = false;
    bool members_can_add = true;
    bool needs_approval = false;
    std::int64_t expiration = 0;
    bool is_community = false;
    ChatGroup* parent = nullptr;
    bool is_default = false; ///< the announcement group of `parent`
};

class GroupDesk {
public:
    explicit GroupDesk(Network& network) : network_(network) {}

    ChatGroup* find(Jid const& group);
    ChatGroup* find_code(std::string_view code);
    std::vector<ChatGroup*> groups_of(Account const& account);
    std::vector<ChatGroup*> subgroups_of(ChatGroup const& community);
    std::vector<ChatGroup*> all();

    ChatGroup& create(Origin const& by, GroupSettings const& settings, std::vector<Account*> const& members);

    // Changes of members: 0, or the error code of that one (10.1). The caller has checked that `by` may do
    // this.
    int add(Origin const& by, ChatGroup& group, Account& account, std::string_view reason = "");
    int remove(Origin const& by, ChatGroup& group, Account& account);
    int set_rank(Origin const& by, ChatGroup& group, Account& account, Rank rank);
    void leave(Origin const& by, ChatGroup& group);
    /// @return false when an admin has to approve it, which has been noted
    bool join(Origin const& by, ChatGroup& group);
    /// Who has asked to be let in does not want it any more. @return false when there is no such request
    bool withdraw(Origin const& by, ChatGroup& group);

    /// For somebody who does not let itself be added; an older one of the same inviter is void.
    ChatGroup::Invitation const& invite(Origin const& by, ChatGroup& group, Account& account);
    /// That this one may follow now; nothing when there is none.
    ChatGroup::Invitation const* find_invitation(ChatGroup& group, Account const& invited,
                                                 Account const* inviter, std::string_view code);
    /// @return false when there was none
    bool revoke_invitations(ChatGroup& group, Account const& invited);
    /// @return false when there is no such request
    bool settle_request(Origin const& by, ChatGroup& group, Account& account, bool approve);

    void set_subject(Origin const& by, ChatGroup& group, std::string subject);
    void set_description(Origin const& by, ChatGroup& group, std::string text, std::string id);
    /// A setting: the caller has changed the group, `news` is what is told.
    void tell_setting(Origin const& by, ChatGroup& group, binary::Node news);
    /// @param jpeg nothing: it is taken away
    void set_picture(Origin const& by, ChatGroup& group, std::optional<Bytes> jpeg);
    void renew_code(Origin const& by, ChatGroup& group);
    void link(Origin const& by, ChatGroup& community, ChatGroup& group, bool linked);
    void dissolve(Origin const& by, ChatGroup& community);
    /// Everybody in the community or any of its groups, each once.
    std::vector<Account*> people_of(ChatGroup& community);
    /// Out of the community and its groups. @return 0, or 404 when it is in none of them
    int remove_everywhere(Origin const& by, ChatGroup& community, Account& account);

    /// <group> with everything about it.
    binary::Node describe(ChatGroup& group) const;
    /// <participant> as members see it.
    binary::Node participant(ChatGroup const& group, Account const& account, Rank rank) const;

private:
    using Filter = std::function<bool(Account const&)>;
    void tell(Origin const& by, ChatGroup& group, binary::Node news, Filter const& whom = {});
    void tell_one(Origin const& by, ChatGroup& group, Account& account, binary::Node const& news);
    void deliver(Origin const& by, Account& account, binary::Node const& notification);
    binary::Node notice(Origin const& by, ChatGroup const& group) const;
    std::string new_code();
    void tell_link(Origin const& by, ChatGroup& community, ChatGroup const& group, bool linked);
    void tell_request(Origin const& by, ChatGroup& group, std::string_view tag, Account const& asker,
                      std::string_view method = {});

    Network& network_;
    std::map<std::string, std::unique_ptr<ChatGroup>, std::less<>> groups_; ///< by id
    std::uint64_t next_id_ = 120'363'000'000'000'001;
};

} // namespace wagate::sandbox
