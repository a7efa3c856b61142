#include "gateway/media/live_media_parts.hpp"
#include "gateway/media/media_kinds.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/message/compose.hpp"

namespace wagate::gateway {
namespace {

/// Of a draft that waits to be sent: the preview, texts, and the message's content with them.
constexpr std::size_t draft_bytes = 32 * 1024;
constexpr unsigned product_side = 1'600; // pixels of a product's picture

std::optional<WebpHead> webp_head_of(std::filesystem::path const& file)
{
    auto input = OpenFile::to_read(file);
    std::string beginning(webp_head_bytes, '\0');
    auto const got = input ? input->read(beginning) : Result<std::size_t>(input.error());
    if (!got || *got != beginning.size()) return std::nullopt;
    return webp_head(view(beginning));
}

Task<void> cancel_and_join(TaskGroup& group)
{
    group.cancel();
    co_await group.join();
}

} // namespace

Rejection no_tools()
{
    return refused(GatewayErrc::not_possible,
                   "Converting needs ffmpeg, which is not installed on the server");
}

bool is_channel(std::string const& chat)
{
    auto const jid = parse_chat(chat);
    return jid && jid->is_newsletter();
}

Outcome<Surroundings> surroundings_of(std::vector<std::string> const& mentions,
                                      std::optional<std::string> const& reply_to)
{
    Surroundings found;
    for (auto const& mention : mentions) {
        if (mention == "all") {
            found.mentions_everyone = true;
            continue;
        }
        auto const jid = parse_chat(mention);
        if (!jid || !jid->is_user())
            return refused(GatewayErrc::invalid_recipient, "a mention is no phone number and no chat id");
        found.mentions.push_back(*jid);
    }
    if (reply_to && !reply_to->empty()) {
        found.reply_to = parse_message_id(*reply_to);
        if (!found.reply_to) return refused(GatewayErrc::message_not_found, "reply_to is no message id");
    }
    return found;
}

Result<Bytes> bytes_of(std::filesystem::path const& file, std::size_t most)
{
    WAGATE_TRY(auto input, OpenFile::to_read(file));
    WAGATE_TRY(auto const size, input.size());
    if (size > most) return make_error_code(boost::system::errc::io_error);
    std::string content(static_cast<std::size_t>(size), '\0');
    WAGATE_TRY(auto const got, input.read(content));
    content.resize(got);
    return to_bytes(content);
}

LiveMedia::LiveMedia(Gateway& gateway, storage::Store& store, MediaSettings settings)
    : gateway_(gateway),
      store_(store),
      settings_(std::move(settings)),
      folder_(settings_.folder),
      tools_(folder_, measures_of(settings_.sandbox)),
      directory_(gateway_, settings_),
      uploader_(directory_, settings_),
      downloader_(gateway_, directory_, folder_, settings_),
      gate_(settings_.transfers),
      group_(loops_.executor(0))
{
    if (settings_.s3) objects_.emplace(*settings_.s3, folder_);
}

LiveMedia::~LiveMedia()
{
    stop();
}

Result<void> LiveMedia::start()
{
    WAGATE_CHECK_OK(folder_.prepare());
    if (auto const measures = measures_of(settings_.sandbox); !measures.is_whole())
        log::warn("programs that decode files are not shut in wholly", {{"taken", measure_names(measures)}});
    loops_.start();
    is_running_ = true;
    if (settings_.prefetch) {
        listener_->media = this;
        store_.on_events([listener = listener_](SessionKey const& session) {
            std::lock_guard const lock(listener->mutex);
            auto* const media = listener->media;
            if (media != nullptr) post_to(media->loop(), [media, session] { media->on_events(session); });
        });
    }
    if (settings_.lifetime.count() > 0)
        post_to(loop(), [this] { group_.spawn("media files", sweep_now_and_then()); });
    return {};
}

void LiveMedia::stop()
{
    {
        std::lock_guard const lock(listener_->mutex);
        listener_->media = nullptr;
    }
    if (!is_running_) return;
    is_running_ = false;
    tools_.stop();
    wait_on(loop(), cancel_and_join(group_));
    loops_.stop();
    loops_.join();
}

// ---------------------------------------------------------------------------- hops

Task<Outcome<SentMessage>> LiveMedia::send(SessionKey session, SendRequest request, MediaDraft draft)
{
    if (auto const checked = surroundings_of(draft.mentions, draft.reply_to); !checked)
        co_return checked.error();
    if (draft.buttons && is_channel(request.chat))
        co_return refused(GatewayErrc::not_possible, "Channels take no buttons");
    if (draft.product && is_channel(request.chat))
        co_return refused(GatewayErrc::not_possible, "Channels take no products");
    request.bytes = draft_bytes + draft.caption.size() * 2;
    auto const shared = std::make_shared<MediaDraft>(std::move(draft));
    request.prepare = [this, session, shared, to_channel = is_channel(request.chat)] {
        return run_on(loop(), prepare(session, std::move(*shared), to_channel));
    };
    auto sending = gateway_.send(std::move(session), std::move(request));
    co_return co_await std::move(sending);
}

Task<Outcome<LocalFile>> LiveMedia::fetch(SessionKey session, std::string id)
{
    return run_on(loop(), fetch_here(std::move(session), std::move(id)));
}

Task<Outcome<LocalFile>> LiveMedia::fetch_of(SessionKey session, Message message)
{
    return run_on(loop(), fetch_of_here(std::move(session), std::move(message)));
}

Task<Outcome<LocalFile>> LiveMedia::convert(TenantId tenant, FileSource source, Conversion into)
{
    return run_on(loop(), convert_here(std::move(tenant), std::move(source), into));
}

Task<Outcome<Bytes>> LiveMedia::fetch_blob(SessionKey session, message::MediaFile file, media::MediaType type,
                                           std::size_t max_bytes)
{
    WantedFile wanted{std::move(file), type, {}, max_bytes};
    return run_on(loop(), fetch_blob_here(std::move(session), std::move(wanted)));
}

Task<Outcome<LocalFile>> LiveMedia::fetch_file(SessionKey session, message::MediaFile file,
                                               media::MediaType type, std::uint64_t max_bytes)
{
    WantedFile wanted{std::move(file), type, {}, max_bytes};
    return run_on(loop(), fetch_file_here(std::move(session), std::move(wanted)));
}

Task<void> LiveMedia::drop_history(SessionKey session, message::HistoryFile file)
{
    return run_on(loop(), drop_history_here(std::move(session), std::move(file)));
}

Task<void> LiveMedia::forget(SessionKey session)
{
    return run_on(loop(), forget_here(std::move(session)));
}

Task<Result<std::string>> LiveMedia::read(LocalFile file, std::uint64_t offset, std::size_t bytes)
{
    auto call = [&file, offset, bytes]() -> Result<std::string> {
        WAGATE_TRY(auto input, OpenFile::to_read(file.path));
        WAGATE_CHECK_OK(input.seek(offset));
        std::string piece(bytes, '\0');
        WAGATE_TRY(auto const size, input.read(piece));
        piece.resize(size);
        return piece;
    };
    auto reading = run_blocking(pool_, std::move(call));
    co_return co_await std::move(reading);
}

Task<Outcome<std::shared_ptr<LiveMedia::Slot>>> LiveMedia::enter(TenantId tenant)
{
    struct Waiting {
        std::size_t& count;
        explicit Waiting(std::size_t& all) : count(++all) {}
        ~Waiting() { --count; }
    };
    if (waiting_ >= settings_.max_waiting) co_return refused(GatewayErrc::overloaded, "too many files wait");
    Waiting const one{waiting_};
    Wakeup wakeup{loop()};
    auto const slot = std::make_shared<Slot>(gate_);
    slot->ticket = gate_.ask(tenant, {}, [&wakeup] { wakeup.notify(); });
    while (!webhooks::FairGate::is_granted(slot->ticket))
        co_await wakeup.wait();
    co_return slot;
}

// ---------------------------------------------------------------------------- sending

Task<Outcome<TakenFile>> LiveMedia::take(FileSource source, UrlLimits limits)
{
    if (!source.url.empty()) {
        auto taking = take_url(folder_, std::move(source), settings_, std::move(limits));
        co_return co_await std::move(taking);
    }
    auto call = [this, given = std::move(source)]() mutable {
        return take_base64(folder_, std::move(given), settings_.max_bytes);
    };
    auto taking = in_pool(std::move(call));
    co_return co_await std::move(taking);
}

Outcome<TakenFile> LiveMedia::converted(TakenFile const& file, Conversion into)
{
    if (!tools_.are_there()) return no_tools();
    auto made =
        into == Conversion::voice ? tools_.to_voice(file.file->path()) : tools_.to_video(file.file->path());
    if (!made)
        return refused(GatewayErrc::not_possible,
                       "The file could not be converted: " + made.error().message());
    TakenFile result = file;
    result.file = *made;
    std::error_code ignored;
    result.bytes = std::filesystem::file_size((*made)->path(), ignored);
    auto const kind = into == Conversion::voice ? message::MediaKind::voice : message::MediaKind::video;
    result.mimetype = usual_mimetype(kind);
    return result;
}

Outcome<TakenFile> LiveMedia::fitted(TakenFile const& file, message::MediaKind kind, bool& is_animated)
{
    bool const is_sticker = kind == message::MediaKind::sticker;
    auto const head = webp_head_of(file.file->path());
    // What apps show as it is, and what only they can read: ffmpeg opens no animated WebP.
    if (is_sticker && head && (head->is_animated || (head->width == 512 && head->height == 512))) {
        is_animated = head->is_animated;
        TakenFile result = file;
        result.mimetype = usual_mimetype(kind);
        return result;
    }
    if (!tools_.are_there()) return no_tools();
    auto const facts = tools_.look_at(file.file->path());
    is_animated = is_sticker && facts && facts->is_moving;
    auto made =
        is_sticker ? tools_.to_sticker(file.file->path(), is_animated) : tools_.to_gif(file.file->path());
    if (!made)
        return refused(GatewayErrc::not_possible,
                       "The file could not be converted: " + made.error().message());
    TakenFile result = file;
    result.file = *made;
    std::error_code ignored;
    result.bytes = std::filesystem::file_size((*made)->path(), ignored);
    result.mimetype = usual_mimetype(kind);
    return result;
}

void LiveMedia::describe(message::Media& media, std::filesystem::path const& file)
{
    using message::MediaKind;
    if (media.kind == MediaKind::document || !tools_.are_there()) return;
    auto const facts = tools_.look_at(file);
    if (!facts) return;
    bool const has_picture = media.kind != MediaKind::audio && media.kind != MediaKind::voice;
    if (has_picture) {
        media.width = facts->width;
        media.height = facts->height;
        if (media.kind != MediaKind::sticker) media.thumbnail = tools_.preview(file);
    }
    if (media.kind != MediaKind::image && media.kind != MediaKind::sticker) media.seconds = facts->seconds;
    if (media.kind == MediaKind::voice) media.waveform = tools_.waveform(file);
}

Task<Outcome<PreparedMessage>> LiveMedia::prepare(SessionKey session, MediaDraft draft, bool to_channel)
{
    auto preparing = prepare_file(std::move(session), std::move(draft), to_channel);
    auto prepared = co_await std::move(preparing);
    if (!prepared) co_return prepared.error();
    co_return PreparedMessage{
        engine::compose_ready(std::move(prepared->message), std::move(prepared->reply_to)),
        std::move(prepared->media_handle)};
}

Task<Outcome<LiveMedia::Prepared>> LiveMedia::prepare_file(SessionKey session, MediaDraft draft,
                                                           bool to_channel)
{
    auto entering = enter(session.tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto taking = take(std::move(draft.source));
    auto taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    if (draft.convert) {
        auto const into = draft.kind == message::MediaKind::voice ? Conversion::voice : Conversion::video;
        auto call = [this, &taken, into] { return converted(*taken, into); };
        auto converting = in_pool(std::move(call), session.tenant.value);
        auto made = co_await std::move(converting);
        if (!made) co_return made.error();
        taken = std::move(made);
    }
    bool is_animated = false;
    if (draft.kind == message::MediaKind::sticker || draft.kind == message::MediaKind::gif) {
        auto call = [this, &taken, &is_animated, kind = draft.kind] {
            return fitted(*taken, kind, is_animated);
        };
        auto fitting = in_pool(std::move(call), session.tenant.value);
        auto made = co_await std::move(fitting);
        if (!made) co_return made.error();
        taken = std::move(made);
    }
    if (draft.product) {
        auto call = [this, &taken]() -> Outcome<TempFilePtr> {
            return fitted_picture(*taken, {product_side, false, "image.url"});
        };
        auto fitting = in_pool(std::move(call), session.tenant.value);
        auto made = co_await std::move(fitting);
        if (!made) co_return made.error();
        taken->file = std::move(*made);
        taken->mimetype = usual_mimetype(draft.kind);
    }
    message::Media media;
    media.kind = draft.kind;
    media.animated = is_animated;
    media.caption = std::move(draft.caption);
    media.view_once = draft.view_once;
    media.background = draft.background;
    if (draft.kind == message::MediaKind::document) media.file_name = taken->file_name;
    auto const type = file_type(draft.kind);
    auto seal = [this, &taken, &media, type, to_channel] {
        describe(media, taken->file->path());
        return to_channel ? open_file(*taken) : seal_file(folder_, taken->file->path(), type);
    };
    auto sealing = in_pool(std::move(seal), session.tenant.value);
    auto const sealed = co_await std::move(sealing);
    if (!sealed) co_return sealed.error();
    auto uploading = uploader_.upload(session, *sealed, type);
    auto uploaded = co_await std::move(uploading);
    if (!uploaded) co_return uploaded.error();
    media.file = std::move(uploaded->file);
    media.file.mimetype = taken->mimetype;
    if (media.file.mimetype.empty()) media.file.mimetype = usual_mimetype(draft.kind);
    media.streaming_sidecar = sealed->facts.sidecar;
    // What was sent can be asked for like what was received. Without it, it is downloaded.
    auto const name = hex_encode(media.file.sha256);
    if (taken->file->keep_as(folder_.place(session, name))) keep_safe(session, name);
    auto composed = message::new_media(std::move(media));
    if (draft.buttons) {
        draft.buttons->header_media = std::move(std::get<message::Media>(composed.body));
        composed = message::TypedMessage{std::move(*draft.buttons), {}, {}};
    }
    if (draft.product) {
        draft.product->image = std::move(std::get<message::Media>(composed.body));
        composed = message::TypedMessage{std::move(*draft.product), {}, {}};
    }
    auto around = surroundings_of(draft.mentions, draft.reply_to);
    if (!around) co_return around.error();
    composed.context.mentions = std::move(around->mentions);
    composed.context.mentions_everyone = around->mentions_everyone;
    if (draft.view_once) message::show_once(composed);
    co_return Prepared{std::move(composed), std::move(around->reply_to), std::move(uploaded->handle)};
}

Task<Outcome<LocalFile>> LiveMedia::convert_here(TenantId tenant, FileSource source, Conversion into)
{
    if (!tools_.are_there()) co_return no_tools();
    auto entering = enter(tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto taking = take(std::move(source));
    auto const taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    auto call = [this, &taken, into] { return converted(*taken, into); };
    auto converting = in_pool(std::move(call), tenant.value);
    auto const made = co_await std::move(converting);
    if (!made) co_return made.error();
    LocalFile file;
    file.path = made->file->path();
    file.bytes = made->bytes;
    file.mimetype = made->mimetype;
    file.keeper = made->file;
    co_return file;
}

} // namespace wagate::gateway
