#include "storage/sqlite/transaction.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::sqlite {

Transaction::Transaction(Database& database) : database_(database), open_(database.run("BEGIN IMMEDIATE", {}))
{}

Transaction::~Transaction()
{
    if (open_) database_.roll_back();
}

bool Transaction::commit()
{
    if (!database_.run("COMMIT", {})) return false;
    open_ = false;
    return true;
}

} // namespace wagate::storage::sqlite
