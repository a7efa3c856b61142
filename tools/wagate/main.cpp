// wagate: the daemon and its subcommands.
#include "gateway/runtime/signals.hpp"
#include "tools/wagate/audit_file.hpp"
#include "tools/wagate/doctor.hpp"
#include "tools/wagate/health.hpp"
#include "tools/wagate/process.hpp"
#include "tools/wagate/serve.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

constexpr char usage[] =
    "usage: wagate serve | doctor [--json] | health | audit verify FILE | version | help\n"
    "Configuration comes from environment variables, see README.md.\n";

int run(int count, char** arguments)
{
    std::string_view const command = count > 1 ? arguments[1] : "help";
    std::string_view const option = count > 2 ? arguments[2] : "";
    if (command == "audit" && count == 4 && std::string_view(arguments[2]) == "verify")
        return wagate::verify_audit_file(arguments[3]);
    if (command == "version" || command == "--version") {
        std::puts(WAGATE_VERSION);
        return 0;
    }
    if (command == "help" || command == "--help") {
        std::fputs(usage, stdout);
        return 0;
    }
    bool const is_doctor = command == "doctor" && (option.empty() || option == "--json");
    bool const is_health = command == "health";
    if (command != "serve" && !is_doctor && !is_health) {
        std::fputs(usage, stderr);
        return 2;
    }
    auto const settings = wagate::read_settings();
    if (is_doctor) return wagate::run_doctor(settings, option == "--json");
    if (is_health && settings) {
        // With an address of its own for TLS the other one stays plain.
        bool const is_tls = !settings->edge.tls_certificate_file.empty() && settings->edge.tls_listen.empty();
        return wagate::ask_health(settings->listen, is_tls);
    }
    if (!settings) {
        std::fprintf(stderr, "wagate: %s\n", settings.error().text.c_str());
        return 2;
    }
    wagate::harden_process(settings->core_dumps);
    return wagate::serve(*settings);
}

} // namespace

int main(int count, char** arguments)
{
    wagate::ignore_broken_pipes();
    try {
        return run(count, arguments);
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "wagate: %s\n", failure.what());
        return 1;
    }
}
