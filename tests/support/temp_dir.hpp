#pragma once
// A directory of its own for a test, removed with everything in it at the end of its scope.
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace wagate::test {

class TempDir {
public:
    explicit TempDir(std::filesystem::path const& parent = std::filesystem::temp_directory_path())
    {
        auto pattern = (parent / "wagate-test-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary directory");
        path_ = pattern;
    }
    TempDir(TempDir const&) = delete;
    TempDir& operator=(TempDir const&) = delete;
    ~TempDir()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path const& path() const noexcept { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

} // namespace wagate::test
