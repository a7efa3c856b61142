#pragma once
// What ffmpeg knows and does: dimensions, lengths, previews, waveforms, and formats that apps play. All calls
// block for seconds; make them in a pool.
#include "gateway/media/child.hpp"
#include "gateway/media/media_folder.hpp"
#include "protocol/base/bytes.hpp"

#include <optional>

namespace wagate::gateway {

/// What the beginning of a WebP file says; nothing when it is none.
struct WebpHead {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool is_animated = false;
};
std::optional<WebpHead> webp_head(ByteView beginning);
constexpr std::size_t webp_head_bytes = 30;

struct MediaFacts {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t seconds = 0; ///< rounded up
    bool has_video = false;    ///< or is a picture
    bool has_audio = false;
    bool is_moving = false; ///< has more than one picture
};

class MediaTools {
public:
    /// @param measures taken for every child
    explicit MediaTools(MediaFolder& folder, SandboxMeasures const& measures = available_measures());

    bool are_there() const noexcept { return !ffmpeg_.empty() && !ffprobe_.empty(); }
    /// Ends what runs, and refuses all that comes after.
    void stop() noexcept { stopping_ = true; }

    /// Nothing when the tools are not there, or the file is none that they know.
    std::optional<MediaFacts> look_at(std::filesystem::path const& file);
    /// A JPEG of at most `side` pixels a side, never enlarged. @param square cut around the middle
    /// @return as run_child
    Result<TempFilePtr> to_picture(std::filesystem::path const& file, unsigned side, bool square);
    /// WebP, 512 pixels a side, what is not covered is transparent. @param animated at most 10 s
    /// @return as run_child
    Result<TempFilePtr> to_sticker(std::filesystem::path const& file, bool animated);
    /// A JPEG of at most `longest` pixels a side; empty when there is none.
    Bytes preview(std::filesystem::path const& file, unsigned longest = 96);
    /// 64 values from 0 to 100, how loud a recording is; empty when it cannot be told.
    Bytes waveform(std::filesystem::path const& file);
    /// OGG with Opus, 48 kHz, mono. @return as run_child
    Result<TempFilePtr> to_voice(std::filesystem::path const& file);
    /// MP4 with H.264 and AAC, at most 1280 pixels wide. @return as run_child
    Result<TempFilePtr> to_video(std::filesystem::path const& file);
    /// The same without sound, as GIFs are sent. @return as run_child
    Result<TempFilePtr> to_gif(std::filesystem::path const& file);

private:
    Result<TempFilePtr> produce(std::filesystem::path const& input, std::vector<std::string> const& options,
                                std::string const& format, ChildLimits const& limits);

    MediaFolder& folder_;
    SandboxMeasures measures_;
    std::string ffmpeg_;
    std::string ffprobe_;
    std::atomic<bool> stopping_{false};
};

} // namespace wagate::gateway
