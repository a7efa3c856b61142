// A collection that cannot be had from the server any more comes from the phone, in plain text (protocol.md
// 9.5). Only what was asked for is taken. The answer is durable before it is acknowledged and stays until
// what follows from it is, so a crash in between costs nothing.
#include "protocol/engine/app_state_sync.hpp"
#include "protocol/message/content.hpp"

namespace wagate::engine {

namespace {

constexpr std::chrono::hours asks_phone_again{24};

} // namespace

// ------------------------------------------------------------------------------ asking

bool AppStateSync::may_ask_phone(Collection collection) const
{
    auto const known = load_recovery(view(), collection);
    if (!known || known->asked > core_.now.wall) return true;
    return !known->answer && core_.now.wall - known->asked >= asks_phone_again;
}

void AppStateSync::ask_phone(Collection collection)
{
    if (!may_ask_phone(collection)) return;
    peers_.when_ready([this, collection] {
        if (!may_ask_phone(collection)) return;
        auto sealed = peers_.seal(appstate::recovery_request_message(collection, core_.now.wall));
        if (!sealed) return; // no keys of the phone: the next login tries again
        RecordOverlay asked{core_.records};
        save_recovery(asked, collection, {sealed->entry.id, core_.now.wall, std::nullopt, false});
        sealed->work.records.merge(asked.take_changes());
        peers_.send(std::move(*sealed));
    });
}

bool AppStateSync::take_answer(RecordOverlay& step, message::RecoveredSnapshot const& recovered)
{
    if (recovered.request.empty() || recovered.bytes.empty()) return false;
    if (recovered.bytes.size() > appstate::max_recovery_bytes) return false;
    for (auto const collection : appstate::all_collections) {
        auto known = load_recovery(step, collection);
        if (!known || known->request != recovered.request) continue;
        known->request = {};
        known->answer = recovered.bytes;
        known->is_compressed = recovered.is_compressed;
        save_recovery(step, collection, *known);
        return true;
    }
    return false;
}

// ------------------------------------------------------------------------------ taking

void AppStateSync::find_answers()
{
    for (auto const collection : appstate::all_collections) {
        auto const known = load_recovery(core_.records, collection);
        progress(collection).is_recovered = known && known->answer;
    }
}

bool AppStateSync::work_on_answer()
{
    for (auto const collection : appstate::all_collections) {
        if (!std::exchange(progress(collection).is_recovered, false)) continue;
        auto known = load_recovery(core_.records, collection);
        if (!known || !known->answer) continue;
        is_busy_ = true;
        core_.compute([this, here = here(), collection, answer = std::move(*known->answer),
                       is_compressed = known->is_compressed]() -> std::function<void()> {
            auto const parsed =
                std::make_shared<Result<appstate::Recovery>>(appstate::parse_recovery(answer, is_compressed));
            return [this, here, collection, parsed] {
                if (!here) return;
                if (!*parsed || (*parsed)->state.collection != collection) return end_recovery(collection);
                open_recovery(std::make_shared<appstate::Recovery>(std::move(**parsed)));
            };
        });
        return true;
    }
    return false;
}

void AppStateSync::open_recovery(std::shared_ptr<appstate::Recovery const> recovery)
{
    auto const collection = recovery->state.collection;
    auto const record = load_collection(core_.records, collection);
    // What was had from the server meanwhile counts, and nothing goes back to what it was before.
    if (!record.is_broken || recovery->state.version < record.state.version) return end_recovery(collection);
    auto const ids = appstate::key_ids(*recovery);
    auto const keys = std::make_shared<GatheredKeys>(core_.records, ids);
    core_.compute(
        [this, here = here(), ids, keys, recovery = std::move(recovery)]() -> std::function<void()> {
            appstate::KeyRing ring{*keys};
            auto const applied =
                std::make_shared<Result<appstate::Applied>>(appstate::apply_recovery(*recovery, ring));
            return [this, here, ids, applied, collection = recovery->state.collection] {
                if (!here) return;
                if (*applied) {
                    for (auto const& id : ids)
                        note_app_state_key(batch().step, id);
                    take_recovery(**applied);
                } else if (applied->error() == appstate::AppStateErrc::missing_key) {
                    ask_for_keys(ids); // and the answer waits
                    is_busy_ = false;
                    return go_on();
                }
                end_recovery(collection);
            };
        });
}

void AppStateSync::take_recovery(appstate::Applied const& applied)
{
    auto const collection = applied.state.collection;
    take_snapshot(applied);
    auto record = load_collection(view(), collection);
    record.is_due = true; // the server may have had more since
    save_collection(batch().step, record);
    auto& known = progress(collection);
    known.is_given_up = false;
    known.resyncs = 0;
    known.gaps = 0;
}

void AppStateSync::end_recovery(Collection collection)
{
    if (auto known = load_recovery(view(), collection)) {
        known->answer.reset();
        save_recovery(batch().step, collection, *known);
    }
    flush();
    is_busy_ = false;
    if (changes_.take_name_change()) push_name_learned_();
    go_on();
}

} // namespace wagate::engine
