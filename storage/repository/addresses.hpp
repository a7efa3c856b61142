#pragma once
// A person has two addresses: chats and contacts stand under the LID as soon as it is known.
#include "protocol/base/jid.hpp"
#include "protocol/base/records.hpp"
#include "storage/repository/scope.hpp"

#include <optional>
#include <vector>

namespace wagate::storage::addresses {

/// The bare address under which a chat or contact stands: the LID of a phone number where it is known.
Jid canonical(sqlite::Database& database, Scope const& scope, Jid const& jid);
/// Of a LID, when it is known.
std::optional<Jid> phone_of(sqlite::Database& database, Scope const& scope, Jid const& jid);
/// Both addresses under which messages of a chat may stand, the canonical one first.
std::vector<Jid> of_chat(sqlite::Database& database, Scope const& scope, Jid const& jid);

struct Pair {
    Jid lid;
    Jid phone;
    bool operator==(Pair const&) const = default;
};
/// The pair that a record says when it is written; nothing for others.
std::optional<Pair> learnt(RecordKey const& key, ByteView value);
/// By LID.
std::vector<Pair> pairs(sqlite::Database& database, Scope const& scope, std::size_t limit,
                        std::size_t offset);
std::size_t count(sqlite::Database& database, Scope const& scope);

} // namespace wagate::storage::addresses
