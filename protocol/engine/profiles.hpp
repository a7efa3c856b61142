#pragma once
// Profile, privacy settings, block list, business profiles, contact look-ups (protocol.md 10.5).
#include "protocol/engine/directory.hpp"
#include "protocol/stanza/profiles.hpp"

#include <map>

namespace wagate::engine {

class Profiles {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;
    using Finished = std::function<void(ErrorCode)>;

    /// @param named is given each new own name, for the other devices
    Profiles(Core& core, Directory& directory, std::function<void(std::string)> named);

    // --- pictures: of people, groups and the account itself
    using Picture = std::optional<stanza::ProfilePicture>;
    /// Nothing when there is none or it is not shown to this account. Remembered for a day.
    /// @param refresh asks the server even when it is remembered
    void picture(Jid const& of, stanza::PictureSize size, bool refresh, Done<Picture> done);
    /// @param of a group, or nothing for the own account @param jpeg a square picture, usually 640 by 640;
    /// nothing takes it away @return its id, empty when it was taken away
    void set_picture(std::optional<Jid> const& of, std::optional<Bytes> jpeg, Done<std::string> done);

    // --- texts
    /// The name that others see. Tells the server and the people who look; app state tells the other devices.
    void set_name(std::string const& name, Finished done);
    void set_about(std::string const& text, Finished done);
    /// Nothing when it is hidden or empty.
    void about(Jid const& of, Done<std::optional<std::string>> done);
    void business(Jid const& of, Done<std::optional<stanza::BusinessProfile>> done);

    // --- who is who
    struct Registered {
        Jid phone; ///< as the server spells it, which may differ from what was asked
        std::optional<Jid> lid;
    };
    /// Nothing when the number is not on WhatsApp.
    void find(std::string const& phone_user, Done<std::optional<Registered>> done);

    /// What is shown of somebody to this account, by one question for all of them.
    struct PersonInfo {
        Jid jid; ///< as asked
        std::optional<Jid> lid;
        std::optional<Jid> phone;
        std::optional<std::string> about; ///< nothing: hidden; empty: none
        std::optional<WallTime> about_set;
        std::string picture_id;                    ///< empty: none, or hidden
        std::vector<std::uint16_t> devices;        ///< 0 is the phone; empty: not on WhatsApp, or not told
        std::string verified_name;                 ///< of a business
        std::optional<std::chrono::seconds> timer; ///< of new chats with them; zero: off
    };
    static constexpr std::size_t most_infos = 100;
    /// In the order of `people`, at most most_infos; learns addresses and names of businesses on the way.
    void info(std::vector<Jid> people, Done<std::vector<PersonInfo>> done);

    // --- privacy
    void privacy(Done<std::vector<stanza::PrivacySetting>> done);
    /// @return all settings afterwards
    void set_privacy(stanza::PrivacySetting const& setting, Done<std::vector<stanza::PrivacySetting>> done);
    /// How long messages of new chats stay; zero: for ever.
    void set_default_expiration(std::chrono::seconds duration, Finished done);

    // --- blocked people
    void set_blocked(Jid const& person, bool blocked, Finished done);
    /// Under the LID where it is known. Also brings what is stored in step with the server.
    void blocklist(Done<std::vector<Jid>> done);

private:
    static constexpr std::size_t most_pictures = 1'000;
    static constexpr std::chrono::hours picture_lifetime{24};

    struct Remembered {
        Picture picture;
        WallTime at{};
    };
    using PictureKey = std::pair<Jid, stanza::PictureSize>;

    void take_infos(std::vector<Jid> const& people, std::vector<stanza::UsyncPerson> const& asked,
                    std::vector<stanza::UsyncUser> const& users, Done<std::vector<PersonInfo>> const& done);
    void on_dirty();
    void refresh_if_dirty();
    void on_account_sync(binary::Node const& notification);
    void on_picture(binary::Node const& notification);
    void on_about(binary::Node const& notification);
    /// An event about somebody, under both addresses.
    ContactUpdated about_person(Jid const& person) const;
    void tell(EventBody body, std::function<void()> then);
    void forget_pictures(Jid const& of);
    void remember_picture(PictureKey const& key, Picture const& picture);
    void change_blocked(Jid const& person, bool blocked, Finished done);
    /// The server's list as a whole.
    void take_blocklist(UnitOfWork& work, std::vector<stanza::BlockedPerson> const& people) const;
    void tell_blocked(UnitOfWork& work, Jid const& person, bool blocked) const;
    void take_block(UnitOfWork& work, Jid const& person, bool blocked) const;
    void ask_to(binary::Node iq, Finished done);
    Jid as_shown(stanza::BlockedPerson const& person) const;

    Core& core_;
    Directory& directory_;
    std::function<void(std::string)> named_;
    std::map<PictureKey, Remembered> pictures_;
    bool is_dirty_ = false; ///< the server said that something of the account has changed
};

} // namespace wagate::engine
