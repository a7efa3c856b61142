#include "storage/record_guard.hpp"

#include "storage/vault/record_sums.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage {

void RecordGuard::check(Scope const& scope)
{
    {
        std::lock_guard const lock{mutex_};
        if (checked_.contains(scope)) return;
    }
    bool const is_right =
        pool_.read([&](sqlite::Database& database) { return vault::record_sums::verify(database, scope); });
    if (!is_right) throw boost::system::system_error(VaultErrc::rolled_back);
    std::lock_guard const lock{mutex_};
    checked_.insert(scope);
}

} // namespace wagate::storage
