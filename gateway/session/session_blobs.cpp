// Files in which the account keeps what does not fit into a stanza: snapshots of app state, large patches.
#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {

namespace {

constexpr std::size_t max_blob_bytes = 64u << 20;

message::MediaFile file_of(appstate::BlobReference const& reference)
{
    message::MediaFile file;
    file.direct_path = reference.direct_path;
    file.key = message::SharedSecret{reference.media_key};
    file.sha256 = reference.plain_sha256;
    file.encrypted_sha256 = reference.encrypted_sha256;
    file.length = reference.file_bytes;
    return file;
}

} // namespace

void SessionActor::bind_blobs()
{
    if (!context_.fetch_blob) return;
    engine_->app_state_sync().fetch_blob = [this](appstate::BlobReference const& reference,
                                                  engine::AppStateSync::BlobDone done) {
        if (closed_) return;
        group_.spawn("fetch blob",
                     run_fetch(file_of(reference), media::MediaType::app_state, std::move(done)));
    };
}

Task<void> SessionActor::run_fetch(message::MediaFile file, media::MediaType type,
                                   std::function<void(Result<Bytes>)> done)
{
    auto const self = shared_from_this();
    auto fetching = context_.fetch_blob(key_, std::move(file), type, max_blob_bytes);
    auto fetched = co_await std::move(fetching);
    if (!fetched)
        log::warn("file of the account not fetched",
                  {{"session", key_.name.value}, {"error", fetched.error().detail}});
    drive([&](engine::Engine& engine) {
        engine.use(current_time(), [&] {
            if (fetched)
                done(std::move(*fetched));
            else
                done(make_error_code(engine::EngineErrc::timed_out));
        });
    });
}

} // namespace wagate::gateway
