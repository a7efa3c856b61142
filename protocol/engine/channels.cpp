#include "protocol/engine/channels.hpp"

#include "protocol/engine/draft.hpp"
#include "protocol/engine/envelope.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/message/stanza_traits.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_found = 404;
// Edits and deletions of channels come again under the id of the first message (7.3).
constexpr std::string_view edited = "3";
constexpr std::string_view revoked = "8";

/// Like stanza_hash, for messages in plain text: an edit has the id of what it changes.
ByteArray<32> hash_of(Node const& stanza, ByteView plaintext)
{
    Bytes joined;
    for (auto const key : {"from", "id", "server_id", "edit"}) {
        auto const value = stanza.text(key);
        append(joined, big_endian(value.size(), 4));
        append(joined, view(value));
    }
    append(joined, plaintext);
    return crypto::sha256(joined);
}

} // namespace

Channels::Channels(Core& core, Directory& directory, ChatLog& chat_log)
    : core_(core), directory_(directory), chat_log_(chat_log)
{
    auto const handler = [this](Node const& notification) { on_notification(notification); };
    core_.notification_handlers["newsletter"] = handler;
}

// ------------------------------------------------------------------------------ asking

void Channels::ask(Node query, Done<channel::Answer> done)
{
    core_.ask(std::move(query), [done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto answer = channel::read_answer(*reply);
        if (answer.error != 0)
            done(server_error(answer.error));
        else
            done(std::move(answer));
    });
}

void Channels::change(Node query, std::function<void(ErrorCode)> done)
{
    ask(std::move(query), [done = std::move(done)](Result<channel::Answer> answer) {
        done(answer ? ErrorCode{} : answer.error());
    });
}

void Channels::list(Done<std::vector<channel::Channel>> done)
{
    ask(channel::subscribed_query(), [done = std::move(done)](Result<channel::Answer> answer) {
        if (answer)
            done(std::move(answer->channels));
        else
            done(answer.error());
    });
}

void Channels::info(channel::ChannelKey const& key, Done<channel::Channel> done)
{
    ask(channel::info_query(key), [done = std::move(done)](Result<channel::Answer> answer) {
        if (!answer)
            done(answer.error());
        else if (!answer->channel)
            done(server_error(not_found));
        else
            done(std::move(*answer->channel));
    });
}

void Channels::create(std::string name, std::string description, Bytes picture, Done<channel::Channel> done)
{
    // Agreeing again does no harm; without it the server refuses the first channel of an account.
    core_.ask(channel::accept_terms(), [this, name = std::move(name), description = std::move(description),
                                        picture = std::move(picture),
                                        done = std::move(done)](Result<Node> agreed) {
        if (!agreed) {
            done(agreed.error());
            return;
        }
        ask(channel::create_query(name, description, picture), [this, done](Result<channel::Answer> answer) {
            if (!answer) {
                done(answer.error());
                return;
            }
            if (!answer->channel) {
                done(server_error(500));
                return;
            }
            auto made = std::move(*answer->channel);
            made.role = channel::ChannelRole::owner;
            UnitOfWork work;
            ChatChange chat;
            chat.jid = made.jid;
            chat.name = made.name;
            work.chats.push_back(std::move(chat));
            core_.store(std::move(work), [done, made = std::move(made)] { done(made); });
        });
    });
}

void Channels::remove(Jid const& channel, std::function<void(ErrorCode)> done)
{
    change(channel::delete_query(channel), std::move(done));
}

void Channels::update(Jid const& channel, channel::ChannelChange const& change, Done<channel::Channel> done)
{
    // The answer to a change says nothing of who is asking.
    ask(channel::update_query(channel, change),
        [this, channel, done = std::move(done)](Result<channel::Answer> answer) {
            if (!answer)
                done(answer.error());
            else
                info(channel::ChannelKey{channel, {}}, done);
        });
}

void Channels::demote(Jid const& channel, Jid const& person, std::function<void(ErrorCode)> done)
{
    change(channel::demote_query(channel, directory_.canonical(person)), std::move(done));
}

void Channels::change_owner(Jid const& channel, Jid const& person, std::function<void(ErrorCode)> done)
{
    change(channel::change_owner_query(channel, directory_.canonical(person)), std::move(done));
}

void Channels::admin_count(Jid const& channel, Done<std::int64_t> done)
{
    ask(channel::admin_count_query(channel), [done = std::move(done)](Result<channel::Answer> answer) {
        if (answer)
            done(answer->admins);
        else
            done(answer.error());
    });
}

void Channels::watch(Jid const& channel, Done<std::chrono::seconds> done)
{
    core_.ask(channel::live_updates_query(channel), [done = std::move(done)](Result<Node> reply) {
        if (reply)
            done(channel::read_live_updates(*reply));
        else
            done(reply.error());
    });
}

void Channels::view(Jid const& channel, std::vector<std::int64_t> const& posts,
                    std::function<void(ErrorCode)> done)
{
    auto const id = core_.next_request_id();
    core_.send(channel::view_receipt(channel, id, posts)); // views are no promise: the ack is not waited for
    done({});
}

void Channels::follow(Jid const& channel, std::function<void(ErrorCode)> done)
{
    change(channel::follow_query(channel), std::move(done));
}

void Channels::unfollow(Jid const& channel, std::function<void(ErrorCode)> done)
{
    change(channel::unfollow_query(channel), std::move(done));
}

void Channels::mute(Jid const& channel, bool mute, std::function<void(ErrorCode)> done)
{
    change(channel::mute_query(channel, mute), std::move(done));
}

void Channels::search(std::string const& text, std::vector<std::string> const& categories, int limit,
                      std::string const& cursor, Done<channel::ChannelPage> done)
{
    ask(channel::search_query(text, categories, limit, cursor),
        [done = std::move(done)](Result<channel::Answer> answer) {
            if (answer)
                done(std::move(answer->page));
            else
                done(answer.error());
        });
}

void Channels::directory(std::string const& view, std::vector<std::string> const& countries,
                         std::vector<std::string> const& categories, int limit, std::string const& cursor,
                         Done<channel::ChannelPage> done)
{
    ask(channel::directory_query(view, countries, categories, limit, cursor),
        [done = std::move(done)](Result<channel::Answer> answer) {
            if (answer)
                done(std::move(answer->page));
            else
                done(answer.error());
        });
}

void Channels::posts(channel::ChannelKey const& key, int limit, std::int64_t before,
                     Done<std::vector<channel::ChannelPost>> done)
{
    auto const fetch = [this, limit, before, done](channel::ChannelKey const& wanted, Jid const& chat) {
        core_.ask(channel::messages_query(wanted, limit, before), [chat, done](Result<Node> reply) {
            if (!reply) {
                done(reply.error());
                return;
            }
            auto posts = channel::read_posts(*reply, chat);
            for (auto& post : posts)
                describe(post.message, std::move(post.message.content));
            done(std::move(posts));
        });
    };
    if (key.jid) {
        fetch(key, *key.jid);
        return;
    }
    // The messages name their channel only when it is asked for by JID.
    info(key, [fetch, done](Result<channel::Channel> found) {
        if (found)
            fetch(channel::ChannelKey{found->jid, {}}, found->jid);
        else
            done(found.error());
    });
}

// ------------------------------------------------------------------------------ messages

void Channels::on_message(Node const& stanza)
{
    auto acknowledge = core_.acknowledger(stanza);
    auto const from = stanza.jid("from");
    auto const id = stanza.text("id");
    auto const* plaintext = stanza.child("plaintext");
    if (!from || id.empty() || plaintext == nullptr) {
        acknowledge(); // reactions and counts of others: nothing that is kept
        return;
    }
    auto const hash = hash_of(stanza, plaintext->bytes());
    if (core_.reader.was_seen(hash)) {
        acknowledge();
        return;
    }
    Message message;
    message.chat = from->bare();
    message.sender = from->bare();
    message.id = MessageId{id};
    message.from_me = stanza.text("is_sender") == "true";
    message.server_id = stanza.integer("server_id").value_or(0);
    message.timestamp = wall_from_seconds(stanza.integer("t").value_or(unix_seconds(core_.now.wall)));
    message.push_name = stanza.text("notify");
    message.ack = message.from_me ? Ack::server : Ack::device;

    UnitOfWork work;
    work.seen.push_back(hash);
    auto const before = core_.reader.find_message(message.chat, message.id);
    MessageTarget const target{message.id, message.from_me, std::nullopt};
    auto const edit = stanza.text("edit");
    if (edit == revoked) {
        message.kind = MessageKind::control;
        if (before) {
            auto changed = *before;
            changed.revoked = true;
            changed.body.clear();
            changed.content.clear();
            work.messages.push_back(std::move(changed));
        }
        work.events.push_back(Event{core_.now.wall, MessageRevoked{message, target, before}});
    } else {
        describe(message, to_bytes(plaintext->bytes()));
        if (edit == edited) {
            if (before) {
                auto changed = *before;
                changed.kind = message.kind;
                changed.body = message.body;
                changed.content = message.content;
                changed.edited = message.timestamp;
                work.messages.push_back(std::move(changed));
            }
            work.events.push_back(Event{core_.now.wall, MessageEdited{message, target}});
        } else if (!before) {
            work.messages.push_back(message);
            chat_log_.appeared(work, message);
            work.events.push_back(Event{core_.now.wall, MessageAppeared{std::move(message)}});
        }
    }
    core_.store(std::move(work), std::move(acknowledge));
}

void Channels::on_notification(Node const& notification)
{
    UnitOfWork work;
    for (auto& counted : channel::read_counts(notification))
        work.events.push_back(Event{core_.now.wall, std::move(counted)});
    auto acknowledge = core_.acknowledger(notification);
    if (work.empty())
        acknowledge();
    else
        core_.store(std::move(work), std::move(acknowledge));
}

std::optional<Node> channel_stanza(Message const& message, Message const* target,
                                   std::string_view media_handle)
{
    auto const typed = message::parse_body(message.content);
    Node stanza{"message"};
    stanza.set("to", message.chat).set("id", message.id.value);
    if (auto const* reaction = std::get_if<message::Reaction>(&typed.body)) {
        if (target == nullptr || target->server_id == 0) return std::nullopt;
        stanza.set("server_id", target->server_id).set("type", "reaction");
        Node mark{"reaction"};
        if (reaction->text.empty())
            stanza.set("edit", "7");
        else
            mark.set("code", reaction->text);
        return stanza.add(std::move(mark));
    }
    Node plaintext{"plaintext"};
    if (auto const* edit = std::get_if<message::Edit>(&typed.body)) {
        // The new content goes out under the id of the message that it replaces.
        if (target == nullptr || !edit->content) return std::nullopt;
        auto const traits = message::stanza_traits(*edit->content, true);
        stanza.set("id", target->id.value).set("type", traits.type).set("edit", edited);
        if (!traits.media_type.empty()) plaintext.set("mediatype", traits.media_type);
        return stanza.add(std::move(plaintext).with_bytes(message::build_message(*edit->content)));
    }
    if (std::holds_alternative<message::Revoke>(typed.body)) {
        if (target == nullptr) return std::nullopt;
        stanza.set("id", target->id.value).set("type", "text").set("edit", revoked);
        return stanza.add(std::move(plaintext));
    }
    if (message.kind == MessageKind::control) return std::nullopt;
    auto const traits = message::stanza_traits(typed, true);
    stanza.set("type", traits.type);
    if (std::holds_alternative<message::Media>(typed.body)) {
        // Its key would be open to everybody, and the file of no use to them.
        if (media_handle.empty()) return std::nullopt;
        stanza.set("media_id", media_handle);
    }
    if (!traits.media_type.empty()) plaintext.set("mediatype", traits.media_type);
    return stanza.add(std::move(plaintext).with_bytes(message.content));
}

} // namespace wagate::engine
