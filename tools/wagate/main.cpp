// wagate: the daemon and its subcommands.
#include "gateway/runtime/signals.hpp"
#include "tools/wagate/serve.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

constexpr char usage[] = "usage: wagate serve | version | help\n"
                         "Configuration comes from environment variables, see README.md.\n";

int run(std::string_view command)
{
    if (command == "version" || command == "--version") {
        std::puts(WAGATE_VERSION);
        return 0;
    }
    if (command == "help" || command == "--help") {
        std::fputs(usage, stdout);
        return 0;
    }
    if (command != "serve") {
        std::fputs(usage, stderr);
        return 2;
    }
    auto const settings = wagate::read_settings();
    if (!settings) {
        std::fprintf(stderr, "wagate: %s\n", settings.error().text.c_str());
        return 2;
    }
    return wagate::serve(*settings);
}

} // namespace

int main(int count, char** arguments)
{
    wagate::ignore_broken_pipes();
    try {
        return run(count > 1 ? arguments[1] : "help");
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "wagate: %s\n", failure.what());
        return 1;
    }
}
