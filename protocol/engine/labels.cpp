#include "protocol/engine/labels.hpp"

#include "protocol/proto/app_state_records.pb.h"
#include "protocol/proto/codec.hpp"

#include <algorithm>

namespace wagate::engine {
namespace {

constexpr auto kind = RecordKind::label;
constexpr std::string_view all_labels; // the empty key

std::string chats_key(std::string_view label)
{
    return "chats:" + std::string{label};
}

std::string labels_key(Jid const& chat, std::optional<MessageId> const& message)
{
    auto key = "labels:" + chat.to_string();
    if (message) key += '|' + message->value;
    return key;
}

std::vector<std::string> read_names(RecordSource const& records, std::string const& key)
{
    auto const bytes = records.read(kind, key);
    proto::StoredNames stored;
    if (!bytes || !proto::decode(stored, *bytes)) return {};
    return {stored.names().begin(), stored.names().end()};
}

void write_names(RecordOverlay& step, std::string const& key, std::vector<std::string> const& names)
{
    if (names.empty()) {
        step.erase(kind, key);
        return;
    }
    proto::StoredNames stored;
    for (auto const& name : names)
        stored.add_names(name);
    step.write(kind, key, proto::encode(stored));
}

/// @return false when nothing changed
bool change_names(RecordOverlay& step, std::string const& key, std::string_view name, bool is_member)
{
    auto names = read_names(step, key);
    auto const found = std::find(names.begin(), names.end(), name);
    if ((found != names.end()) == is_member) return false;
    if (is_member) {
        if (names.size() >= max_label_members) return false;
        names.emplace_back(name);
    } else {
        names.erase(found);
    }
    write_names(step, key, names);
    return true;
}

void write_labels(RecordOverlay& step, std::vector<Label> const& labels)
{
    proto::StoredLabels stored;
    for (auto const& label : labels) {
        auto& entry = *stored.add_labels();
        entry.set_id(label.id);
        entry.set_name(label.name);
        entry.set_color(label.color);
    }
    step.write(kind, all_labels, proto::encode(stored));
}

} // namespace

std::vector<Label> stored_labels(RecordSource const& records)
{
    auto const bytes = records.read(kind, all_labels);
    proto::StoredLabels stored;
    if (!bytes || !proto::decode(stored, *bytes)) return {};
    std::vector<Label> labels;
    for (auto const& entry : stored.labels())
        labels.push_back({entry.id(), entry.name(), entry.color()});
    return labels;
}

std::optional<Label> find_label(RecordSource const& records, std::string_view id)
{
    for (auto& label : stored_labels(records))
        if (label.id == id) return std::move(label);
    return std::nullopt;
}

bool put_label(RecordOverlay& step, Label const& label)
{
    auto labels = stored_labels(step);
    auto const same = [&](Label const& known) { return known.id == label.id; };
    auto const found = std::find_if(labels.begin(), labels.end(), same);
    if (found != labels.end()) {
        if (*found == label) return false;
        *found = label;
    } else {
        if (labels.size() >= max_labels) return false;
        labels.push_back(label);
    }
    write_labels(step, labels);
    return true;
}

std::optional<Label> erase_label(RecordOverlay& step, std::string_view id)
{
    auto labels = stored_labels(step);
    auto const same = [&](Label const& known) { return known.id == id; };
    auto const found = std::find_if(labels.begin(), labels.end(), same);
    if (found == labels.end()) return std::nullopt;
    auto const label = *found;
    labels.erase(found);
    write_labels(step, labels);
    for (auto const& chat : chats_of_label(step, id))
        change_names(step, labels_key(chat, std::nullopt), id, false);
    step.erase(kind, chats_key(id));
    return label;
}

std::vector<Jid> chats_of_label(RecordSource const& records, std::string_view id)
{
    std::vector<Jid> chats;
    for (auto const& name : read_names(records, chats_key(id)))
        if (auto const chat = Jid::parse(name)) chats.push_back(*chat);
    return chats;
}

std::vector<std::string> labels_of_chat(RecordSource const& records, Jid const& chat,
                                        std::optional<MessageId> const& message)
{
    return read_names(records, labels_key(chat, message));
}

bool assign_label(RecordOverlay& step, std::string_view id, Jid const& chat,
                  std::optional<MessageId> const& message, bool assigned)
{
    if (!change_names(step, labels_key(chat, message), id, assigned)) return false;
    if (!message) change_names(step, chats_key(id), chat.to_string(), assigned);
    return true;
}

} // namespace wagate::engine
