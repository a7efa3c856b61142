#include "gateway/transport/socket_bio.hpp"

#include <openssl/bio.h>

#include <cerrno>
#include <cstdint>
#include <new>
#include <sys/socket.h>

namespace wagate::transport {
namespace {

int descriptor_of(BIO* bio)
{
    // The descriptor itself stands in the place of a pointer to state.
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool is_transient(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int write_bytes(BIO* bio, char const* bytes, std::size_t size, std::size_t* written)
{
    BIO_clear_retry_flags(bio);
    auto const sent = ::send(descriptor_of(bio), bytes, size, MSG_NOSIGNAL);
    if (sent < 0) {
        if (is_transient(errno)) BIO_set_retry_write(bio);
        return 0;
    }
    *written = static_cast<std::size_t>(sent);
    return 1;
}

int read_bytes(BIO* bio, char* bytes, std::size_t size, std::size_t* got)
{
    BIO_clear_retry_flags(bio);
    errno = 0; // stays 0 at the end of the stream
    auto const received = ::recv(descriptor_of(bio), bytes, size, 0);
    if (received <= 0) {
        if (received < 0 && is_transient(errno)) BIO_set_retry_read(bio);
        return 0;
    }
    *got = static_cast<std::size_t>(received);
    return 1;
}

long control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD* make_method()
{
    auto* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_write_ex(method, write_bytes);
    BIO_meth_set_read_ex(method, read_bytes);
    BIO_meth_set_ctrl(method, control);
    BIO_meth_set_create(method, create);
    return method;
}

} // namespace

bio_st* make_socket_bio(int descriptor)
{
    static BIO_METHOD* const method = make_method();
    auto* bio = BIO_new(method);
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    return bio;
}

} // namespace wagate::transport
