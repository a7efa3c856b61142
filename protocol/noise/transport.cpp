#include "protocol/noise/transport.hpp"

#include "protocol/noise/frames.hpp"
#include "protocol/noise/symmetric_state.hpp"

#include <limits>

namespace wagate::noise {
namespace {

constexpr auto last_counter = std::numeric_limits<std::uint32_t>::max();

} // namespace

TransportCipher::TransportCipher(ByteView write_key32, ByteView read_key32)
    : write_key_(to_array<32>(write_key32)), read_key_(to_array<32>(read_key32))
{}

Result<Bytes> TransportCipher::seal(ByteView plaintext)
{
    auto const payload_bytes = plaintext.size() + crypto::gcm_tag_bytes;
    if (payload_bytes > max_frame_bytes) return NoiseErrc::frame_too_large;
    if (write_counter_ == last_counter) return NoiseErrc::counter_exhausted;
    auto const nonce = counter_nonce(write_counter_++);
    auto frame = big_endian(payload_bytes, frame_prefix_bytes);
    frame.resize(frame_prefix_bytes + payload_bytes);
    crypto::aes256_gcm_seal_into(std::span{frame}.subspan(frame_prefix_bytes), write_key_.reveal(), nonce,
                                 plaintext, {});
    return frame;
}

Result<Bytes> TransportCipher::open(ByteView payload)
{
    if (read_counter_ == last_counter) return NoiseErrc::counter_exhausted;
    auto plaintext = crypto::aes256_gcm_open(read_key_.reveal(), counter_nonce(read_counter_), payload, {});
    if (!plaintext) return NoiseErrc::decryption_failed;
    ++read_counter_;
    return plaintext;
}

} // namespace wagate::noise
