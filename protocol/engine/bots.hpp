#pragma once
// WhatsApp's own bots: which there are, and what they say of themselves.
#include "protocol/engine/core.hpp"
#include "protocol/stanza/bots.hpp"

namespace wagate::engine {

class Bots {
public:
    /// Bots whose profiles one question may ask for.
    static constexpr std::size_t most_profiles = 100;

    template <class T>
    using Done = std::function<void(Result<T>)>;

    explicit Bots(Core& core) noexcept : core_(core) {}

    void list(Done<std::vector<stanza::BotReference>> done);
    /// Of those that have one. Asks for the list first: a profile is one of a bot's personas. @param of
    /// nobody: of all on the list, most_profiles at most
    void profiles(std::vector<Jid> const& of, Done<std::vector<stanza::BotProfile>> done);

private:
    Core& core_;
};

} // namespace wagate::engine
