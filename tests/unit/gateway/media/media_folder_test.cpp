#include "gateway/media/media_folder.hpp"

#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace wagate;
using namespace wagate::gateway;
namespace fs = std::filesystem;

namespace {

SessionKey key(char const* tenant, char const* name)
{
    return {TenantId(tenant), SessionName(name)};
}

void write(fs::path const& path)
{
    std::ofstream(path) << "content";
}

} // namespace

TEST_CASE("every session has a folder of its own, whatever it is called", "[gateway][media]")
{
    test::TempDir const root;
    MediaFolder const folder(root.path() / "media");
    auto const one = folder.place(key("a", "bc"), "name");
    CHECK(one != folder.place(key("ab", "c"), "name"));
    CHECK(one != folder.place(key("a", "../bc"), "name"));
    auto const outside = folder.place(key("../..", "../../etc"), "name");
    CHECK(outside.lexically_relative(root.path() / "media").string().find("..") == std::string::npos);
}

TEST_CASE("a file goes with the last one that holds it, unless it was kept", "[gateway][media]")
{
    test::TempDir const root;
    MediaFolder folder(root.path() / "media");
    REQUIRE(folder.prepare());
    auto file = folder.new_file().value();
    auto const path = file->path();
    CHECK(fs::exists(path));
    file.reset();
    CHECK_FALSE(fs::exists(path));
    auto kept = folder.new_file().value();
    auto const place = folder.place(key("a", "b"), "name");
    REQUIRE(kept->keep_as(place));
    kept.reset();
    CHECK(fs::exists(place));
}

TEST_CASE("what an earlier process left unfinished goes, what it kept stays", "[gateway][media]")
{
    test::TempDir const root;
    MediaFolder folder(root.path() / "media");
    REQUIRE(folder.prepare());
    write(root.path() / "media" / "unfinished" / "left");
    auto const place = folder.place(key("a", "b"), "name");
    write(place);
    REQUIRE(folder.prepare());
    CHECK(fs::is_empty(root.path() / "media" / "unfinished"));
    CHECK(fs::exists(place));
    CHECK((fs::status(root.path() / "media").permissions() & fs::perms::others_all) == fs::perms::none);
}

TEST_CASE("old files are swept, young ones and unfinished ones are not", "[gateway][media]")
{
    test::TempDir const root;
    MediaFolder folder(root.path() / "media");
    REQUIRE(folder.prepare());
    auto const now = fs::file_time_type::clock::now();
    auto const old = folder.place(key("a", "b"), "old");
    auto const young = folder.place(key("a", "b"), "young");
    write(old);
    write(young);
    fs::last_write_time(old, now - std::chrono::hours(2));
    auto const unfinished = folder.new_file().value();
    fs::last_write_time(unfinished->path(), now - std::chrono::hours(2));
    CHECK(folder.sweep(now - std::chrono::hours(1)) == 1);
    CHECK_FALSE(fs::exists(old));
    CHECK(fs::exists(young));
    CHECK(fs::exists(unfinished->path()));
}

TEST_CASE("the files of one session can be erased alone", "[gateway][media]")
{
    test::TempDir const root;
    MediaFolder folder(root.path() / "media");
    write(folder.place(key("a", "b"), "name"));
    write(folder.place(key("a", "c"), "name"));
    folder.erase(key("a", "b"));
    CHECK_FALSE(fs::exists(folder.place(key("a", "b"), "name")));
    CHECK(fs::exists(folder.place(key("a", "c"), "name")));
}
