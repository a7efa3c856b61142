#pragma once
// Groups as the server knows them. Plain state; the rules are in server/group_desk.
#include "tools/sandbox/state/account.hpp"

#include <algorithm>

namespace wagate::sandbox {

enum class Rank : std::uint8_t { member, admin, superadmin };

struct ChatGroup {
    struct Member {
        Account* account = nullptr;
        Rank rank = Rank::member;
        std::string label = {}; ///< as the phones of members have read it
    };

    /// One person may come in, by the code that who wanted to add it has sent it.
    struct Invitation {
        Account* invited = nullptr;
        Account* by = nullptr;
        std::string code;
        std::int64_t ends = 0; ///< unix seconds
    };

    std::string id;        ///< user part of the JID
    bool uses_lids = true; ///< addressing of members on the wire
    std::string subject;
    Account* subject_by = nullptr;
    std::int64_t subject_time = 0;
    std::string description;
    std::string description_id;
    Account* description_by = nullptr;
    std::int64_t description_time = 0;
    Account* creator = nullptr;
    std::int64_t creation = 0;
    bool announce = false;
    bool locked = false;
    bool members_can_add = true;
    bool needs_approval = false;
    std::int64_t expiration = 0;
    bool is_community = false;
    bool is_default = false; ///< the announcement group of its community
    ChatGroup* parent = nullptr;
    std::string invite_code;
    std::vector<Member> members;                             ///< in the order of joining
    std::vector<std::pair<Account*, std::int64_t>> requests; ///< wait for approval, with their time
    std::vector<Invitation> invitations;                     ///< one for each two of invited and inviter
    bool is_suspended = false;

    Jid jid() const { return {id, JidServer::group}; }
    JidServer form() const { return uses_lids ? JidServer::lid : JidServer::user; }
    Member* find(Account const* account)
    {
        auto const found = std::find_if(members.begin(), members.end(),
                                        [&](Member const& member) { return member.account == account; });
        return found == members.end() ? nullptr : &*found;
    }
    bool is_admin(Account const* account)
    {
        auto const* member = find(account);
        return member != nullptr && member->rank != Rank::member;
    }
    /// Every device that takes part; those of the Cloud API do not.
    std::vector<Jid> device_jids() const
    {
        std::vector<Jid> found;
        for (auto const& member : members)
            for (auto const& [device, state] : member.account->devices)
                if (!state->hosted) found.push_back(member.account->jid(form(), device));
        return found;
    }
};

} // namespace wagate::sandbox
