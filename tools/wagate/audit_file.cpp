#include "tools/wagate/audit_file.hpp"

#include "api/v1/audit_json.hpp"
#include "protocol/base/encoding.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

namespace wagate {

int verify_audit_file(std::filesystem::path const& file)
{
    std::ifstream opened;
    bool const from_input = file == "-";
    if (!from_input) opened.open(file);
    auto& in = from_input ? std::cin : opened;
    if (!in) {
        std::fprintf(stderr, "wagate: cannot read %s\n", file.c_str());
        return 2;
    }
    // An export may begin anywhere; what it says of the entry before is what there is.
    storage::AuditChecker checker(false);
    std::uint64_t first = 0;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) continue;
        auto const entry = v1::read_audit_entry(line);
        if (!entry) {
            std::printf("line %zu is no entry of an audit log\n", number);
            return 2;
        }
        if (first == 0) first = entry->number;
        if (!checker.add(*entry)) break;
    }
    auto const& verdict = checker.verdict();
    if (!verdict.problem.empty()) {
        std::printf("entry %llu: %s\n", static_cast<unsigned long long>(verdict.bad_number.value_or(0)),
                    verdict.problem.c_str());
        return 1;
    }
    std::printf("entries %llu to %llu are whole, the last hash is %s\n",
                static_cast<unsigned long long>(first), static_cast<unsigned long long>(verdict.last_number),
                hex_encode(verdict.last_hash).c_str());
    return 0;
}

} // namespace wagate
