#pragma once
// What `wagate doctor` judges, one small function per question: facts in, a finding out. None of them looks
// at the system itself (facts.hpp does), so each can be shown both a good and a bad one.
#include "gateway/egress/address_policy.hpp"
#include "gateway/media/child_sandbox.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wagate::doctor {

enum class Grade { fine, warning, error };

struct Finding {
    std::string check; ///< `core-dumps`; never changes
    Grade grade = Grade::fine;
    std::string text;   ///< what was found; no secret, ever
    std::string advice; ///< what to do; empty when fine
};

/// A file or folder as the system tells of it.
struct PathFacts {
    std::string path;
    bool exists = false;
    bool is_folder = false;
    unsigned owner = 0;
    unsigned mode = 0;       ///< the lower nine bits
    bool is_writable = true; ///< by this process
};

/// The folder that everything is kept in. @param user who runs this
Finding check_data_folder(PathFacts const& folder, unsigned user);
/// The database and keys: nobody else's business. @param name of the check
Finding check_private_file(std::string name, PathFacts const& file, unsigned user);

enum class MasterKeyPlace { none, beside_database, elsewhere, given };
struct MasterKeyFacts {
    MasterKeyPlace place = MasterKeyPlace::none;
    PathFacts file{}; ///< not looked at when the key is given by the environment or the service manager
    bool is_readable = true;  ///< a key, and one that this user may read
    std::string found{};      ///< its id; empty: there is none
    std::string wanted{};     ///< id of the one that the database is sealed with; empty: none yet
    std::string unfinished{}; ///< id of the one that a rotation left beside the file; empty: none
    PathFacts next_file{};    ///< what a rotation takes the next key from, when the operator says so
    std::string next{};       ///< its id; empty: there is none
};
/// Whether the daemon will find the key that opens the database, and nobody else does.
Finding check_master_key(MasterKeyFacts const& facts, unsigned user);

Finding check_free_space(std::uint64_t free_bytes, std::uint64_t total_bytes);
/// A session holds a connection; webhooks, clients and files want some too.
Finding check_file_limit(std::uint64_t limit, std::uint64_t sessions);
/// @param asked the operator wants them
Finding check_core_dumps(bool asked);
Finding check_privileges(unsigned user);
/// @param newest_file of the data folder; @param built when this program was at the earliest
Finding check_clock(std::chrono::sys_seconds now, std::optional<std::chrono::sys_seconds> newest_file,
                    std::chrono::sys_seconds built);
Finding check_sandbox(gateway::SandboxMode mode, gateway::SandboxMeasures const& measures);
/// @param version its first line; empty: not there. @param runs within the sandbox
Finding check_ffmpeg(std::string const& version, bool runs);
Finding check_authorities(bool there_are);
/// @param has_tls a listener with it, or a proxy in front: clients are told an address with https
/// @param name of the check: there are listeners for clients and for administrators
Finding check_listen(std::string name, std::string_view address, bool has_tls);

struct TlsFacts {
    bool is_configured = false;
    std::string problem{}; ///< why the certificate and its key cannot be used; empty: they can
    std::optional<std::chrono::sys_seconds> expires{};
    PathFacts key{};
};
/// The daemon's own certificate. A group may read its key: system folders of keys are made that way.
Finding check_tls(TlsFacts const& facts, std::chrono::sys_seconds now);
/// Which names in Host are answered. @param any every one is
Finding check_hosts(bool any, std::vector<std::string> const& hosts);

enum class ApiKeyKind { stored, none_yet, given, hashed };
/// @param key given only, and told to nobody
Finding check_api_key(ApiKeyKind kind, std::string_view key);
/// @param key of a tenant
Finding check_tenant_keys(std::vector<std::string_view> const& keys);
Finding check_egress(egress::AddressPolicy const& policy);
Finding check_ignored(std::vector<std::string> const& names);

struct DatabaseFacts {
    bool exists = false;
    bool is_in_use = false; ///< by a daemon
    std::string damage{};   ///< of its quick_check; empty: none
    std::int64_t schema = 0;
    std::int64_t newest_schema = 0;
};
Finding check_database(DatabaseFacts const& facts);

/// 0 fine, 1 warnings, 2 errors.
int exit_status(std::vector<Finding> const& findings);
/// A line each, with what to do below.
std::string as_text(std::vector<Finding> const& findings);
/// `{"status":"fine","findings":[{"check":…,"grade":…,"text":…,"advice":…}]}`
std::string as_json(std::vector<Finding> const& findings);

} // namespace wagate::doctor
