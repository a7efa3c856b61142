#include "storage/repository/member_receipts.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::member_receipts {

void put(sqlite::Database& database, Scope const& scope, MemberReceipt const& receipt)
{
    database.run("INSERT INTO member_receipt (tenant, session, chat, id, member, ack, time) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                 "ON CONFLICT DO UPDATE SET ack = excluded.ack, time = excluded.time "
                 "WHERE excluded.ack > member_receipt.ack",
                 {scope.tenant.value, scope.session, receipt.chat.to_string(), receipt.id.value,
                  receipt.member.to_string(), static_cast<int>(receipt.ack),
                  unix_milliseconds(receipt.time)});
}

void erase(sqlite::Database& database, Scope const& scope, Jid const& chat, MessageId const& id)
{
    database.run("DELETE FROM member_receipt WHERE tenant = ?1 AND session = ?2 AND chat = ?3 AND id = ?4",
                 {scope.tenant.value, scope.session, chat.to_string(), id.value});
}

void erase_chat(sqlite::Database& database, Scope const& scope, Jid const& chat)
{
    database.run("DELETE FROM member_receipt WHERE tenant = ?1 AND session = ?2 AND chat = ?3",
                 {scope.tenant.value, scope.session, chat.to_string()});
}

std::vector<MemberReceipt> of_message(sqlite::Database& database, Scope const& scope, Jid const& chat,
                                      MessageId const& id)
{
    std::vector<MemberReceipt> found;
    auto rows = database.query("SELECT member, ack, time FROM member_receipt "
                               "WHERE tenant = ?1 AND session = ?2 AND chat = ?3 AND id = ?4 ORDER BY member",
                               {scope.tenant.value, scope.session, chat.to_string(), id.value});
    while (rows.next())
        if (auto member = Jid::parse(rows.text(0)))
            found.push_back({chat, id, std::move(*member), static_cast<std::int8_t>(rows.integer(1)),
                             wall_from_milliseconds(rows.integer(2))});
    return found;
}

} // namespace wagate::storage::member_receipts
