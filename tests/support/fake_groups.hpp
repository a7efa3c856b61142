#pragma once
// Groups for the fake server: who is in them, messages to all devices of all members, receipts between
// members. Takes the server's `intercept`.
#include "tests/support/fake_server.hpp"

#include <set>

namespace wagate::testing {

class FakeGroups {
public:
    FakeGroups(FakeServer& server, ScenarioClock const& clock);

    struct Room {
        Jid jid;
        std::string subject;
        std::vector<FakePhone*> members; ///< the first is its admin
        bool uses_lids = true;           ///< what is addressed otherwise is refused with 421
    };
    Room& add(std::string const& subject, std::vector<FakePhone*> members);

    /// The server tells every companion of the members, and of `also`.
    void tell(Room const& room, FakePhone const& by, binary::Node news, FakePhone* also = nullptr);
    static binary::Node news_about(std::string_view tag, std::vector<FakePhone*> const& people);
    binary::Node describe(Room const& room) const;

    /// A phone writes; its key goes along to those that lack it.
    void send_text(FakePhone& from, Room& room, std::string const& text, std::string const& id);

    /// What phones could open, and how often one could not.
    std::map<FakePhone const*, std::vector<std::string>> texts;
    std::size_t unopened = 0;

    std::optional<std::string> claimed_hash; ///< in every ack
    std::size_t queries = 0;                 ///< for a group
    bool loses_keys = false;                 ///< what is for one device alone does not arrive

private:
    Room* find(Jid const& jid);
    bool on_stanza(Jid const& device, binary::Node const& node);
    bool on_iq(Jid const& device, binary::Node const& iq);
    void on_receipt(Jid const& device, binary::Node const& receipt);
    void route(Jid const& sender, Room& room, binary::Node const& message);
    void hand_over(Jid const& target, binary::Node node);
    void open_at(FakePhone& phone, binary::Node const& node);

    FakeServer& server_;
    ScenarioClock const& clock_;
    std::vector<std::unique_ptr<Room>> rooms_;
    std::uint64_t next_ = 1;
    std::map<std::string, std::set<std::string>> given_; ///< group and phone: devices that have its key
};

} // namespace wagate::testing
