#pragma once
// What the operator decides about files.
#include "gateway/egress/address_policy.hpp"
#include "gateway/media/child_sandbox.hpp"
#include "gateway/media/s3_store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace wagate::gateway {

struct MediaSettings {
    std::filesystem::path folder;
    /// Where files of messages are kept besides; the folder is a cache then. There they stay until their
    /// session is deleted.
    std::optional<S3Settings> s3;
    /// Files go when they are older; 0: they stay. Whatever is asked for later is downloaded again.
    std::chrono::seconds lifetime{180};
    bool prefetch = true;                               ///< download files of messages as they appear
    std::vector<std::string> mimetypes;                 ///< beginnings of those to prefetch; empty: all
    bool link_previews = true;                          ///< ask pages that texts link to for a preview
    std::uint64_t max_bytes = std::uint64_t{512} << 20; ///< of one file, in either direction
    std::size_t transfers = 16;    ///< at the same time; a tenant alone gets half of them at most
    std::size_t max_waiting = 512; ///< for a place among these
    egress::AddressPolicy egress;  ///< for URLs that users give
    std::string egress_ca_file;
    /// `http://host:port` instead of every media host; empty: those that WhatsApp names.
    std::string media_host;
    /// The network is a simulated one: its hosts are taken as they are, with this scheme.
    bool any_host = false;
    std::string scheme = "https";
    std::string ca_file; ///< trusted beside the system's authorities for media hosts
    std::string user_agent = "wagate";
    SandboxMode sandbox = SandboxMode::prefer; ///< of the programs that decode files
};

} // namespace wagate::gateway
