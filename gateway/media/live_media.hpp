#pragma once
// MediaFiles for a process: one loop for transfers, a small pool for ciphers and ffmpeg, a folder with what
// is here.
#include "gateway/media/download.hpp"
#include "gateway/media/media_files.hpp"
#include "gateway/media/media_tools.hpp"
#include "gateway/media/upload.hpp"
#include "gateway/runtime/async_semaphore.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/webhooks/fair_gate.hpp"

#include <mutex>
#include <unordered_map>

namespace wagate::gateway {

class LiveMedia final : public MediaFiles {
public:
    /// All must outlive it. start() before anything else.
    LiveMedia(Gateway& gateway, storage::Store& store, MediaSettings settings);
    /// stop() first.
    ~LiveMedia() override;

    /// Makes the folder. @return why that is not possible
    Result<void> start();
    /// Ends conversions at once and transfers with their callers; blocks until nothing runs. After the API
    /// has stopped, while the gateway's loops still run.
    void stop();
    /// Removes the files of a session that was deleted.
    Task<void> forget(SessionKey session);

    Task<Outcome<SentMessage>> send(SessionKey session, SendRequest request, MediaDraft draft) override;
    Task<Outcome<LocalFile>> fetch(SessionKey session, std::string id) override;
    Task<Outcome<LocalFile>> convert(TenantId tenant, FileSource source, Conversion into) override;
    Task<Result<std::string>> read(LocalFile file, std::uint64_t offset, std::size_t bytes) override;
    Task<Outcome<Bytes>> fetch_blob(SessionKey session, message::MediaFile file, media::MediaType type,
                                    std::size_t max_bytes) override;

private:
    /// A place among the transfers, given back when it goes.
    class Slot;
    struct Found;
    Executor loop() const { return loops_.executor(0); }
    Task<Outcome<std::shared_ptr<Slot>>> enter(TenantId tenant);

    // On the loop.
    Task<Outcome<engine::Compose>> prepare(SessionKey session, MediaDraft draft);
    Task<Outcome<TakenFile>> take(FileSource source);
    Task<Outcome<LocalFile>> convert_here(TenantId tenant, FileSource source, Conversion into);
    Task<Outcome<LocalFile>> fetch_here(SessionKey session, std::string id);
    Task<Outcome<LocalFile>> bring(SessionKey session, Found found);
    Task<Outcome<Bytes>> fetch_blob_here(SessionKey session, WantedFile wanted);
    Task<void> forget_here(SessionKey session);
    Task<void> sweep_now_and_then();

    // Prefetching.
    void on_events(SessionKey const& session);
    Task<void> prefetch(SessionKey session);

    template <class Call>
    Task<std::invoke_result_t<Call&>> in_pool(Call call);
    // In the pool.
    Outcome<Found> find(SessionKey const& session, std::string const& id);
    void describe(message::Media& facts, std::filesystem::path const& file);
    Outcome<TakenFile> converted(TakenFile const& file, Conversion into);

    Gateway& gateway_;
    storage::Store& store_;
    MediaSettings settings_;
    MediaFolder folder_;
    MediaTools tools_;
    EventLoops loops_{1};
    BlockingPool pool_{2, 4'096};
    MediaDirectory directory_;
    Uploader uploader_;
    Downloader downloader_;
    webhooks::FairGate gate_;
    std::size_t waiting_ = 0;
    /// Downloads under way, by place: whoever comes second waits for the first.
    std::unordered_map<std::string, std::weak_ptr<AsyncSemaphore>> downloading_;
    struct Reading {
        std::uint64_t after = 0; ///< events up to here were looked at
        bool is_running = false;
        bool has_more = false;
    };
    std::unordered_map<SessionKey, Reading> prefetching_;
    TaskGroup group_;
    /// The store's listeners cannot be taken back; this one forgets whom it is for.
    struct Listener {
        std::mutex mutex;
        LiveMedia* media = nullptr;
    };
    std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
    bool is_running_ = false;
};

} // namespace wagate::gateway
