#pragma once
// Chats: one per person or group, under the LID where it is known.
#include "storage/repository/addresses.hpp"
#include "storage/store.hpp"

namespace wagate::storage::chats {

/// Changes what is set; makes the chat when it is not there.
void apply(sqlite::Database& database, Scope const& scope, ChatChange const& change);
/// A person's LID has become known: a chat under the phone number becomes one with that under the LID.
void merge(sqlite::Database& database, Scope const& scope, addresses::Pair const& pair);
/// Under either address.
std::optional<Chat> find(sqlite::Database& database, Scope const& scope, Jid const& jid);
/// Without last messages.
std::vector<ChatEntry> list(sqlite::Database& database, Scope const& scope, ChatQuery const& query);

} // namespace wagate::storage::chats
