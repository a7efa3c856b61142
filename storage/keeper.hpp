#pragma once
// What a store does for administration beside its tenants' data: how long things are kept, deleting a
// person's data, the audit log.
#include "storage/audit_log.hpp"
#include "storage/kept_limits.hpp"
#include "storage/person_erasure.hpp"

namespace wagate::storage {

class Store;

/// Calls block; any thread but event loops and the writer's.
class Keeper {
public:
    virtual ~Keeper() = default;

    /// What was set for a tenant; nothing of one that does not exist.
    virtual KeptRules kept_rules(TenantId const& tenant) = 0;
    virtual Result<void> set_kept_rules(TenantId const& tenant, KeptRules const& rules) = 0; ///< not_found
    /// As the operator has configured it.
    virtual KeptLimits configured_limits() const = 0;
    /// Of messages and files, which no option of the store names. Before other threads are there.
    virtual void configure_limits(KeptLimit const& messages, KeptLimit const& media) = 0;
    /// Deletes what is stored about a person, in small steps, and from free pages and the write-ahead log
    /// too. What is kept on purpose stands in docs/privacy.md. @return not_found: no such session
    virtual Result<ErasedPerson> erase_person(SessionKey const& session, Jid const& person,
                                              OnErased const& on_erased) = 0;
    virtual AuditLog& audit() = 0;
};

/// The store's own. Throws std::logic_error for a store that has none.
Keeper& keeper_of(Store& store);

} // namespace wagate::storage
