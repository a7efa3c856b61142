#pragma once
// What a sealed value belongs to. It is the value's associated data: under another row it does not open.
#include "protocol/base/bytes.hpp"
#include "storage/repository/scope.hpp"

#include <concepts>

namespace wagate::storage::vault {

/// Stands in associated data: never renumber.
enum class Table : std::uint8_t {
    record = 1,
    message = 2,
    event = 3,
    outbox = 4,
    waiting = 5,
    delivery = 6,
    dead_letter = 7,
    session = 8,
    app = 9,
    record_sum = 10,
    // not of a tenant
    root = 100,
    tenant_key = 101,
    secret = 102,
};

/// A column of one row: the table, the tenant, the rest of the primary key, and which of the sealed columns.
class RowName {
public:
    template <class... Parts>
    RowName(Table table, TenantNumber tenant, Parts const&... key) : tenant_(tenant)
    {
        bytes_.reserve(64);
        bytes_.push_back(static_cast<std::uint8_t>(table));
        add(tenant.value);
        (add(key), ...);
    }

    void add(std::integral auto number)
    {
        bytes_.push_back('i');
        wagate::append(bytes_, big_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)), 8));
    }
    void add(std::string_view text)
    {
        bytes_.push_back('t');
        wagate::append(bytes_, big_endian(text.size(), 4));
        wagate::append(bytes_, view(text));
    }
    void add(std::string const& text) { add(std::string_view{text}); }
    /// Of tables with several sealed columns, from 1.
    RowName& column(int number)
    {
        bytes_.push_back('c');
        bytes_.push_back(static_cast<std::uint8_t>(number));
        return *this;
    }

    TenantNumber tenant() const noexcept { return tenant_; }
    ByteView bytes() const noexcept { return bytes_; }

private:
    TenantNumber tenant_;
    Bytes bytes_;
};

} // namespace wagate::storage::vault
