#pragma once
// What entries of app state change here: chats, contacts, messages, labels, the own name (protocol.md 9.6).
#include "protocol/appstate/patch.hpp"
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

/// What is told of entries by events.
enum class Telling : std::uint8_t {
    nothing,     ///< of the first synchronisation: all of it was so before this session was
    differences, ///< of a snapshot later on: what is not known to be so
    all,         ///< of a patch: somebody has just changed it
};

class AppStateChanges {
public:
    AppStateChanges(Core& core, Directory& directory) : core_(core), directory_(directory) {}

    /// Adds what follows from one entry to a step and its unit of work.
    void take(RecordOverlay& step, UnitOfWork& work, appstate::Mutation const& mutation, Telling telling);
    /// True once after an entry has changed the own push name.
    bool take_name_change() { return std::exchange(name_changed_, false); }

private:
    /// Messages of one chat that are cleared at once, when younger ones stay.
    static constexpr std::size_t max_cleared = 1'000;

    struct Place;
    /// @return whether there was anything to clear
    bool clear(Place const& place, Jid const& chat, std::optional<appstate::MessageRange> const& range,
               bool removes_chat) const;

    Core& core_;
    Directory& directory_;
    bool name_changed_ = false;
};

} // namespace wagate::engine
