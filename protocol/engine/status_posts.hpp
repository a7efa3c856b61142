#pragma once
// Status posts (protocol.md 10.6): messages to status@broadcast. Who gets one is wished by its sender, or
// follows from the account's privacy settings; what changes a post goes to those who have it.
#include "protocol/engine/directory.hpp"
#include "protocol/stanza/status.hpp"

namespace wagate::engine {

class StatusPosts {
public:
    /// A post is gone after a day.
    static constexpr std::chrono::hours lifetime{24};

    StatusPosts(Core& core, Directory& directory);

    /// Who got an own post, without the own account; nobody when it is not known any more.
    struct Receivers {
        std::vector<Jid> users; ///< bare
        std::string setting;    ///< see Audience
    };
    static Receivers receivers(RecordSource const& records, MessageId const& post);

private:
    /// From the address book at most so many.
    static constexpr std::size_t most_contacts = 20'000;
    static constexpr std::size_t users_in_query = 100;

    using Found = std::function<void(Result<Audience>)>;
    struct Lookup;

    void find(OutboxEntry const& entry, Found done);
    void find_by_privacy(Found const& done);
    std::vector<Jid> people_of(stanza::StatusPrivacy const& privacy) const;
    /// Asks under which address people are known, and whether they are on WhatsApp at all.
    void look_up(std::shared_ptr<Lookup> const& lookup);
    void finish(Lookup const& lookup) const;
    void remember(RecordOverlay& step, Message const& message, Audience const& audience) const;
    bool is_own(Jid const& jid) const;

    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
