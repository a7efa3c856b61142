#include "gateway/media/media_tools.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cmath>
#include <cstdlib>

namespace wagate::gateway {
namespace json = boost::json;
namespace {

constexpr std::size_t bars = 64;
constexpr std::size_t longest_report = 256 * 1024;
constexpr std::size_t longest_preview = 64 * 1024;
constexpr std::uintmax_t largest_sticker = 100 * 1024;
constexpr std::uintmax_t largest_animated_sticker = 500 * 1024;

Result<std::string> content_of(std::filesystem::path const& path, std::size_t most)
{
    WAGATE_TRY(auto file, OpenFile::to_read(path));
    std::string text(most, '\0');
    WAGATE_TRY(auto const size, file.read(text));
    text.resize(size);
    return text;
}

/// Pictures, sound and films that lie in one file. Nothing that lists others: playlists, manifests, scripts.
constexpr char const* known_formats = "aac,ac3,aiff,alaw,amr,amrnb,amrwb,apng,asf,au,avi,av1,bmp_pipe,caf,"
                                      "dts,dv,eac3,flac,flv,gif,gif_pipe,h263,"
                                      "h264,hevc,ico,image2,ivf,jpeg_pipe,jpegls_pipe,jpegxl_pipe,j2k_pipe,"
                                      "loas,m4v,matroska,mjpeg,mov,mp3,mpeg,"
                                      "mpegts,mpegvideo,mulaw,obu,ogg,pam_pipe,pbm_pipe,pgm_pipe,png_pipe,"
                                      "ppm_pipe,psd_pipe,qoi_pipe,tiff_pipe,tta,"
                                      "voc,w64,wav,webp_pipe,wv,yuv4mpegpipe";
/// What phones take, twice over. A few bytes can ask for the memory of much more.
constexpr char const* most_pixels = "256000000";

/// Only this file, whatever it asks for.
void add_input(std::vector<std::string>& command, std::filesystem::path const& file)
{
    command.insert(command.end(), {"-protocol_whitelist", "file", "-format_whitelist", known_formats,
                                   "-max_pixels", most_pixels, "-i", "file:" + file.string()});
}

std::filesystem::path whole(std::filesystem::path const& path)
{
    std::error_code error;
    return std::filesystem::absolute(path, error).lexically_normal();
}

double number_in(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    if (value == nullptr) return 0;
    if (value->is_string()) return std::atof(value->get_string().c_str());
    boost::system::error_code error;
    auto const number = value->to_number<double>(error);
    return error ? 0 : number;
}

std::uint32_t bounded(double number)
{
    return number > 0 && number < 1'000'000'000 ? static_cast<std::uint32_t>(std::ceil(number)) : 0;
}

std::vector<std::string> video_options()
{
    return {"-c:v",      "libx264",   "-preset", "veryfast", "-crf",
            "26",        "-pix_fmt",  "yuv420p", "-vf",      "scale='2*trunc(min(1280,iw)/2)':-2",
            "-movflags", "+faststart"};
}

ChildLimits quick()
{
    ChildLimits limits;
    limits.wall = std::chrono::seconds{20};
    limits.processor = std::chrono::seconds{20};
    limits.file_bytes = 256u << 20;
    return limits;
}

} // namespace

std::optional<WebpHead> webp_head(ByteView beginning)
{
    if (beginning.size() < webp_head_bytes) return std::nullopt;
    auto const text = text_view(beginning);
    if (!text.starts_with("RIFF") || text.substr(8, 4) != "WEBP") return std::nullopt;
    auto const byte = [&](std::size_t place) { return std::uint32_t{beginning[place]}; };
    WebpHead head;
    auto const chunk = text.substr(12, 4);
    if (chunk == "VP8X") {
        head.is_animated = (byte(20) & 2U) != 0;
        head.width = 1 + (byte(24) | byte(25) << 8 | byte(26) << 16);
        head.height = 1 + (byte(27) | byte(28) << 8 | byte(29) << 16);
    } else if (chunk == "VP8L") {
        auto const bits = byte(21) | byte(22) << 8 | byte(23) << 16 | byte(24) << 24;
        head.width = 1 + (bits & 0x3FFFU);
        head.height = 1 + (bits >> 14 & 0x3FFFU);
    } else if (chunk == "VP8 ") {
        head.width = (byte(26) | byte(27) << 8) & 0x3FFFU;
        head.height = (byte(28) | byte(29) << 8) & 0x3FFFU;
    } else {
        return std::nullopt;
    }
    return head;
}

MediaTools::MediaTools(MediaFolder& folder, SandboxMeasures const& measures)
    : folder_(folder), measures_(measures), ffmpeg_(find_program("ffmpeg")), ffprobe_(find_program("ffprobe"))
{}

std::optional<MediaFacts> MediaTools::look_at(std::filesystem::path const& file)
{
    auto const report = folder_.new_file();
    if (!are_there() || !report) return std::nullopt;
    std::vector<std::string> command{ffprobe_, "-v",           "error",        "-print_format",
                                     "json",   "-show_format", "-show_streams"};
    auto const input = whole(file);
    add_input(command, input);
    ChildJob job{std::move(command), (*report)->path(), {input}, {}, quick()};
    if (!run_child(job, measures_, stopping_)) return std::nullopt;
    auto const text = content_of((*report)->path(), longest_report);
    boost::system::error_code error;
    auto const parsed = json::parse(text ? *text : std::string{}, error);
    auto const* object = error ? nullptr : parsed.if_object();
    auto const* list = object == nullptr ? nullptr : object->if_contains("streams");
    if (list == nullptr || !list->is_array()) return std::nullopt;
    MediaFacts facts;
    double seconds = 0;
    for (auto const& value : list->get_array()) {
        auto const* stream = value.if_object();
        auto const* kind = stream == nullptr ? nullptr : stream->if_contains("codec_type");
        if (kind == nullptr || !kind->is_string()) continue;
        facts.has_audio = facts.has_audio || kind->get_string() == "audio";
        seconds = std::max(seconds, number_in(*stream, "duration"));
        if (kind->get_string() != "video" || facts.has_video) continue;
        facts.has_video = true;
        facts.width = bounded(number_in(*stream, "width"));
        facts.height = bounded(number_in(*stream, "height"));
    }
    if (auto const* format = object->if_contains("format"); format != nullptr && format->is_object())
        seconds = std::max(seconds, number_in(format->get_object(), "duration"));
    facts.seconds = bounded(seconds);
    constexpr double two_pictures = 0.15; // a single one may count as one of a slow video
    facts.is_moving = facts.has_video && seconds > two_pictures;
    if (!facts.has_audio && !facts.has_video) return std::nullopt;
    return facts;
}

Result<TempFilePtr> MediaTools::produce(std::filesystem::path const& input,
                                        std::vector<std::string> const& options, std::string const& format,
                                        ChildLimits const& limits)
{
    if (!are_there()) return make_error_code(boost::system::errc::no_such_file_or_directory);
    WAGATE_TRY(auto output, folder_.new_file());
    std::vector<std::string> command{ffmpeg_, "-v", "error", "-nostdin", "-y", "-threads", "2"};
    auto const from = whole(input);
    auto const into = whole(output->path());
    add_input(command, from);
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"-map_metadata", "-1", "-f", format, "file:" + into.string()});
    ChildJob const job{std::move(command), {}, {from}, {into}, limits};
    WAGATE_CHECK_OK(run_child(job, measures_, stopping_));
    return output;
}

Bytes MediaTools::preview(std::filesystem::path const& file, unsigned longest)
{
    auto const side = std::to_string(longest);
    auto const made = produce(file,
                              {"-frames:v", "1", "-an", "-vf",
                               "scale=" + side + ":" + side + ":force_original_aspect_ratio=decrease",
                               "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "8"},
                              "image2pipe", quick());
    if (!made) return {};
    auto const bytes = content_of((*made)->path(), longest_preview);
    return bytes && bytes->size() < longest_preview ? to_bytes(*bytes) : Bytes{};
}

Bytes MediaTools::waveform(std::filesystem::path const& file)
{
    // Two hours at most: apps draw 64 bars of it.
    auto const made = produce(file, {"-vn", "-t", "7200", "-ac", "1", "-ar", "4000", "-c:a", "pcm_s16le"},
                              "s16le", quick());
    if (!made) return {};
    auto input = OpenFile::to_read((*made)->path());
    auto const size = input ? input->size() : Result<std::uint64_t>(input.error());
    if (!size || *size < 2) return {};
    auto const samples = *size / 2;
    std::array<double, bars> loudness{};
    std::array<std::uint64_t, bars> counts{};
    std::array<char, 64 * 1024> piece{};
    std::uint64_t place = 0;
    for (;;) {
        auto const got = input->read(piece);
        if (!got) return {};
        if (*got < 2) break;
        for (std::size_t i = 0; i + 1 < *got; i += 2, ++place) {
            auto const sample = static_cast<std::int16_t>(static_cast<unsigned char>(piece[i]) |
                                                          static_cast<unsigned char>(piece[i + 1]) << 8);
            auto const bar = std::min<std::uint64_t>(place * bars / samples, bars - 1);
            loudness[bar] += std::abs(static_cast<double>(sample));
            ++counts[bar];
        }
    }
    double loudest = 1;
    for (std::size_t i = 0; i < bars; ++i) {
        if (counts[i] != 0) loudness[i] /= static_cast<double>(counts[i]);
        loudest = std::max(loudest, loudness[i]);
    }
    Bytes shown;
    for (auto const one : loudness)
        shown.push_back(static_cast<std::uint8_t>(std::lround(one / loudest * 100)));
    return shown;
}

Result<TempFilePtr> MediaTools::to_voice(std::filesystem::path const& file)
{
    return produce(
        file, {"-vn", "-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "32k", "-application", "voip"},
        "ogg", ChildLimits{});
}

Result<TempFilePtr> MediaTools::to_video(std::filesystem::path const& file)
{
    auto options = video_options();
    options.insert(options.end(), {"-c:a", "aac", "-b:a", "96k", "-ac", "2"});
    return produce(file, options, "mp4", ChildLimits{});
}

Result<TempFilePtr> MediaTools::to_gif(std::filesystem::path const& file)
{
    auto options = video_options();
    options.insert(options.end(), {"-an", "-t", "60"});
    return produce(file, options, "mp4", ChildLimits{});
}

Result<TempFilePtr> MediaTools::to_picture(std::filesystem::path const& file, unsigned side, bool square)
{
    auto const most = std::to_string(side);
    auto const within = "scale='min(" + most + ",iw)':'min(" + most + ",ih)'";
    auto const filter = square ? "crop='min(iw,ih)':'min(iw,ih)'," + within
                               : within + ":force_original_aspect_ratio=decrease";
    return produce(
        file, {"-frames:v", "1", "-an", "-vf", filter, "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "4"},
        "image2pipe", quick());
}

Result<TempFilePtr> MediaTools::to_sticker(std::filesystem::path const& file, bool animated)
{
    std::string const fit = "scale=512:512:force_original_aspect_ratio=decrease,format=rgba,"
                            "pad=512:512:-1:-1:color=#00000000";
    // What is larger is not shown by apps.
    struct Try {
        char const* quality;
        char const* rate;
    };
    auto const most = animated ? largest_animated_sticker : largest_sticker;
    Result<TempFilePtr> made = make_error_code(boost::system::errc::io_error);
    for (auto const& [quality, rate] : {Try{"75", "15"}, Try{"40", "10"}, Try{"10", "6"}}) {
        std::vector<std::string> options{"-an", "-vf",
                                         animated ? "fps=" + std::string{rate} + "," + fit : fit};
        if (animated)
            options.insert(options.end(), {"-t", "10", "-c:v", "libwebp_anim", "-loop", "0"});
        else
            options.insert(options.end(), {"-frames:v", "1", "-c:v", "libwebp"});
        options.insert(options.end(), {"-q:v", quality});
        made = produce(file, options, "webp", ChildLimits{});
        std::error_code error;
        if (!made || std::filesystem::file_size((*made)->path(), error) <= most) break;
    }
    return made;
}

} // namespace wagate::gateway
