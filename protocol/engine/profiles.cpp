#include "protocol/engine/profiles.hpp"

#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/group_records.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/stanza/iq.hpp"

#include <algorithm>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr std::size_t longest_about = 4'096; ///< as of those that are asked for
constexpr std::size_t longest_picture_id = 128;

bool is_jpeg(ByteView bytes)
{
    return bytes.size() > 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

/// Answers that only say that there is nothing to see: hidden, unset, unchanged.
bool is_nothing(ErrorCode const& error)
{
    auto const code = server_code(error);
    return code == 401 || code == 403 || code == 404;
}

/// The own address in the group's form.
Jid own_in(Core const& core, Jid const& group)
{
    auto const known = find_group(core.records, group);
    auto const& lid = core.account.own_lid();
    auto const as_lid = (!known || known->group.uses_lids) && !lid.user.empty();
    return as_lid ? lid.bare() : core.account.own_phone().bare();
}

bool is_own(Core const& core, std::optional<Jid> const& jid)
{
    return jid && (jid->bare() == core.account.own_phone().bare() ||
                   (!core.account.own_lid().user.empty() && jid->bare() == core.account.own_lid().bare()));
}

/// A group has another picture, or none any more.
void tell_group_picture(Core& core, Jid const& group, std::optional<Jid> by, std::function<void()> then)
{
    GroupUpdated updated;
    updated.chat = group.bare();
    updated.by = std::move(by);
    updated.picture_changed = true;
    UnitOfWork work;
    work.events.push_back(Event{core.now.wall, std::move(updated)});
    core.store(std::move(work), std::move(then));
}

} // namespace

Profiles::Profiles(Core& core, Directory& directory, std::function<void(std::string)> named)
    : core_(core), directory_(directory), named_(std::move(named))
{
    core_.notification_handlers["account_sync"] = [this](Node const& notification) {
        on_account_sync(notification);
    };
    core_.notification_handlers["picture"] = [this](Node const& notification) { on_picture(notification); };
    core_.notification_handlers["status"] = [this](Node const& notification) { on_about(notification); };
    core_.when_forgotten.emplace_back([this] { pictures_.clear(); });
    core_.when_dirty.emplace_back([this](std::string_view type) {
        if (type == "account_sync") on_dirty();
    });
    core_.when_active.emplace_back([this] { refresh_if_dirty(); });
}

void Profiles::ask_to(Node iq, Finished done)
{
    core_.ask(std::move(iq),
              [done = std::move(done)](Result<Node> reply) { done(reply ? ErrorCode{} : reply.error()); });
}

// ------------------------------------------------------------------------------------------------
// pictures

void Profiles::picture(Jid const& of, stanza::PictureSize size, bool refresh, Done<Picture> done)
{
    PictureKey const key{directory_.canonical(of.bare()), size};
    if (auto const known = pictures_.find(key);
        known != pictures_.end() && !refresh && core_.now.wall - known->second.at < picture_lifetime &&
        (!known->second.picture || !known->second.picture->url.empty())) {
        done(known->second.picture);
        return;
    }
    core_.ask(stanza::picture_request(key.first, size, trusted_token(core_, directory_, key.first)),
              [this, key, done = std::move(done)](Result<Node> reply) {
                  if (!reply && !is_nothing(reply.error())) {
                      done(reply.error());
                      return;
                  }
                  auto const found = reply ? stanza::parse_picture(*reply) : Picture{};
                  remember_picture(key, found);
                  done(found);
              });
}

void Profiles::remember_picture(PictureKey const& key, Picture const& picture)
{
    pictures_[key] = Remembered{picture, core_.now.wall};
    if (pictures_.size() <= most_pictures) return;
    pictures_.erase(
        std::min_element(pictures_.begin(), pictures_.end(),
                         [](auto const& one, auto const& other) { return one.second.at < other.second.at; }));
}

void Profiles::forget_pictures(Jid const& of)
{
    auto const bare = of.bare();
    auto const canonical = directory_.canonical(bare);
    std::erase_if(pictures_, [&](auto const& entry) {
        return entry.first.first == canonical || entry.first.first == bare;
    });
}

void Profiles::set_picture(std::optional<Jid> const& of, std::optional<Bytes> jpeg, Done<std::string> done)
{
    if (jpeg && !is_jpeg(*jpeg)) {
        done(make_error_code(AccountErrc::not_a_picture));
        return;
    }
    auto const whose = of.value_or(core_.account.own_lid());
    bool const is_removal = !jpeg;
    core_.ask(stanza::picture_change(of, jpeg),
              [this, whose, is_removal, done = std::move(done)](Result<Node> reply) {
                  if (!reply) {
                      done(reply.error());
                      return;
                  }
                  PictureKey const key{whose.bare(), stanza::PictureSize::full};
                  auto const known = pictures_.find(key);
                  bool const had_none = known != pictures_.end() && !known->second.picture;
                  forget_pictures(whose);
                  auto const* picture = reply->child("picture");
                  // The server may name what is gone.
                  auto id = picture == nullptr || is_removal ? std::string{} : picture->text("id");
                  if (!whose.is_group()) {
                      done(std::move(id));
                      return;
                  }
                  auto const kept = is_removal ? Picture{} : Picture{stanza::ProfilePicture{id, {}}};
                  remember_picture(key, kept);
                  if (is_removal && had_none) {
                      done(std::move(id));
                      return;
                  }
                  tell_group_picture(core_, whose, own_in(core_, whose), [done, id] { done(id); });
              });
}

void Profiles::on_picture(Node const& notification)
{
    auto const from = notification.jid("from").value_or(Jid{});
    auto const* set = notification.child("set");
    auto const* change = set != nullptr ? set : notification.child("delete");
    if (from.is_group() && change != nullptr) {
        auto by = change->jid("author");
        if (by) by = by->bare();
        // What this device has changed was told then, and may come back as news.
        auto const known = pictures_.find({from.bare(), stanza::PictureSize::full});
        auto const id = set != nullptr ? set->text("id") : std::string{};
        bool const is_told = known != pictures_.end() && is_own(core_, by) &&
                             (known->second.picture ? known->second.picture->id : std::string{}) == id;
        if (!is_told) {
            forget_pictures(from);
            remember_picture({from.bare(), stanza::PictureSize::full},
                             set == nullptr ? Picture{} : Picture{stanza::ProfilePicture{id, {}}});
            tell_group_picture(core_, from, std::move(by), core_.acknowledger(notification));
            return;
        }
    } else {
        forget_pictures(from);
        for (auto const& one : notification.children())
            if (auto const jid = one.jid("jid")) forget_pictures(*jid);
        if (from.is_user() && change != nullptr && !is_own(core_, from)) {
            auto told = about_person(from);
            told.change = set != nullptr ? ContactUpdate::picture : ContactUpdate::picture_removed;
            if (set != nullptr) told.picture = set->text("id").substr(0, longest_picture_id);
            tell(std::move(told), core_.acknowledger(notification));
            return;
        }
    }
    core_.after_stores(core_.acknowledger(notification));
}

ContactUpdated Profiles::about_person(Jid const& person) const
{
    ContactUpdated told{directory_.canonical(person.bare()), std::nullopt};
    told.chat_phone = directory_.phone_of(told.chat);
    return told;
}

void Profiles::tell(EventBody body, std::function<void()> then)
{
    UnitOfWork work;
    work.events.push_back(Event{core_.now.wall, std::move(body)});
    core_.store(std::move(work), std::move(then));
}

void Profiles::on_about(Node const& notification)
{
    auto const from = notification.jid("from").value_or(Jid{});
    auto const* set = notification.child("set");
    if (!from.is_user() || set == nullptr || is_own(core_, from)) {
        core_.after_stores(core_.acknowledger(notification));
        return;
    }
    auto told = about_person(from);
    told.change = ContactUpdate::about;
    told.about = to_text(set->bytes()).substr(0, longest_about);
    tell(std::move(told), core_.acknowledger(notification));
}

// ------------------------------------------------------------------------------------------------
// texts

void Profiles::set_name(std::string const& name, Finished done)
{
    if (!core_.account.me) {
        done(make_error_code(EngineErrc::stopped));
        return;
    }
    core_.account.me->push_name = name;
    // 10.3: the server takes the name from a presence, which also must not change who is seen as online.
    core_.send(core_.online_presence ? stanza::presence_available(name) : stanza::presence_unavailable(name));
    RecordOverlay step{core_.records};
    core_.account.save(step);
    core_.store(std::move(step), [done = std::move(done)] { done({}); });
    core_.emit(StatusChanged{});
    named_(name);
}

void Profiles::set_about(std::string const& text, Finished done)
{
    ask_to(stanza::about_change(text), std::move(done));
}

void Profiles::about(Jid const& of, Done<std::optional<std::string>> done)
{
    auto const person = directory_.canonical(of.bare());
    if (!person.is_user()) {
        done(make_error_code(AccountErrc::not_a_person));
        return;
    }
    core_.ask(stanza::about_request(person, trusted_token(core_, directory_, person)),
              [done = std::move(done)](Result<Node> reply) {
                  if (!reply)
                      done(reply.error());
                  else
                      done(stanza::parse_about(*reply));
              });
}

void Profiles::business(Jid const& of, Done<std::optional<stanza::BusinessProfile>> done)
{
    core_.ask(stanza::business_request(directory_.canonical(of.bare())),
              [done = std::move(done)](Result<Node> reply) {
                  if (!reply && !is_nothing(reply.error()))
                      done(reply.error());
                  else if (!reply)
                      done(std::optional<stanza::BusinessProfile>{});
                  else
                      done(stanza::parse_business(*reply));
              });
}

void Profiles::info(std::vector<Jid> people, Done<std::vector<PersonInfo>> done)
{
    std::vector<stanza::UsyncPerson> asked;
    for (auto& person : people) {
        person = person.bare();
        if (!person.is_user() || asked.size() == most_infos) {
            done(make_error_code(AccountErrc::not_a_person));
            return;
        }
        // By number where it is known: the answer says the LID in any case.
        auto const as_phone = person.is_lid() ? directory_.phone_of(person).value_or(person) : person;
        asked.push_back({as_phone.bare(), trusted_token(core_, directory_, person)});
    }
    auto const id = core_.next_request_id();
    core_.request(id, stanza::usync_info(id, asked),
                  [this, people = std::move(people), asked, done = std::move(done)](Result<Node> reply) {
                      if (auto const failure = failure_of(reply)) {
                          done(failure);
                          return;
                      }
                      take_infos(people, asked, stanza::parse_usync(*reply), done);
                  });
}

void Profiles::take_infos(std::vector<Jid> const& people, std::vector<stanza::UsyncPerson> const& asked,
                          std::vector<stanza::UsyncUser> const& users,
                          Done<std::vector<PersonInfo>> const& done)
{
    RecordOverlay step{core_.records};
    std::vector<ContactChange> names;
    for (auto const& user : users) {
        directory_.learn_pair(step, user.jid, user.lid);
        directory_.learn_pair(step, user.jid, user.phone);
        if (user.verified_name.empty()) continue;
        ContactChange change{user.lid.value_or(directory_.canonical(user.jid))};
        change.business_name = user.verified_name;
        names.push_back(std::move(change));
    }
    std::vector<PersonInfo> found;
    for (std::size_t i = 0; i < people.size(); ++i) {
        auto& info = found.emplace_back();
        info.jid = people[i];
        if (people[i].is_lid()) info.lid = people[i];
        if (asked[i].jid.is_phone()) info.phone = asked[i].jid;
        auto const user = std::find_if(users.begin(), users.end(), [&](stanza::UsyncUser const& one) {
            return one.jid == asked[i].jid || one.lid == asked[i].jid || one.phone == asked[i].jid;
        });
        if (user == users.end()) continue;
        if (user->lid) info.lid = user->lid;
        if (user->jid.is_lid()) info.lid = user->jid;
        if (user->phone && !info.phone) info.phone = user->phone->bare();
        info.about = user->about;
        info.about_set = user->about_set;
        info.picture_id = user->picture_id;
        for (auto const& device : user->devices)
            info.devices.push_back(device.id);
        info.verified_name = user->verified_name;
        info.timer = user->timer;
    }
    auto work = Core::unit(std::move(step));
    work.contacts = std::move(names);
    if (work.empty()) {
        done(std::move(found));
        return;
    }
    core_.store(std::move(work), [done, found = std::move(found)] { done(found); });
}

void Profiles::find(std::string const& phone_user, Done<std::optional<Registered>> done)
{
    directory_.resolve_phone(Jid::phone(phone_user),
                             [this, phone_user, done = std::move(done)](Result<std::optional<Jid>> found) {
                                 if (!found) {
                                     done(found.error());
                                     return;
                                 }
                                 if (!*found) {
                                     done(std::optional<Registered>{});
                                     return;
                                 }
                                 Registered person{Jid::phone(phone_user), std::nullopt};
                                 auto const& jid = **found;
                                 if (jid.is_lid()) {
                                     person.lid = jid;
                                     person.phone = directory_.phone_of(jid).value_or(person.phone);
                                 } else {
                                     person.phone = jid;
                                 }
                                 done(std::optional{std::move(person)});
                             });
}

// ------------------------------------------------------------------------------------------------
// privacy

void Profiles::privacy(Done<std::vector<stanza::PrivacySetting>> done)
{
    core_.ask(stanza::privacy_request(), [done = std::move(done)](Result<Node> reply) {
        if (!reply)
            done(reply.error());
        else
            done(stanza::parse_privacy(*reply));
    });
}

void Profiles::set_privacy(stanza::PrivacySetting const& setting,
                           Done<std::vector<stanza::PrivacySetting>> done)
{
    core_.ask(stanza::privacy_change(setting), [this, done = std::move(done)](Result<Node> reply) {
        if (!reply)
            done(reply.error());
        else
            privacy(done);
    });
}

void Profiles::set_default_expiration(std::chrono::seconds duration, Finished done)
{
    ask_to(stanza::default_expiration_change(duration), std::move(done));
}

} // namespace wagate::engine
