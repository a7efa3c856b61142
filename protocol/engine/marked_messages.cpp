#include "protocol/engine/marked_messages.hpp"

#include <algorithm>

namespace wagate::engine {
namespace {

constexpr std::size_t most_early = 1'000; ///< of one chat; older ones are forgotten

std::optional<Message> find(Core const& core, UnitOfWork const& work, Jid const& chat, MessageId const& id)
{
    for (auto known = work.messages.rbegin(); known != work.messages.rend(); ++known)
        if (known->chat == chat && known->id == id) return *known;
    return core.messages.find(chat, id);
}

/// Ids of starred messages of a chat that have not come yet. One record for each chat, beside the list of
/// changes, whose key is empty: a history asks once for each chat, not for each message.
class EarlyStars {
public:
    EarlyStars(RecordSource const& records, Jid const& chat) : key_("star|" + chat.to_string())
    {
        auto const list = records.read(RecordKind::early_changes, key_);
        if (!list) return;
        std::string id;
        for (auto const byte : *list) {
            if (byte != '\n')
                id += static_cast<char>(byte);
            else
                ids_.push_back(std::exchange(id, {}));
        }
    }
    void add(std::string const& id)
    {
        if (std::find(ids_.begin(), ids_.end(), id) != ids_.end()) return;
        if (ids_.size() == most_early) ids_.erase(ids_.begin());
        ids_.push_back(id);
    }
    bool remove(std::string const& id) { return std::erase(ids_, id) > 0; }
    void write(RecordOverlay& step) const
    {
        if (ids_.empty()) return step.erase(RecordKind::early_changes, key_);
        std::string text;
        for (auto const& id : ids_)
            text += id + '\n';
        step.write(RecordKind::early_changes, key_, to_bytes(text));
    }

private:
    std::string key_;
    std::vector<std::string> ids_;
};

} // namespace

bool mark_starred(Core const& core, RecordOverlay& step, UnitOfWork& work, Jid const& chat,
                  std::optional<Jid> const& phone, MessageId const& id, bool starred)
{
    if (id.value.empty() || id.value.find('\n') != std::string::npos) return false;
    auto message = find(core, work, chat, id);
    if (!message && phone) message = find(core, work, *phone, id);
    if (message) {
        if (message->starred == starred) return false;
        message->starred = starred;
        work.messages.push_back(std::move(*message));
        return true;
    }
    EarlyStars early{step, chat};
    if (starred)
        early.add(id.value);
    else if (!early.remove(id.value))
        return false;
    early.write(step);
    return true;
}

void take_early_star(RecordOverlay& step, Message& message)
{
    for (auto const& chat : {std::optional{message.chat}, message.chat_phone}) {
        if (!chat) continue;
        EarlyStars early{step, *chat};
        if (!early.remove(message.id.value)) continue;
        message.starred = true;
        early.write(step);
    }
}

} // namespace wagate::engine
