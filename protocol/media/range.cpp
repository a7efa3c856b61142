#include "protocol/media/range.hpp"

namespace wagate::media {

Result<RangePlan> plan_range(std::uint64_t first, std::uint64_t count, std::uint64_t plain_bytes)
{
    if (first >= plain_bytes || count == 0) return MediaErrc::bad_range;
    RangePlan plan;
    plan.take = std::min(count, plain_bytes - first);
    auto const first_block = first / block_bytes * block_bytes;
    plan.skip = static_cast<std::size_t>(first - first_block);
    plan.begins_with_iv = first_block > 0;
    plan.request_first = plan.begins_with_iv ? first_block - block_bytes : 0;
    // There is always a whole block: the padding is never empty.
    plan.request_last = (first + plan.take - 1) / block_bytes * block_bytes + block_bytes - 1;
    return plan;
}

RangeDecryptor::RangeDecryptor(FileKeys keys, RangePlan plan)
    : keys_{std::move(keys)},
      plan_{plan},
      awaited_{plan.request_last - plan.request_first + 1},
      left_{plan.take}
{
    if (!plan.begins_with_iv)
        cipher_.emplace(CbcDirection::decrypt, keys_.cipher.reveal(), keys_.iv.reveal());
}

Result<void> RangeDecryptor::update(ByteView chunk, Bytes& output)
{
    if (chunk.size() > awaited_) return MediaErrc::length_mismatch;
    awaited_ -= chunk.size();
    append(held_, chunk);
    auto blocks = ByteView{held_}.first(held_.size() - held_.size() % block_bytes);
    auto const used = blocks.size();
    if (!cipher_ && !blocks.empty()) {
        cipher_.emplace(CbcDirection::decrypt, keys_.cipher.reveal(), blocks.first(block_bytes));
        blocks = blocks.subspan(block_bytes);
    }
    if (!blocks.empty()) {
        Bytes plain;
        cipher_->update(blocks, plain);
        auto wanted = ByteView{plain}.subspan(plan_.skip);
        plan_.skip = 0;
        wanted = wanted.first(static_cast<std::size_t>(std::min<std::uint64_t>(wanted.size(), left_)));
        left_ -= wanted.size();
        append(output, wanted);
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(used));
    return {};
}

Result<void> RangeDecryptor::finish() const
{
    if (awaited_ != 0) return MediaErrc::truncated;
    return {};
}

} // namespace wagate::media
