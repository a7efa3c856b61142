#pragma once
// What is stored about one person in a session: found by a reader, deleted in steps by the writer.
#include "protocol/base/records.hpp"
#include "storage/person_erasure.hpp"
#include "storage/repository/scope.hpp"

namespace wagate::storage::persons {

/// Whom it is about: all addresses, and the parts of them that stand before the "@".
struct Person {
    std::vector<Jid> addresses;
    std::vector<std::string> users;

    bool is(Jid const& jid) const noexcept;
    /// One of `users` stands in it as a word of its own.
    bool is_named_in(std::string_view bytes) const noexcept;
};
Person find(sqlite::Database& database, Scope const& scope, Jid const& person);

struct MessagePlace {
    std::int64_t timestamp = 0;
    std::int64_t ordinal = 0;
};
/// A page of a session's messages.
struct MessagePage {
    std::vector<Message> doomed;
    std::vector<Message> quoting; ///< without the quote, to be put in the place of what is stored
    std::size_t unfinished = 0;   ///< still being sent
    std::optional<MessagePlace> next;
};
MessagePage messages(sqlite::Database& database, Scope const& scope, Person const& person,
                     MessagePlace const& after);
void erase(sqlite::Database& database, Scope const& scope, MessagePage const& page, ErasedPerson& erased);

/// Sequences of events that name the person, and how far the page went.
struct EventPage {
    std::vector<std::uint64_t> sequences;
    std::optional<std::uint64_t> next;
};
EventPage events(sqlite::Database& database, Scope const& scope, Person const& person, std::uint64_t after);
void redact(sqlite::Database& database, Scope const& scope, EventPage const& page, ErasedPerson& erased);

/// Numbers of dead letters.
struct LetterPage {
    std::vector<std::uint64_t> numbers;
    std::optional<std::uint64_t> next;
};
LetterPage letters(sqlite::Database& database, Scope const& scope, Person const& person, std::uint64_t after);
void erase(sqlite::Database& database, Scope const& scope, LetterPage const& page, ErasedPerson& erased);

/// One step of all else. @param gone records that went @return false when nothing is left
bool erase_rest(sqlite::Database& database, Scope const& scope, Person const& person, ErasedPerson& erased,
                std::vector<RecordKey>& gone);

} // namespace wagate::storage::persons
