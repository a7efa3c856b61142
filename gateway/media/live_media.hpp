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
#include "protocol/message/history_notification.hpp"

#include <deque>
#include <list>
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
    Task<Outcome<SentMessage>> send_link(SessionKey session, SendRequest request, LinkDraft draft) override;
    Task<Outcome<std::vector<SentMessage>>> send_album(SessionKey session, SendRequest request,
                                                       std::vector<MediaDraft> items) override;
    Task<Outcome<Bytes>> picture(TenantId tenant, FileSource source, PictureFit fit) override;
    Task<Outcome<OpenPicture>> upload_picture(SessionKey session, FileSource source, PictureFit fit,
                                              media::MediaType type) override;
    Task<Outcome<LocalFile>> fetch(SessionKey session, std::string id) override;
    Task<Outcome<LocalFile>> fetch_of(SessionKey session, Message message) override;
    Task<Outcome<LocalFile>> convert(TenantId tenant, FileSource source, Conversion into) override;
    Task<Result<std::string>> read(LocalFile file, std::uint64_t offset, std::size_t bytes) override;
    Task<Outcome<Bytes>> fetch_blob(SessionKey session, message::MediaFile file, media::MediaType type,
                                    std::size_t max_bytes) override;

    /// As fetch_blob, into a file that goes when nobody holds it.
    Task<Outcome<LocalFile>> fetch_file(SessionKey session, message::MediaFile file, media::MediaType type,
                                        std::uint64_t max_bytes);
    /// Deletes a piece of history on the media servers, as clients do once they have read it; one attempt.
    Task<void> drop_history(SessionKey session, message::HistoryFile file);
    /// Fetches the files of these messages one after the other, as far as they are of the kinds that are
    /// prefetched. What is beyond the bound is left for whoever asks, as is what waits when the process ends.
    void prefetch_messages(SessionKey const& session, std::vector<MessageName> messages);

private:
    /// A place among the transfers, given back when it goes.
    class Slot;
    struct Found;
    struct AlbumDraft;
    Executor loop() const { return loops_.executor(0); }
    Task<Outcome<std::shared_ptr<Slot>>> enter(TenantId tenant);

    // On the loop.
    /// What a message says, once its file is uploaded.
    struct Prepared {
        message::TypedMessage message;
        std::optional<MessageId> reply_to;
        std::string media_handle; ///< of a file in a channel
    };
    /// @param to_channel the file is for everybody: it is not encrypted
    Task<Outcome<Prepared>> prepare_file(SessionKey session, MediaDraft draft, bool to_channel);
    Task<Outcome<PreparedMessage>> prepare(SessionKey session, MediaDraft draft, bool to_channel);
    Task<Outcome<TakenFile>> take(FileSource source, UrlLimits limits = {});
    Task<Outcome<LocalFile>> convert_here(TenantId tenant, FileSource source, Conversion into);
    Task<Outcome<LocalFile>> fetch_here(SessionKey session, std::string id);
    Task<Outcome<LocalFile>> fetch_of_here(SessionKey session, Message message);
    Task<Outcome<LocalFile>> bring(SessionKey session, Found found);
    Task<Outcome<Bytes>> fetch_blob_here(SessionKey session, WantedFile wanted);
    Task<Outcome<LocalFile>> fetch_file_here(SessionKey session, WantedFile wanted);
    Task<void> drop_history_here(SessionKey session, message::HistoryFile file);
    Task<void> forget_here(SessionKey session);
    Task<void> sweep_now_and_then();

    // Object storage, where there is one. Everything that fails there is logged.
    enum class Returned : std::uint8_t { yes, no, unknown };
    /// Brings a file back from there. @return unknown when the storage did not say
    Task<Returned> bring_back(SessionKey session, Found const& found);
    /// Copies a file there later; nobody waits for it.
    void keep_safe(SessionKey const& session, std::string name);
    Task<void> keep_waiting();
    struct Keeping;
    Task<void> keep(Keeping const& keeping);
    void forget_objects(SessionKey const& session);
    Task<void> erase_objects(SessionKey session);

    // Pictures, links, albums.
    Task<Outcome<Bytes>> picture_here(TenantId tenant, FileSource source, PictureFit fit);
    Task<Outcome<OpenPicture>> upload_picture_here(SessionKey session, FileSource source, PictureFit fit,
                                                   media::MediaType type);
    Task<Outcome<PreparedMessage>> prepare_link(SessionKey session, LinkDraft draft);
    Task<void> read_link(SessionKey session, message::LinkPreview& preview, TempFilePtr& image);
    Task<Outcome<void>> add_thumbnail(SessionKey session, message::LinkPreview& preview, TempFilePtr image,
                                      bool high_quality);
    Task<Outcome<PreparedMessage>> prepare_album(SessionKey session, std::shared_ptr<AlbumDraft> album);
    Task<Outcome<PreparedMessage>> prepare_item(SessionKey session, std::shared_ptr<AlbumDraft> album,
                                                std::size_t index);

    // Prefetching.
    void on_events(SessionKey const& session);
    Task<void> prefetch(SessionKey session);
    Task<void> prefetch_waiting();

    template <class Call>
    Task<std::invoke_result_t<Call&>> in_pool(Call call, std::string lane = {});
    // In the pool.
    Outcome<Found> find(SessionKey const& session, std::string const& id);
    /// Nothing when the message has no file.
    std::optional<Found> file_in(SessionKey const& session, Message message) const;
    void describe(message::Media& facts, std::filesystem::path const& file);
    Outcome<TakenFile> converted(TakenFile const& file, Conversion into);
    /// As its kind has to be: a sticker, a GIF.
    Outcome<TakenFile> fitted(TakenFile const& file, message::MediaKind kind, bool& is_animated);
    Outcome<TempFilePtr> fitted_picture(TakenFile const& file, PictureFit const& fit);

    Gateway& gateway_;
    storage::Store& store_;
    MediaSettings settings_;
    MediaFolder folder_;
    MediaTools tools_;
    EventLoops loops_{1, Urgency::background};
    BlockingPool pool_{2, 4'096, Urgency::background};
    MediaDirectory directory_;
    Uploader uploader_;
    Downloader downloader_;
    webhooks::FairGate gate_;
    std::size_t waiting_ = 0;
    /// Downloads under way, by place: whoever comes second waits for the first.
    std::unordered_map<std::string, std::weak_ptr<AsyncSemaphore>> downloading_;
    /// Messages that are not stored and whose files were asked for, by session and id; oldest first.
    static constexpr std::size_t most_offered = 1'024;
    std::deque<std::pair<SessionKey, Message>> offered_;
    struct Reading {
        std::uint64_t after = 0; ///< events up to here were looked at
        bool is_running = false;
        bool has_more = false;
    };
    std::unordered_map<SessionKey, Reading> prefetching_;
    /// Messages of history whose files are wanted.
    std::deque<std::pair<SessionKey, MessageName>> wanted_files_;
    bool fetches_wanted_ = false;
    std::optional<S3Store> objects_;
    struct Keeping {
        SessionKey session;
        std::string name;
        bool is_unwanted = false; ///< its session was deleted meanwhile
    };
    std::list<Keeping> to_keep_;
    std::list<Keeping> keeping_; ///< on their way
    std::size_t keepers_ = 0;
    AsyncSemaphore erasers_{loops_.executor(0), 2};
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
