#include "protocol/channel/account_limits.hpp"

#include "protocol/stanza/iq.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

namespace wagate::channel {

namespace json = boost::json;
using binary::Node;

namespace {

constexpr std::string_view quota_id = "24503548349331633"; // a persisted query (10.2)
constexpr std::int64_t end_of_time = 253'402'300'799;      // the year 9999
constexpr std::int64_t most_seconds = 100'000'000'000;     // greater numbers count milliseconds
constexpr std::size_t longest_word = 128;

json::object const* object_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::string word_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    if (!value || !value->is_string()) return {};
    return std::string(value->get_string().c_str()).substr(0, longest_word);
}

/// Numbers come as numbers or as text.
std::optional<std::int64_t> number_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    if (!value) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    if (!value->is_string()) return std::nullopt;
    auto const& text = value->get_string();
    std::int64_t number = 0;
    auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<WallTime> time_at(json::object const& in, std::string_view key)
{
    auto const number = number_at(in, key);
    if (!number || *number <= 0) return std::nullopt;
    auto const seconds = *number > most_seconds ? *number / 1'000 : *number;
    if (seconds > end_of_time) return std::nullopt;
    return wall_from_seconds(seconds);
}

std::optional<json::object> parse(ByteView bytes)
{
    boost::system::error_code failure;
    auto parsed = json::parse(text_view(bytes), failure);
    if (failure || !parsed.is_object()) return std::nullopt;
    return std::move(parsed.get_object());
}

/// What an answer says under a name.
std::optional<json::object> data_of(Node const& reply, std::string_view name)
{
    auto const* result = reply.child("result");
    auto const body = result ? parse(result->bytes()) : std::nullopt;
    auto const* data = body ? object_at(*body, "data") : nullptr;
    auto const* found = data ? object_at(*data, name) : nullptr;
    return found ? std::optional{*found} : std::nullopt;
}

TimeLock to_time_lock(json::object const& in)
{
    TimeLock lock;
    auto const* active = in.if_contains("is_active");
    lock.active = active && active->is_bool() && active->get_bool();
    if (lock.active) lock.until = time_at(in, "time_enforcement_ends");
    lock.type = word_at(in, "enforcement_type");
    return lock;
}

NewChatQuota to_quota(json::object const& in)
{
    NewChatQuota quota;
    quota.total = number_at(in, "total_quota");
    quota.used = number_at(in, "used_quota");
    quota.cycle_start = time_at(in, "cycle_start_timestamp");
    quota.cycle_end = time_at(in, "cycle_end_timestamp");
    quota.status = word_at(in, "capping_status");
    quota.extension = word_at(in, "ote_status");
    quota.verified = word_at(in, "mv_status");
    return quota;
}

constexpr std::size_t most_channels = 100; ///< of one notification

void read_channel(json::object const& in, ChatUpdate change, MexNews& news)
{
    auto const jid = Jid::parse(word_at(in, "id"));
    if (!jid || !jid->is_newsletter() || news.channels.size() == most_channels) return;
    MexNews::ChannelNews found{*jid, change};
    auto const* thread = object_at(in, "thread_metadata");
    auto const* name = thread ? object_at(*thread, "name") : nullptr;
    if (name) found.name = word_at(*name, "text");
    news.channels.push_back(std::move(found));
}

} // namespace

Node quota_query()
{
    Node query{"query"};
    query.set("query_id", quota_id)
        .with_bytes(to_bytes(R"({"variables":{"input":{"type":"INDIVIDUAL_NEW_CHAT_MSG"}}})"));
    return stanza::make_iq("", stanza::IqType::get, "w:mex", {std::move(query)});
}

std::optional<TimeLock> read_time_lock(Node const& reply)
{
    auto const found = data_of(reply, "xwa2_fetch_account_reachout_timelock");
    return found ? std::optional{to_time_lock(*found)} : std::nullopt;
}

std::optional<NewChatQuota> read_quota(Node const& reply)
{
    auto const found = data_of(reply, "xwa2_message_capping_info");
    return found ? std::optional{to_quota(*found)} : std::nullopt;
}

int error_of_answer(Node const& reply)
{
    auto const* result = reply.child("result");
    auto const body = result ? parse(result->bytes()) : std::nullopt;
    auto const* errors = body ? body->if_contains("errors") : nullptr;
    if (!errors || !errors->is_array() || errors->get_array().empty()) return 0;
    auto const* first = errors->get_array().front().if_object();
    auto const* extensions = first ? object_at(*first, "extensions") : nullptr;
    auto const code = extensions ? number_at(*extensions, "error_code").value_or(0) : 0;
    return code > 0 && code < 1'000 ? static_cast<int>(code) : 400;
}

MexNews read_mex_news(Node const& notification)
{
    MexNews news;
    for (auto const& update : notification.children()) {
        if (update.tag != "update") continue;
        auto const body = parse(update.bytes());
        auto const* data = body ? object_at(*body, "data") : nullptr;
        if (!data) continue;
        if (auto const* lock = object_at(*data, "xwa2_notify_account_reachout_timelock"))
            news.time_lock = to_time_lock(*lock);
        if (auto const* quota = object_at(*data, "xwa2_notify_new_chat_messages_capping_info_update"))
            news.quota = to_quota(*quota);
        if (auto const* joined = object_at(*data, "xwa2_notify_newsletter_on_join"))
            read_channel(*joined, ChatUpdate::followed, news);
        if (auto const* left = object_at(*data, "xwa2_notify_newsletter_on_leave"))
            read_channel(*left, ChatUpdate::unfollowed, news);
        if (auto const* muted = object_at(*data, "xwa2_notify_newsletter_on_mute_change"))
            read_channel(*muted, word_at(*muted, "mute") == "ON" ? ChatUpdate::muted : ChatUpdate::unmuted,
                         news);
    }
    return news;
}

} // namespace wagate::channel
