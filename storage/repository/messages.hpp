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
/// Unknown ones are fine.
void erase(sqlite::Database& database, Scope const& scope, Jid const& chat, MessageId const& id);
/// All of one address, with what members' receipts say of them.
void erase_chat(sqlite::Database& database, Scope const& scope, Jid const& chat);
std::optional<Message> find(sqlite::Database& database, Scope const& scope, Jid const& chat,
                            MessageId const& id);
/// In whatever chat.
std::vector<Message> with_id(sqlite::Database& database, Scope const& scope, MessageId const& id);
/// Without control messages.
std::vector<Message> list(sqlite::Database& database, Scope const& scope, MessageQuery const& query);

/// The newest of a chat under either address, newest first, without control messages.
std::vector<Message> newest(sqlite::Database& database, Scope const& scope, Jid const& chat,
                            std::size_t limit);

} // namespace wagate::storage::messages
