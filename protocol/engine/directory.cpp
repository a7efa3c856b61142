#include "protocol/engine/directory.hpp"

#include "protocol/proto/state.pb.h"

#include <algorithm>

namespace wagate::engine {
namespace {

std::optional<proto::DeviceList> read_list(RecordSource const& records, Jid const& user)
{
    auto const bytes = records.read(RecordKind::device_list, user.bare().to_string());
    proto::DeviceList list;
    if (!bytes || !list.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) return std::nullopt;
    return list;
}

Jid device_jid(Jid const& user, proto::DeviceList::Device const& device)
{
    auto jid = user.with_device(static_cast<std::uint16_t>(device.id()));
    if (device.hosted()) jid.server = user.is_lid() ? JidServer::hosted_lid : JidServer::hosted;
    return jid;
}

std::optional<Jid> lid_in(RecordSource const& records, Jid const& phone)
{
    if (!phone.is_phone()) return std::nullopt;
    auto const user = records.read(RecordKind::lid_of_phone, phone.user);
    if (!user || user->empty()) return std::nullopt;
    return Jid{to_text(*user), phone.server == JidServer::hosted ? JidServer::hosted_lid : JidServer::lid,
               phone.device};
}

std::optional<Jid> phone_in(RecordSource const& records, Jid const& lid)
{
    if (!lid.is_lid()) return std::nullopt;
    auto const user = records.read(RecordKind::phone_of_lid, lid.user);
    if (!user || user->empty()) return std::nullopt;
    return Jid{to_text(*user), lid.server == JidServer::hosted_lid ? JidServer::hosted : JidServer::user,
               lid.device};
}

} // namespace

std::optional<Jid> Directory::lid_of(Jid const& phone) const
{
    return lid_in(core_.records, phone);
}

std::optional<Jid> Directory::phone_of(Jid const& lid) const
{
    return phone_in(core_.records, lid);
}

Jid Directory::canonical(Jid const& jid) const
{
    return lid_of(jid).value_or(jid);
}

void Directory::learn(RecordOverlay& step, Jid const& phone, Jid const& lid) const
{
    if (phone.user.empty() || lid.user.empty()) return;
    auto const known_lid = step.read(RecordKind::lid_of_phone, phone.user);
    auto const known_phone = step.read(RecordKind::phone_of_lid, lid.user);
    if (known_lid && known_phone && text_view(*known_lid) == lid.user &&
        text_view(*known_phone) == phone.user)
        return;
    // The map is one to one: a changed side takes its old partner's row with it.
    if (known_lid) step.erase(RecordKind::phone_of_lid, text_view(*known_lid));
    if (known_phone) step.erase(RecordKind::lid_of_phone, text_view(*known_phone));
    step.write(RecordKind::lid_of_phone, phone.user, to_bytes(lid.user));
    step.write(RecordKind::phone_of_lid, lid.user, to_bytes(phone.user));
    auto ids = known_device_ids(step, phone);
    for (auto const id : {phone.device, lid.device})
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    for (auto const id : ids)
        signal::move_records(step, signal::Address::of(Jid::phone(phone.user, id)),
                             signal::Address::of(Jid::hidden(lid.user, id)));
    step.erase(RecordKind::device_list, Jid::phone(phone.user).to_string());
}

void Directory::learn_pair(RecordOverlay& step, Jid const& one, std::optional<Jid> const& other) const
{
    if (!other) return;
    if (one.is_phone() && other->is_lid()) learn(step, one, *other);
    if (one.is_lid() && other->is_phone()) learn(step, *other, one);
}

std::vector<std::uint16_t> Directory::known_device_ids(RecordSource const& records, Jid const& user) const
{
    std::vector<std::uint16_t> ids{0};
    if (auto const list = read_list(records, user)) {
        for (auto const& device : list->devices())
            if (device.id() != 0) ids.push_back(static_cast<std::uint16_t>(device.id()));
    }
    return ids;
}

std::optional<Directory::Devices> Directory::known_devices(Jid const& user) const
{
    auto const list = read_list(core_.records, user);
    if (!list) return std::nullopt;
    auto const age = core_.now.wall - wall_from_milliseconds(list->fetched_ms());
    if (age > core_.options.device_list_lifetime) return std::nullopt;
    Devices devices;
    for (auto const& device : list->devices())
        devices.push_back(device_jid(user, device));
    return devices;
}

void Directory::remember(RecordOverlay& step, stanza::UsyncUser const& user) const
{
    proto::DeviceList list;
    for (auto const& device : user.devices) {
        auto& entry = *list.add_devices();
        entry.set_id(device.id);
        entry.set_key_index(device.key_index);
        entry.set_hosted(device.hosted);
    }
    list.set_fetched_ms(unix_milliseconds(core_.now.wall));
    list.set_raw_id(user.raw_id);
    if (auto const known = read_list(step, user.jid);
        known && known->raw_id() != 0 && user.raw_id != 0 && known->raw_id() != user.raw_id)
        forget_signal_state(step, user.jid); // the account registered anew
    Bytes bytes(list.ByteSizeLong());
    list.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    step.write(RecordKind::device_list, user.jid.bare().to_string(), std::move(bytes));
}

void Directory::devices(std::vector<Jid> users, std::function<void(Result<Devices>)> done)
{
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    auto const is_self = [this](Jid const& device) {
        return device == core_.account.own_phone() || device == core_.account.own_lid();
    };
    Devices found;
    std::vector<Jid> missing;
    for (auto const& user : users) {
        if (auto known = known_devices(user)) {
            for (auto& device : *known)
                if (!is_self(device)) found.push_back(std::move(device));
        } else {
            missing.push_back(user);
        }
    }
    if (missing.empty()) {
        done(std::move(found));
        return;
    }
    auto const id = core_.next_request_id();
    core_.request(id, stanza::usync_devices(id, missing),
                  [this, missing, is_self, found = std::move(found),
                   done = std::move(done)](Result<binary::Node> reply) mutable {
                      if (auto const failure = failure_of(reply)) {
                          done(failure);
                          return;
                      }
                      RecordOverlay step{core_.records};
                      for (auto& user : stanza::parse_usync(*reply)) {
                          learn_pair(step, user.jid, user.lid);
                          learn_pair(step, user.jid, user.phone);
                          if (std::find(missing.begin(), missing.end(), user.jid) == missing.end() ||
                              user.devices.empty())
                              continue;
                          remember(step, user);
                          for (auto const& device : user.devices) {
                              auto jid = user.jid.with_device(device.id);
                              if (device.hosted)
                                  jid.server = jid.is_lid() ? JidServer::hosted_lid : JidServer::hosted;
                              if (!is_self(jid)) found.push_back(std::move(jid));
                          }
                      }
                      if (!step.empty()) core_.store(std::move(step));
                      done(std::move(found));
                  });
}

void Directory::forget_devices(RecordOverlay& step, Jid const& user) const
{
    step.erase(RecordKind::device_list, user.bare().to_string());
    if (auto const lid = lid_in(step, user)) step.erase(RecordKind::device_list, lid->bare().to_string());
    if (auto const phone = phone_in(step, user))
        step.erase(RecordKind::device_list, phone->bare().to_string());
}

void Directory::resolve_phone(Jid const& phone, std::function<void(Result<std::optional<Jid>>)> done)
{
    auto const id = core_.next_request_id();
    core_.request(id, stanza::usync_contact(id, {phone.user}),
                  [this, phone, done = std::move(done)](Result<binary::Node> reply) {
                      if (auto const failure = failure_of(reply)) {
                          done(failure);
                          return;
                      }
                      for (auto const& user : stanza::parse_usync(*reply)) {
                          if (!user.registered) continue;
                          if (!*user.registered) {
                              done(std::optional<Jid>{});
                              return;
                          }
                          // The server may answer with another spelling of the number (as for Brazil and
                          // Mexico) or with the LID.
                          auto const number = user.jid.is_phone() && !user.jid.user.empty()
                                                  ? user.jid
                                                  : user.phone.value_or(phone.bare());
                          auto const lid = user.jid.is_lid() ? std::optional{user.jid} : user.lid;
                          if (!lid) {
                              done(std::optional{number});
                              return;
                          }
                          RecordOverlay step{core_.records};
                          learn(step, number, *lid);
                          if (!step.empty()) core_.store(std::move(step));
                          done(std::optional{lid->bare()});
                          return;
                      }
                      done(std::optional<Jid>{});
                  });
}

void Directory::forget_signal_state(RecordOverlay& step, Jid const& user) const
{
    std::vector<Jid> forms{user.bare()};
    if (auto const lid = lid_in(step, user.bare())) forms.push_back(*lid);
    if (auto const phone = phone_in(step, user.bare())) forms.push_back(*phone);
    std::vector<std::uint16_t> ids;
    for (auto const& form : forms)
        for (auto const id : known_device_ids(step, form))
            ids.push_back(id);
    for (auto const& form : forms) {
        for (auto const id : ids) {
            auto const key = signal::Address::of(form.with_device(id)).record_key();
            step.erase(RecordKind::signal_session, key);
            step.erase(RecordKind::identity, key);
        }
    }
}

} // namespace wagate::engine
