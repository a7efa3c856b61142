// When collections are fetched (protocol.md 9.2).
#include "protocol/engine/app_state_sync.hpp"

#include "protocol/stanza/message.hpp"

#include <algorithm>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr auto first_pause = std::chrono::seconds{10};
constexpr auto longest_pause = std::chrono::minutes{10};

} // namespace

AppStateSync::AppStateSync(Core& core, Directory& directory, PeerMessages& peers,
                           std::function<void()> push_name_learned)
    : core_(core),
      directory_(directory),
      peers_(peers),
      changes_(core, directory),
      push_name_learned_(std::move(push_name_learned))
{
    core_.notification_handlers["server_sync"] = [this](Node const& notification) {
        on_server_sync(notification);
    };
    core_.when_active.emplace_back([this] { on_active(); });
    core_.when_disconnected.emplace_back([this] { on_disconnected(); });
    core_.when_forgotten.emplace_back([this] {
        on_disconnected();
        asked_keys_.clear();
    });
    core_.recovery_answered = [this](RecordOverlay& step, message::RecoveredSnapshot const& recovered) {
        return take_answer(step, recovered);
    };
    core_.recovery_stored = [this] {
        core_.after_stores([this] {
            find_answers();
            go_on();
        });
    };
    core_.when_app_state_keys.emplace_back([this] { on_keys(); });
    core_.when_dirty.emplace_back([this](std::string_view type) {
        if (type == "syncd_app_state") on_dirty();
    });
}

// ------------------------------------------------------------------------------ when

void AppStateSync::on_active()
{
    progress_ = {};
    pauses_ = 0;
    find_answers();
    go_on();
}

void AppStateSync::on_disconnected()
{
    ++connection_;
    core_.cancel(retry_timer_);
    pages_.clear();
    batch_.reset();
    is_busy_ = false;
    fail_pushes(EngineErrc::link_lost);
}

/// The phone has shared keys: what waited for one may be readable now.
void AppStateSync::on_keys()
{
    for (auto& each : progress_)
        each.waits_for_key = false;
    find_answers();
    go_on();
}

void AppStateSync::on_server_sync(Node const& notification)
{
    RecordOverlay step{core_.records};
    for (auto const& [collection, version] : appstate::parse_server_sync(notification)) {
        auto& noticed = progress(collection).noticed;
        noticed = std::max(noticed, version);
        auto record = load_collection(step, collection);
        if (record.is_due || version <= record.state.version) continue;
        record.is_due = true;
        save_collection(step, record);
    }
    if (step.empty())
        core_.after_stores(core_.acknowledger(notification));
    else
        core_.store(std::move(step), core_.acknowledger(notification));
    go_on();
}

/// The server does not tell what has changed, only that something has.
void AppStateSync::on_dirty()
{
    RecordOverlay step{core_.records};
    for (auto const collection : appstate::all_collections) {
        auto record = load_collection(step, collection);
        record.is_due = true;
        save_collection(step, record);
    }
    core_.store(std::move(step));
    go_on();
}

void AppStateSync::pause()
{
    if (retry_timer_ != 0) return;
    auto const delay = std::min<Milliseconds>(first_pause * (1 << std::min(pauses_, 10)), longest_pause);
    ++pauses_;
    retry_timer_ = core_.after(delay, [this] {
        retry_timer_ = 0;
        go_on();
    });
}

// ------------------------------------------------------------------------------ fetching

bool AppStateSync::may_fetch(Collection collection, CollectionRecord const& record) const
{
    auto const& known = progress(collection);
    if (!record.is_due || known.waits_for_key || known.is_given_up) return false;
    // A new companion gets its keys right after login; before that there is nothing it could read.
    return has_app_state_key(core_.records) || known.noticed > 0;
}

void AppStateSync::go_on()
{
    if (is_busy_ || !core_.active || core_.has_given_up() || work_on_answer()) return;
    std::vector<Collection> wanted;
    if (retry_timer_ == 0)
        for (auto const collection : appstate::all_collections)
            if (may_fetch(collection, load_collection(core_.records, collection)))
                wanted.push_back(collection);
    if (!wanted.empty())
        fetch(wanted);
    else if (!pushes_.empty())
        push_next();
}

void AppStateSync::fetch(std::vector<Collection> const& wanted)
{
    is_busy_ = true;
    std::vector<appstate::CollectionRequest> requests;
    for (auto const collection : wanted) {
        auto const record = load_collection(core_.records, collection);
        requests.push_back({collection, record.state.version, record.wants_snapshot(), {}});
    }
    core_.ask(appstate::sync_request({}, requests),
              [this, wanted](Result<Node> reply) { on_reply(wanted, reply); });
}

void AppStateSync::on_reply(std::vector<Collection> const& wanted, Result<Node> const& reply)
{
    if (!core_.active) return; // the connection is gone; the next login begins anew
    auto entries = reply ? appstate::parse_sync_reply(*reply)
                         : Result<std::vector<appstate::CollectionReply>>{reply.error()};
    auto const is_wanted = [&](appstate::CollectionReply const& entry) {
        return std::find(wanted.begin(), wanted.end(), entry.collection) != wanted.end();
    };
    if (!entries || !std::all_of(wanted.begin(), wanted.end(), [&](Collection collection) {
            return std::any_of(entries->begin(), entries->end(),
                               [&](auto const& entry) { return entry.collection == collection; });
        }))
        pause();
    if (entries)
        for (auto& entry : *entries)
            if (is_wanted(entry)) pages_.push_back({std::move(entry)});
    work_on_pages();
}

} // namespace wagate::engine
