#include "tools/wagate/doctor.hpp"

#include "gateway/media/child.hpp"
#include "gateway/transport/tls_server.hpp"
#include "storage/inspection.hpp"
#include "storage/vault/vault_errc.hpp"
#include "tools/wagate/doctor/checks.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace wagate {
namespace {

namespace fs = std::filesystem;
using doctor::Finding;
using doctor::Grade;

doctor::PathFacts facts_of(fs::path const& path)
{
    doctor::PathFacts facts;
    facts.path = path.string();
    struct stat state{};
    facts.exists = ::stat(path.c_str(), &state) == 0;
    if (!facts.exists) return facts;
    facts.is_folder = S_ISDIR(state.st_mode);
    facts.owner = state.st_uid;
    facts.mode = state.st_mode & 0777U;
    facts.is_writable = ::access(path.c_str(), W_OK) == 0;
    return facts;
}

std::optional<std::chrono::sys_seconds> changed(fs::path const& path)
{
    struct stat state{};
    if (::stat(path.c_str(), &state) != 0) return std::nullopt;
    return std::chrono::sys_seconds{std::chrono::seconds{state.st_mtime}};
}

/// What lies in the data folder itself: the database, its log, keys. One finding for all that are right.
void look_at_files(fs::path const& folder, fs::path const& except, unsigned user,
                   std::vector<Finding>& findings)
{
    std::error_code error;
    std::size_t right = 0;
    for (auto const& entry : fs::directory_iterator(folder, error)) {
        if (!entry.is_regular_file(error) || entry.path() == except) continue;
        auto found = doctor::check_private_file("private-files", facts_of(entry.path()), user);
        if (found.grade == Grade::fine)
            ++right;
        else
            findings.push_back(std::move(found));
    }
    if (error && error != std::errc::no_such_file_or_directory)
        findings.push_back({"private-files", Grade::error,
                            folder.string() + " cannot be listed: " + error.message(),
                            "run the doctor as the user that runs wagate"});
    else
        findings.push_back(
            {"private-files", Grade::fine, std::to_string(right) + " files are their owner's alone", {}});
}

/// Of the key in a file; empty when there is none.
std::string key_id(fs::path const& file)
{
    auto const key = file.empty() ? Result<storage::vault::MasterKey>{storage::VaultErrc::bad_master_key}
                                  : storage::vault::MasterKey::read(file);
    return key ? key->id() : std::string{};
}

bool lies_in(fs::path const& folder, fs::path const& file)
{
    std::error_code error;
    auto const inner = fs::weakly_canonical(fs::absolute(file, error), error);
    auto const outer = fs::weakly_canonical(fs::absolute(folder, error), error);
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// As the daemon looks for it, without bringing a rotation to its end as that does.
doctor::MasterKeyFacts master_key(Settings const& settings, fs::path const& file, std::string wanted)
{
    auto const& source = settings.master_key;
    doctor::MasterKeyFacts facts;
    facts.wanted = std::move(wanted);
    if (!source.next_file.empty()) {
        facts.next_file = facts_of(source.next_file);
        facts.next = key_id(source.next_file);
    }
    if (source.given) {
        facts.place = doctor::MasterKeyPlace::given;
        facts.found = source.given->id();
        return facts;
    }
    facts.file = facts_of(file);
    facts.found = key_id(file);
    facts.is_readable = !facts.found.empty();
    facts.unfinished = key_id(storage::vault::unfinished_file(file));
    if (facts.file.exists)
        facts.place = lies_in(settings.data_dir, file) ? doctor::MasterKeyPlace::beside_database
                                                       : doctor::MasterKeyPlace::elsewhere;
    return facts;
}

doctor::TlsFacts tls(HttpSettings const& edge)
{
    doctor::TlsFacts facts;
    facts.is_configured = !edge.tls_certificate_file.empty();
    if (!facts.is_configured) return facts;
    facts.key = facts_of(edge.tls_key_file);
    transport::TlsServer server(edge.tls_certificate_file, edge.tls_key_file);
    if (auto const loaded = server.reload(); !loaded) {
        facts.problem = loaded.error().message();
        return facts;
    }
    std::unique_ptr<BIO, decltype(&BIO_free)> const file(BIO_new_file(edge.tls_certificate_file.c_str(), "r"),
                                                         &BIO_free);
    if (!file) return facts;
    std::unique_ptr<X509, decltype(&X509_free)> const certificate(
        PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), &X509_free);
    std::tm when{};
    if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &when) == 1)
        facts.expires = std::chrono::sys_seconds{std::chrono::seconds{::timegm(&when)}};
    return facts;
}

Finding free_space(fs::path folder)
{
    std::error_code error;
    folder = fs::absolute(folder, error);
    while (!fs::exists(folder, error) && folder.has_relative_path())
        folder = folder.parent_path();
    struct statvfs state{};
    if (::statvfs(folder.c_str(), &state) != 0) return doctor::check_free_space(0, 0);
    return doctor::check_free_space(std::uint64_t{state.f_bavail} * state.f_frsize,
                                    std::uint64_t{state.f_blocks} * state.f_frsize);
}

Finding file_limit(std::int64_t sessions)
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit); // the daemon takes all that it may have
    return doctor::check_file_limit(limit.rlim_max,
                                    static_cast<std::uint64_t>(std::max<std::int64_t>(sessions, 0)));
}

/// Both programs say what they are, within the sandbox that files are decoded in.
Finding ffmpeg(gateway::SandboxMode mode)
{
    std::string version;
    bool runs = true;
    bool is_there = true;
    for (auto const* name : {"ffmpeg", "ffprobe"}) {
        int const memory = ::memfd_create("version", MFD_CLOEXEC);
        gateway::ChildJob job;
        job.command = {gateway::find_program(name), "-version"};
        job.output = "/proc/self/fd/" + std::to_string(memory);
        job.limits.wall = std::chrono::seconds(20);
        is_there = is_there && !job.command.front().empty();
        std::atomic<bool> const never{false};
        runs = runs && gateway::run_child(job, gateway::measures_of(mode), never).has_value();
        char text[256] = {};
        auto const got = ::pread(memory, text, sizeof text - 1, 0);
        if (version.empty() && got > 0)
            version = std::string(text).substr(0, std::string_view(text).find(" Copyright"));
        ::close(memory);
    }
    if (!is_there) return doctor::check_ffmpeg({}, false);
    return doctor::check_ffmpeg(version.empty() ? "ffmpeg" : version.substr(0, version.find('\n')), runs);
}

bool has_authorities()
{
    auto const* named = std::getenv(X509_get_default_cert_file_env()); // NOLINT(concurrency-mt-unsafe)
    std::error_code error;
    for (auto const* file : {named, X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt"})
        if (file != nullptr && fs::is_regular_file(file, error) && fs::file_size(file, error) > 0)
            return true;
    auto const* folder = std::getenv(X509_get_default_cert_dir_env()); // NOLINT(concurrency-mt-unsafe)
    auto const entries =
        fs::directory_iterator(folder != nullptr ? folder : X509_get_default_cert_dir(), error);
    return !error && entries != fs::directory_iterator{};
}

Finding api_key(Settings const& settings, bool has_database)
{
    if (settings.api_key) return doctor::check_api_key(doctor::ApiKeyKind::given, settings.api_key->reveal());
    if (settings.api_key_sha512) return doctor::check_api_key(doctor::ApiKeyKind::hashed, {});
    return doctor::check_api_key(has_database ? doctor::ApiKeyKind::stored : doctor::ApiKeyKind::none_yet,
                                 {});
}

void look(Settings const& settings, std::vector<Finding>& findings)
{
    auto const user = static_cast<unsigned>(::geteuid());
    auto const& folder = settings.data_dir;
    auto const database = folder / "wagate.db";
    auto const& named = settings.master_key.file;
    auto const master = named.empty() ? folder / "master.key" : named;
    auto const store = storage::inspect_store(database);

    findings.push_back(doctor::check_data_folder(facts_of(folder), user));
    look_at_files(folder, master, user, findings);
    findings.push_back(doctor::check_master_key(master_key(settings, master, store.master_key), user));
    findings.push_back(doctor::check_database(
        {store.exists, store.is_in_use, store.damage, store.schema, store.newest_schema}));
    findings.push_back(free_space(folder));
    findings.push_back(file_limit(store.sessions));
    findings.push_back(doctor::check_core_dumps(settings.core_dumps));
    auto newest = changed(database);
    if (auto const log = changed(database.string() + "-wal"); log && (!newest || *log > *newest))
        newest = log;
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    findings.push_back(doctor::check_clock(now, newest, changed("/proc/self/exe").value_or(now)));
    findings.push_back(
        doctor::check_sandbox(settings.media.sandbox, gateway::measures_of(settings.media.sandbox)));
    findings.push_back(ffmpeg(settings.media.sandbox));
    findings.push_back(doctor::check_authorities(has_authorities()));
    bool const is_behind_tls = settings.base_url.starts_with("https://");
    bool const is_all_tls = !settings.edge.tls_certificate_file.empty() && settings.edge.tls_listen.empty();
    findings.push_back(doctor::check_listen("listen", settings.listen, is_behind_tls || is_all_tls));
    if (!settings.admin_listen.empty())
        findings.push_back(doctor::check_listen("admin-listen", settings.admin_listen, is_behind_tls));
    findings.push_back(doctor::check_tls(tls(settings.edge), now));
    findings.push_back(doctor::check_hosts(settings.edge.policy.any_host, settings.edge.policy.hosts));
    findings.push_back(api_key(settings, store.exists));
    std::vector<std::string_view> keys;
    for (auto const& tenant : settings.tenant_keys)
        keys.push_back(tenant.key.reveal());
    findings.push_back(doctor::check_tenant_keys(keys));
    findings.push_back(doctor::check_egress(settings.egress));
    findings.push_back(doctor::check_ignored(settings.ignored));
}

} // namespace

int run_doctor(boost::system::result<Settings, SettingsError> const& settings, bool as_json)
{
    std::vector<Finding> findings;
    findings.push_back(doctor::check_privileges(static_cast<unsigned>(::geteuid())));
    if (settings)
        look(*settings, findings);
    else
        findings.push_back(
            {"settings", Grade::error, settings.error().text, "the daemon does not start; see README.md"});
    auto const text = as_json ? doctor::as_json(findings) + "\n" : doctor::as_text(findings);
    std::fputs(text.c_str(), stdout);
    return doctor::exit_status(findings);
}

} // namespace wagate
