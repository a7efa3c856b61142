#include "protocol/media/encryptor.hpp"

namespace wagate::media {

Encryptor::Encryptor(FileKeys const& keys, Sidecar sidecar)
    : cipher_{CbcDirection::encrypt, keys.cipher.reveal(), keys.iv.reveal()}, mac_{keys.mac.reveal()}
{
    mac_.update(keys.iv.reveal());
    if (sidecar == Sidecar::no) return;
    sidecar_.emplace(keys.mac);
    sidecar_->update(keys.iv.reveal());
}

void Encryptor::encrypt(ByteView blocks, Bytes& output)
{
    auto const before = output.size();
    cipher_.update(blocks, output);
    auto const ciphertext = ByteView{output}.subspan(before);
    mac_.update(ciphertext);
    file_hash_.update(ciphertext);
    if (sidecar_) sidecar_->update(ciphertext);
}

void Encryptor::update(ByteView plaintext, Bytes& output)
{
    plain_hash_.update(plaintext);
    plain_bytes_ += plaintext.size();
    if (!partial_.empty()) {
        auto const missing = plaintext.first(std::min(plaintext.size(), block_bytes - partial_.size()));
        append(partial_, missing);
        plaintext = plaintext.subspan(missing.size());
        if (partial_.size() < block_bytes) return;
        encrypt(partial_, output);
        partial_.clear();
    }
    auto const whole = plaintext.size() - plaintext.size() % block_bytes;
    encrypt(plaintext.first(whole), output);
    append(partial_, plaintext.subspan(whole));
}

EncryptedFile Encryptor::finish(Bytes& output)
{
    auto const padding = block_bytes - partial_.size();
    partial_.insert(partial_.end(), padding, static_cast<std::uint8_t>(padding));
    encrypt(partial_, output);
    wipe(partial_);

    EncryptedFile file;
    auto const code = mac_.finish();
    file.mac = to_array<file_mac_bytes>(ByteView{code}.first(file_mac_bytes));
    append(output, file.mac);
    file_hash_.update(file.mac);
    if (sidecar_) {
        sidecar_->update(file.mac);
        file.sidecar = sidecar_->finish();
    }
    file.plain_sha256 = plain_hash_.finish();
    file.encrypted_sha256 = file_hash_.finish();
    file.plain_bytes = plain_bytes_;
    file.encrypted_bytes = encrypted_size(plain_bytes_);
    return file;
}

} // namespace wagate::media
