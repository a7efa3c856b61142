#pragma once
// App state of one account in memory: the server's log of patches, and the phone as a client that writes and
// reads them (protocol.md 9). It checks every MAC of what companions push.
#include "protocol/appstate/key_messages.hpp"
#include "protocol/appstate/patch.hpp"
#include "protocol/appstate/recovery.hpp"
#include "protocol/appstate/stanzas.hpp"
#include "tests/support/scenario.hpp"

namespace wagate::testing {

class FakeAppState {
public:
    FakeAppState(Scenario& world, FakePhone& owner) : world_(world), owner_(owner)
    {
        rotate_key();
        world.server.intercept = [this](Jid const& device, binary::Node const& node) {
            if (node.tag != "iq" || node.text("xmlns") != "w:sync:app:state") return false;
            world_.server.send(device, appstate::sync_reply(node, answer(node)));
            return true;
        };
    }

    // --- the phone
    std::vector<appstate::SharedKey> keys; ///< the last one is written with
    void rotate_key()
    {
        appstate::SharedKey key;
        key.id = concat({Bytes{0, 0, 0, 0, 0}, Bytes{static_cast<std::uint8_t>(keys.size() + 1)}});
        key.data = Secret{world_.random.bytes(32)};
        key.created = wall_from_milliseconds(1'790'000'000'000 + static_cast<std::int64_t>(keys.size()));
        keys.push_back(std::move(key));
    }
    void share_keys(Jid const& companion)
    {
        world_.server.send_peer(owner_, companion, appstate::key_share_message(keys),
                                "KEYS" + std::to_string(++shares_));
        world_.run();
    }
    /// The user changes something on the phone; companions are told.
    void change(std::vector<appstate::Action> actions, std::vector<Jid> const& tell)
    {
        auto const collection = write(std::move(actions));
        for (auto const& companion : tell)
            notify(companion, collection);
        world_.run();
    }
    /// The same, and nobody is told.
    appstate::Collection write(std::vector<appstate::Action> actions)
    {
        auto const collection = appstate::collection_of(actions.front()).value();
        auto& log = logs_[collection];
        log.state.collection = collection;
        std::vector<appstate::Intent> intents;
        for (auto& action : actions)
            intents.push_back({appstate::Operation::set, std::move(action)});
        appstate::WritingKey const key{keys.back().id,
                                       appstate::expand_mutation_keys(keys.back().data.reveal())};
        Table table{log};
        auto made = appstate::make_patch(log.state, intents, key, table, world_.clock.now.wall, world_.random)
                        .value();
        accept(log, appstate::parse_patch(made.bytes).value());
        return collection;
    }
    void notify(Jid const& companion, appstate::Collection collection)
    {
        auto const version = logs_[collection].state.version;
        world_.server.deliver(
            companion, appstate::server_sync("SYNC" + std::to_string(++notices_), {{collection, version}}));
    }
    /// What everybody has set, in order.
    std::vector<appstate::Action> actions(appstate::Collection collection)
    {
        return logs_[collection].actions;
    }
    /// All of it in plain text, as phones send it.
    appstate::Recovery recovery(appstate::Collection collection)
    {
        auto const& log = logs_[collection];
        appstate::Recovery recovery{log.state, {}};
        for (auto const& [index, mutation] : log.held)
            recovery.entries.push_back(appstate::recovered_entry(mutation));
        return recovery;
    }
    std::uint64_t version(appstate::Collection collection) { return logs_[collection].state.version; }

    // --- knobs and observations
    std::function<void(appstate::Patch&)> tamper; ///< patches on their way to companions
    std::function<void(appstate::Snapshot&)> tamper_snapshot;
    std::function<void()> before_push; ///< called before the server looks at a push
    bool gives_snapshots = false;
    std::size_t page = 1'000;           ///< patches in one reply
    std::map<std::string, Bytes> blobs; ///< by direct path
    std::size_t fetches = 0;            ///< collections that were asked for
    std::size_t snapshots = 0;
    std::size_t pushes = 0;
    std::size_t conflicts = 0;

private:
    struct Log {
        appstate::CollectionState state;
        std::map<appstate::IndexMac, appstate::ValueMac> macs;
        std::map<appstate::IndexMac, appstate::SealedMutation> entries;
        std::map<appstate::IndexMac, appstate::Mutation> held;
        std::vector<appstate::Patch> patches;
        std::vector<appstate::Action> actions;
    };
    struct Table final : appstate::ValueMacSource {
        explicit Table(Log& its) : log(its) {}
        Log& log;
        std::optional<appstate::ValueMac> find(appstate::Collection, appstate::IndexMac const& index) override
        {
            auto const found = log.macs.find(index);
            return found == log.macs.end() ? std::nullopt : std::optional{found->second};
        }
    };
    struct Keys final : appstate::KeySource {
        explicit Keys(std::vector<appstate::SharedKey> const& its) : known(its) {}
        std::vector<appstate::SharedKey> const& known;
        std::optional<Secret<Bytes>> find(ByteView id) override
        {
            for (auto const& key : known)
                if (key.id == to_bytes(id)) return key.data;
            return std::nullopt;
        }
    };

    void accept(Log& log, appstate::Patch patch)
    {
        patch.version = log.state.version + 1;
        Keys source{keys};
        appstate::KeyRing ring{source};
        Table table{log};
        auto const applied = appstate::apply_patch(log.state, patch, ring, table).value();
        log.state = applied.state;
        for (auto const& change : applied.macs) {
            if (change.value_mac)
                log.macs[change.index_mac] = *change.value_mac;
            else
                log.macs.erase(change.index_mac);
        }
        for (auto const& mutation : patch.mutations)
            log.entries[mutation.index_mac] = mutation;
        for (auto const& mutation : applied.mutations) {
            log.actions.push_back(mutation.action);
            log.held[mutation.index_mac] = mutation;
        }
        log.patches.push_back(std::move(patch));
    }

    appstate::BlobReference snapshot_of(Log const& log)
    {
        appstate::Snapshot snapshot;
        snapshot.version = log.state.version;
        for (auto const& [index, entry] : log.entries)
            snapshot.records.push_back(entry);
        auto const mutation_keys = appstate::expand_mutation_keys(keys.back().data.reveal());
        snapshot.mac = to_bytes(appstate::snapshot_mac(mutation_keys, log.state));
        snapshot.key_id = keys.back().id;
        if (tamper_snapshot) tamper_snapshot(snapshot);
        appstate::BlobReference reference;
        reference.media_key = Bytes(32, 7);
        reference.direct_path = "/snapshot/" + std::to_string(++snapshots);
        blobs[reference.direct_path] = appstate::serialize(snapshot);
        return reference;
    }

    std::vector<appstate::CollectionReply> answer(binary::Node const& iq)
    {
        std::vector<appstate::CollectionReply> replies;
        for (auto const& wanted : appstate::parse_sync_request(iq).value()) {
            auto& log = logs_[wanted.collection];
            log.state.collection = wanted.collection;
            appstate::CollectionReply reply;
            reply.collection = wanted.collection;
            auto from = wanted.version;
            if (!wanted.patch.empty()) {
                ++pushes;
                if (before_push) before_push();
                if (wanted.version == log.state.version) {
                    accept(log, appstate::parse_patch(wanted.patch).value());
                    reply.version = log.state.version;
                    replies.push_back(std::move(reply));
                    continue;
                }
                ++conflicts;
                reply.error_code = 409;
            } else {
                ++fetches;
            }
            if (wanted.wants_snapshot && gives_snapshots && log.state.version > 0) {
                reply.snapshot = snapshot_of(log);
                from = log.state.version;
            }
            for (auto const& patch : log.patches) {
                if (patch.version <= from) continue;
                if (reply.patches.size() == page) {
                    reply.has_more = true;
                    break;
                }
                reply.patches.push_back(patch);
                if (tamper) tamper(reply.patches.back());
            }
            reply.version = log.state.version;
            replies.push_back(std::move(reply));
        }
        return replies;
    }

    Scenario& world_;
    FakePhone& owner_;
    std::map<appstate::Collection, Log> logs_;
    int shares_ = 0;
    int notices_ = 0;
};

} // namespace wagate::testing
