#pragma once
// App state that tests hold in memory, and random changes of it.
#include "protocol/appstate/patch.hpp"
#include "tests/support/random_node.hpp"

#include <map>

namespace wagate::testing {

/// Keys by id, as the phone has shared them.
class MemoryKeys final : public appstate::KeySource {
public:
    void add(Bytes id, Bytes data) { keys_[std::move(id)] = std::move(data); }
    std::optional<Secret<Bytes>> find(ByteView key_id) override
    {
        auto const found = keys_.find(to_bytes(key_id));
        if (found == keys_.end()) return std::nullopt;
        return Secret{found->second};
    }

private:
    std::map<Bytes, Bytes> keys_;
};

/// The table (collection, index MAC) → value MAC.
class MemoryTable final : public appstate::ValueMacSource {
public:
    std::optional<appstate::ValueMac> find(appstate::Collection collection,
                                           appstate::IndexMac const& index) override
    {
        auto const found = rows_.find({collection, index});
        if (found == rows_.end()) return std::nullopt;
        return found->second;
    }
    void store(appstate::Applied const& applied)
    {
        auto const collection = applied.state.collection;
        if (applied.replaces_all)
            std::erase_if(rows_, [&](auto const& row) { return row.first.first == collection; });
        for (auto const& change : applied.macs) {
            if (change.value_mac)
                rows_[{collection, change.index_mac}] = *change.value_mac;
            else
                rows_.erase({collection, change.index_mac});
        }
    }
    std::size_t size() const noexcept { return rows_.size(); }
    bool operator==(MemoryTable const& other) const { return rows_ == other.rows_; }

private:
    std::map<std::pair<appstate::Collection, appstate::IndexMac>, appstate::ValueMac> rows_;
};

inline Jid random_chat(RandomSource& random)
{
    auto const number = std::to_string(15550001000 + random.below(8));
    if (chance(random, 4)) return {"1203630000" + number, JidServer::group};
    return chance(random, 2) ? Jid::hidden(number) : Jid::phone(number);
}

inline WallTime random_second(RandomSource& random)
{
    return wall_from_seconds(1'700'000'000 + static_cast<std::int64_t>(random.below(100'000'000)));
}

inline appstate::MessageRef random_message(RandomSource& random)
{
    appstate::MessageRef message;
    message.chat = random_chat(random);
    message.id = MessageId{"3EB0" + random_letters(random, "0123456789ABCDEF", 6)};
    message.from_me = chance(random, 2);
    if (message.chat.is_group() && !message.from_me) message.participant = Jid::phone("15550002000");
    return message;
}

inline std::string random_words(RandomSource& random)
{
    static constexpr std::string_view words[] = {"Ann",  "Łukasz", "\"quoted\"", "back\\slash", "line\nbreak",
                                                 "👍🏽", "",       "<tag>&",     "a\tb"};
    return std::string{words[random.below(std::size(words))]} + std::to_string(random.below(100));
}

inline std::optional<appstate::MessageRange> random_range(RandomSource& random)
{
    if (chance(random, 3)) return std::nullopt;
    appstate::MessageRange range;
    if (chance(random, 2)) range.last_message = random_second(random);
    if (chance(random, 3)) range.last_system_message = random_second(random);
    for (auto count = random.below(3); count > 0; --count)
        range.messages.push_back({random_message(random), random_second(random)});
    return range;
}

/// Any typed action; those of `collection` only when one is given.
inline appstate::Action random_action(RandomSource& random,
                                      std::optional<appstate::Collection> collection = std::nullopt)
{
    using namespace appstate;
    auto const flag = [&] { return chance(random, 2); };
    auto const draw = [&]() -> Action {
        switch (random.below(19)) {
        case 0: {
            MuteChat mute{.chat = random_chat(random), .muted = flag(), .until = std::nullopt};
            if (mute.muted && flag()) mute.until = random_second(random) + Milliseconds{123};
            return mute;
        }
        case 1: return PinChat{random_chat(random), flag()};
        case 2: return ArchiveChat{random_chat(random), flag(), random_range(random)};
        case 3: return MarkChatAsRead{random_chat(random), flag(), random_range(random)};
        case 4: return ClearChat{random_chat(random), flag(), flag(), random_range(random)};
        case 5: return DeleteChat{random_chat(random), flag(), random_range(random)};
        case 6: return StarMessage{random_message(random), flag()};
        case 7: return DeleteMessageForMe{random_message(random), flag(), random_second(random)};
        case 8: {
            ContactEntry contact;
            contact.jid = random_chat(random);
            contact.full_name = random_words(random);
            contact.first_name = flag() ? random_words(random) : "";
            contact.username = flag() ? "user.name" : "";
            if (flag()) contact.lid = Jid::hidden("900000000000001");
            if (flag()) contact.phone = Jid::phone("15550001111");
            contact.save_on_primary = flag();
            return contact;
        }
        case 9: {
            LabelEdit label;
            label.label = std::to_string(random.below(20));
            label.name = random_words(random);
            if (flag()) label.color = static_cast<std::int32_t>(random.below(20));
            if (flag()) label.predefined_id = static_cast<std::int32_t>(random.below(5));
            label.deleted = flag();
            if (flag()) label.order_index = static_cast<std::int32_t>(random.below(9));
            if (flag()) label.active = flag();
            if (flag()) label.list_type = 5;
            return label;
        }
        case 10: return LabelChat{std::to_string(random.below(20)), random_chat(random), flag()};
        case 11: {
            auto const message = random_message(random);
            return LabelMessage{std::to_string(random.below(20)), message.chat, message.id, flag()};
        }
        case 12: return PushNameSetting{random_words(random)};
        case 13: return UnarchiveChatsSetting{flag()};
        case 14: return LocaleSetting{"pt_BR"};
        case 15: return TimeFormatSetting{flag()};
        case 16: {
            QuickReply reply;
            reply.id = std::to_string(1'790'000'000 + random.below(1'000));
            reply.shortcut = random_words(random);
            reply.message = random_words(random);
            if (flag()) reply.keywords = {random_words(random), "hello"};
            reply.count = static_cast<std::int32_t>(random.below(9));
            reply.deleted = flag();
            return reply;
        }
        case 17: return MuteStatus{random_chat(random), flag()};
        default: return LinkPreviewsSetting{flag()};
        }
    };
    for (;;) {
        auto action = draw();
        if (!collection || collection_of(action) == collection) return action;
    }
}

/// Changes of one collection, each of another entry; some are removals.
inline std::vector<appstate::Intent> random_intents(RandomSource& random, appstate::Collection collection,
                                                    std::size_t at_most)
{
    std::vector<appstate::Intent> intents;
    std::map<appstate::Index, bool> seen;
    for (auto count = 1 + random.below(at_most); count > 0; --count) {
        auto action = random_action(random, collection);
        if (!seen.emplace(index_of(action), true).second) continue;
        auto const operation = chance(random, 5) ? appstate::Operation::remove : appstate::Operation::set;
        intents.push_back({operation, std::move(action)});
    }
    return intents;
}

} // namespace wagate::testing
