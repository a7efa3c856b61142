#pragma once
// How many connections each client has: by IPv4 address or IPv6 network of 64 bits.
#include "gateway/egress/address_policy.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wagate::http {

/// Thread-safe; a few words per client with connections.
class AddressTable {
public:
    /// A connection's place; given back when it goes.
    class Seat {
    public:
        Seat() = default;
        Seat(AddressTable* table, std::uint64_t client) noexcept : table_(table), client_(client) {}
        Seat(Seat&& other) noexcept : table_(std::exchange(other.table_, nullptr)), client_(other.client_) {}
        Seat& operator=(Seat&& other) noexcept
        {
            std::swap(table_, other.table_);
            std::swap(client_, other.client_);
            return *this;
        }
        ~Seat()
        {
            if (table_ != nullptr) table_->leave(client_);
        }

    private:
        AddressTable* table_ = nullptr;
        std::uint64_t client_ = 0;
    };

    /// @param most connections of one client; 0: any number @param exempt may have any number
    AddressTable(std::size_t most, std::vector<egress::Network> exempt)
        : most_(most), exempt_(std::move(exempt))
    {}

    /// Nothing when the client has as many as it may have.
    std::optional<Seat> enter(egress::Address const& address);
    std::size_t clients() const;

private:
    void leave(std::uint64_t client);

    std::size_t const most_;
    std::vector<egress::Network> const exempt_;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::size_t> counts_;
};

} // namespace wagate::http
