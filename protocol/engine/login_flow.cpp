#include "protocol/engine/login_flow.hpp"

#include "protocol/base/drawn_random.hpp"
#include "protocol/engine/directory.hpp"
#include "protocol/stanza/iq.hpp"
#include "protocol/stanza/prekeys.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr std::uint32_t max_prekey_id = (1u << 24) - 1;
constexpr std::size_t bytes_per_key = 32;

std::uint32_t advance_id(std::uint32_t id, std::size_t count)
{
    return static_cast<std::uint32_t>((id - 1 + count) % max_prekey_id + 1);
}

} // namespace

void LoginFlow::on_success(Node const& success)
{
    if (auto const t = success.integer("t")) core_.server_offset = wall_from_seconds(*t) - core_.now.wall;
    if (auto const lid = success.jid("lid");
        lid && lid->is_lid() && core_.account.me && core_.account.me->lid != *lid) {
        RecordOverlay step{core_.records};
        Directory{core_}.learn(step, core_.account.me->phone, *lid);
        core_.account.me->lid = *lid;
        core_.account.save(step);
        core_.store(std::move(step));
    }
    check_prekeys([this] { go_active(); });
}

void LoginFlow::check_prekeys(std::function<void()> then)
{
    auto const id = core_.next_request_id();
    core_.request(id, stanza::prekey_count(id), [this, then = std::move(then)](Result<Node> reply) {
        if (!reply) {
            if (reply.error() == EngineErrc::timed_out) events_.failed("no answer to the prekey count");
            return;
        }
        if (stanza::error_of(*reply)) {
            then(); // the server will ask for keys when it needs some
            return;
        }
        auto const* count = reply->child("count");
        auto const available = count != nullptr ? count->integer("value").value_or(0) : 0;
        if (available >= static_cast<std::int64_t>(core_.options.prekey_threshold)) {
            then();
            return;
        }
        upload_prekeys(available == 0 ? core_.options.initial_prekeys : core_.options.prekey_batch, then);
    });
}

void LoginFlow::upload_prekeys(std::size_t count, std::function<void()> then)
{
    if (uploading_) {
        then();
        return;
    }
    uploading_ = true;
    auto const first = core_.account.next_prekey_id;
    core_.account.next_prekey_id = advance_id(first, count);
    // Hundreds of key pairs take tens of milliseconds: away from the loop.
    auto const keys = std::make_shared<std::vector<signal::PreKey>>();
    auto resume = core_.on_this_connection(
        [this, keys, then = std::move(then)] { store_and_upload(std::move(*keys), then); });
    core_.compute([first, count, keys, drawn = core_.random.bytes(count * bytes_per_key),
                   resume = std::move(resume)]() -> std::function<void()> {
        DrawnRandom random{drawn};
        *keys = signal::generate_prekeys(first, count, random);
        return resume;
    });
}

void LoginFlow::store_and_upload(std::vector<signal::PreKey> keys, std::function<void()> then)
{
    RecordOverlay step{core_.records};
    for (auto const& key : keys)
        signal::store_prekey(step, key);
    core_.account.save(step);
    // The private halves are durable before the server can hand out the public ones.
    core_.store(std::move(step), core_.on_this_connection([this, keys = std::move(keys),
                                                           then = std::move(then)] {
        auto const id = core_.next_request_id();
        core_.request(id,
                      stanza::prekey_upload(id, core_.account.identity, core_.account.signed_prekey, keys),
                      [this, then](Result<Node> reply) {
                          uploading_ = false;
                          if (!reply) {
                              if (reply.error() == EngineErrc::timed_out)
                                  events_.failed("no answer to the prekey upload");
                              return;
                          }
                          if (stanza::error_of(*reply)) {
                              events_.failed("prekey upload refused");
                              return;
                          }
                          then();
                      });
    }));
}

void LoginFlow::go_active()
{
    auto const id = core_.next_request_id();
    core_.request(id, stanza::set_active(id), [this](Result<Node> reply) {
        if (!reply || stanza::error_of(*reply)) {
            if (!reply && reply.error() == EngineErrc::link_lost) return;
            events_.failed("the server did not activate the session");
            return;
        }
        core_.active = true;
        core_.send(stanza::unified_session(core_.now.wall, core_.server_offset));
        announce_presence();
        rotate_signed_prekey_if_due();
        events_.working();
    });
}

void LoginFlow::announce_presence()
{
    if (!core_.active || core_.online_presence || !core_.options.mark_online || !core_.account.me) return;
    // Presence needs the account's name (10.3); it comes from the phone soon after pairing.
    if (core_.account.me->push_name.empty()) return;
    core_.send(stanza::presence_available(core_.account.me->push_name));
    core_.online_presence = true;
}

void LoginFlow::rotate_signed_prekey_if_due()
{
    if (core_.now.wall - core_.account.signed_prekey_created < core_.options.signed_prekey_lifetime) return;
    auto const next_id = core_.account.signed_prekey.id % max_prekey_id + 1;
    auto const fresh =
        signal::generate_signed_prekey(next_id, core_.account.identity.identity.private_key, core_.random);
    RecordOverlay step{core_.records};
    signal::store_signed_prekey(step, fresh, core_.now.wall); // the old one stays, for messages under way
    // Its id is spent from here on: the server may have taken the key although no reply comes.
    core_.account.signed_prekey = fresh;
    core_.account.save(step);
    core_.store(std::move(step), core_.on_this_connection([this, fresh] {
        auto const id = core_.next_request_id();
        core_.request(id, stanza::rotate_signed_prekey(id, fresh), [this](Result<Node> reply) {
            if (!reply || stanza::error_of(*reply)) return; // a newer one is tried at the next login
            core_.account.signed_prekey_created = core_.now.wall;
            RecordOverlay done{core_.records};
            core_.account.save(done);
            core_.store(std::move(done));
        });
    }));
}

void LoginFlow::on_encrypt_notification(Node const& notification)
{
    if (auto const* count = notification.child("count")) {
        auto const left = count->integer("value").value_or(0);
        upload_prekeys(left == 0 ? core_.options.initial_prekeys : core_.options.prekey_batch, [] {});
    } else if (notification.child("digest") != nullptr) {
        check_digest();
    }
}

void LoginFlow::check_digest()
{
    auto const id = core_.next_request_id();
    core_.request(id, stanza::prekey_digest(id), [this](Result<Node> reply) {
        if (!reply) return;
        auto const error = stanza::error_of(*reply);
        auto const* digest = reply->child("digest");
        bool lost = error && error->code == 404;
        if (digest != nullptr) {
            auto const* identity = digest->child("identity");
            lost =
                identity != nullptr && !equal(identity->bytes(), core_.account.identity.identity.public_key);
        }
        // 404: the server has no keys of ours any more. Other differences heal with the next upload.
        if (lost) upload_prekeys(core_.options.initial_prekeys, [] {});
    });
}

void LoginFlow::on_ib(Node const& ib)
{
    if (auto const* preview = ib.child("offline_preview")) {
        offline_pending_ = true;
        auto const count = preview->integer("count").value_or(0);
        offline_backlog_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        request_offline_batch();
    }
    if (ib.child("offline") != nullptr) {
        offline_pending_ = false;
        batch_outstanding_ = false;
        offline_backlog_ = 0;
        core_.cancel(batch_timer_);
    }
    if (auto const* routing = ib.path({"edge_routing", "routing_info"})) {
        core_.account.routing_info = to_bytes(routing->bytes());
        RecordOverlay step{core_.records};
        core_.account.save(step);
        core_.store(std::move(step));
    }
    if (auto const* dirty = ib.child("dirty")) {
        Node clean{"clean"};
        clean.set("type", dirty->text("type"));
        if (dirty->has("timestamp")) clean.set("timestamp", dirty->text("timestamp"));
        for (auto const& listener : core_.when_dirty)
            listener(dirty->text("type"));
        // The server forgets it then, so what follows from it is durable first.
        core_.after_stores(core_.on_this_connection([this, clean = std::move(clean)]() mutable {
            core_.ask(stanza::make_iq({}, stanza::IqType::set, "urn:xmpp:whatsapp:dirty", {std::move(clean)}),
                      [](Result<Node> const&) {});
        }));
    }
}

void LoginFlow::request_offline_batch()
{
    batch_outstanding_ = true;
    core_.send(stanza::offline_batch(offline_batch_size));
}

void LoginFlow::on_offline_stanza()
{
    if (offline_backlog_ > 0) --offline_backlog_;
    // 3.4: the next batch is asked for once the first stanza of the previous one is here, 100 ms debounced.
    if (!offline_pending_ || !batch_outstanding_) return;
    batch_outstanding_ = false;
    core_.cancel(batch_timer_);
    batch_timer_ = core_.after(std::chrono::milliseconds{100}, [this] {
        batch_timer_ = 0;
        if (offline_pending_) request_offline_batch();
    });
}

void LoginFlow::on_disconnected()
{
    uploading_ = false;
    offline_pending_ = batch_outstanding_ = false;
    offline_backlog_ = 0;
    core_.cancel(batch_timer_);
}

} // namespace wagate::engine
