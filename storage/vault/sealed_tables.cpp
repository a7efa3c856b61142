#include "storage/vault/sealed_tables.hpp"

#include "protocol/base/encoding.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/store_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage::vault {
namespace {

constexpr std::int64_t most_rows = 200;
constexpr std::size_t most_bytes = 1u << 20;

std::string joined(std::vector<SealedTable::Column> const& columns, std::string_view between = ", ",
                   std::string_view behind = "")
{
    std::string text;
    for (auto const& column : columns)
        text.append(text.empty() ? std::string_view{} : between).append(column.name).append(behind);
    return text;
}

std::string parameters(std::size_t first, std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += (text.empty() ? "?" : ", ?") + std::to_string(first + i);
    return text;
}

SealedTable with_statements(SealedTable table)
{
    auto const keys = joined(table.key);
    auto const select = "SELECT " + keys + ", " + joined(table.sealed) + " FROM " + table.name + " WHERE ";
    auto const order = " ORDER BY " + keys + " LIMIT " + std::to_string(most_rows);
    auto const count = table.key.size();
    table.first_sql = select + "tenant >= ?1" + order;
    table.next_sql = select + "(" + keys + ") > (" + parameters(1, count) + ")" + order;
    table.update_sql = "UPDATE " + std::string{table.name} + " SET ";
    for (std::size_t i = 0; i < table.sealed.size(); ++i)
        table.update_sql += (i > 0 ? std::string{", "} : std::string{}) + table.sealed[i].name + " = ?" +
                            std::to_string(count + 1 + i);
    table.update_sql += " WHERE (" + keys + ") = (" + parameters(1, count) + ")";
    return table;
}

void add_key(std::vector<sqlite::Value>& arguments, std::vector<KeyPart> const& key)
{
    for (auto const& part : key) {
        if (auto const* number = std::get_if<std::int64_t>(&part))
            arguments.emplace_back(*number);
        else
            arguments.emplace_back(std::get<std::string>(part));
    }
}

} // namespace

std::vector<SealedTable> const& sealed_tables()
{
    using Column = SealedTable::Column;
    constexpr Column tenant{"tenant"};
    constexpr Column session{"session"};
    // Positions of an unfinished sealing refer to this order.
    static std::vector<SealedTable> const tables = [&] {
        std::vector<SealedTable> list;
        auto const add = [&](Table table, char const* name, std::vector<Column> key,
                             std::vector<Column> sealed) {
            list.push_back(with_statements({table, name, std::move(key), std::move(sealed)}));
        };
        add(Table::record, "record", {tenant, session, {"kind"}, {"key", true}}, {{"value"}});
        add(Table::message, "message", {tenant, session, {"timestamp"}, {"ordinal"}}, {{"value"}});
        add(Table::event, "event", {tenant, session, {"sequence"}}, {{"value"}});
        add(Table::outbox, "outbox", {tenant, session, {"id", true}}, {{"stanza"}});
        add(Table::waiting, "waiting", {tenant, session, {"key", true}}, {{"stanza"}});
        add(Table::delivery, "delivery", {tenant, session, {"endpoint", true}}, {{"details"}});
        add(Table::dead_letter, "dead_letter", {tenant, {"number"}},
            {{"value"}, {"url", true}, {"error", true}});
        add(Table::session, "session", {tenant, session}, {{"config", true}});
        add(Table::app, "app", {tenant, session, {"id", true}}, {{"config", true}});
        add(Table::record_sum, "record_sum", {tenant, session}, {{"value"}});
        return list;
    }();
    return tables;
}

std::vector<SealedRow> read_rows(sqlite::Database& database, SealedTable const& table,
                                 std::vector<KeyPart> const& after, TenantNumber from)
{
    std::vector<sqlite::Value> arguments;
    if (after.empty())
        arguments.emplace_back(from.value);
    else
        add_key(arguments, after);
    std::vector<SealedRow> found;
    std::size_t bytes = 0;
    auto rows = database.query((after.empty() ? table.first_sql : table.next_sql).c_str(), arguments);
    while (bytes < most_bytes && rows.next()) {
        SealedRow row;
        int column = 0;
        for (auto const& part : table.key) {
            if (part.is_text)
                row.key.emplace_back(rows.text(column++));
            else
                row.key.emplace_back(rows.integer(column++));
        }
        for (std::size_t i = 0; i < table.sealed.size(); ++i) {
            row.values.push_back(to_bytes(rows.blob(column++)));
            bytes += row.values.back().size();
        }
        found.push_back(std::move(row));
    }
    return found;
}

void write_row(sqlite::Database& database, SealedTable const& table, SealedRow const& row)
{
    std::vector<sqlite::Value> arguments;
    add_key(arguments, row.key);
    for (std::size_t i = 0; i < table.sealed.size(); ++i) {
        if (table.sealed[i].is_text)
            arguments.emplace_back(text_view(row.values[i]));
        else
            arguments.emplace_back(row.values[i]);
    }
    database.run(table.update_sql.c_str(), arguments);
}

RowName name_of(SealedTable const& table, SealedRow const& row, std::size_t column)
{
    RowName name{table.table, row.tenant()};
    for (std::size_t i = 1; i < row.key.size(); ++i)
        std::visit([&](auto const& part) { name.add(part); }, row.key[i]);
    if (table.sealed.size() > 1) name.column(static_cast<int>(column) + 1);
    return name;
}

Bytes pack(std::vector<KeyPart> const& key)
{
    Bytes packed;
    for (auto const& part : key) {
        if (auto const* number = std::get_if<std::int64_t>(&part)) {
            packed.push_back('i');
            append(packed, big_endian(static_cast<std::uint64_t>(*number), 8));
        } else {
            auto const& text = std::get<std::string>(part);
            packed.push_back('t');
            append(packed, big_endian(text.size(), 8));
            append(packed, view(text));
        }
    }
    return packed;
}

std::vector<KeyPart> unpack(ByteView packed)
{
    std::vector<KeyPart> key;
    while (packed.size() >= 9) {
        auto const number = read_big_endian(packed.subspan(1, 8));
        bool const is_text = packed.front() == 't';
        packed = packed.subspan(9);
        if (!is_text) {
            key.emplace_back(static_cast<std::int64_t>(number));
            continue;
        }
        auto const size = std::min<std::uint64_t>(number, packed.size());
        key.emplace_back(to_text(packed.first(size)));
        packed = packed.subspan(size);
    }
    return key;
}

} // namespace wagate::storage::vault
