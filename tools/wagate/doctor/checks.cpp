#include "tools/wagate/doctor/checks.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

namespace wagate::doctor {
namespace {

constexpr unsigned others = 077;
constexpr std::uint64_t mebibyte = 1U << 20;

Finding fine(std::string check, std::string text)
{
    return {std::move(check), Grade::fine, std::move(text), {}};
}

Finding warning(std::string check, std::string text, std::string advice)
{
    return {std::move(check), Grade::warning, std::move(text), std::move(advice)};
}

Finding error(std::string check, std::string text, std::string advice)
{
    return {std::move(check), Grade::error, std::move(text), std::move(advice)};
}

std::string octal(unsigned mode)
{
    char text[16];
    std::snprintf(text, sizeof text, "%04o", mode);
    return text;
}

/// Nothing when it is its owner's alone. @param right the mode it should have
std::optional<Finding> of_owner(std::string const& check, PathFacts const& facts, unsigned user,
                                char const* right)
{
    if (facts.owner != user && user != 0)
        return error(check, facts.path + " belongs to user " + std::to_string(facts.owner),
                     "give it to the user that runs wagate: chown -R " + std::to_string(user) + " " +
                         facts.path);
    if ((facts.mode & others) != 0)
        return error(check, facts.path + " has mode " + octal(facts.mode) + ": others may use it",
                     std::string{"chmod "} + right + " " + facts.path);
    return std::nullopt;
}

/// The key at hand against the one that the database is sealed with; nothing when it is that one.
std::optional<Finding> of_database(std::string const& check, MasterKeyFacts const& facts, bool is_given)
{
    if (facts.wanted.empty() || facts.found == facts.wanted) return std::nullopt;
    if (is_given && facts.next == facts.wanted)
        return warning(check, "the database is sealed with the next key already, " + facts.wanted,
                       "give the key of WAGATE_MASTER_KEY_NEXT_FILE as the master key, and unset that");
    if (!is_given && facts.unfinished == facts.wanted)
        return warning(check, "a rotation was cut short after the database was changed",
                       "start the daemon, which puts the new key in place");
    return error(
        check,
        "the database is sealed with key " + facts.wanted + ", and " +
            (facts.found.empty() ? std::string{"no key is there"}
                                 : "the key that is there is " + facts.found),
        "bring that key back from its backup; until then the daemon starts sealed, and serves nothing");
}

bool is_loopback(std::string_view address)
{
    auto const host = address.substr(0, address.rfind(':'));
    return host.starts_with("127.") || host == "[::1]" || host == "localhost";
}

bool is_weak(std::string_view key)
{
    constexpr std::size_t short_key = 24;
    constexpr std::size_t few = 8;
    return key.size() < short_key || std::set<char>(key.begin(), key.end()).size() < few;
}

char const* name_of(Grade grade)
{
    switch (grade) {
    case Grade::fine: return "fine";
    case Grade::warning: return "warning";
    case Grade::error: return "error";
    }
    return "error";
}

} // namespace

Finding check_data_folder(PathFacts const& folder, unsigned user)
{
    std::string const check = "data-folder";
    if (!folder.exists) return fine(check, folder.path + " will be made at the first start");
    if (!folder.is_folder)
        return error(check, folder.path + " is no folder", "choose another WAGATE_DATA_DIR");
    if (auto found = of_owner(check, folder, user, "0700")) return std::move(*found);
    if (!folder.is_writable)
        return error(check, folder.path + " cannot be written",
                     "mount it writable, or choose another WAGATE_DATA_DIR");
    return fine(check, folder.path + " is its owner's alone");
}

Finding check_private_file(std::string name, PathFacts const& file, unsigned user)
{
    if (!file.exists) return fine(std::move(name), file.path + " is not there yet");
    if (auto found = of_owner(name, file, user, "0600")) return std::move(*found);
    return fine(std::move(name), file.path + " is its owner's alone");
}

Finding check_master_key(MasterKeyFacts const& facts, unsigned user)
{
    std::string const check = "master-key";
    auto const& file = facts.file;
    bool const is_given = facts.place == MasterKeyPlace::given;
    bool const is_there = is_given || (facts.place != MasterKeyPlace::none && file.exists);
    if (is_there && !is_given)
        if (auto found = of_owner(check, file, user, "0600")) return std::move(*found);
    if (facts.next_file.exists)
        if (auto found = of_owner(check, facts.next_file, user, "0600")) return std::move(*found);
    if (auto found = of_database(check, facts, is_given)) return std::move(*found);
    if (is_there && !facts.is_readable)
        return error(check, file.path + " cannot be read, or holds no key",
                     "put 32 bytes in base64 or hexadecimal digits there: openssl rand -base64 32");
    if (is_given) return fine(check, "given by the environment or the service manager");
    if (!is_there) return fine(check, "there is none yet; one will be made at the first start");
    if (facts.place == MasterKeyPlace::beside_database)
        return warning(
            check, file.path + " lies beside the database: who copies the folder has both",
            "keep it elsewhere (WAGATE_MASTER_KEY_FILE), or give it as a credential of the service manager; "
            "and have a copy of it that is no part of the database's backups");
    return fine(check, file.path + " is its owner's alone, and not beside the database");
}

Finding check_free_space(std::uint64_t free_bytes, std::uint64_t total_bytes)
{
    constexpr std::uint64_t least = 128;
    constexpr std::uint64_t wanted = 2'048;
    auto const free = free_bytes / mebibyte;
    auto const text =
        std::to_string(free) + " MiB of " + std::to_string(total_bytes / mebibyte) + " are free";
    std::string const advice = "make room, or keep less: WAGATE_EVENT_RETENTION_MB, WHATSAPP_FILES_LIFETIME";
    if (free < least) return error("free-space", text, advice);
    if (free < wanted) return warning("free-space", text, advice);
    return fine("free-space", text);
}

Finding check_file_limit(std::uint64_t limit, std::uint64_t sessions)
{
    constexpr std::uint64_t base = 512;
    constexpr std::uint64_t per_session = 4;
    auto const wanted = base + per_session * sessions;
    auto const text = std::to_string(limit) + " open files for " + std::to_string(sessions) + " sessions";
    auto const advice = "allow at least " + std::to_string(std::max<std::uint64_t>(wanted, 1'024)) +
                        ": LimitNOFILE= of the service, --ulimit nofile= of the container";
    if (limit < base / 4 + sessions) return error("file-limit", text, advice);
    if (limit < wanted) return warning("file-limit", text, advice);
    return fine("file-limit", text);
}

Finding check_core_dumps(bool asked)
{
    if (asked)
        return warning("core-dumps", "a crash writes this process' memory to disk, with all that it knows",
                       "unset WAGATE_CORE_DUMPS when you are done");
    return fine("core-dumps", "no core dumps are written");
}

Finding check_privileges(unsigned user)
{
    if (user == 0)
        return warning("privileges", "runs as root, which nothing here needs",
                       "run it as a user of its own; tools/packaging/wagate.service and the image do");
    return fine("privileges", "runs as user " + std::to_string(user));
}

Finding check_clock(std::chrono::sys_seconds now, std::optional<std::chrono::sys_seconds> newest_file,
                    std::chrono::sys_seconds built)
{
    constexpr std::chrono::minutes tolerance{5};
    constexpr std::chrono::days far{20 * 365};
    std::string const advice =
        "set the clock, and keep it by NTP: certificates, links and pairing depend on it";
    if (now + std::chrono::days(1) < built)
        return error("clock", "the clock says it is before this program was built", advice);
    if (now > built + far)
        return error("clock", "the clock says it is long after this program was built", advice);
    if (newest_file && now + tolerance < *newest_file)
        return warning("clock", "the clock says it is before the database was last changed", advice);
    return fine("clock", "the clock makes sense");
}

Finding check_sandbox(gateway::SandboxMode mode, gateway::SandboxMeasures const& measures)
{
    std::string const check = "media-sandbox";
    auto const names = gateway::measure_names(measures);
    if (mode == gateway::SandboxMode::off)
        return warning(check, "programs that decode files of strangers are not shut in",
                       "unset WAGATE_MEDIA_SANDBOX");
    if (measures.is_whole()) return fine(check, "programs that decode files are shut in by: " + names);
    std::string const advice =
        "let the kernel give user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
        "user.max_user_namespaces; in "
        "containers a seccomp profile that allows them), Landlock (Linux 5.13, lsm=landlock,…) and seccomp";
    auto const text = "this system lets us take only: " + names;
    return mode == gateway::SandboxMode::require ? error(check, text + "; the daemon will not start", advice)
                                                 : warning(check, text, advice);
}

Finding check_ffmpeg(std::string const& version, bool runs)
{
    if (version.empty() && !runs)
        return warning(
            "ffmpeg", "ffmpeg and ffprobe are not in PATH, or do not run here",
            "install ffmpeg; without it files are sent and received, but not converted or previewed");
    if (!runs)
        return error("ffmpeg", "ffmpeg is there, but does not run in its sandbox",
                     "put it and its libraries below /usr, or set WAGATE_MEDIA_SANDBOX=off");
    return fine("ffmpeg", version);
}

Finding check_authorities(bool there_are)
{
    if (there_are) return fine("certificate-authorities", "the system has a list of them");
    return error("certificate-authorities", "the system has no list of certificate authorities",
                 "install ca-certificates, or name a file in SSL_CERT_FILE");
}

Finding check_listen(std::string name, std::string_view address, bool has_tls)
{
    std::string const where{address};
    if (is_loopback(address)) return fine(std::move(name), where + " is reached from this machine only");
    if (has_tls)
        return fine(std::move(name), where + " is reached from outside, and clients are told to use TLS");
    return warning(
        std::move(name), where + " is reached from outside without TLS: keys travel in the clear",
        "listen on 127.0.0.1 behind a proxy with TLS, and set WAHA_BASE_URL to its https address; or "
        "set WAGATE_TLS_CERT_FILE and WAGATE_TLS_KEY_FILE");
}

Finding check_tls(TlsFacts const& facts, std::chrono::sys_seconds now)
{
    constexpr std::chrono::days soon{14};
    constexpr unsigned everybody = 07;
    std::string const check = "tls";
    std::string const advice =
        "renew it, and put the new one in the same files: they are read again while the daemon runs";
    if (!facts.is_configured) return fine(check, "no certificate of its own");
    if (!facts.problem.empty())
        return error(check,
                     "WAGATE_TLS_CERT_FILE and WAGATE_TLS_KEY_FILE cannot be used: " + facts.problem +
                         "; the daemon does not start",
                     "give a certificate in PEM with its chain, and its key without a password");
    if ((facts.key.mode & everybody) != 0)
        return error(check, facts.key.path + " has mode " + octal(facts.key.mode) + ": others may use it",
                     "chmod o= " + facts.key.path);
    if (!facts.expires) return fine(check, "the certificate fits its key");
    auto const left = std::chrono::floor<std::chrono::days>(*facts.expires - now);
    if (*facts.expires <= now) return error(check, "the certificate has expired", advice);
    auto const text = "the certificate holds for " + std::to_string(left.count()) + " more days";
    return left < soon ? warning(check, text, advice) : fine(check, text);
}

Finding check_hosts(bool any, std::vector<std::string> const& hosts)
{
    std::string const check = "allowed-hosts";
    if (any)
        return warning(check, "requests are taken under every name: also one that a page had pointed here",
                       "name those that clients use in WAGATE_ALLOWED_HOSTS");
    std::string list;
    for (auto const& host : hosts)
        list.append(list.empty() ? "" : ", ").append(host);
    return fine(check, "requests are taken under: " + list + ", and addresses");
}

Finding check_api_key(ApiKeyKind kind, std::string_view key)
{
    switch (kind) {
    case ApiKeyKind::hashed: return fine("api-key", "the operator's key is given as a hash");
    case ApiKeyKind::stored: return fine("api-key", "the operator's key is in the database, as a hash");
    case ApiKeyKind::none_yet: return fine("api-key", "one will be made at the first start, and shown once");
    case ApiKeyKind::given: break;
    }
    if (is_weak(key))
        return warning("api-key", "the operator's key is short, or made of few characters",
                       "take one that nobody guesses: openssl rand -hex 24");
    return warning("api-key", "the operator's key is in the environment in the clear",
                   "give its hash: WAHA_API_KEY=sha512:… (printf %s KEY | sha512sum)");
}

Finding check_tenant_keys(std::vector<std::string_view> const& keys)
{
    auto const weak = std::count_if(keys.begin(), keys.end(), is_weak);
    if (weak > 0)
        return warning("tenant-keys",
                       std::to_string(weak) + " of WAGATE_TENANT_KEYS are short, or made of few characters",
                       "take keys that nobody guesses: openssl rand -hex 24");
    return fine("tenant-keys", keys.empty() ? "none in the environment" : "none of them is weak");
}

Finding check_egress(egress::AddressPolicy const& policy)
{
    struct Sample {
        char const* address;
        char const* what;
    };
    std::string open;
    for (auto const& [text, what] :
         {Sample{"127.0.0.1", "this machine"}, Sample{"::1", "this machine"},
          Sample{"169.254.169.254", "cloud metadata"}, Sample{"10.77.77.77", "10.0.0.0/8"},
          Sample{"172.20.77.77", "172.16.0.0/12"}, Sample{"192.168.77.77", "192.168.0.0/16"},
          Sample{"fd00::77", "fc00::/7"}}) {
        boost::system::error_code error;
        auto const address = boost::asio::ip::make_address(text, error);
        if (!error && policy.permits(address) && open.find(what) == std::string::npos)
            open.append(open.empty() ? "" : ", ").append(what);
    }
    if (open.empty()) return fine("egress", "webhooks, proxies and files by URL reach public addresses only");
    return warning("egress", "tenants' webhooks, proxies and URLs may reach: " + open,
                   "name single addresses in WAGATE_EGRESS_ALLOW, like 10.1.2.3/32");
}

Finding check_ignored(std::vector<std::string> const& names)
{
    if (names.empty()) return fine("settings", "every setting has an effect");
    std::string list;
    for (auto const& name : names)
        list.append(list.empty() ? "" : ", ").append(name);
    return warning("settings", "without effect here: " + list,
                   "unset them, or see README.md for what replaces them");
}

Finding check_database(DatabaseFacts const& facts)
{
    std::string const check = "database";
    if (!facts.exists) return fine(check, "it will be made at the first start");
    if (!facts.damage.empty())
        return error(check, "it is damaged: " + facts.damage,
                     "stop the daemon, keep a copy, and restore a backup");
    if (facts.schema > facts.newest_schema)
        return error(check, "it was written by a newer version", "run that version, or a newer one");
    auto const state = std::string{"it is whole"} + (facts.is_in_use ? ", and a daemon uses it" : "");
    if (facts.schema < facts.newest_schema)
        return fine(check, state + "; its schema will be brought from " + std::to_string(facts.schema) +
                               " to " + std::to_string(facts.newest_schema) + " at the next start");
    return fine(check, state);
}

int exit_status(std::vector<Finding> const& findings)
{
    auto worst = Grade::fine;
    for (auto const& finding : findings)
        worst = std::max(worst, finding.grade);
    return static_cast<int>(worst);
}

std::string as_text(std::vector<Finding> const& findings)
{
    std::string text;
    for (auto const& finding : findings) {
        text.append(name_of(finding.grade))
            .append(std::string(9 - std::string_view(name_of(finding.grade)).size(), ' '));
        text.append(finding.check).append(": ").append(finding.text).append("\n");
        if (!finding.advice.empty()) text.append("         -> ").append(finding.advice).append("\n");
    }
    return text;
}

std::string as_json(std::vector<Finding> const& findings)
{
    boost::json::array list;
    for (auto const& finding : findings)
        list.push_back(boost::json::object{{"check", finding.check},
                                           {"grade", name_of(finding.grade)},
                                           {"text", finding.text},
                                           {"advice", finding.advice}});
    auto const status = static_cast<Grade>(exit_status(findings));
    return boost::json::serialize(
        boost::json::object{{"status", name_of(status)}, {"findings", std::move(list)}});
}

} // namespace wagate::doctor
