#include "protocol/engine/chat_log.hpp"

namespace wagate::engine {

ChatLog::ChatLog(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    core_.when_forgotten.push_back([this] { names_.clear(); });
}

void ChatLog::appeared(UnitOfWork& work, Message const& message)
{
    if (message.kind == MessageKind::control || message.chat.is_status()) return;
    ChatChange change;
    change.jid = message.chat;
    change.activity = message.timestamp;
    if (message.from_me) {
        change.unread = 0;
        change.marked_unread = false;
    } else if (message.kind != MessageKind::waiting) {
        change.unread_more = 1;
    }
    work.chats.push_back(std::move(change));
}

void ChatLog::read(UnitOfWork& work, Jid const& chat)
{
    if (chat.is_status()) return;
    ChatChange change;
    change.jid = chat.bare();
    change.unread = 0;
    change.marked_unread = false;
    work.chats.push_back(std::move(change));
}

void ChatLog::named(UnitOfWork& work, Jid const& person, std::string const& push_name,
                    std::string const& business_name)
{
    if (push_name.empty() && business_name.empty()) return;
    auto const both = business_name.empty() ? push_name : push_name + '\n' + business_name;
    auto const jid = directory_.canonical(person.bare());
    auto const known = names_.find(jid);
    if (known != names_.end() && known->second == both) return;
    if (known == names_.end() && names_.size() == remembered_names) names_.clear();
    names_[jid] = both;
    ContactChange change;
    change.jid = jid;
    if (!push_name.empty()) change.push_name = push_name;
    if (!business_name.empty()) change.business_name = business_name;
    work.contacts.push_back(std::move(change));
}

} // namespace wagate::engine
