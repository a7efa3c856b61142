#include "protocol/engine/account_limits.hpp"

#include "protocol/channel/account_limits.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/stanza/iq.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_understood = 500;
/// Of a lock whose end the server does not tell.
constexpr auto unknown_end = std::chrono::seconds{60};

template <class T, class Read>
void answer(Result<Node> const& reply, Read read, std::function<void(Result<T>)> const& done)
{
    if (!reply) return done(reply.error());
    if (auto const error = channel::error_of_answer(*reply); error != 0) return done(server_error(error));
    auto found = read(*reply);
    if (!found) return done(server_error(not_understood));
    done(std::move(*found));
}

} // namespace

AccountLimits::AccountLimits(Core& core, std::function<void(WallTime)> locked)
    : core_(core), locked_(std::move(locked))
{
    core_.notification_handlers["mex"] = [this](Node const& notification) { on_news(notification); };
}

void AccountLimits::time_lock(Done<TimeLock> done)
{
    core_.ask(stanza::reachout_timelock({}), [this, done = std::move(done)](Result<Node> reply) {
        auto const read = [this](Node const& node) {
            auto lock = channel::read_time_lock(node);
            if (lock) note(*lock);
            return lock;
        };
        answer<TimeLock>(reply, read, done);
    });
}

void AccountLimits::note(TimeLock const& lock) const
{
    // Without an end it is asked for again by the next message that the server refuses.
    auto const until = lock.until.value_or(core_.now.wall + unknown_end);
    locked_(lock.active ? until : core_.now.wall);
}

void AccountLimits::new_chats(Done<NewChatQuota> done)
{
    core_.ask(channel::quota_query(), [done = std::move(done)](Result<Node> reply) {
        answer<NewChatQuota>(reply, channel::read_quota, done);
    });
}

void AccountLimits::on_news(Node const& notification)
{
    auto const news = channel::read_mex_news(notification);
    UnitOfWork work;
    if (news.time_lock || news.quota) {
        AccountUpdated told;
        told.time_lock = news.time_lock;
        told.quota = news.quota;
        work.events.push_back(Event{core_.now.wall, std::move(told)});
    }
    for (auto const& one : news.channels) {
        if (!one.name.empty()) {
            ChatChange chat;
            chat.jid = one.channel;
            chat.name = one.name;
            work.chats.push_back(std::move(chat));
        }
        work.events.push_back(Event{core_.now.wall, ChatUpdated{one.channel, {}, one.change, {}}});
    }
    if (news.time_lock) note(*news.time_lock);
    auto acknowledge = core_.acknowledger(notification);
    if (work.empty())
        acknowledge();
    else
        core_.store(std::move(work), std::move(acknowledge));
}

} // namespace wagate::engine
