#include "protocol/engine/status_posts.hpp"

#include "protocol/engine/send_notes.hpp"
#include "protocol/engine/sender_keys.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/sending_state.pb.h"

#include <algorithm>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_found = 404;

proto::StatusPost read_post(RecordSource const& records, MessageId const& id)
{
    proto::StatusPost post;
    auto const bytes = records.read(RecordKind::status_post, id.value);
    if (!bytes || !proto::decode(post, *bytes)) post.Clear();
    return post;
}

} // namespace

/// People on their way to being an audience.
struct StatusPosts::Lookup {
    Found done;
    std::vector<Jid> known;   ///< under their LIDs
    std::vector<Jid> unknown; ///< numbers
    std::size_t asked = 0;
    bool is_wished = false; ///< named by the sender: it must reach somebody
    std::string setting;
};

StatusPosts::StatusPosts(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    auto& source = core_.audiences[JidServer::broadcast];
    source.find = [this](OutboxEntry const& entry, Found done) { find(entry, std::move(done)); };
    source.outdated = [this](RecordOverlay& step, Jid const& chat) {
        for (auto const& device : key_holders(step, chat))
            if (auto const jid = Jid::parse(device)) directory_.forget_devices(step, jid->bare());
    };
    source.contains = [this](Jid const&, MessageId const& message, Jid const& user) {
        auto const wanted = directory_.canonical(user.bare());
        auto const got = receivers(core_.records, message).users;
        return std::any_of(got.begin(), got.end(),
                           [&](Jid const& jid) { return directory_.canonical(jid) == wanted; });
    };
    source.used = [this](RecordOverlay& step, Message const& message, Audience const& audience) {
        remember(step, message, audience);
    };
}

bool StatusPosts::is_own(Jid const& jid) const
{
    return jid.bare() == core_.account.own_phone().bare() || jid.bare() == core_.account.own_lid().bare();
}

StatusPosts::Receivers StatusPosts::receivers(RecordSource const& records, MessageId const& post)
{
    auto const stored = read_post(records, post);
    Receivers found;
    found.setting = stored.setting();
    for (auto const& user : stored.users())
        if (auto jid = Jid::parse(user)) found.users.push_back(std::move(*jid));
    return found;
}

void StatusPosts::find(OutboxEntry const& entry, Found done)
{
    auto note = read_note(core_.records, entry.id);
    if (note.audience.empty()) {
        find_by_privacy(done);
        return;
    }
    auto const lookup = std::make_shared<Lookup>();
    lookup->done = std::move(done);
    lookup->unknown = std::move(note.audience);
    lookup->setting = note.setting.empty() ? std::string{status_setting(stanza::StatusAudience::allowlist)}
                                           : std::move(note.setting);
    lookup->is_wished = true;
    look_up(lookup);
}

void StatusPosts::find_by_privacy(Found const& done)
{
    core_.ask(stanza::status_privacy_request(), [this, done](Result<Node> reply) {
        // An account that has never chosen has no setting.
        if (!reply && server_code(reply.error()) != not_found) {
            done(reply.error());
            return;
        }
        auto const privacy = reply ? stanza::parse_status_privacy(*reply) : stanza::StatusPrivacy{};
        auto const lookup = std::make_shared<Lookup>();
        lookup->done = done;
        lookup->unknown = people_of(privacy);
        lookup->setting = stanza::status_setting(privacy.audience);
        look_up(lookup);
    });
}

std::vector<Jid> StatusPosts::people_of(stanza::StatusPrivacy const& privacy) const
{
    if (privacy.audience == stanza::StatusAudience::allowlist) return privacy.list;
    auto people = core_.reader.address_book(most_contacts);
    std::vector<Jid> hidden;
    for (auto const& person : privacy.list)
        hidden.push_back(directory_.canonical(person));
    std::erase_if(people, [&](Jid const& person) {
        return std::find(hidden.begin(), hidden.end(), directory_.canonical(person)) != hidden.end();
    });
    return people;
}

/// The server refuses posts that mix phone numbers with LIDs where LIDs exist.
void StatusPosts::look_up(std::shared_ptr<Lookup> const& lookup)
{
    auto& unknown = lookup->unknown;
    if (lookup->asked == 0) {
        for (auto& person : unknown)
            person = directory_.canonical(person.bare());
        std::erase_if(unknown, [&](Jid const& person) {
            if (person.is_lid()) lookup->known.push_back(person);
            return !person.is_phone() || is_own(person);
        });
    }
    if (lookup->asked >= unknown.size()) {
        finish(*lookup);
        return;
    }
    auto const end = std::min(lookup->asked + users_in_query, unknown.size());
    std::vector<Jid> const some(unknown.begin() + static_cast<std::ptrdiff_t>(lookup->asked),
                                unknown.begin() + static_cast<std::ptrdiff_t>(end));
    lookup->asked = end;
    directory_.devices(some, [this, lookup](Result<Directory::Devices> devices) {
        if (!devices) {
            lookup->done(devices.error());
            return;
        }
        // A number without devices is not on WhatsApp.
        for (auto const& device : *devices)
            lookup->known.push_back(directory_.canonical(device.bare()));
        look_up(lookup);
    });
}

void StatusPosts::finish(Lookup const& lookup) const
{
    Audience audience;
    audience.users = lookup.known;
    audience.setting = lookup.setting;
    auto const own_lid = core_.account.own_lid();
    audience.uses_lids = !own_lid.user.empty();
    auto& users = audience.users;
    std::erase_if(users, [this](Jid const& user) { return is_own(user); });
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    if (users.empty() && lookup.is_wished) {
        lookup.done(server_error(not_found));
        return;
    }
    users.push_back(audience.uses_lids ? own_lid.bare() : core_.account.own_phone().bare());
    lookup.done(std::move(audience));
}

void StatusPosts::remember(RecordOverlay& step, Message const& message, Audience const& audience) const
{
    auto post = read_post(step, message.id);
    std::vector<std::string> users(post.users().begin(), post.users().end());
    for (auto const& user : audience.users)
        if (!is_own(user)) users.push_back(user.to_string());
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    post.clear_users();
    for (auto& user : users)
        post.add_users(std::move(user));
    post.set_setting(audience.setting);
    step.write(RecordKind::status_post, message.id.value, proto::encode(post));

    proto::StatusPosts known;
    auto const bytes = step.read(RecordKind::status_post, "");
    if (!bytes || !proto::decode(known, *bytes)) known.Clear();
    proto::StatusPosts left;
    auto const oldest = unix_milliseconds(core_.now.wall - lifetime);
    for (auto const& entry : known.posts()) {
        if (entry.id() == message.id.value) continue;
        if (entry.sent_ms() < oldest)
            step.erase(RecordKind::status_post, entry.id());
        else
            *left.add_posts() = entry;
    }
    auto& entry = *left.add_posts();
    entry.set_id(message.id.value);
    entry.set_sent_ms(unix_milliseconds(core_.now.wall));
    step.write(RecordKind::status_post, "", proto::encode(left));
}

} // namespace wagate::engine
