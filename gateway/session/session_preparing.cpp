// Sends whose content takes time to be made: a file is uploaded before there is a message.
#include "gateway/session/refused.hpp"
#include "gateway/session/session_actor.hpp"

namespace wagate::gateway {

Task<Outcome<SentMessage>> SessionActor::send_prepared(engine::Draft draft, std::size_t bytes,
                                                       std::string asker, Prepare prepare)
{
    auto const self = shared_from_this();
    std::shared_ptr<AsyncSemaphore> turn;
    if (draft.key) {
        auto& entry = preparing_[draft.key->key_hash];
        turn = entry.lock();
        if (!turn) {
            turn = std::make_shared<AsyncSemaphore>(executor_, 1);
            entry = turn;
        }
    }
    struct Forgets {
        SessionActor& actor;
        std::optional<IdempotencyKey> key;
        std::shared_ptr<AsyncSemaphore>& turn;
        ~Forgets()
        {
            turn.reset();
            if (!key) return;
            auto const entry = actor.preparing_.find(key->key_hash);
            if (entry != actor.preparing_.end() && entry->second.expired()) actor.preparing_.erase(entry);
        }
    };
    Forgets const forgets{*this, draft.key, turn};
    {
        std::optional<AsyncSemaphore::Place> held;
        if (turn) {
            auto waiting = turn->acquire();
            held.emplace(co_await std::move(waiting));
        }
        if (!find_earlier(draft.key).is_found()) {
            if (auto refusal = reason_to_refuse()) co_return std::move(*refusal);
            if (auto refusal = limit_of(draft, asker, false)) co_return std::move(*refusal);
            bool const working = co_await wait_for_status(SessionStatus::working, context_.status_wait);
            if (!working) co_return wrong_status({SessionStatus::working});
            auto making = prepare();
            auto made = co_await std::move(making);
            if (!made) co_return made.error();
            draft.compose = std::move(made->compose);
            draft.media_handle = std::move(made->media_handle);
            auto sending = send_draft(std::move(draft), bytes, std::move(asker));
            co_return co_await std::move(sending);
        }
    }
    auto sending = send_draft(std::move(draft), bytes, std::move(asker));
    co_return co_await std::move(sending);
}

} // namespace wagate::gateway
