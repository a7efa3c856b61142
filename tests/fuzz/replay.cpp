// All fuzz targets in one program without libFuzzer, for the usual test run: every seed, and a number of
// inputs made of them by a seeded generator, the same in every run. An input that ends the program is kept in
// a file.
//
// usage: fuzz_replay TARGET INPUTS [CORPUS_FOLDER]
//
// WAGATE_FUZZ_SECONDS: goes on with further inputs until so much time has passed.
#include "tests/support/seeded_random.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#define WAGATE_TARGET(name) extern "C" int fuzz_##name(std::uint8_t const* data, std::size_t size);
#include "fuzz_targets.inc"
#undef WAGATE_TARGET

namespace {

using wagate::Bytes;
using Target = int (*)(std::uint8_t const*, std::size_t);

struct Named {
    std::string_view name;
    Target run;
};
constexpr std::array targets{
#define WAGATE_TARGET(name) Named{#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef WAGATE_TARGET
};

constexpr std::size_t largest_input = 4'096;

Bytes current;
std::string kept_file; ///< where `current` goes when it ends the program

extern "C" void keep_input(int signal)
{
    int const file = ::open(kept_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0) {
        (void)!::write(file, current.data(), current.size());
        ::close(file);
    }
    std::signal(signal, SIG_DFL);
    (void)std::raise(signal);
}

std::vector<Bytes> read_seeds(std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> paths;
    for (auto const& entry : std::filesystem::directory_iterator(folder))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end()); // the same inputs in every run
    std::vector<Bytes> seeds;
    for (auto const& path : paths) {
        std::ifstream file(path, std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return seeds;
}

class Mutator {
public:
    explicit Mutator(std::vector<Bytes> const& seeds) : seeds_(seeds) {}

    Bytes next()
    {
        auto input = seeds_[dice_.below(seeds_.size())];
        for (auto changes = 1 + dice_.below(6); changes > 0; --changes)
            change(input);
        if (input.size() > largest_input) input.resize(largest_input);
        return input;
    }

private:
    void change(Bytes& input)
    {
        static constexpr std::array<std::uint8_t, 8> telling{0, 1, 0x7F, 0x80, 0xF8, 0xFC, 0xFE, 0xFF};
        auto const at = input.begin() + static_cast<std::ptrdiff_t>(dice_.below(input.size() + 1));
        auto const length = static_cast<std::ptrdiff_t>(
            std::min<std::uint64_t>(dice_.below(16) + 1, static_cast<std::uint64_t>(input.end() - at)));
        switch (dice_.below(7)) {
        case 0:
            if (at != input.end()) *at = static_cast<std::uint8_t>(*at ^ (1u << dice_.below(8)));
            return;
        case 1:
            if (at != input.end()) *at = telling[dice_.below(telling.size())];
            return;
        case 2: input.insert(at, static_cast<std::uint8_t>(dice_.below(256))); return;
        case 3: input.erase(at, at + length); return;
        case 4: input.erase(at, input.end()); return;
        case 5: {
            Bytes const copy(at, at + length);
            input.insert(input.begin() + static_cast<std::ptrdiff_t>(dice_.below(input.size() + 1)),
                         copy.begin(), copy.end());
            return;
        }
        default: { // the end of another seed
            auto const& other = seeds_[dice_.below(seeds_.size())];
            input.erase(at, input.end());
            auto const from = static_cast<std::ptrdiff_t>(dice_.below(other.size() + 1));
            input.insert(input.end(), other.begin() + from, other.end());
        }
        }
    }

    std::vector<Bytes> const& seeds_;
    wagate::testing::SeededRandom dice_{20'260'701};
};

} // namespace

int main(int count, char** arguments)
{
    auto const found = count < 3 ? targets.end()
                                 : std::find_if(
                                       targets.begin(), targets.end(),
                                       [&](Named const& one) { return one.name == arguments[1]; });
    if (found == targets.end()) {
        std::cerr << "usage: fuzz_replay TARGET INPUTS [CORPUS_FOLDER]\n";
        return 2;
    }
    std::vector<Bytes> seeds;
    if (count > 3) seeds = read_seeds(arguments[3]);
    kept_file = std::string("fuzz-") + arguments[1] + "-failed";
    for (auto const signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
        std::signal(signal, keep_input);

    auto const run = [&](Bytes input) {
        current = std::move(input);
        found->run(current.data(), current.size());
    };
    for (auto const& seed : seeds)
        run(seed);
    if (seeds.empty()) seeds.emplace_back();
    Mutator mutator(seeds);
    auto const least = std::strtoul(arguments[2], nullptr, 10);
    auto const* const seconds = std::getenv("WAGATE_FUZZ_SECONDS");
    auto const end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(seconds != nullptr ? std::strtol(seconds, nullptr, 10) : 0);
    unsigned long inputs = 0;
    for (; inputs < least || std::chrono::steady_clock::now() < end; ++inputs)
        run(mutator.next());
    std::cout << arguments[1] << ": " << inputs << " inputs\n";
    return 0;
}
