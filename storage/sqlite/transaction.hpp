#pragma once
// A write transaction that rolls back unless it was committed.
namespace wagate::storage::sqlite {

class Database;

class Transaction {
public:
    /// Takes the write lock at once (BEGIN IMMEDIATE).
    explicit Transaction(Database& database);
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;
    ~Transaction();

    bool begun() const noexcept { return open_; }
    /// True when the changes are durable. After false nothing may be assumed about them.
    bool commit();

private:
    Database& database_;
    bool open_;
};

} // namespace wagate::storage::sqlite
