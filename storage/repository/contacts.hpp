#pragma once
// Contacts: what persons are called, under the LID where it is known.
#include "storage/repository/addresses.hpp"
#include "storage/store.hpp"

namespace wagate::storage::contacts {

/// Changes what is set; makes the contact when it is not there.
void apply(sqlite::Database& database, Scope const& scope, ContactChange const& change);
/// A person's LID has become known: a contact under the phone number becomes one with that under the LID.
void merge(sqlite::Database& database, Scope const& scope, addresses::Pair const& pair);
/// Under either address.
std::optional<Contact> find(sqlite::Database& database, Scope const& scope, Jid const& jid);
/// Those with a full name, in the order of their addresses.
std::vector<Jid> address_book(sqlite::Database& database, Scope const& scope, std::size_t limit);
std::vector<Contact> list(sqlite::Database& database, Scope const& scope, ContactQuery const& query);

} // namespace wagate::storage::contacts
