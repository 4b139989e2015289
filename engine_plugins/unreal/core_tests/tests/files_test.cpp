#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "EchoCore/Jpeg.h"
#include "EchoCore/Keys.h"

namespace {

/// Markers of a JPEG file up to its frame header: JFIF, and a frame of 48 × 32.
const std::vector<uint8_t> jpeg = {0xff, 0xd8, 0xff, 0xe0, 0x00, 0x04, 'J',  'F',  0xff, 0xff, 0xc0, 0x00,
                                   0x0b, 0x08, 0x00, 0x20, 0x00, 0x30, 0x01, 0x01, 0x11, 0x00, 0xff, 0xd9};

echo::Outcome examine(const std::vector<uint8_t>& file, uint32_t width = 48, uint32_t height = 32) {
    echo::Video video;
    video.width = width;
    video.height = height;
    const std::vector<uint8_t> exact(file);  // a read beyond its end is found by the address sanitizer
    return echo::examine_jpeg(video, {exact.data(), exact.size()});
}

TEST(Jpeg, TheSizeOfTheFileMustBeThatOfTheMessage) {
    EXPECT_TRUE(examine(jpeg).ok());
    EXPECT_FALSE(examine(jpeg, 48, 33).ok());
    EXPECT_NE(std::string(examine(jpeg, 64, 32).sentence()).find("48x32"), std::string::npos);
}

TEST(Jpeg, DamagedFilesAreRefused) {
    for (size_t size = 0; size < 17; ++size) {
        EXPECT_FALSE(
            examine(std::vector<uint8_t>(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(size))).ok());
    }
    for (size_t at = 0; at < 13; ++at) {
        std::vector<uint8_t> changed = jpeg;
        changed[at] ^= 0x5a;
        const bool skipped = at == 3 || at == 6 || at == 7;  // the kind and the bytes of a segment that is passed over
        EXPECT_EQ(examine(changed).ok(), skipped) << at;
    }
}

class KeyFile {
public:
    explicit KeyFile(const std::string& text) {
        std::FILE* file = std::fopen(path().c_str(), "wb");
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    }
    ~KeyFile() { std::remove(path().c_str()); }
    std::string path() const { return ::testing::TempDir() + "echo-core-key"; }
};

TEST(Keys, AKeyFileIsReadLineByLine) {
    const std::string one(40, 'a');
    const std::string two(40, 'b');
    const KeyFile file("# Echo Runtime key quest\r\npublic " + one + "\r\nsecret " + two);
    echo::KeyPair keys;
    const echo::Outcome read = echo::read_key_file(file.path(), keys);
    ASSERT_TRUE(read.ok()) << read.sentence();
    EXPECT_EQ(keys.public_key, one);
    EXPECT_EQ(keys.secret_key, two);
}

TEST(Keys, AFileWithoutASecretKeyIsRefused) {
    echo::KeyPair keys;
    EXPECT_FALSE(echo::read_key_file("/nowhere/key", keys).ok());
    const KeyFile file("public " + std::string(40, 'a') + "\n");
    EXPECT_FALSE(echo::read_key_file(file.path(), keys).ok());
}

}  // namespace
