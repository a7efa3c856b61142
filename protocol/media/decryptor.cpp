#include "protocol/media/decryptor.hpp"

namespace wagate::media {
namespace {

/// Without it the end of the ciphertext would be unknown: the last block has the padding.
constexpr std::size_t tail_bytes = block_bytes + file_mac_bytes;

std::size_t padding_of(ByteView last_block) noexcept
{
    std::size_t const count = last_block.back();
    if (count == 0 || count > block_bytes) return 0;
    auto const padding = last_block.last(count);
    return std::all_of(padding.begin(), padding.end(), [&](auto byte) { return byte == count; }) ? count : 0;
}

} // namespace

Decryptor::Decryptor(FileKeys const& keys, ExpectedFile expected, std::uint64_t max_plain_bytes)
    : expected_{std::move(expected)},
      max_plain_bytes_{max_plain_bytes},
      cipher_{CbcDirection::decrypt, keys.cipher.reveal(), keys.iv.reveal()},
      mac_{keys.mac.reveal()}
{
    mac_.update(keys.iv.reveal());
}

void Decryptor::decrypt(ByteView blocks, Bytes& output)
{
    mac_.update(blocks);
    auto const before = output.size();
    cipher_.update(blocks, output);
    plain_hash_.update(ByteView{output}.subspan(before));
    plain_bytes_ += blocks.size();
}

Result<void> Decryptor::update(ByteView chunk, Bytes& output)
{
    if (failure_) return failure_;
    received_ += chunk.size();
    if (received_ > tail_bytes && received_ - tail_bytes > max_plain_bytes_) {
        failure_ = MediaErrc::too_large;
        return failure_;
    }
    file_hash_.update(chunk);
    append(held_, chunk);
    if (held_.size() >= tail_bytes + block_bytes) {
        auto const whole = (held_.size() - tail_bytes) / block_bytes * block_bytes;
        decrypt(ByteView{held_}.first(whole), output);
        held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(whole));
    }
    return {};
}

Result<std::uint64_t> Decryptor::finish(Bytes& output)
{
    if (failure_) return failure_;
    auto verified = verify(output);
    if (!verified) failure_ = verified.error();
    return verified;
}

Result<std::uint64_t> Decryptor::verify(Bytes& output)
{
    // Blocks are taken out as long as more than one is left, so a complete file leaves exactly the tail.
    if (held_.size() != tail_bytes) return MediaErrc::truncated;
    if (expected_.encrypted_sha256 && file_hash_.finish() != *expected_.encrypted_sha256)
        return MediaErrc::encrypted_hash_mismatch;

    auto const last_block = ByteView{held_}.first(block_bytes);
    mac_.update(last_block);
    auto const code = mac_.finish();
    if (!crypto::constant_time_equal(ByteView{code}.first(file_mac_bytes),
                                     ByteView{held_}.last(file_mac_bytes)))
        return MediaErrc::mac_mismatch;

    Bytes plain;
    cipher_.update(last_block, plain);
    auto const padding = padding_of(plain);
    if (padding == 0) return MediaErrc::bad_padding;
    auto const rest = ByteView{plain}.first(block_bytes - padding);
    plain_hash_.update(rest);
    plain_bytes_ += rest.size();
    append(output, rest);

    if (plain_bytes_ > max_plain_bytes_) return MediaErrc::too_large;
    WAGATE_CHECK_OK(verify_plain(expected_, plain_hash_.finish(), plain_bytes_));
    return plain_bytes_;
}

Result<void> verify_plain(ExpectedFile const& expected, crypto::Key32 const& sha256, std::uint64_t bytes)
{
    if (expected.plain_bytes && *expected.plain_bytes != bytes) return MediaErrc::length_mismatch;
    if (expected.plain_sha256 && *expected.plain_sha256 != sha256) return MediaErrc::plain_hash_mismatch;
    return {};
}

} // namespace wagate::media
