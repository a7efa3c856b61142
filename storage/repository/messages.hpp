#pragma once
// Messages: unique by (chat, id), listed by time.
#include "storage/repository/scope.hpp"
#include "storage/store.hpp"

namespace wagate::storage::messages {

/// Inserts, or replaces under the same (chat, id). The higher ack stays (an error always shows), and a
/// placeholder
/// (`waiting`) never replaces a message that was read.
void put(sqlite::Database& database, Scope const& scope, Message const& message);
/// Moves the ack forward, or to error. Unknown messages are left alone: a receipt may come before its
/// message.
void acknowledge(sqlite::Database& database, Scope const& scope, AckChange const& change);
std::optional<Message> find(sqlite::Database& database, Scope const& scope, Jid const& chat,
                            MessageId const& id);
/// In whatever chat.
std::vector<Message> with_id(sqlite::Database& database, Scope const& scope, MessageId const& id);
std::vector<Message> list(sqlite::Database& database, Scope const& scope, MessageQuery const& query);

} // namespace wagate::storage::messages
