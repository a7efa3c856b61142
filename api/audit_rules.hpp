#pragma once
// Which requests leave an entry in the audit log: the one table of it.
#include <string_view>

namespace wagate {

/// What the entry of a route says. Texts of several words name several fields.
struct AuditRule {
    std::string_view action; ///< "key.created"; empty: the route is not audited
    std::string_view body;   ///< fields of the request that are told in the details; "config.*": names only
    std::string_view named; ///< field of the request that names the target, beside the parameters of the path
    std::string_view made;  ///< field of the answer that names the target
    bool by_operator =
        false; ///< belongs to the operator's chain; with `{tenant}` in the path to that tenant's too
};

/// @param path template
AuditRule audit_rule_of(std::string_view method, std::string_view path);

/// Requests that change something and are not audited on purpose: what a session's user does all day long
/// (sending, chats, groups, the profile), and what changes nothing that lasts.
bool is_audit_exempt(std::string_view method, std::string_view path);

} // namespace wagate
