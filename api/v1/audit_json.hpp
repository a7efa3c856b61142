#pragma once
// Entries of the audit log as JSON, in both directions.
#include "storage/audit_log.hpp"

#include <boost/json/object.hpp>

namespace wagate::v1 {

boost::json::object audit_json(storage::AuditEntry const& entry);
/// A line of an export; nothing when it is no entry.
std::optional<storage::AuditEntry> read_audit_entry(std::string_view line);
boost::json::object verdict_json(storage::AuditVerdict const& verdict);

} // namespace wagate::v1
