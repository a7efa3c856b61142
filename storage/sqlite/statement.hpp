#pragma once
// Values bound to a statement, and the rows it yields.
#include "protocol/base/bytes.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

struct sqlite3_stmt;

namespace wagate::storage::sqlite {

class Database;

/// One bound argument. Refers to the caller's text and bytes: it lives for the call only.
class Value {
public:
    Value(std::nullopt_t) noexcept {}
    /// SQLite's integers are signed: a larger number becomes the largest.
    template <std::integral T>
    Value(T number) noexcept : content_(saturate(number))
    {}
    Value(std::string_view text) noexcept : content_(text) {}
    Value(std::string const& text) noexcept : content_(std::string_view{text}) {}
    Value(ByteView bytes) noexcept : content_(bytes) {}
    Value(Bytes const& bytes) noexcept : content_(ByteView{bytes}) {}
    template <std::size_t N>
    Value(ByteArray<N> const& bytes) noexcept : content_(ByteView{bytes})
    {}
    template <std::integral T>
    Value(std::optional<T> number) noexcept
    {
        if (number) content_ = saturate(*number);
    }

    using Content = std::variant<std::monostate, std::int64_t, std::string_view, ByteView>;
    Content const& content() const noexcept { return content_; }

private:
    template <std::integral T>
    static constexpr std::int64_t saturate(T number) noexcept
    {
        if constexpr (std::unsigned_integral<T> && sizeof(T) == sizeof(std::int64_t))
            return number > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(number);
        else
            return static_cast<std::int64_t>(number);
    }

    Content content_;
};

/// The rows of one running query. Resets its statement at the end of its scope.
class Rows {
public:
    Rows(Database& database, sqlite3_stmt* statement) noexcept : database_(&database), statement_(statement)
    {}
    Rows(Rows const&) = delete;
    Rows& operator=(Rows const&) = delete;
    ~Rows();

    /// False at the end and after a failure, which the database remembers (Database::has_error).
    bool next();

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    ByteView blob(int column) const; ///< valid until next()

private:
    Database* database_;
    sqlite3_stmt* statement_; ///< null when preparing or binding failed
};

} // namespace wagate::storage::sqlite
