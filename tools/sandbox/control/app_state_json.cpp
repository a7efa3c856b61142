#include "tools/sandbox/control/app_state_json.hpp"

#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/handlers.hpp"

namespace wagate::sandbox {
namespace {

using namespace appstate;

/// One change as it stands in a request.
class Wanted {
public:
    Wanted(Network& network, json::object const& body) : network_(network), body_(body) {}

    std::string text(std::string_view key) const { return text_field(body_, key).value_or(""); }
    bool flag(std::string_view key, bool otherwise = true) const
    {
        return flag_field(body_, key).value_or(otherwise);
    }
    std::optional<std::int32_t> number(std::string_view key) const
    {
        auto const value = number_field(body_, key);
        return value ? std::optional{static_cast<std::int32_t>(*value)} : std::nullopt;
    }
    /// A JID as it is, or the digits of an account, which is named by its LID as phones do now.
    std::optional<Jid> jid(std::string_view key) const
    {
        auto const name = text(key);
        if (name.find('@') != std::string::npos) return Jid::parse(name);
        auto const* account = network_.find_phone(name);
        return account != nullptr ? std::optional{account->lid_jid()} : std::nullopt;
    }
    std::optional<MessageRef> message() const
    {
        auto const chat = jid("chat");
        if (!chat || text("message").empty()) return std::nullopt;
        return MessageRef{*chat, MessageId{text("message")}, flag("fromMe", false), jid("participant")};
    }

    /// Nothing when a field is missing or the action is not known.
    std::optional<Action> action() const
    {
        auto const name = text("action");
        if (name == "pushName") return PushNameSetting{text("name")};
        if (name == "label") {
            LabelEdit edit;
            edit.label = text("id");
            edit.name = text("name");
            edit.color = number("color");
            edit.deleted = flag("deleted", false);
            return edit.label.empty() ? std::nullopt : std::optional<Action>{edit};
        }
        if (name == "contact") return contact();
        if (name == "unarchiveChats") return UnarchiveChatsSetting{flag("enabled")};
        if (name == "disableLinkPreviews") return LinkPreviewsSetting{flag("enabled")};
        if (name == "locale") return LocaleSetting{text("locale")};
        if (name == "quickReply") return quick_reply();
        if (name == "star" || name == "deleteMessage") {
            auto const named = message();
            if (!named) return std::nullopt;
            if (name == "star") return StarMessage{*named, flag("starred")};
            return DeleteMessageForMe{*named, false, std::nullopt};
        }
        auto const chat = jid("chat");
        return chat ? chat_action(name, *chat) : std::nullopt;
    }

private:
    std::optional<Action> quick_reply() const
    {
        QuickReply reply{text("id"), text("shortcut"), text("message")};
        if (auto const* keywords = body_.if_contains("keywords"); keywords && keywords->is_array())
            for (auto const& keyword : keywords->get_array())
                if (keyword.is_string()) reply.keywords.emplace_back(keyword.get_string());
        reply.deleted = flag("deleted", false);
        return reply.id.empty() ? std::nullopt : std::optional<Action>{std::move(reply)};
    }

    /// Unix seconds.
    std::optional<WallTime> time(std::string_view key) const
    {
        auto const value = number_field(body_, key);
        return value ? std::optional{wall_from_seconds(static_cast<std::int64_t>(*value))} : std::nullopt;
    }
    std::optional<Action> contact() const
    {
        auto const whom = jid("jid");
        auto const* account = whom ? network_.find(*whom) : nullptr;
        if (account == nullptr) return std::nullopt;
        ContactEntry entry;
        entry.jid = account->phone_jid();
        entry.lid = account->lid_jid();
        entry.full_name = text("fullName");
        entry.first_name = text("firstName");
        return entry;
    }
    std::optional<Action> chat_action(std::string_view name, Jid const& chat) const
    {
        if (name == "archive") return ArchiveChat{chat, flag("archived"), std::nullopt};
        if (name == "pin") return PinChat{chat, flag("pinned")};
        if (name == "muteStatus") return MuteStatus{chat, flag("muted")};
        if (name == "mute") return MuteChat{chat, flag("muted"), time("until")};
        if (name == "markRead") return MarkChatAsRead{chat, flag("read"), std::nullopt};
        if (name == "clearChat") return ClearChat{chat, true, false, std::nullopt};
        if (name == "deleteChat") return DeleteChat{chat, true, std::nullopt};
        if (name == "labelChat") return LabelChat{text("label"), chat, flag("labeled")};
        if (name == "labelMessage")
            return LabelMessage{text("label"), chat, MessageId{text("message")}, flag("labeled")};
        return std::nullopt;
    }

    Network& network_;
    json::object const& body_;
};

/// The fields of an action that its index does not tell.
struct Show {
    json::object& out;

    void operator()(MuteChat const& action) const
    {
        out["muted"] = action.muted;
        out["until"] = nullptr;
        if (action.until) out["until"] = unix_seconds(*action.until);
    }
    void operator()(PinChat const& action) const { out["pinned"] = action.pinned; }
    void operator()(ArchiveChat const& action) const { out["archived"] = action.archived; }
    void operator()(MarkChatAsRead const& action) const { out["read"] = action.read; }
    void operator()(StarMessage const& action) const { out["starred"] = action.starred; }
    void operator()(ContactEntry const& action) const
    {
        out["fullName"] = action.full_name;
        out["firstName"] = action.first_name;
    }
    void operator()(LabelEdit const& action) const
    {
        out["name"] = action.name;
        out["color"] = action.color.value_or(0);
        out["deleted"] = action.deleted;
    }
    void operator()(LabelChat const& action) const { out["labeled"] = action.labeled; }
    void operator()(LabelMessage const& action) const { out["labeled"] = action.labeled; }
    void operator()(PushNameSetting const& action) const { out["name"] = action.name; }
    void operator()(QuickReply const& action) const
    {
        out["shortcut"] = action.shortcut;
        out["message"] = action.message;
        json::array keywords;
        for (auto const& keyword : action.keywords)
            keywords.emplace_back(keyword);
        out["keywords"] = std::move(keywords);
        out["deleted"] = action.deleted;
    }
    void operator()(UnarchiveChatsSetting const& action) const { out["enabled"] = action.unarchive; }
    void operator()(LinkPreviewsSetting const& action) const { out["enabled"] = action.disabled; }
    void operator()(LocaleSetting const& action) const { out["locale"] = action.locale; }
    void operator()(MuteStatus const& action) const { out["muted"] = action.muted; }
    template <class Other>
    void operator()(Other const&) const
    {}
};

} // namespace

HttpResponse change_app_state(Network& network, Account& account, json::object const& body)
{
    if (!account.handset->online()) return json_error(409, "the phone is offline");
    auto const action = Wanted{network, body}.action();
    if (!action) return json_error(400, "action: unknown, or a field of it is missing or names nobody");
    if (auto const* named = std::get_if<PushNameSetting>(&*action)) account.push_name = named->name;
    auto const operation = flag_field(body, "remove").value_or(false) ? Operation::remove : Operation::set;
    account.handset->app_state().change({*action}, operation);
    if (flag_field(body, "inFile").value_or(false))
        if (auto const collection = appstate::collection_of(*action))
            move_last_patch_to_file(account, std::string{collection_name(*collection)});
    return json_response(200, json::object{});
}

HttpResponse make_snapshots(Account& account)
{
    compact_app_state(account);
    return json_response(200, json::object{});
}

HttpResponse show_app_state(Account& account)
{
    json::array entries;
    auto& state = account.handset->app_state();
    for (auto const& entry : state.entries()) {
        json::object out;
        out["collection"] = collection_name(entry.collection);
        boost::system::error_code error;
        out["index"] = json::parse(entry.index, error);
        std::visit(Show{out}, entry.action);
        entries.push_back(std::move(out));
    }
    json::object versions;
    for (auto const collection : all_collections)
        versions[collection_name(collection)] = state.version(collection);
    json::object out;
    out["versions"] = std::move(versions);
    out["entries"] = std::move(entries);
    return json_response(200, out);
}

HttpResponse rotate_app_state_key(Account& account, json::object const& body)
{
    account.handset->rotate_app_state_key(flag_field(body, "share").value_or(true));
    return json_response(200, json::object{});
}

} // namespace wagate::sandbox
