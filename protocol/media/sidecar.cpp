#include "protocol/media/sidecar.hpp"

#include "protocol/media/keys.hpp"

namespace wagate::media {
namespace {

constexpr std::size_t piece_bytes = 65'536;
constexpr std::size_t overlap_bytes = 16;

} // namespace

void SidecarBuilder::close(std::optional<HmacStream>& piece)
{
    if (!piece) return;
    auto const code = piece->finish();
    append(sidecar_, ByteView{code}.first(file_mac_bytes));
    piece.reset();
}

void SidecarBuilder::update(ByteView data)
{
    while (!data.empty()) {
        std::size_t const offset = position_ % piece_bytes;
        if (offset == 0) {
            previous_ = std::move(current_);
            current_.emplace(key_.reveal());
        }
        auto const limit = (offset < overlap_bytes ? overlap_bytes : piece_bytes) - offset;
        auto const part = data.first(std::min(data.size(), limit));
        current_->update(part);
        if (previous_) previous_->update(part);
        position_ += part.size();
        data = data.subspan(part.size());
        if (position_ % piece_bytes == overlap_bytes) close(previous_);
    }
}

Bytes SidecarBuilder::finish()
{
    close(previous_);
    close(current_);
    return std::move(sidecar_);
}

} // namespace wagate::media
