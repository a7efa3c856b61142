#include "storage/delivery_job.hpp"

#include "storage/repository/dead_letters.hpp"
#include "storage/repository/deliveries.hpp"
#include "storage/repository/events.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

namespace wagate::storage {
namespace {

std::size_t size_of(DeliveryUpdate const& update)
{
    auto size = sizeof(DeliveryJob) + update.state.details.size() + update.events.size() * sizeof(Event);
    for (auto const& letter : update.dead_letters) {
        size += sizeof(DeadLetter) + letter.url.size() + letter.error.size();
        if (letter.event) size += bulk_of(letter.event->body);
    }
    return size;
}

} // namespace

DeliveryJob::DeliveryJob(UnitJob::Shared const& shared, SessionKey session, std::string endpoint,
                         DeliveryUpdate update, std::function<void(Result<void>)> done)
    : shared_(shared),
      session_(std::move(session)),
      endpoint_(std::move(endpoint)),
      update_(std::move(update)),
      done_(std::move(done)),
      bytes_(size_of(update_))
{}

Result<void> DeliveryJob::apply(sqlite::Database& database)
{
    auto const scope = shared_.directory.session(session_);
    if (!scope || !database.vault().has_key(scope->tenant)) return StoreErrc::not_found;
    deliveries::put(database, *scope, endpoint_, update_.state);
    dead_letters::append(database, *scope, update_.dead_letters);
    events::append(database, *scope, update_.events);
    return {};
}

void DeliveryJob::committed()
{
    if (!update_.events.empty()) shared_.note_grown(session_);
}

void DeliveryJob::finish(Result<void> outcome)
{
    if (done_) done_(outcome);
}

} // namespace wagate::storage
