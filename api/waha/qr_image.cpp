#include "api/waha/qr_image.hpp"

#include <png.h>
#include <qrencode.h>

#include <csetjmp>
#include <memory>

namespace wagate::waha {
namespace {

constexpr std::size_t module_pixels = 6;
constexpr std::size_t quiet_modules = 4; // ISO/IEC 18004 asks for four

struct Picture {
    std::size_t side = 0;      ///< pixels
    std::size_t row_bytes = 0; ///< one bit per pixel, 1 is white
    Bytes pixels;
};

Picture draw(QRcode const& code)
{
    auto const width = static_cast<std::size_t>(code.width);
    Picture picture;
    picture.side = (width + 2 * quiet_modules) * module_pixels;
    picture.row_bytes = (picture.side + 7) / 8;
    picture.pixels.assign(picture.row_bytes * picture.side, 0xFF);
    for (std::size_t y = 0; y < width * module_pixels; ++y) {
        auto* row = picture.pixels.data() + (y + quiet_modules * module_pixels) * picture.row_bytes;
        auto const* modules = code.data + y / module_pixels * width;
        for (std::size_t x = 0; x < width * module_pixels; ++x) {
            if (!(modules[x / module_pixels] & 1)) continue;
            auto const at = x + quiet_modules * module_pixels;
            row[at / 8] = static_cast<std::uint8_t>(row[at / 8] & ~(0x80u >> at % 8));
        }
    }
    return picture;
}

void write_bytes(png_structp png, png_bytep data, png_size_t size)
{
    auto& out = *static_cast<Bytes*>(png_get_io_ptr(png));
    out.insert(out.end(), data, data + size);
}

/// libpng reports errors by longjmp: no object with a destructor may live in this frame.
bool encode(Picture const& picture, Bytes& out)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    if (!png) return false;
    png_infop info = png_create_info_struct(png);
    if (!info || setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    auto const side = static_cast<png_uint_32>(picture.side);
    png_set_write_fn(png, &out, write_bytes, nullptr);
    png_set_IHDR(png, info, side, side, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (std::size_t y = 0; y < picture.side; ++y)
        png_write_row(png, picture.pixels.data() + y * picture.row_bytes);
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return true;
}

} // namespace

std::optional<Bytes> qr_png(std::string_view text)
{
    auto const* data = reinterpret_cast<unsigned char const*>(text.data());
    std::unique_ptr<QRcode, decltype(&QRcode_free)> const code(
        QRcode_encodeData(static_cast<int>(text.size()), data, 0, QR_ECLEVEL_L), &QRcode_free);
    if (!code) return std::nullopt;
    Bytes png;
    if (!encode(draw(*code), png)) return std::nullopt;
    return png;
}

} // namespace wagate::waha
