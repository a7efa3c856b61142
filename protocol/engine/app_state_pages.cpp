// Applying what the server sends of collections (protocol.md 9.4, 9.5).
#include "protocol/appstate/key_messages.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/engine/app_state_sync.hpp"

#include <algorithm>

namespace wagate::engine {

using appstate::AppStateErrc;
using appstate::CollectionProblem;

namespace {

constexpr std::chrono::hours asks_again{24}; // 9.3

} // namespace

// ------------------------------------------------------------------------------ pages

void AppStateSync::work_on_pages()
{
    is_busy_ = true;
    while (!pages_.empty()) {
        if (!work_on(pages_.front())) return;
        pages_.pop_front();
    }
    flush();
    is_busy_ = false;
    if (changes_.take_name_change()) push_name_learned_();
    go_on();
}

void AppStateSync::skip_page()
{
    pages_.pop_front();
    work_on_pages();
}

bool AppStateSync::work_on(Page& page)
{
    auto& known = progress(page.reply.collection);
    switch (page.reply.problem) {
    case CollectionProblem::none:
    case CollectionProblem::conflict: break;
    case CollectionProblem::temporary: pause(); return true;
    case CollectionProblem::fatal: known.is_given_up = true; return true;
    case CollectionProblem::malformed: fail(page.reply.collection, AppStateErrc::malformed, {}); return true;
    }
    if (++known.pages > max_pages) {
        known.is_given_up = true;
        return true;
    }
    if (auto const reference = std::exchange(page.reply.snapshot, std::nullopt)) {
        fetch_snapshot(*reference);
        return false;
    }
    return take_patches(page);
}

bool AppStateSync::take_patches(Page& page)
{
    auto const collection = page.reply.collection;
    for (; page.next_patch < page.reply.patches.size(); ++page.next_patch) {
        auto const& patch = page.reply.patches[page.next_patch];
        if (patch.external) {
            get_blob(*patch.external, [this](Bytes blob) {
                auto& front = pages_.front();
                auto const filled = appstate::fill(front.reply.patches[front.next_patch], blob);
                if (filled) return work_on_pages();
                fail(front.reply.collection, filled.error(), {});
                skip_page();
            });
            return false;
        }
        auto record = load_collection(view(), collection);
        StoredKeys source{view()};
        appstate::KeyRing keys{source};
        StoredMacs table{view(), record.generation};
        auto const applied = appstate::apply_patch(record.state, patch, keys, table);
        if (!applied && applied.error() == AppStateErrc::already_applied) continue;
        if (!applied) {
            fail(collection, applied.error(), appstate::key_ids(patch));
            return true;
        }
        progress(collection).gaps = 0;
        note_app_state_key(batch().step, patch.key_id);
        take_changes(*applied, record, record.is_complete ? Telling::all : Telling::nothing);
    }
    end_page(page);
    return true;
}

void AppStateSync::take_changes(appstate::Applied const& applied, CollectionRecord& record, Telling telling)
{
    auto const collection = record.state.collection;
    for (auto const& change : applied.macs)
        write_mac(batch().step, collection, record.generation, change);
    record.state = applied.state;
    save_collection(batch().step, record);
    for (auto const& mutation : applied.mutations)
        changes_.take(batch().step, batch().work, mutation, telling);
    batch().rows += applied.macs.size();
    if (batch().rows >= rows_per_unit) flush();
}

void AppStateSync::end_page(Page const& page)
{
    auto& known = progress(page.reply.collection);
    auto record = load_collection(view(), page.reply.collection);
    // A conflict that brings nothing: what got in between has to be asked for.
    auto const lacks = page.reply.problem == CollectionProblem::conflict && page.reply.patches.empty();
    record.is_due = page.reply.has_more || lacks || known.noticed > record.state.version;
    if (record.is_due && !page.reply.has_more && ++known.gaps > max_gaps) known.is_given_up = true;
    if (!page.reply.has_more) {
        known.pages = 0;
        record.is_complete = true;
        pauses_ = 0;
    }
    if (!record.is_due) known.gaps = 0;
    save_collection(batch().step, record);
}

// ------------------------------------------------------------------------------ snapshots

void AppStateSync::get_blob(appstate::BlobReference const& reference, std::function<void(Bytes)> taken)
{
    flush(); // other parts change records meanwhile
    auto done = [this, here = here(), taken = std::move(taken)](Result<Bytes> blob) {
        if (!here) return;
        if (blob) return taken(std::move(*blob));
        pause();
        skip_page();
    };
    if (fetch_blob)
        fetch_blob(reference, std::move(done));
    else
        done(AppStateErrc::blob_missing);
}

void AppStateSync::fetch_snapshot(appstate::BlobReference const& reference)
{
    get_blob(reference, [this](Bytes blob) {
        core_.compute([this, here = here(), blob = std::move(blob)]() -> std::function<void()> {
            auto const parsed = std::make_shared<Result<appstate::Snapshot>>(appstate::parse_snapshot(blob));
            return [this, here, parsed] {
                if (!here) return;
                if (*parsed) return open_snapshot(std::make_shared<appstate::Snapshot>(std::move(**parsed)));
                fail(pages_.front().reply.collection, parsed->error(), {});
                skip_page();
            };
        });
    });
}

/// Thousands of entries take their time, so they are opened away from the session's thread.
void AppStateSync::open_snapshot(std::shared_ptr<appstate::Snapshot const> snapshot)
{
    auto const collection = pages_.front().reply.collection;
    auto const ids = appstate::key_ids(*snapshot);
    auto const keys = std::make_shared<GatheredKeys>(core_.records, ids);
    core_.compute([this, here = here(), collection, ids, keys,
                   snapshot = std::move(snapshot)]() -> std::function<void()> {
        appstate::KeyRing ring{*keys};
        auto const applied = std::make_shared<Result<appstate::Applied>>(
            appstate::apply_snapshot(collection, *snapshot, ring));
        return [this, here, collection, ids, applied] {
            if (!here) return;
            if (*applied) {
                for (auto const& id : ids)
                    note_app_state_key(batch().step, id);
                take_snapshot(**applied);
                work_on_pages();
            } else {
                fail(collection, applied->error(), ids);
                skip_page();
            }
        };
    });
}

void AppStateSync::take_snapshot(appstate::Applied const& applied)
{
    auto record = load_collection(view(), applied.state.collection);
    auto const generation = core_.random.below(std::numeric_limits<std::uint64_t>::max());
    // Rows of the new generation count only once the last unit names it.
    for (auto const& change : applied.macs) {
        write_mac(batch().step, applied.state.collection, generation, change);
        if (++batch().rows >= rows_per_unit) flush();
    }
    auto const telling = record.is_complete ? Telling::differences : Telling::nothing;
    for (auto const& mutation : applied.mutations) {
        changes_.take(batch().step, batch().work, mutation, telling);
        if (++batch().rows >= rows_per_unit) flush();
    }
    record.state = applied.state;
    record.generation = generation;
    record.is_broken = false;
    save_collection(batch().step, record);
}

// ------------------------------------------------------------------------------ failures

void AppStateSync::fail(Collection collection, ErrorCode error, std::vector<Bytes> const& key_ids)
{
    auto& known = progress(collection);
    if (error == AppStateErrc::missing_key) {
        known.waits_for_key = true;
        ask_for_keys(key_ids);
        return;
    }
    if (error == AppStateErrc::version_gap && ++known.gaps <= max_gaps) return; // still due: asked again
    if (++known.resyncs > 1) {
        known.is_given_up = true;
        ask_phone(collection);
        return;
    }
    known.gaps = 0;
    auto record = load_collection(view(), collection);
    record.is_broken = true;
    record.is_due = true;
    save_collection(batch().step, record);
}

void AppStateSync::ask_for_keys(std::vector<Bytes> const& key_ids)
{
    StoredKeys stored{view()};
    std::vector<Bytes> missing;
    for (auto const& id : key_ids) {
        if (stored.find(id)) continue;
        auto const [asked, is_new] = asked_keys_.try_emplace(hex_encode(id), core_.now.wall);
        if (!is_new && core_.now.wall - asked->second < asks_again) continue;
        asked->second = core_.now.wall;
        missing.push_back(id);
    }
    if (!missing.empty()) peers_.send(appstate::key_request_message(missing));
}

// ------------------------------------------------------------------------------ units of work

AppStateSync::Batch& AppStateSync::batch()
{
    if (!batch_) batch_.emplace(core_.records);
    return *batch_;
}

RecordSource const& AppStateSync::view() const
{
    if (batch_) return batch_->step;
    return core_.records;
}

void AppStateSync::flush(std::function<void()> then)
{
    if (!batch_) {
        if (then) core_.after_stores(std::move(then));
        return;
    }
    auto work = std::move(batch_->work);
    work.records = batch_->step.take_changes();
    batch_.reset();
    core_.store(std::move(work), std::move(then));
}

} // namespace wagate::engine
