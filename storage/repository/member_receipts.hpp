#pragma once
// Who of a group has got, read or played an own message.
#include "protocol/model/unit_of_work.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::member_receipts {

/// The higher ack stays, with the time at which it came.
void put(sqlite::Database& database, Scope const& scope, MemberReceipt const& receipt);
void erase(sqlite::Database& database, Scope const& scope, Jid const& chat, MessageId const& id);
void erase_chat(sqlite::Database& database, Scope const& scope, Jid const& chat);
/// By member.
std::vector<MemberReceipt> of_message(sqlite::Database& database, Scope const& scope, Jid const& chat,
                                      MessageId const& id);

} // namespace wagate::storage::member_receipts
