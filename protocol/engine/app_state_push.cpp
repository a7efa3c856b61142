// Pushing changes (protocol.md 9.2). When somebody else was faster, their patches are applied and the own one
// is made anew on top of them.
#include "protocol/engine/app_state_sync.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>

namespace wagate::engine {

using appstate::AppStateErrc;
using appstate::CollectionProblem;
using binary::Node;

void AppStateSync::push(std::vector<appstate::Action> actions, Done done)
{
    auto const collection = appstate::collection_of(actions.front()).value();
    std::vector<appstate::Intent> intents;
    for (auto& action : actions)
        intents.push_back({appstate::Operation::set, std::move(action)});
    push(collection, [intents = std::move(intents)] { return intents; }, std::move(done));
}

void AppStateSync::push(Collection collection, Make make, Done done)
{
    if (!core_.active) return done(EngineErrc::link_lost);
    if (pushes_.size() >= max_waiting) return done(EngineErrc::refused);
    pushes_.push_back({collection, std::move(make), std::move(done)});
    go_on();
}

void AppStateSync::push_next()
{
    auto& push = pushes_.front();
    auto record = load_collection(core_.records, push.collection);
    auto const& known = progress(push.collection);
    auto const key = writing_key(core_.records);
    if (known.waits_for_key || !key) return end_push(AppStateErrc::missing_key);
    if (known.is_given_up) return end_push(AppStateErrc::snapshot_mac_mismatch);
    if (!record.is_complete || record.is_broken) return end_push(EngineErrc::timed_out);

    auto const intents = push.make();
    if (!intents) return end_push(intents.error());
    if (intents->empty()) return end_push({}); // it is so already
    StoredMacs table{core_.records, record.generation};
    auto made = appstate::make_patch(record.state, *intents, *key, table, core_.now.wall, core_.random);
    if (!made) return end_push(made.error());

    is_busy_ = true;
    ++push.attempts;
    // When the answer is lost, the server may have it: the next login looks.
    record.is_due = true;
    RecordOverlay step{core_.records};
    save_collection(step, record);
    auto const patch = std::make_shared<appstate::OutgoingPatch const>(std::move(*made));
    core_.store(std::move(step), [this, here = here(), patch] {
        if (here) transmit(patch);
    });
}

void AppStateSync::transmit(std::shared_ptr<appstate::OutgoingPatch const> patch)
{
    auto const& state = patch->applied.state;
    auto const request =
        appstate::sync_request({}, {{state.collection, state.version - 1, false, patch->bytes}});
    core_.ask(request, [this, patch](Result<Node> reply) { on_push_reply(*patch, reply); });
}

void AppStateSync::on_push_reply(appstate::OutgoingPatch const& patch, Result<Node> const& reply)
{
    if (!core_.active) return; // on_disconnected tells
    if (!reply) return end_push(reply.error());
    auto entries = appstate::parse_sync_reply(*reply);
    if (!entries) return end_push(entries.error());
    auto const collection = patch.applied.state.collection;
    auto const entry = std::find_if(entries->begin(), entries->end(),
                                    [&](auto const& each) { return each.collection == collection; });
    if (entry == entries->end()) return end_push(AppStateErrc::malformed);
    auto& known = progress(collection);
    switch (entry->problem) {
    case CollectionProblem::none: {
        known.noticed = std::max(known.noticed, entry->version);
        auto record = load_collection(view(), collection);
        take_changes(patch.applied, record, Telling::all);
        record.is_due = known.noticed > record.state.version;
        save_collection(batch().step, record);
        if (changes_.take_name_change()) push_name_learned_();
        flush([this, here = here()] {
            if (here) end_push({});
        });
        return;
    }
    case CollectionProblem::conflict:
        if (pushes_.front().attempts >= max_pushes) return end_push(server_error(entry->error_code));
        pages_.push_back({std::move(*entry)});
        work_on_pages(); // and the push again
        return;
    case CollectionProblem::temporary:
    case CollectionProblem::fatal: return end_push(server_error(entry->error_code));
    case CollectionProblem::malformed: return end_push(AppStateErrc::malformed);
    }
}

void AppStateSync::end_push(Result<void> result)
{
    auto const done = std::move(pushes_.front().done);
    pushes_.pop_front();
    is_busy_ = false;
    done(std::move(result));
    go_on();
}

void AppStateSync::fail_pushes(ErrorCode error)
{
    for (auto& push : std::exchange(pushes_, {}))
        push.done(error);
}

} // namespace wagate::engine
