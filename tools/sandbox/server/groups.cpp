// iqs about groups (protocol.md 10.1, xmlns w:g2).
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <array>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int bad_request = 400;
constexpr int forbidden = 403;
constexpr int not_found = 404;
constexpr int invalid_code = 406;
constexpr int conflict_code = 409;
constexpr int gone = 410;
constexpr std::size_t longest_subject = 100;
constexpr std::size_t longest_description = 2'048;

std::vector<Account*> accounts_in(Network& network, Node const& node)
{
    std::vector<Account*> found;
    for (auto const& child : node.children()) {
        auto const jid = child.jid("jid");
        auto* account = child.tag == "participant" && jid ? network.find(*jid) : nullptr;
        if (account != nullptr) found.push_back(account);
    }
    return found;
}

/// One request and its answer.
class Request {
public:
    Request(Network& network, Connection& connection, Node const& iq)
        : network_(network),
          desk_(network.groups()),
          connection_(connection),
          iq_(iq),
          by_(connection.origin())
    {}

    void answer()
    {
        auto const to = iq_.jid("to").value_or(Jid{});
        if (iq_.children().empty()) return refuse(bad_request);
        auto const& child = iq_.children().front();
        auto const is_set = iq_.text("type") == "set";
        if (to.user.empty()) return is_set ? set_any(child) : get_any(child);
        auto* group = desk_.find(to);
        if (group == nullptr) return refuse(not_found);
        if (group->find(by_.account) == nullptr) return answer_invited(*group, child);
        if (is_set && child.tag == "accept") return refuse(conflict_code);
        if (is_set)
            change(*group, child);
        else
            read(*group, child);
    }

private:
    void refuse(int code)
    {
        auto const* text = code == not_found       ? "item-not-found"
                           : code == forbidden     ? "forbidden"
                           : code == conflict_code ? "conflict"
                           : code == gone          ? "gone"
                                                   : "bad-request";
        connection_.send(iq_error(iq_, code, text));
    }
    void accept() { connection_.send(iq_result(iq_)); }
    void accept(Node child) { connection_.send(iq_result(iq_).add(std::move(child))); }

    // --- of who is no member, but invited by a message
    void answer_invited(ChatGroup& group, Node const& child)
    {
        auto const* named = child.tag == "query" ? child.child("add_request") : &child;
        if (named == nullptr || (named == &child && child.tag != "accept")) return refuse(forbidden);
        auto const admin = named->jid("admin");
        auto const* inviter = admin ? network_.find(*admin) : nullptr;
        auto const* invitation = desk_.find_invitation(group, *by_.account, inviter, named->text("code"));
        if (invitation == nullptr || named->integer("expiration") != invitation->ends) return refuse(gone);
        if (child.tag == "query") return accept(desk_.describe(group));
        network_.count("group_invitations_accepted");
        desk_.add(by_, group, *by_.account, "invite");
        accept();
    }

    // --- to all groups
    void get_any(Node const& child)
    {
        if (child.tag == "participating") {
            Node groups{"groups"};
            for (auto* group : desk_.groups_of(*by_.account))
                groups.add(desk_.describe(*group));
            return accept(std::move(groups));
        }
        if (child.tag != "invite") return refuse(bad_request);
        auto* group = desk_.find_code(child.text("code"));
        if (group == nullptr) return refuse(invalid_code);
        accept(desk_.describe(*group));
    }

    void set_any(Node const& child)
    {
        if (child.tag == "create") return create(child);
        if (child.tag == "leave") return leave(child);
        if (child.tag != "invite") return refuse(bad_request);
        auto* group = desk_.find_code(child.text("code"));
        if (group == nullptr) return refuse(invalid_code);
        if (group->find(by_.account) != nullptr) return refuse(conflict_code);
        auto const joined = desk_.join(by_, *group);
        accept(Node{joined ? "group" : "membership_approval_request"}.set("jid", group->jid()));
    }

    void create(Node const& child)
    {
        GroupSettings settings;
        settings.subject = child.text("subject");
        if (settings.subject.empty() || settings.subject.size() > 4 * longest_subject)
            return refuse(bad_request);
        for (auto const& option : child.children()) {
            if (option.tag == "announcement") settings.announce = true;
            if (option.tag == "locked") settings.locked = true;
            if (option.tag == "ephemeral") settings.expiration = option.integer("expiration").value_or(0);
            if (option.tag == "member_add_mode")
                settings.members_can_add = text_view(option.bytes()) != "admin_add";
            if (option.tag == "membership_approval_mode") settings.needs_approval = is_on(option);
            if (option.tag == "parent") settings.is_community = true;
            if (option.tag == "linked_parent") {
                settings.parent = desk_.find(option.jid("jid").value_or(Jid{}));
                if (settings.parent == nullptr || !settings.parent->is_community) return refuse(not_found);
            }
            if (option.tag == "description") {
                settings.description_id = option.text("id");
                if (auto const* body = option.child("body")) settings.description = to_text(body->bytes());
            }
        }
        if (settings.parent != nullptr && !settings.parent->is_admin(by_.account)) return refuse(forbidden);
        check_tokens(child);
        auto& group = desk_.create(by_, settings, accounts_in(network_, child));
        auto reply = desk_.describe(group);
        for (auto const& option : child.children()) {
            auto const jid = option.tag == "participant" ? option.jid("jid") : std::nullopt;
            auto* account = jid ? network_.find(*jid) : nullptr;
            if (!jid || (account != nullptr && group.find(account) != nullptr)) continue;
            reply.add(failed(group, *jid, account, account == nullptr ? not_found : forbidden));
        }
        accept(std::move(reply));
    }

    void leave(Node const& child)
    {
        Node left{"leave"};
        for (auto const& named : child.children()) {
            auto* group = desk_.find(named.jid("id").value_or(named.jid("parent_group_jid").value_or(Jid{})));
            if (group == nullptr || group->find(by_.account) == nullptr) return refuse(not_found);
            if (group->is_community)
                for (auto* linked : desk_.subgroups_of(*group))
                    if (linked->find(by_.account) != nullptr) desk_.leave(by_, *linked);
            left.add(Node{"group"}.set("id", group->jid()));
            desk_.leave(by_, *group);
        }
        accept(std::move(left));
    }

    // --- to one group
    void read(ChatGroup& group, Node const& child)
    {
        if (child.tag == "query") return accept(desk_.describe(group));
        if (child.tag == "invite") {
            if (!group.is_admin(by_.account)) return refuse(forbidden);
            return accept(Node{"invite"}.set("code", group.invite_code));
        }
        if (child.tag == "membership_approval_requests") {
            if (!group.is_admin(by_.account)) return refuse(forbidden);
            Node list{child.tag};
            for (auto const& [account, time] : group.requests) {
                auto entry = desk_.participant(group, *account, Rank::member);
                entry.tag = "membership_approval_request";
                list.add(std::move(entry.set("request_time", time)));
            }
            return accept(std::move(list));
        }
        if (child.tag == "linked_groups_participants") {
            if (!group.is_community) return refuse(bad_request);
            Node list{child.tag};
            for (auto const* account : desk_.people_of(group))
                list.add(desk_.participant(group, *account, Rank::member));
            return accept(std::move(list));
        }
        if (child.tag == "sub_groups") {
            Node list{"sub_groups"};
            for (auto* linked : desk_.subgroups_of(group)) {
                Node entry{"group"};
                entry.set("id", linked->id).set("subject", linked->subject);
                if (linked->is_default) entry.add(Node{"default_sub_group"});
                list.add(std::move(entry));
            }
            return accept(std::move(list));
        }
        refuse(bad_request);
    }

    void change(ChatGroup& group, Node const& child)
    {
        static constexpr std::array member_tags{"add", "remove", "promote", "demote"};
        auto const is_members =
            std::find(member_tags.begin(), member_tags.end(), child.tag) != member_tags.end();
        auto const is_admin = group.is_admin(by_.account);
        if (is_members) {
            if (!is_admin && (child.tag != "add" || !group.members_can_add)) return refuse(forbidden);
            return change_members(group, child);
        }
        auto const is_info = child.tag == "subject" || child.tag == "description";
        if (!is_admin && (!is_info || group.locked)) return refuse(forbidden);
        change_setting(group, child);
    }

    void change_members(ChatGroup& group, Node const& child)
    {
        auto const from_all = child.tag == "remove" && child.text("linked_groups") == "true";
        if (from_all && !group.is_community) return refuse(bad_request);
        if (child.tag == "add") check_tokens(child);
        Node results{child.tag};
        for (auto const& named : child.children()) {
            auto const jid = named.jid("jid");
            if (!jid) return refuse(bad_request);
            auto* account = network_.find(*jid);
            int code = not_found;
            if (account != nullptr)
                code = from_all ? desk_.remove_everywhere(by_, group, *account)
                                : change_member(group, *account, child.tag);
            if (code != 0)
                results.add(failed(group, *jid, account, code));
            else
                results.add(desk_.participant(group, *account, Rank::member));
        }
        accept(std::move(results));
    }

    int change_member(ChatGroup& group, Account& account, std::string_view tag)
    {
        if (tag == "add") return desk_.add(by_, group, account);
        if (tag == "remove") return desk_.remove(by_, group, account);
        return desk_.set_rank(by_, group, account, tag == "promote" ? Rank::admin : Rank::member);
    }

    /// The tokens that show that somebody knows who puts it into a group.
    void check_tokens(Node const& child)
    {
        for (auto const& named : child.children()) {
            auto const* token = named.child("privacy");
            auto const jid = named.jid("jid");
            auto const* account = jid ? network_.find(*jid) : nullptr;
            if (token == nullptr || account == nullptr) continue;
            auto const given = account->given_tokens.find(by_.account->lid);
            auto const fits =
                given != account->given_tokens.end() && given->second == to_bytes(token->bytes());
            network_.count(fits ? "group_tokens" : "group_tokens_wrong");
        }
    }

    Node failed(ChatGroup& group, Jid const& asked, Account* account, int code)
    {
        Node node{"participant"};
        node.set("jid", asked.bare()).set("error", std::int64_t{code});
        if (account != nullptr && asked.is_lid()) node.set("phone_number", account->phone_jid());
        if (code == forbidden && account != nullptr) {
            auto const& invitation = desk_.invite(by_, group, *account);
            Node request{"add_request"};
            request.set("code", invitation.code).set("expiration", invitation.ends);
            node.add(std::move(request));
        }
        return node;
    }

    static bool is_on(Node const& mode)
    {
        auto const* join = mode.child("group_join");
        if (join == nullptr) join = mode.child("community_join");
        return join != nullptr && join->text("state") == "on";
    }

    void change_setting(ChatGroup& group, Node const& child)
    {
        auto const& tag = child.tag;
        if (tag == "subject") {
            auto subject = to_text(child.bytes());
            if (subject.empty() || subject.size() > 4 * longest_subject) return refuse(invalid_code);
            desk_.set_subject(by_, group, std::move(subject));
        } else if (tag == "description") {
            // The old one must be named, so that two changes at once do not overwrite each other.
            if (child.text("prev") != group.description_id) return refuse(conflict_code);
            auto const* body = child.child("body");
            auto text = body == nullptr ? std::string{} : to_text(body->bytes());
            if (text.size() > 4 * longest_description) return refuse(invalid_code);
            auto id = text.empty() ? std::string{} : child.text("id");
            desk_.set_description(by_, group, std::move(text), std::move(id));
        } else if (tag == "locked" || tag == "unlocked") {
            group.locked = tag == "locked";
            desk_.tell_setting(by_, group, Node{tag});
        } else if (tag == "announcement" || tag == "not_announcement") {
            group.announce = tag == "announcement";
            desk_.tell_setting(by_, group, Node{tag});
        } else if (tag == "ephemeral" || tag == "not_ephemeral") {
            group.expiration = child.integer("expiration").value_or(0);
            desk_.tell_setting(by_, group, child);
        } else if (tag == "member_add_mode") {
            group.members_can_add = text_view(child.bytes()) == "all_member_add";
            desk_.tell_setting(by_, group, child);
        } else if (tag == "membership_approval_mode") {
            group.needs_approval = is_on(child);
            desk_.tell_setting(by_, group, child);
        } else if (tag == "invite") {
            desk_.renew_code(by_, group);
            return accept(Node{"invite"}.set("code", group.invite_code));
        } else if (tag == "membership_requests_action") {
            return settle(group, child);
        } else if (tag == "revoke") {
            return revoke_invitations(group, child);
        } else if (tag == "links" || tag == "unlink") {
            return link(group, child);
        } else if (tag == "delete_parent" && group.is_community) {
            desk_.dissolve(by_, group);
        } else {
            return refuse(bad_request);
        }
        accept();
    }

    void settle(ChatGroup& group, Node const& child)
    {
        Node results{child.tag};
        for (auto const& action : child.children()) {
            Node done{action.tag};
            for (auto const& named : action.children()) {
                auto const jid = named.jid("jid");
                auto* account = jid ? network_.find(*jid) : nullptr;
                if (account == nullptr ||
                    !desk_.settle_request(by_, group, *account, action.tag == "approve"))
                    done.add(failed(group, jid.value_or(Jid{}), account, not_found));
                else
                    done.add(desk_.participant(group, *account, Rank::member));
            }
            results.add(std::move(done));
        }
        accept(std::move(results));
    }

    void revoke_invitations(ChatGroup& group, Node const& child)
    {
        Node results{child.tag};
        for (auto const& named : child.children()) {
            auto const jid = named.jid("jid");
            if (!jid) return refuse(bad_request);
            auto* account = network_.find(*jid);
            if (account == nullptr || !desk_.revoke_invitations(group, *account))
                results.add(failed(group, *jid, account, not_found));
            else
                results.add(desk_.participant(group, *account, Rank::member));
        }
        accept(std::move(results));
    }

    void link(ChatGroup& community, Node const& child)
    {
        auto const linked = child.tag == "links";
        auto const* list = linked ? child.child("link") : &child;
        if (list == nullptr || !community.is_community) return refuse(bad_request);
        for (auto const& named : list->children()) {
            auto* group = desk_.find(named.jid("jid").value_or(Jid{}));
            if (group == nullptr || !group->is_admin(by_.account)) return refuse(forbidden);
            desk_.link(by_, community, *group, linked);
        }
        accept(child);
    }

    Network& network_;
    GroupDesk& desk_;
    Connection& connection_;
    Node const& iq_;
    Origin by_;
};

} // namespace

void handle_groups(Network& network, Connection& connection, Node const& iq)
{
    Request{network, connection, iq}.answer();
}

} // namespace wagate::sandbox
