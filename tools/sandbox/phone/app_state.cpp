#include "tools/sandbox/phone/app_state.hpp"

#include "protocol/appstate/recovery.hpp"
#include "protocol/binary/compression.hpp"
#include "tools/sandbox/server/handlers.hpp"

namespace wagate::sandbox {

using appstate::Collection;

class PhoneAppState::Keys final : public appstate::KeySource {
public:
    explicit Keys(std::vector<appstate::SharedKey> const& keys) : keys_(keys) {}
    std::optional<Secret<Bytes>> find(ByteView id) override
    {
        for (auto const& key : keys_)
            if (key.id == to_bytes(id)) return key.data;
        return std::nullopt;
    }

private:
    std::vector<appstate::SharedKey> const& keys_;
};

class PhoneAppState::Table final : public appstate::ValueMacSource {
public:
    explicit Table(Place const& place) : place_(place) {}
    std::optional<appstate::ValueMac> find(Collection, appstate::IndexMac const& index) override
    {
        auto const found = place_.held.find(index);
        return found == place_.held.end() ? std::nullopt : std::optional{found->second.mutation.value_mac};
    }

private:
    Place const& place_;
};

PhoneAppState::PhoneAppState(Network& network, Account& account) : network_(network), account_(account)
{
    rotate_key();
}

void PhoneAppState::rotate_key()
{
    auto& random = network_.random();
    appstate::SharedKey key;
    key.id = concat({Bytes{0, 0}, random.bytes(4)});
    key.data = Secret{random.bytes(32)};
    key.created = network_.scheduler().now();
    // Rotations within one millisecond have an order, too.
    if (!keys_.empty() && key.created <= keys_.back().created)
        key.created = keys_.back().created + Milliseconds{1};
    key.raw_id = account_.raw_id;
    keys_.push_back(std::move(key));
}

PhoneAppState::Place& PhoneAppState::place(Collection collection)
{
    auto& found = places_[collection];
    found.state.collection = collection;
    return found;
}

void PhoneAppState::read(Collection collection)
{
    auto& mine = place(collection);
    Keys source{keys_};
    appstate::KeyRing ring{source};
    auto const& log = account_.app_state[std::string{appstate::collection_name(collection)}];
    for (auto const& [version, bytes] : log.patches) {
        if (version <= mine.state.version) continue;
        auto const patch = appstate::parse_patch(bytes);
        Table table{mine};
        auto const applied = patch ? appstate::apply_patch(mine.state, *patch, ring, table)
                                   : Result<appstate::Applied>{patch.error()};
        if (!applied) {
            network_.count("phone_bad_patches");
            network_.log("phone " + account_.phone + " cannot apply a patch: " + applied.error().message());
            return;
        }
        mine.state = applied->state;
        for (auto const& mutation : applied->mutations) {
            if (mutation.operation == appstate::Operation::remove) {
                mine.held.erase(mutation.index_mac);
                mine.entries.erase(to_text(mutation.index));
            } else {
                mine.held[mutation.index_mac] = {++set_, mutation};
                mine.entries[to_text(mutation.index)] = mutation.action;
            }
        }
    }
}

void PhoneAppState::write(Collection collection, std::vector<appstate::Intent> const& intents)
{
    read(collection);
    auto& mine = place(collection);
    auto const& key = keys_.back();
    appstate::WritingKey const writing{key.id, appstate::expand_mutation_keys(key.data.reveal())};
    Table table{mine};
    auto const made = appstate::make_patch(mine.state, intents, writing, table, network_.scheduler().now(),
                                           network_.random());
    if (!made) return;
    append_patch(network_, account_, std::string{appstate::collection_name(collection)}, made->bytes, 0);
    read(collection);
}

void PhoneAppState::change(std::vector<appstate::Action> const& actions, appstate::Operation operation)
{
    if (actions.empty()) return;
    std::vector<appstate::Intent> intents;
    for (auto const& action : actions)
        intents.push_back({operation, action});
    write(appstate::collection_of(actions.front()).value_or(Collection::regular), intents);
}

void PhoneAppState::disturb(Collection collection)
{
    auto const number = std::to_string(place(collection).state.version);
    write(collection,
          {{appstate::Operation::set,
            appstate::UnknownAction{.index = {"disturbance", number}, .value = {}, .version = 1}}});
}

std::vector<PhoneAppState::Entry> PhoneAppState::entries()
{
    std::vector<Entry> out;
    for (auto const collection : appstate::all_collections) {
        read(collection);
        for (auto const& [index, action] : place(collection).entries)
            out.push_back({collection, index, action});
    }
    return out;
}

std::optional<Bytes> PhoneAppState::recovery(Collection collection)
{
    read(collection);
    auto const& mine = place(collection);
    if (mine.state.version == 0) return std::nullopt;
    std::map<std::uint64_t, appstate::Mutation const*> in_order;
    for (auto const& [index, held] : mine.held)
        in_order[held.number] = &held.mutation;
    appstate::Recovery recovery{mine.state, {}};
    for (auto const& [number, mutation] : in_order)
        recovery.entries.push_back(appstate::recovered_entry(*mutation));
    return binary::gzip(appstate::serialize(recovery));
}

std::uint64_t PhoneAppState::version(Collection collection)
{
    read(collection);
    return place(collection).state.version;
}

} // namespace wagate::sandbox
