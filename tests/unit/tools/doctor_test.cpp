#include "tools/wagate/doctor/checks.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::doctor;
using namespace std::chrono_literals;

namespace {

constexpr unsigned own = 1'000;

PathFacts folder(unsigned mode, unsigned owner = own)
{
    return {.path = "/data", .exists = true, .is_folder = true, .owner = owner, .mode = mode};
}

PathFacts file(unsigned mode, unsigned owner = own)
{
    return {.path = "/data/file", .exists = true, .owner = owner, .mode = mode};
}

/// What is wrong comes with something to do, and what is fine without.
bool is(Grade grade, Finding const& finding)
{
    INFO(finding.check << ": " << finding.text);
    CHECK_FALSE(finding.check.empty());
    CHECK_FALSE(finding.text.empty());
    CHECK(finding.advice.empty() == (finding.grade == Grade::fine));
    return finding.grade == grade;
}

} // namespace

TEST_CASE("the data folder is its owner's alone", "[doctor]")
{
    CHECK(is(Grade::fine, check_data_folder(folder(0700), own)));
    CHECK(is(Grade::fine, check_data_folder({.path = "/none"}, own)));
    CHECK(is(Grade::error, check_data_folder(folder(0750), own)));
    CHECK(is(Grade::error, check_data_folder(folder(0700, 7), own)));
    CHECK(is(Grade::error, check_data_folder(file(0600), own)));
    auto read_only = folder(0700);
    read_only.is_writable = false;
    CHECK(is(Grade::error, check_data_folder(read_only, own)));
}

TEST_CASE("files in it are their owner's alone", "[doctor]")
{
    CHECK(is(Grade::fine, check_private_file("private-files", file(0600), own)));
    CHECK(is(Grade::error, check_private_file("private-files", file(0640), own)));
    CHECK(is(Grade::error, check_private_file("private-files", file(0600, 7), own)));
    CHECK(is(Grade::fine, check_private_file("private-files", file(0600, 7), 0)));
}

TEST_CASE("a master key does not lie beside what it opens", "[doctor]")
{
    auto const at = [](MasterKeyPlace place, PathFacts where) {
        return MasterKeyFacts{.place = place, .file = std::move(where), .found = "a", .wanted = "a"};
    };
    CHECK(is(Grade::fine, check_master_key(at(MasterKeyPlace::given, {}), own)));
    CHECK(is(Grade::fine, check_master_key({}, own)));
    CHECK(is(Grade::fine, check_master_key(at(MasterKeyPlace::elsewhere, file(0400)), own)));
    CHECK(is(Grade::warning, check_master_key(at(MasterKeyPlace::beside_database, file(0600)), own)));
    CHECK(is(Grade::error, check_master_key(at(MasterKeyPlace::elsewhere, file(0644)), own)));
    auto with_next = at(MasterKeyPlace::given, {});
    with_next.next_file = file(0644);
    CHECK(is(Grade::error, check_master_key(with_next, own)));
}

TEST_CASE("the master key is the one that the database is sealed with", "[doctor]")
{
    MasterKeyFacts facts{.place = MasterKeyPlace::elsewhere, .file = file(0600), .found = "a", .wanted = "b"};
    auto const wrong = check_master_key(facts, own);
    CHECK(is(Grade::error, wrong));
    CHECK(wrong.text.find("sealed with key b") != std::string::npos);
    CHECK(wrong.text.find("is a") != std::string::npos);
    facts.unfinished = "b";
    CHECK(is(Grade::warning, check_master_key(facts, own)));
    facts = {.wanted = "b"};
    CHECK(check_master_key(facts, own).text.find("no key is there") != std::string::npos);
    CHECK(is(Grade::error, check_master_key(facts, own)));
    facts = {.place = MasterKeyPlace::given, .found = "a", .wanted = "b"};
    CHECK(is(Grade::error, check_master_key(facts, own)));
    facts.next = "b";
    CHECK(is(Grade::warning, check_master_key(facts, own)));
    facts.wanted.clear();
    CHECK(is(Grade::fine, check_master_key(facts, own)));
    facts = {.place = MasterKeyPlace::elsewhere, .file = file(0600), .is_readable = false};
    CHECK(is(Grade::error, check_master_key(facts, own)));
}

TEST_CASE("there is space, and there are files to open", "[doctor]")
{
    constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
    CHECK(is(Grade::fine, check_free_space(50 * gibibyte, 100 * gibibyte)));
    CHECK(is(Grade::warning, check_free_space(gibibyte, 100 * gibibyte)));
    CHECK(is(Grade::error, check_free_space(1 << 20, 100 * gibibyte)));
    CHECK(is(Grade::fine, check_file_limit(1'024, 10)));
    CHECK(is(Grade::warning, check_file_limit(1'024, 500)));
    CHECK(is(Grade::error, check_file_limit(256, 500)));
}

TEST_CASE("no core dumps, no root", "[doctor]")
{
    CHECK(is(Grade::fine, check_core_dumps(false)));
    CHECK(is(Grade::warning, check_core_dumps(true)));
    CHECK(is(Grade::fine, check_privileges(own)));
    CHECK(is(Grade::warning, check_privileges(0)));
}

TEST_CASE("the clock makes sense", "[doctor]")
{
    std::chrono::sys_seconds const built{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    CHECK(is(Grade::fine, check_clock(built + 24h, built, built)));
    CHECK(is(Grade::fine, check_clock(built + 24h, std::nullopt, built)));
    CHECK(is(Grade::error, check_clock(built - 48h, std::nullopt, built)));
    CHECK(is(Grade::error, check_clock(built + 24h * 365 * 40, std::nullopt, built)));
    CHECK(is(Grade::warning, check_clock(built + 24h, built + 48h, built)));
}

TEST_CASE("programs that decode files are shut in", "[doctor]")
{
    using gateway::SandboxMode;
    gateway::SandboxMeasures const whole{.namespaces = true, .landlock = true, .syscalls = true};
    gateway::SandboxMeasures const part{.landlock = true, .syscalls = true};
    CHECK(is(Grade::fine, check_sandbox(SandboxMode::prefer, whole)));
    CHECK(is(Grade::warning, check_sandbox(SandboxMode::prefer, part)));
    CHECK(is(Grade::error, check_sandbox(SandboxMode::require, part)));
    CHECK(is(Grade::warning, check_sandbox(SandboxMode::off, {})));
    CHECK(is(Grade::fine, check_ffmpeg("ffmpeg version 5.1", true)));
    CHECK(is(Grade::warning, check_ffmpeg({}, false)));
    CHECK(is(Grade::error, check_ffmpeg("ffmpeg", false)));
    CHECK(is(Grade::fine, check_authorities(true)));
    CHECK(is(Grade::error, check_authorities(false)));
}

TEST_CASE("nobody listens in on keys, and nobody guesses them", "[doctor]")
{
    CHECK(is(Grade::fine, check_listen("listen", "127.0.0.1:3000", false)));
    CHECK(is(Grade::fine, check_listen("listen", "[::1]:3000", false)));
    CHECK(is(Grade::fine, check_listen("listen", "0.0.0.0:3000", true)));
    CHECK(is(Grade::warning, check_listen("listen", "0.0.0.0:3000", false)));
    CHECK(is(Grade::warning, check_listen("admin-listen", "192.0.2.7:3000", false)));
    CHECK(is(Grade::fine, check_hosts(false, {"localhost", "api.example.com"})));
    CHECK(check_hosts(false, {"localhost", "api.example.com"}).text.find("api.example.com") !=
          std::string::npos);
    CHECK(is(Grade::warning, check_hosts(true, {"localhost"})));
    CHECK(is(Grade::fine, check_api_key(ApiKeyKind::stored, {})));
    CHECK(is(Grade::fine, check_api_key(ApiKeyKind::none_yet, {})));
    CHECK(is(Grade::fine, check_api_key(ApiKeyKind::hashed, {})));
    auto const weak = check_api_key(ApiKeyKind::given, "secretsecretsecret");
    CHECK(is(Grade::warning, weak));
    CHECK(as_json({weak}).find("secretsecret") == std::string::npos);
    CHECK(is(Grade::warning, check_api_key(ApiKeyKind::given, "0f1e2d3c4b5a69788796a5b4c3d2e1f0")));
    CHECK(is(Grade::fine, check_tenant_keys({})));
    CHECK(is(Grade::fine, check_tenant_keys({"0f1e2d3c4b5a69788796a5b4c3d2e1f0"})));
    CHECK(is(Grade::warning,
             check_tenant_keys({"0f1e2d3c4b5a69788796a5b4c3d2e1f0", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})));
}

TEST_CASE("the certificate holds, and its key is not everybody's", "[doctor]")
{
    std::chrono::sys_seconds const now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    TlsFacts facts{.is_configured = true, .expires = now + 24h * 60, .key = file(0640, 0)};
    CHECK(is(Grade::fine, check_tls({}, now)));
    CHECK(is(Grade::fine, check_tls(facts, now)));
    facts.expires = now + 24h * 3;
    CHECK(is(Grade::warning, check_tls(facts, now)));
    facts.expires = now - 1s;
    CHECK(is(Grade::error, check_tls(facts, now)));
    facts.expires = now + 24h * 60;
    facts.key.mode = 0644;
    CHECK(is(Grade::error, check_tls(facts, now)));
    facts.key.mode = 0600;
    facts.problem = "no such file";
    CHECK(is(Grade::error, check_tls(facts, now)));
}

TEST_CASE("tenants reach nothing inside", "[doctor]")
{
    auto const policy = [](char const* networks) {
        return egress::AddressPolicy{*egress::parse_networks(networks)};
    };
    CHECK(is(Grade::fine, check_egress({})));
    CHECK(is(Grade::fine, check_egress(policy("10.1.2.3/32"))));
    CHECK(is(Grade::warning, check_egress(policy("127.0.0.0/8"))));
    CHECK(check_egress(policy("0.0.0.0/0")).text.find("cloud metadata") != std::string::npos);
    CHECK(is(Grade::fine, check_ignored({})));
    CHECK(check_ignored({"WAHA_A", "WAHA_B"}).text.find("WAHA_A, WAHA_B") != std::string::npos);
    CHECK(is(Grade::warning, check_ignored({"WAHA_A"})));
}

TEST_CASE("the database is whole, and of this version", "[doctor]")
{
    DatabaseFacts facts{.exists = true, .schema = 6, .newest_schema = 6};
    CHECK(is(Grade::fine, check_database({})));
    CHECK(is(Grade::fine, check_database(facts)));
    facts.schema = 5;
    CHECK(is(Grade::fine, check_database(facts)));
    facts.schema = 7;
    CHECK(is(Grade::error, check_database(facts)));
    facts.damage = "malformed";
    CHECK(is(Grade::error, check_database(facts)));
}

TEST_CASE("the worst finding is the exit status", "[doctor]")
{
    Finding const fine{"a", Grade::fine, "good", {}};
    Finding const warning{"b", Grade::warning, "so \"so\"", "do"};
    Finding const error{"c", Grade::error, "bad", "do"};
    CHECK(exit_status({}) == 0);
    CHECK(exit_status({fine, fine}) == 0);
    CHECK(exit_status({warning, fine}) == 1);
    CHECK(exit_status({fine, error, warning}) == 2);
    auto const json = boost::json::parse(as_json({fine, warning}));
    CHECK(json.at("status").as_string() == "warning");
    CHECK(json.at("findings").at(1).at("text").as_string() == "so \"so\"");
    CHECK(as_text({error}) == "error    c: bad\n         -> do\n");
}
