#pragma once
// Channels (newsletters, protocol.md 10.2): following and making them, and their messages, which are not
// encrypted.
#include "protocol/channel/channel.hpp"
#include "protocol/channel/queries.hpp"
#include "protocol/engine/chat_log.hpp"

namespace wagate::engine {

class Channels {
public:
    Channels(Core& core, Directory& directory, ChatLog& chat_log);

    template <class T>
    using Done = std::function<void(Result<T>)>;

    // --- asking and changing; a refusal is a server_error
    /// Channels that the account follows or runs.
    void list(Done<std::vector<channel::Channel>> done);
    void info(channel::ChannelKey const& key, Done<channel::Channel> done);
    /// Agrees to WhatsApp's terms for channels on the way. @param picture JPEG; empty: none
    void create(std::string name, std::string description, Bytes picture, Done<channel::Channel> done);
    void remove(Jid const& channel, std::function<void(ErrorCode)> done);
    /// @return the channel as it is now
    void update(Jid const& channel, channel::ChannelChange const& change, Done<channel::Channel> done);
    void demote(Jid const& channel, Jid const& person, std::function<void(ErrorCode)> done);
    void change_owner(Jid const& channel, Jid const& person, std::function<void(ErrorCode)> done);
    /// How many administrators it has, with the owner.
    void admin_count(Jid const& channel, Done<std::int64_t> done);
    /// For so long counts of the channel's messages are told as they change.
    void watch(Jid const& channel, Done<std::chrono::seconds> done);
    /// Counts views of these messages, by their numbers in the channel.
    void view(Jid const& channel, std::vector<std::int64_t> const& posts,
              std::function<void(ErrorCode)> done);
    void follow(Jid const& channel, std::function<void(ErrorCode)> done);
    void unfollow(Jid const& channel, std::function<void(ErrorCode)> done);
    void mute(Jid const& channel, bool mute, std::function<void(ErrorCode)> done);
    /// @param limit 1 to 100 @param cursor of an earlier page; empty: from the start
    void search(std::string const& text, std::vector<std::string> const& categories, int limit,
                std::string const& cursor, Done<channel::ChannelPage> done);
    void directory(std::string const& view, std::vector<std::string> const& countries,
                   std::vector<std::string> const& categories, int limit, std::string const& cursor,
                   Done<channel::ChannelPage> done);
    /// The newest messages, oldest of them first; also of channels that are not followed.
    /// @param before server id of a message: only older ones; 0: the newest
    void posts(channel::ChannelKey const& key, int limit, std::int64_t before,
               Done<std::vector<channel::ChannelPost>> done);

    // --- messages
    /// A message of a channel: stored, told, then acknowledged.
    void on_message(binary::Node const& stanza);

private:
    void change(binary::Node query, std::function<void(ErrorCode)> done);
    void ask(binary::Node query, Done<channel::Answer> done);
    void on_notification(binary::Node const& notification);

    Core& core_;
    Directory& directory_;
    ChatLog& chat_log_;
};

/// The stanza of a message to a channel (10.2): plain text, reactions as their own node.
/// @param target the message it is about, as stored; null when it is about none, or that is unknown
/// @param media_handle what the upload of the message's file was answered with; empty: it has none
/// @return nothing for kinds that cannot be sent to channels, and for files that were not uploaded for one
std::optional<binary::Node> channel_stanza(Message const& message, Message const* target,
                                           std::string_view media_handle);

} // namespace wagate::engine
