// Files in the object storage: copied there behind everybody's back, brought back when they are asked for.
#include "gateway/media/live_media_parts.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/telemetry/log.hpp"
#include "protocol/base/encoding.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

namespace errc = boost::system::errc;

/// Names of files alone.
constexpr std::size_t most_to_keep = 4'096;
constexpr std::size_t most_keepers = 4;
constexpr int attempts = 3;
constexpr std::chrono::seconds pause{2};

std::string object_key(SessionKey const& session, std::string const& name)
{
    return MediaFolder::name_of(session) + "/" + name;
}

/// Names are the hash of the content where it is known, else they begin with an `m`.
bool is_hash(std::string const& name)
{
    return name.size() == 64;
}

/// Time may help.
bool may_pass(ErrorCode error)
{
    return error != errc::permission_denied && error != errc::no_such_file_or_directory;
}

} // namespace

Task<LiveMedia::Returned> LiveMedia::bring_back(SessionKey session, Found const& found)
{
    if (!objects_) co_return Returned::no;
    auto const name = found.place.filename().string();
    auto const most = found.media.file.length != 0 ? std::min(found.media.file.length, settings_.max_bytes)
                                                   : settings_.max_bytes;
    auto getting = objects_->get(object_key(session, name), most);
    auto const object = co_await std::move(getting);
    if (!object) {
        if (object.error() == errc::no_such_file_or_directory) co_return Returned::no;
        log::warn("file not brought back from the object storage",
                  {{"session", session.name.value}, {"error", object.error().message()}});
        co_return Returned::unknown;
    }
    if (is_hash(name) && hex_encode(object->sha256) != name) {
        log::warn("file in the object storage is damaged", {{"session", session.name.value}});
        co_return Returned::no;
    }
    std::error_code ignored; // it may have been swept meanwhile
    std::filesystem::create_directories(found.place.parent_path(), ignored);
    auto const kept = object->file->keep_as(found.place);
    if (kept) co_return Returned::yes;
    log::warn("file of the object storage not stored",
              {{"session", session.name.value}, {"error", kept.error().message()}});
    co_return Returned::unknown;
}

void LiveMedia::keep_safe(SessionKey const& session, std::string name)
{
    if (!objects_ || !is_running_) return;
    if (to_keep_.size() >= most_to_keep) {
        log::warn("file not kept in the object storage",
                  {{"session", session.name.value}, {"error", "too many files wait"}});
        return;
    }
    to_keep_.push_back({session, std::move(name)});
    if (keepers_ >= most_keepers) return;
    ++keepers_;
    group_.spawn("object storage", keep_waiting());
}

Task<void> LiveMedia::keep_waiting()
{
    struct Ends {
        std::size_t& keepers;
        ~Ends() { --keepers; }
    };
    Ends const ends{keepers_};
    while (!to_keep_.empty()) {
        auto const next = to_keep_.begin();
        keeping_.splice(keeping_.end(), to_keep_, next); // the iterator stays good
        auto running = keep(*next);
        co_await std::move(running);
        keeping_.erase(next);
    }
}

/// Without it the file is still here for its lifetime, and on WhatsApp's servers.
Task<void> LiveMedia::keep(Keeping const& keeping)
{
    auto const key = object_key(keeping.session, keeping.name);
    auto const place = settings_.folder / key;
    auto const sha256 = is_hash(keeping.name) ? keeping.name : std::string{};
    for (int attempt = 1; !keeping.is_unwanted; ++attempt) {
        auto putting = objects_->put(key, place, sha256);
        auto const put = co_await std::move(putting);
        if (put) break;
        if (attempt == attempts || !may_pass(put.error())) {
            log::warn("file not kept in the object storage",
                      {{"session", keeping.session.name.value}, {"error", put.error().message()}});
            co_return;
        }
        co_await sleep_for(pause * attempt);
    }
    if (!keeping.is_unwanted) co_return;
    auto erasing = objects_->erase(key);
    auto const erased = co_await std::move(erasing);
    if (!erased)
        log::error("file of a deleted session stays in the object storage",
                   {{"session", keeping.session.name.value}, {"error", erased.error().message()}});
}

void LiveMedia::forget_objects(SessionKey const& session)
{
    if (!objects_ || !is_running_) return;
    std::erase_if(to_keep_, [&session](Keeping const& waiting) { return waiting.session == session; });
    for (auto& keeping : keeping_)
        if (keeping.session == session) keeping.is_unwanted = true;
    group_.spawn("object storage", erase_objects(session));
}

Task<void> LiveMedia::erase_objects(SessionKey session)
{
    auto const held = co_await erasers_.acquire();
    auto const prefix = MediaFolder::name_of(session) + "/";
    for (int attempt = 1;; ++attempt) {
        auto erasing = objects_->erase_all(prefix);
        auto const erased = co_await std::move(erasing);
        if (erased) co_return;
        if (attempt == attempts || !may_pass(erased.error())) {
            log::error("files of a deleted session stay in the object storage",
                       {{"session", session.name.value}, {"error", erased.error().message()}});
            co_return;
        }
        co_await sleep_for(pause * attempt);
    }
}

} // namespace wagate::gateway
