// Pictures for profiles, and what is shown of a link.
#include "gateway/media/link_page.hpp"
#include "gateway/media/live_media_parts.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

namespace wagate::gateway {
namespace {

constexpr std::size_t draft_bytes = 160 * 1024; // two small previews and the text
constexpr std::size_t largest_jpeg = 1u << 20;
constexpr std::size_t page_bytes = 512 * 1024; // what a page says about itself stands at its beginning
constexpr std::uint64_t page_image_bytes = 5u << 20;
constexpr std::chrono::seconds page_limit{4}; ///< for everything that is read
constexpr unsigned thumbnail_side = 192;
constexpr unsigned large_side = 1'200;
constexpr std::string_view media_address = "https://mmg.whatsapp.net";
constexpr std::string_view browser = "Mozilla/5.0 (compatible; WhatsApp/2; link preview)";

bool is_jpeg(std::filesystem::path const& file)
{
    auto input = OpenFile::to_read(file);
    std::string beginning(3, '\0');
    return input && input->read(beginning) && beginning == "\xFF\xD8\xFF";
}

Rejection no_picture(std::string const& name)
{
    auto const field = name.ends_with(".url") ? name.substr(0, name.size() - 4) : name;
    return refused(GatewayErrc::not_possible, field + " is no picture that can be read");
}

} // namespace

Task<Outcome<Bytes>> LiveMedia::picture(TenantId tenant, FileSource source, PictureFit fit)
{
    return run_on(loop(), picture_here(std::move(tenant), std::move(source), std::move(fit)));
}

Outcome<TempFilePtr> LiveMedia::fitted_picture(TakenFile const& file, PictureFit const& fit)
{
    auto const& path = file.file->path();
    if (!tools_.are_there()) {
        if (is_jpeg(path)) return file.file;
        return refused(GatewayErrc::not_possible,
                       "Only JPEG pictures are taken as they are; others need ffmpeg, which is not installed "
                       "on the server");
    }
    auto const facts = tools_.look_at(path);
    if (!facts || facts->width == 0 || facts->height == 0) return no_picture(fit.name);
    bool const fits = facts->width <= fit.side && facts->height <= fit.side &&
                      (!fit.square || facts->width == facts->height) && file.bytes <= largest_jpeg;
    if (fits && is_jpeg(path)) return file.file;
    auto made = tools_.to_picture(path, fit.side, fit.square);
    if (!made) return no_picture(fit.name);
    return *made;
}

Task<Outcome<Bytes>> LiveMedia::picture_here(TenantId tenant, FileSource source, PictureFit fit)
{
    auto entering = enter(tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto taking = take(std::move(source), picture_limits(fit.name));
    auto const taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    auto call = [this, &taken, &fit]() -> Outcome<Bytes> {
        auto const made = fitted_picture(*taken, fit);
        if (!made) return made.error();
        auto bytes = bytes_of((*made)->path(), largest_jpeg);
        if (!bytes) return no_picture(fit.name);
        return std::move(*bytes);
    };
    auto making = in_pool(std::move(call), tenant.value);
    co_return co_await std::move(making);
}

Task<Outcome<OpenPicture>> LiveMedia::upload_picture(SessionKey session, FileSource source, PictureFit fit,
                                                     media::MediaType type)
{
    return run_on(loop(), upload_picture_here(std::move(session), std::move(source), std::move(fit), type));
}

Task<Outcome<OpenPicture>> LiveMedia::upload_picture_here(SessionKey session, FileSource source,
                                                          PictureFit fit, media::MediaType type)
{
    auto entering = enter(session.tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return slot.error();
    auto taking = take(std::move(source), picture_limits(fit.name));
    auto taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    auto call = [this, &taken, &fit]() -> Outcome<SealedFile> {
        auto made = fitted_picture(*taken, fit);
        if (!made) return made.error();
        taken->file = std::move(*made);
        return open_file(*taken);
    };
    auto making = in_pool(std::move(call), session.tenant.value);
    auto const open = co_await std::move(making);
    if (!open) co_return open.error();
    auto uploading = uploader_.upload(std::move(session), *open, type);
    auto uploaded = co_await std::move(uploading);
    if (!uploaded) co_return uploaded.error();
    // As clients name it, whatever server has taken it.
    OpenPicture picture;
    picture.url = std::string{media_address} + uploaded->file.direct_path;
    picture.id = std::move(uploaded->picture_id);
    picture.token = std::move(uploaded->picture_token);
    picture.time = std::move(uploaded->picture_time);
    co_return picture;
}

// ---------------------------------------------------------------------------- links

Task<Outcome<SentMessage>> LiveMedia::send_link(SessionKey session, SendRequest request, LinkDraft draft)
{
    if (auto const checked = surroundings_of(draft.mentions, draft.reply_to); !checked)
        co_return checked.error();
    request.bytes = draft_bytes + draft.text.size() * 2;
    if (is_channel(request.chat)) draft.high_quality = false; // that picture would be encrypted
    auto const shared = std::make_shared<LinkDraft>(std::move(draft));
    request.prepare = [this, session, shared] {
        return run_on(loop(), prepare_link(session, std::move(*shared)));
    };
    auto sending = gateway_.send(std::move(session), std::move(request));
    co_return co_await std::move(sending);
}

Task<Outcome<PreparedMessage>> LiveMedia::prepare_link(SessionKey session, LinkDraft draft)
{
    TempFilePtr image;
    if (draft.is_read && settings_.link_previews) {
        auto reading = with_timeout(read_link(session, draft.preview, image), page_limit);
        static_cast<void>(co_await std::move(reading));
        if (image) { // what the page shows is no reason not to send
            auto adding = add_thumbnail(session, draft.preview, image, draft.high_quality);
            static_cast<void>(co_await std::move(adding));
        }
    } else if (!draft.image.url.empty() || !draft.image.base64.empty()) {
        auto entering = enter(session.tenant);
        auto const slot = co_await std::move(entering);
        if (!slot) co_return slot.error();
        auto taking = take(std::move(draft.image), picture_limits("preview.image.url"));
        auto const taken = co_await std::move(taking);
        if (!taken) co_return taken.error();
        auto adding = add_thumbnail(session, draft.preview, taken->file, draft.high_quality);
        auto const added = co_await std::move(adding);
        if (!added) co_return added.error();
    }
    message::Text text;
    text.text = std::move(draft.text);
    if (!draft.preview.title.empty()) text.preview = std::move(draft.preview);
    message::TypedMessage content;
    content.body = std::move(text);
    auto around = surroundings_of(draft.mentions, draft.reply_to);
    if (!around) co_return around.error();
    content.context.mentions = std::move(around->mentions);
    content.context.mentions_everyone = around->mentions_everyone;
    co_return PreparedMessage{engine::compose_ready(std::move(content), std::move(around->reply_to))};
}

/// What the page says of itself. Nothing of it is an error: then there is less to show.
Task<void> LiveMedia::read_link(SessionKey session, message::LinkPreview& preview, TempFilePtr& image)
{
    auto entering = enter(session.tenant);
    auto const slot = co_await std::move(entering);
    if (!slot) co_return;
    FileSource source;
    source.url = preview.url;
    UrlLimits limits;
    limits.max_bytes = page_bytes;
    limits.types = {"text/html", "application/xhtml+xml"};
    limits.is_cut = true;
    limits.user_agent = browser;
    auto taking = take_url(folder_, std::move(source), settings_, std::move(limits));
    auto const taken = co_await std::move(taking);
    if (!taken) {
        log::debug("page of a link not read",
                   {{"session", session.name.value}, {"error", taken.error().detail}});
        co_return;
    }
    auto call = [&taken]() -> Outcome<LinkPage> {
        auto const html = bytes_of(taken->file->path(), page_bytes);
        if (!html) return unavailable("the page cannot be read");
        return read_page(text_view(*html));
    };
    auto reading = in_pool(std::move(call), session.tenant.value);
    auto const page = co_await std::move(reading);
    if (!page) co_return;
    preview.title = page->title;
    preview.description = page->description;
    auto const picture = resolve_reference(taken->url, page->image);
    if (page->title.empty() || !picture) co_return;
    FileSource shown;
    shown.url = *picture;
    auto image_limits = picture_limits("og:image");
    image_limits.max_bytes = page_image_bytes;
    image_limits.user_agent = browser;
    auto bringing = take_url(folder_, std::move(shown), settings_, std::move(image_limits));
    auto const brought = co_await std::move(bringing);
    if (brought) image = brought->file;
}

Task<Outcome<void>> LiveMedia::add_thumbnail(SessionKey session, message::LinkPreview& preview,
                                             TempFilePtr image, bool high_quality)
{
    struct Made {
        Bytes small;
        TempFilePtr large;
        MediaFacts facts;
    };
    auto call = [this, &image, high_quality]() -> Outcome<Made> {
        Made made;
        TakenFile file;
        file.file = image;
        std::error_code ignored;
        file.bytes = std::filesystem::file_size(image->path(), ignored);
        std::string const name = "preview.image.url";
        auto const small = fitted_picture(file, {thumbnail_side, false, name});
        if (!small) return small.error();
        auto bytes = bytes_of((*small)->path(), largest_jpeg);
        if (!bytes) return no_picture(name);
        made.small = std::move(*bytes);
        if (!high_quality || !tools_.are_there()) return made;
        auto const large = fitted_picture(file, {large_side, false, name});
        auto const facts = large ? tools_.look_at((*large)->path()) : std::nullopt;
        if (!facts) return made;
        made.large = *large;
        made.facts = *facts;
        return made;
    };
    auto making = in_pool(std::move(call), session.tenant.value);
    auto made = co_await std::move(making);
    if (!made) co_return made.error();
    preview.thumbnail = std::move(made->small);
    if (!made->large) co_return Outcome<void>();
    auto const type = media::MediaType::link_thumbnail;
    auto seal = [this, &made] { return seal_file(folder_, made->large->path(), type); };
    auto sealing = in_pool(std::move(seal), session.tenant.value);
    auto const sealed = co_await std::move(sealing);
    if (!sealed) co_return sealed.error();
    auto uploading = uploader_.upload(std::move(session), *sealed, type);
    auto uploaded = co_await std::move(uploading);
    if (!uploaded) co_return uploaded.error();
    auto& file = uploaded->file;
    auto& remote = preview.remote_thumbnail;
    remote.direct_path = std::move(file.direct_path);
    remote.sha256 = std::move(file.sha256);
    remote.encrypted_sha256 = std::move(file.encrypted_sha256);
    remote.width = made->facts.width;
    remote.height = made->facts.height;
    preview.remote_key = std::move(file.key);
    preview.remote_key_time = file.key_time;
    co_return Outcome<void>();
}

} // namespace wagate::gateway
