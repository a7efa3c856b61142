#include "tools/sandbox/net/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace wagate::sandbox {
namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* value) const
    {
        release(value);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free_all>>;

void require(bool ok, char const* what)
{
    if (!ok) throw std::runtime_error(std::string{"TLS certificate: "} + what);
}

void add_extension(X509* certificate, int kind, char const* value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    Extension const extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

std::string text_of(BIO* memory)
{
    char* start = nullptr;
    auto const size = BIO_get_mem_data(memory, &start);
    return {start, static_cast<std::size_t>(size)};
}

} // namespace

TlsIdentity make_tls_identity()
{
    Key const key{EVP_EC_gen("P-256")};
    require(key != nullptr, "key");
    Certificate const certificate{X509_new()};
    require(certificate != nullptr, "allocation");
    X509_set_version(certificate.get(), 2);
    unsigned char serial[8];
    require(RAND_bytes(serial, sizeof serial) == 1, "serial");
    std::uint64_t number = 0;
    for (auto byte : serial)
        number = number << 8 | byte;
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), number >> 1 | 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 10L * 365 * 86'400);
    X509_set_pubkey(certificate.get(), key.get());
    auto* name = X509_get_subject_name(certificate.get());
    auto const* common_name = reinterpret_cast<unsigned char const*>("wagate-sandbox");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_subject_key_identifier, "hash");
    add_extension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "signature");

    Memory const certificate_text{BIO_new(BIO_s_mem())};
    Memory const key_text{BIO_new(BIO_s_mem())};
    require(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "PEM");
    require(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "PEM");
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

} // namespace wagate::sandbox
