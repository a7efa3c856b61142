// Files that come: found by their message, downloaded once, kept for a while.
#include "gateway/media/kept_media.hpp"
#include "gateway/media/live_media_parts.hpp"
#include "gateway/media/media_kinds.hpp"
#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/transport/http_transfer.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/urls.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

/// The chat in `true_123@c.us_ID`.
std::optional<Jid> chat_in(std::string_view full_id)
{
    auto const first = full_id.find('_');
    if (first == std::string_view::npos) return std::nullopt;
    auto const second = full_id.find('_', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    return parse_chat(full_id.substr(first + 1, second - first - 1));
}

/// By content where the message says its hash, so that a file that came twice lies here once.
std::string name_of(Message const& message, message::MediaFile const& file)
{
    if (file.sha256.size() == 32) return hex_encode(file.sha256);
    return "m" +
           hex_encode(crypto::sha256({view(message.chat.to_string()), view("|"), view(message.id.value)}));
}

} // namespace

std::optional<std::string> kept_file_name(Message const& message)
{
    auto const body = message::parse_body(message.content).body;
    auto const* const media = std::get_if<message::Media>(&body);
    if (media == nullptr) return std::nullopt;
    return name_of(message, media->file);
}

std::optional<LiveMedia::Found> LiveMedia::file_in(SessionKey const& session, Message message) const
{
    auto const body = message::parse_body(message.content).body;
    auto const* const media = message::file_of(body);
    if (media == nullptr) return std::nullopt;
    Found found;
    found.media = *media;
    auto const name = name_of(message, found.media.file);
    found.place = folder_.place(session, name);
    found.local.path = found.place;
    found.local.mimetype = found.media.file.mimetype;
    found.local.file_name = found.media.file_name;
    found.local.etag = '"' + name + '"';
    found.message = std::move(message);
    return found;
}

Outcome<LiveMedia::Found> LiveMedia::find(SessionKey const& session, std::string const& id)
{
    auto const bare = parse_message_id(id);
    if (!bare) return refused(GatewayErrc::not_found, "There is no such file");
    auto const chat = chat_in(id);
    try {
        for (auto& message : store_.messages_by_id(session, *bare)) {
            if (chat && message.chat != *chat && message.chat_phone != *chat) continue;
            if (auto found = file_in(session, std::move(message))) return std::move(*found);
        }
    } catch (std::exception const& failure) {
        log::error("message of a file not read",
                   {{"session", session.name.value}, {"error", failure.what()}});
        return refused(GatewayErrc::storage_failed, "the storage could not be read");
    }
    return refused(GatewayErrc::not_found, "There is no such file");
}

Task<Outcome<LocalFile>> LiveMedia::fetch_here(SessionKey session, std::string id)
{
    auto call = [this, &session, &id] { return find(session, id); };
    auto finding = in_pool(std::move(call), session.tenant.value);
    auto found = co_await std::move(finding);
    if (!found && found.error().code == GatewayErrc::not_found) {
        auto const bare = parse_message_id(id);
        auto const chat = chat_in(id);
        for (auto const& [owner, message] : offered_) {
            if (owner != session || !bare || message.id != *bare || (chat && *chat != message.chat)) continue;
            if (auto offered = file_in(session, message)) found = std::move(*offered);
            break;
        }
    }
    if (!found) co_return found.error();
    auto bringing = bring(std::move(session), std::move(*found));
    co_return co_await std::move(bringing);
}

Task<Outcome<LocalFile>> LiveMedia::fetch_of_here(SessionKey session, Message message)
{
    auto found = file_in(session, std::move(message));
    if (!found) co_return refused(GatewayErrc::not_found, "The message has no file");
    auto const is_same = [&](auto const& entry) {
        return entry.first == session && entry.second.id == found->message.id &&
               entry.second.chat == found->message.chat;
    };
    if (std::none_of(offered_.begin(), offered_.end(), is_same)) {
        if (offered_.size() == most_offered) offered_.pop_front();
        offered_.emplace_back(session, found->message);
    }
    auto bringing = bring(std::move(session), std::move(*found));
    co_return co_await std::move(bringing);
}

Task<Outcome<LocalFile>> LiveMedia::bring(SessionKey session, Found found)
{
    auto const is_here = [&found] {
        std::error_code error;
        found.local.bytes = std::filesystem::file_size(found.place, error);
        return !error;
    };
    if (is_here()) co_return found.local;
    auto const place = found.place.string();
    auto turn = downloading_[place].lock();
    if (!turn) {
        turn = std::make_shared<AsyncSemaphore>(loop(), 1);
        downloading_[place] = turn;
    }
    struct Forgets {
        LiveMedia& media;
        std::string const& place;
        std::shared_ptr<AsyncSemaphore>& turn;
        ~Forgets()
        {
            turn.reset();
            auto const entry = media.downloading_.find(place);
            if (entry != media.downloading_.end() && entry->second.expired()) media.downloading_.erase(entry);
        }
    };
    Forgets const forgets{*this, place, turn};
    auto const held = co_await turn->acquire();
    if (is_here()) co_return found.local;
    auto entering = enter(session.tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto returning = bring_back(session, found);
    auto const returned = co_await std::move(returning);
    if (returned == Returned::yes && is_here()) co_return found.local;
    WantedFile wanted;
    wanted.file = found.media.file;
    wanted.type = file_type(found.media.kind);
    wanted.max_bytes = settings_.max_bytes;
    media::RetrySubject subject;
    subject.id = found.message.id;
    subject.chat = found.message.chat;
    subject.from_me = found.message.from_me;
    if (found.message.chat.is_group() || found.message.chat.is_broadcast())
        subject.participant = found.message.sender;
    wanted.is_open = found.message.chat.is_newsletter() && wanted.file.key.reveal().empty();
    if (!wanted.is_open) wanted.subject = std::move(subject);
    auto downloading = downloader_.download(session, std::move(wanted));
    auto const file = co_await std::move(downloading);
    if (!file && returned == Returned::unknown && file.error().code == GatewayErrc::media_unavailable &&
        file.error().server_code != media_too_large)
        co_return unavailable(file.error().detail + "; the object storage could not be asked for it",
                              media_elsewhere);
    if (!file) co_return file.error();
    std::error_code ignored; // it may have been swept meanwhile
    std::filesystem::create_directories(found.place.parent_path(), ignored);
    if (auto const kept = (*file)->keep_as(found.place); !kept) co_return not_stored(kept.error());
    if (!is_here()) co_return unavailable("the file has been removed");
    keep_safe(session, found.place.filename().string());
    co_return found.local;
}

Task<Outcome<Bytes>> LiveMedia::fetch_blob_here(SessionKey session, WantedFile wanted)
{
    auto const most = wanted.max_bytes;
    auto entering = enter(session.tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto downloading = downloader_.download(std::move(session), std::move(wanted));
    auto const file = co_await std::move(downloading);
    if (!file) co_return file.error();
    auto call = [&file, most]() -> Outcome<Bytes> {
        auto input = OpenFile::to_read((*file)->path());
        auto const size = input ? input->size() : Result<std::uint64_t>(input.error());
        if (!size || *size > most) return unavailable("the file cannot be read");
        std::string content(*size, '\0');
        auto const got = input->read(content);
        if (!got || *got != content.size()) return unavailable("the file cannot be read");
        return to_bytes(content);
    };
    auto reading = in_pool(std::move(call), session.tenant.value);
    co_return co_await std::move(reading);
}

Task<Outcome<LocalFile>> LiveMedia::fetch_file_here(SessionKey session, WantedFile wanted)
{
    auto entering = enter(session.tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto downloading = downloader_.download(std::move(session), std::move(wanted));
    auto const file = co_await std::move(downloading);
    if (!file) co_return file.error();
    LocalFile local;
    local.path = (*file)->path();
    local.keeper = *file;
    std::error_code ignored;
    local.bytes = std::filesystem::file_size(local.path, ignored);
    co_return local;
}

Task<void> LiveMedia::drop_history_here(SessionKey session, message::HistoryFile file)
{
    auto asking = directory_.for_upload(session);
    auto const servers = co_await std::move(asking);
    if (!servers || servers->urls.empty()) co_return;
    auto const path = media::history_delete_path(file.direct_path, file.encrypted_sha256,
                                                 servers->auth.reveal(), file.encrypted_handle);
    if (!path) co_return;
    transport::Transfer transfer;
    transfer.method = "DELETE";
    transfer.url = servers->urls.front() + *path;
    transfer.policy = server_policy(settings_);
    transfer.ca_file = settings_.ca_file;
    transfer.user_agent = settings_.user_agent;
    transfer.headers.emplace_back("Origin", media::media_origin);
    transfer.headers.emplace_back("Referer", media::media_referer);
    auto transferring = transport::run_transfer(std::move(transfer));
    auto const head = co_await std::move(transferring);
    if (!head || head->status / 100 != 2)
        log::info("history not deleted on the media servers", {{"session", session.name.value}});
}

} // namespace wagate::gateway
