// Which action stands where (protocol.md 9.6).
#include "protocol/appstate/actions.hpp"

#include "protocol/appstate/action_names.hpp"

namespace wagate::appstate {
namespace {

std::string flag(bool value)
{
    return value ? "1" : "0";
}

Index with_message(std::string_view name, MessageRef const& message)
{
    return {std::string{name}, message.chat.to_string(), message.id.value, flag(message.from_me),
            message.participant ? message.participant->to_string() : "0"};
}

struct IndexOf {
    Index operator()(UnknownAction const& action) const { return action.index; }
    Index operator()(MuteChat const& action) const { return chat<MuteChat>(action.chat); }
    Index operator()(PinChat const& action) const { return chat<PinChat>(action.chat); }
    Index operator()(ArchiveChat const& action) const { return chat<ArchiveChat>(action.chat); }
    Index operator()(MarkChatAsRead const& action) const { return chat<MarkChatAsRead>(action.chat); }
    Index operator()(ClearChat const& action) const
    {
        return {name<ClearChat>(), action.chat.to_string(), flag(action.delete_starred),
                flag(action.delete_media)};
    }
    Index operator()(DeleteChat const& action) const
    {
        return {name<DeleteChat>(), action.chat.to_string(), flag(action.delete_media)};
    }
    Index operator()(StarMessage const& action) const
    {
        return with_message(place_of<StarMessage>.name, action.message);
    }
    Index operator()(DeleteMessageForMe const& action) const
    {
        return with_message(place_of<DeleteMessageForMe>.name, action.message);
    }
    Index operator()(ContactEntry const& action) const { return chat<ContactEntry>(action.jid); }
    Index operator()(LabelEdit const& action) const { return {name<LabelEdit>(), action.label}; }
    Index operator()(LabelChat const& action) const
    {
        return {name<LabelChat>(), action.label, action.chat.to_string()};
    }
    Index operator()(LabelMessage const& action) const
    {
        // The last two say nothing: clients write zeros whoever the sender is.
        return {name<LabelMessage>(), action.label, action.chat.to_string(), action.message.value, "0", "0"};
    }
    Index operator()(QuickReply const& action) const { return {name<QuickReply>(), action.id}; }
    Index operator()(MuteStatus const& action) const { return chat<MuteStatus>(action.person); }
    template <class Setting>
    Index operator()(Setting const&) const
    {
        return {name<Setting>()};
    }

private:
    template <class T>
    static std::string name()
    {
        return std::string{place_of<T>.name};
    }
    template <class T>
    static Index chat(Jid const& jid)
    {
        return {name<T>(), jid.to_string()};
    }
};

} // namespace

std::optional<Collection> collection_of(Action const& action) noexcept
{
    return std::visit(
        []<class T>(T const&) -> std::optional<Collection> {
            if constexpr (std::is_same_v<T, UnknownAction>)
                return std::nullopt;
            else
                return place_of<T>.collection;
        },
        action);
}

std::int32_t version_of(Action const& action) noexcept
{
    return std::visit(
        []<class T>(T const& value) -> std::int32_t {
            if constexpr (std::is_same_v<T, UnknownAction>) {
                return value.version;
            } else {
                (void)value;
                return place_of<T>.version;
            }
        },
        action);
}

Index index_of(Action const& action)
{
    return std::visit(IndexOf{}, action);
}

std::vector<Action> archive_chat(Jid const& chat, bool archived, std::optional<MessageRange> range)
{
    std::vector<Action> actions;
    actions.emplace_back(ArchiveChat{.chat = chat, .archived = archived, .range = std::move(range)});
    if (archived) actions.emplace_back(PinChat{.chat = chat, .pinned = false});
    return actions;
}

} // namespace wagate::appstate
