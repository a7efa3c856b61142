#pragma once
// App state as the phone sees it: the keys that it shares with companions, what the user sets on it, and what
// companions have pushed, every MAC of which it checks (protocol.md 9).
#include "protocol/appstate/key_messages.hpp"
#include "protocol/appstate/patch.hpp"
#include "tools/sandbox/state/account.hpp"

namespace wagate::sandbox {

class Network;

class PhoneAppState {
public:
    PhoneAppState(Network& network, Account& account);

    /// Oldest first; the last one is written with.
    std::vector<appstate::SharedKey> const& keys() const noexcept { return keys_; }
    /// A new key, which companions do not have yet.
    void rotate_key();

    /// The user has done this. All in one patch, so all of one collection.
    void change(std::vector<appstate::Action> const& actions,
                appstate::Operation operation = appstate::Operation::set);
    /// Somebody changes an entry that nobody knows: the next push of a companion comes too late.
    void disturb(appstate::Collection collection);
    /// Reads what companions have pushed.
    void read(appstate::Collection collection);

    struct Entry {
        appstate::Collection collection = appstate::Collection::regular;
        std::string index; ///< JSON
        appstate::Action action;
    };
    /// What is set now, in all collections.
    std::vector<Entry> entries();
    std::uint64_t version(appstate::Collection collection);
    /// All of a collection in plain text, serialized and packed with gzip, for a companion that cannot have
    /// it from the server. Nothing when there is nothing in it.
    std::optional<Bytes> recovery(appstate::Collection collection);

private:
    struct Held {
        std::uint64_t number = 0; ///< counts up: what was set last says what holds
        appstate::Mutation mutation;
    };
    struct Place {
        appstate::CollectionState state;
        std::map<appstate::IndexMac, Held> held;
        std::map<std::string, appstate::Action> entries; ///< by index
    };
    class Keys;
    class Table;

    void write(appstate::Collection collection, std::vector<appstate::Intent> const& intents);
    Place& place(appstate::Collection collection);

    Network& network_;
    Account& account_;
    std::vector<appstate::SharedKey> keys_;
    std::map<appstate::Collection, Place> places_;
    std::uint64_t set_ = 0;
};

} // namespace wagate::sandbox
