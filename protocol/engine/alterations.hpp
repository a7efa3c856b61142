#pragma once
// What changes, answers or accompanies messages that are there: reactions, edits, deletions, votes, answers to
// events, pins (protocol.md 7.3, 7.8). Changes what is stored of the other message and tells the event.
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class Alterations {
public:
    Alterations(Core& core, Directory& directory);

    /// `carrier` has just become durable, or does with `work`: an inbound or own message of kind control.
    /// @param step the step's records on top of what is stored
    void apply(UnitOfWork& work, RecordSource const& step, Message const& carrier);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
