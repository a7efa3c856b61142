#pragma once
// Accounts and their devices as the server knows them. Plain state; the rules are in server/ and phone/.
#include "protocol/appstate/sealed.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/pairing/pairing.hpp"
#include "tools/sandbox/state/faults.hpp"
#include "tools/sandbox/state/key_store.hpp"
#include "tools/sandbox/state/mailbox.hpp"
#include "tools/sandbox/state/profile.hpp"
#include "tools/sandbox/state/shop.hpp"

#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace wagate::sandbox {

class Connection;
class Phone;

/// One registered device. Device 0 is the phone: it has keys here, but no connection.
struct Device {
    std::uint16_t id = 0;
    std::uint32_t key_index = 0;
    bool hosted = false;
    std::string platform;      ///< as the companion describes itself, for example "Mac OS (Chrome)"
    crypto::Key32 noise_key{}; ///< the static key the device must log in with
    crypto::Key32 identity{};  ///< the identity key it was paired with
    Bytes device_identity;     ///< complete ADVSignedDeviceIdentity
    KeyStore keys;
    Mailbox mailbox;
    Connection* connection = nullptr;
    bool synced = false;                     ///< the phone has sent its first peer messages
    std::string next_failure;                ///< reason that the next login fails with; empty: none
    std::map<std::string, std::string> push; ///< how it wants to be woken, as it said; empty: it did not
    std::uint64_t pushes = 0;                ///< that would have been made
};

/// The patch log of one app state collection. The server never reads the encrypted patches.
struct PatchLog {
    std::uint64_t version = 0;
    std::vector<std::pair<std::uint64_t, Bytes>> patches;
    std::map<std::uint64_t, Bytes>
        in_files; ///< patches as they are given out when their content is in a file
    std::map<Bytes, appstate::SealedMutation> records; ///< of the snapshot, by index MAC
    Bytes snapshot;     ///< where its file is; empty: there is none. Patches up to its version are gone
    Bytes bad_snapshot; ///< the same with a wrong MAC, for a fault
    std::uint64_t snapshot_version = 0;
};

struct Account {
    std::string phone; ///< digits
    std::string lid;   ///< digits
    std::string push_name;
    std::string business_name;
    bool hosted = false; ///< companions are paired as hosted devices (4.5)
    bool read_receipts = true;
    bool only_invited = false; ///< nobody may put it into groups
    std::string status_text;
    Profile profile;
    Shop shop; ///< of a business account
    std::uint32_t raw_id = 0;
    std::uint16_t next_device = 1;
    std::uint32_t next_key_index = 1;
    std::uint64_t key_index_time = 0; ///< unix seconds of the last change of the device list
    std::map<std::uint16_t, std::unique_ptr<Device>> devices;
    std::unique_ptr<Phone> handset;
    Faults faults;
    std::set<Account*> contacts;   ///< everybody it has exchanged something with: told about device changes
    std::set<std::string> blocked; ///< LID users
    std::map<std::string, Bytes> given_tokens; ///< trusted-contact tokens, by the LID user who got it
    std::map<std::string, PatchLog> app_state;
    /// device|id of sends that were already routed, with a hash of the stanza.
    std::unordered_map<std::string, std::uint64_t> accepted;

    Account();
    ~Account();

    Jid phone_jid(std::uint16_t device = 0) const { return Jid::phone(phone, device); }
    Jid lid_jid(std::uint16_t device = 0) const { return Jid::hidden(lid, device); }
    Jid jid(JidServer server, std::uint16_t device = 0) const
    {
        return server == JidServer::lid ? lid_jid(device) : phone_jid(device);
    }
    Device* find_device(std::uint16_t id)
    {
        auto found = devices.find(id);
        return found == devices.end() ? nullptr : found->second.get();
    }
    /// Every device, the phone first, in one addressing form.
    std::vector<Jid> device_jids(JidServer server) const
    {
        std::vector<Jid> out;
        for (auto const& [id, device] : devices)
            out.push_back(jid(server, id));
        return out;
    }
};

} // namespace wagate::sandbox
