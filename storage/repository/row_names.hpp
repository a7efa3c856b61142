#pragma once
// Names of rows with sealed values, where more than one file reads them.
#include "storage/vault/row_name.hpp"

namespace wagate::storage::row_names {

inline vault::RowName message(Scope const& scope, std::int64_t timestamp, std::int64_t ordinal)
{
    return {vault::Table::message, scope.tenant, scope.session, timestamp, ordinal};
}

inline vault::RowName event(Scope const& scope, std::uint64_t sequence)
{
    return {vault::Table::event, scope.tenant, scope.session, sequence};
}

/// Sealed columns of a dead letter.
enum class LetterColumn : int { value = 1, url = 2, error = 3 };
inline vault::RowName dead_letter(TenantNumber tenant, std::uint64_t number, LetterColumn column)
{
    return vault::RowName{vault::Table::dead_letter, tenant, number}.column(static_cast<int>(column));
}

} // namespace wagate::storage::row_names
