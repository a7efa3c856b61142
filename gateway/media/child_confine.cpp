#include "gateway/media/child_confine.hpp"

#include "gateway/media/child_syscalls.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <utility>

namespace wagate::gateway {
namespace fs = std::filesystem;
namespace {

// From the kernel's headers, whose version may be older than the kernel.
constexpr long sys_open_tree = 428;
constexpr long sys_move_mount = 429;
constexpr long sys_mount_setattr = 442;
constexpr long sys_landlock_create_ruleset = 444;
constexpr long sys_landlock_add_rule = 445;
constexpr long sys_landlock_restrict_self = 446;
constexpr unsigned open_tree_clone = 1;
constexpr unsigned recursive = 0x8000; // AT_RECURSIVE
constexpr unsigned move_empty_path = 4;
constexpr std::uint64_t mount_read_only = 1;
constexpr std::uint64_t mount_no_setuid = 2;

struct MountAttributes {
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    std::uint64_t propagation = 0;
    std::uint64_t user_namespace = 0;
};

// Of Landlock, by the version of it that brought them.
struct LandlockRules {
    std::uint64_t files = 0;
    std::uint64_t network = 0; ///< version 4
    std::uint64_t scopes = 0;  ///< version 6
};
#pragma pack(push, 1)
struct LandlockPlace {
    std::uint64_t allowed = 0;
    std::int32_t parent = -1;
};
#pragma pack(pop)
constexpr std::uint64_t may_execute = 1U << 0;
constexpr std::uint64_t may_write = 1U << 1;
constexpr std::uint64_t may_read = 1U << 2;
constexpr std::uint64_t may_list = 1U << 3;
constexpr std::uint64_t first_version = (1U << 13) - 1;
constexpr std::uint64_t may_move = 1U << 13;     // version 2
constexpr std::uint64_t may_truncate = 1U << 14; // version 3
constexpr std::uint64_t may_control = 1U << 15;  // version 5

/// Where programs and libraries are, and what the loader asks for.
constexpr char const* system_places[] = {
    "/usr", "/bin", "/lib", "/lib64", "/nix/store", "/etc/alternatives", "/etc/ld.so.cache", "/dev/urandom"};
/// Covered by the new root; any folder that is everywhere.
constexpr char const* base = "/usr";

long landlock_version()
{
    return ::syscall(sys_landlock_create_ruleset, nullptr, 0U, 1U);
}

bool write_to(char const* path, std::string const& text) noexcept
{
    int const file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool const is_written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    return is_written;
}

int take_tree(char const* path, bool is_writable) noexcept
{
    auto const tree = static_cast<int>(
        ::syscall(sys_open_tree, AT_FDCWD, path, open_tree_clone | recursive | unsigned{O_CLOEXEC}));
    if (tree < 0) return -1;
    MountAttributes attributes;
    attributes.set = mount_no_setuid | (is_writable ? 0 : mount_read_only);
    if (::syscall(sys_mount_setattr, tree, "", recursive | unsigned{AT_EMPTY_PATH}, &attributes,
                  sizeof attributes) == 0)
        return tree;
    ::close(tree);
    return -1;
}

/// In a user namespace and outside of one: nothing of what root may do.
bool drop_capabilities() noexcept
{
    static_cast<void>(::prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                                                     SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED));
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> const none{};
    return ::syscall(SYS_capset, &header, none.data()) == 0;
}

} // namespace

OwnDescriptor::OwnDescriptor(OwnDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1))
{}

OwnDescriptor& OwnDescriptor::operator=(OwnDescriptor&& other) noexcept
{
    std::swap(number_, other.number_);
    return *this;
}

OwnDescriptor::~OwnDescriptor()
{
    if (number_ >= 0) ::close(number_);
}

Result<Confinement> Confinement::prepare(SandboxMeasures const& measures, std::vector<fs::path> const& reads,
                                         std::vector<fs::path> const& writes)
{
    Confinement made;
    made.measures_ = measures;
    constexpr unsigned nobody = 65'534;
    made.user_map_ = std::to_string(nobody) + " " + std::to_string(::geteuid()) + " 1\n";
    made.group_map_ = std::to_string(nobody) + " " + std::to_string(::getegid()) + " 1\n";
    for (auto const* place : system_places) {
        std::error_code error;
        if (fs::is_symlink(place, error))
            made.links_.push_back({place, fs::read_symlink(place, error).string()});
        else if (fs::exists(place, error))
            made.add_place(place, false);
    }
    for (auto const& path : reads)
        made.add_place(path, false);
    for (auto const& path : writes)
        made.add_place(path, true);
    made.trees_.resize(made.places_.size(), -1);
    if (measures.landlock) WAGATE_CHECK_OK(made.prepare_landlock());
    return made;
}

void Confinement::add_place(fs::path const& path, bool is_writable)
{
    Place place;
    std::error_code error;
    place.path = fs::absolute(path, error).lexically_normal().string();
    place.is_folder = fs::is_directory(path, error);
    // What lies in one of the system's folders is there already.
    for (auto const& known : places_)
        if (!is_writable && known.is_folder && place.path.starts_with(known.path + "/")) return;
    place.is_writable = is_writable;
    for (std::size_t slash = place.path.find('/', 1); slash != std::string::npos;
         slash = place.path.find('/', slash + 1))
        place.folders.push_back(place.path.substr(0, slash));
    places_.push_back(std::move(place));
}

Result<void> Confinement::prepare_landlock()
{
    auto const version = landlock_version();
    LandlockRules rules;
    rules.files = first_version;
    if (version >= 2) rules.files |= may_move;
    if (version >= 3) rules.files |= may_truncate;
    if (version >= 5) rules.files |= may_control;
    if (version >= 4) rules.network = 3; // TCP, both ways
    if (version >= 6) rules.scopes = 3;  // abstract sockets and signals
    std::size_t const size = version >= 6 ? sizeof rules : version >= 4 ? 16 : 8;
    landlock_ = OwnDescriptor{static_cast<int>(::syscall(sys_landlock_create_ruleset, &rules, size, 0U))};
    if (!landlock_) return ErrorCode{errno, boost::system::system_category()};
    for (auto const& place : places_) {
        OwnDescriptor const parent{::open(place.path.c_str(), O_PATH | O_CLOEXEC)};
        if (!parent) return ErrorCode{errno, boost::system::system_category()};
        LandlockPlace rule;
        rule.allowed = may_execute | may_read;
        if (place.is_folder) rule.allowed |= may_list;
        if (place.is_writable) rule.allowed = (may_read | may_write | may_truncate) & rules.files;
        rule.parent = parent.number();
        if (::syscall(sys_landlock_add_rule, landlock_.number(), 1U, &rule, 0U) != 0)
            return ErrorCode{errno, boost::system::system_category()};
    }
    return {};
}

std::uint64_t Confinement::clone_flags() const noexcept
{
    constexpr std::uint64_t all = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
                                  CLONE_NEWUTS | CLONE_NEWCGROUP;
    return measures_.namespaces ? all : 0;
}

bool Confinement::enter() const noexcept
{
    if (!measures_.namespaces) return true;
    return take_identity() && (!measures_.own_root || change_root());
}

/// Somebody without a name: with its own number mapped, the program is nobody special in its namespace
/// either.
bool Confinement::take_identity() const noexcept
{
    // What must not be dumped does not own its entries below /proc.
    ::prctl(PR_SET_DUMPABLE, 1);
    bool const is_mapped = write_to("/proc/self/setgroups", "deny") &&
                           write_to("/proc/self/gid_map", group_map_) &&
                           write_to("/proc/self/uid_map", user_map_);
    ::prctl(PR_SET_DUMPABLE, 0);
    return is_mapped;
}

bool Confinement::change_root() const noexcept
{
    constexpr mode_t folder_mode = 0755;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        trees_[i] = take_tree(places_[i].path.c_str(), places_[i].is_writable);
        if (trees_[i] < 0) return false;
    }
    if (::mount("tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, "size=256k,nr_inodes=256,mode=755") != 0)
        return false;
    if (::chdir(base) != 0) return false;
    for (auto const& link : links_)
        if (::symlink(link.target.c_str(), link.path.c_str() + 1) != 0) return false;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto const& place = places_[i];
        for (auto const& folder : place.folders)
            if (::mkdir(folder.c_str() + 1, folder_mode) != 0 && errno != EEXIST) return false;
        char const* const target = place.path.c_str() + 1;
        if (place.is_folder) {
            if (::mkdir(target, folder_mode) != 0 && errno != EEXIST) return false;
        } else {
            int const file = ::open(target, O_RDONLY | O_CREAT | O_CLOEXEC, 0400);
            if (file < 0 && errno != EACCES) return false;
            if (file >= 0) ::close(file);
        }
        if (::syscall(sys_move_mount, trees_[i], "", AT_FDCWD, target, move_empty_path) != 0) return false;
        ::close(trees_[i]);
    }
    if (::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0)
        return false;
    MountAttributes attributes;
    attributes.set = mount_read_only | mount_no_setuid;
    return ::syscall(sys_mount_setattr, AT_FDCWD, "/", 0U, &attributes, sizeof attributes) == 0;
}

bool Confinement::seal(int landlock) const noexcept
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !drop_capabilities()) return false;
    if (measures_.landlock && ::syscall(sys_landlock_restrict_self, landlock, 0U) != 0) return false;
    if (!measures_.syscalls) return true;
    auto const filter = syscall_filter();
    sock_fprog const program{static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
    return !filter.empty() && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

} // namespace wagate::gateway
