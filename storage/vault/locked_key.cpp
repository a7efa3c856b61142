#include "storage/vault/locked_key.hpp"

#include <sodium.h>

#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

namespace wagate::storage::vault {
namespace {

/// Hands out slots of guarded, locked pages; pages stay for ever.
class Slots {
public:
    static Slots& all()
    {
        static auto& slots = *new Slots; // outlives every key
        return slots;
    }

    std::uint8_t* take()
    {
        std::lock_guard const lock{mutex_};
        if (free_.empty()) add_chunk();
        auto* const slot = free_.back();
        free_.pop_back();
        return slot;
    }
    void give_back(std::uint8_t* slot) noexcept
    {
        sodium_memzero(slot, LockedKey::size);
        std::lock_guard const lock{mutex_};
        free_.push_back(slot); // has had room for it
    }

private:
    /// With libsodium's canary in front of it exactly a page.
    static constexpr std::size_t chunk_slots = (4'096 - 16) / LockedKey::size;

    Slots()
    {
        if (sodium_init() < 0) throw std::runtime_error{"sodium_init"};
    }
    void add_chunk()
    {
        auto* const chunk = static_cast<std::uint8_t*>(sodium_allocarray(chunk_slots, LockedKey::size));
        if (!chunk) throw std::bad_alloc{};
        count_ += chunk_slots;
        free_.reserve(count_);
        for (std::size_t i = 0; i < chunk_slots; ++i)
            free_.push_back(chunk + i * LockedKey::size);
    }

    std::mutex mutex_;
    std::vector<std::uint8_t*> free_;
    std::size_t count_ = 0;
};

} // namespace

LockedKey::LockedKey() : slot_(Slots::all().take())
{}

LockedKey::LockedKey(std::span<std::uint8_t const, size> bytes) : LockedKey()
{
    std::copy(bytes.begin(), bytes.end(), slot_);
}

LockedKey LockedKey::random()
{
    LockedKey key;
    randombytes_buf(key.slot_, size);
    return key;
}

LockedKey::LockedKey(LockedKey&& other) noexcept : slot_(std::exchange(other.slot_, nullptr))
{}

LockedKey& LockedKey::operator=(LockedKey&& other) noexcept
{
    std::swap(slot_, other.slot_);
    return *this;
}

LockedKey::~LockedKey()
{
    if (slot_) Slots::all().give_back(slot_);
}

} // namespace wagate::storage::vault
