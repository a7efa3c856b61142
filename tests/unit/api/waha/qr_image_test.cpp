#include "api/waha/qr_image.hpp"

#include <catch2/catch.hpp>
#include <png.h>
#include <qrencode.h>

#include <memory>

using namespace wagate;

namespace {

std::string const pairing_code = "2@" + std::string(120, 'x') + ",key/with+signs=,identity,secret,1";

/// Eight-bit grey pixels of a PNG.
Bytes decoded(Bytes const& png, std::size_t& side)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_memory(&image, png.data(), png.size()));
    image.format = PNG_FORMAT_GRAY;
    REQUIRE(image.width == image.height);
    side = image.width;
    Bytes pixels(PNG_IMAGE_SIZE(image));
    REQUIRE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr));
    return pixels;
}

} // namespace

TEST_CASE("the picture shows exactly the modules of the QR code inside a white border", "[api][qr]")
{
    auto const png = waha::qr_png(pairing_code);
    REQUIRE(png);
    std::size_t side = 0;
    auto const pixels = decoded(*png, side);

    std::unique_ptr<QRcode, decltype(&QRcode_free)> const code(
        QRcode_encodeData(static_cast<int>(pairing_code.size()),
                          reinterpret_cast<unsigned char const*>(pairing_code.data()), 0, QR_ECLEVEL_L),
        &QRcode_free);
    auto const modules = static_cast<std::size_t>(code->width) + 8;
    REQUIRE(side % modules == 0);
    auto const scale = side / modules;
    std::size_t wrong = 0;
    for (std::size_t y = 0; y < side; ++y) {
        for (std::size_t x = 0; x < side; ++x) {
            auto const row = y / scale;
            auto const column = x / scale;
            bool const inside = row >= 4 && column >= 4 && row < modules - 4 && column < modules - 4;
            bool const black = inside && (code->data[(row - 4) * (modules - 8) + column - 4] & 1);
            wrong += pixels[y * side + x] != (black ? 0 : 255);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("a picture starts with the PNG signature and is small", "[api][qr]")
{
    auto const png = waha::qr_png(pairing_code);
    REQUIRE(png);
    CHECK(equal(ByteView(*png).first(8), view("\x89PNG\r\n\x1a\n")));
    CHECK(png->size() < 4'096);
}

TEST_CASE("what fits into no QR code gives no picture", "[api][qr]")
{
    CHECK_FALSE(waha::qr_png(""));
    CHECK(waha::qr_png(std::string(2'953, 'x')));
    CHECK_FALSE(waha::qr_png(std::string(2'954, 'x')));
}
