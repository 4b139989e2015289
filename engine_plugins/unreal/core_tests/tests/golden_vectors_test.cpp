#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "EchoCore/Codec.h"
#include "EchoCore/Jpeg.h"
#include "golden_values.h"
#include "largest_allocation.h"

namespace {

using echo::Bytes;
using echo::Header;
using echo::Outcome;

std::string golden_file(const char* name) {
    return std::string(ECHO_GOLDEN) + "/" + name;
}

Bytes bytes_of(const std::vector<uint8_t>& bytes) {
    return {bytes.data(), bytes.size()};
}

/// Decodes a header into its meaning, and writes that meaning into the same bytes.
template <class Message>
void meet(const json::Value& vector) {
    const std::vector<uint8_t> header = json::from_hex(vector["header"].text);
    const size_t payload = vector["payload"].text.size() / 2;
    golden::Storage storage;
    Message meant;
    Message read;
    const Outcome decoded = echo::decode(bytes_of(header), payload, read);
    ASSERT_TRUE(decoded.ok()) << decoded.sentence();
    size_t fields = 1;
    golden::each_field<Message>([&](const auto& field) {
        ++fields;
        const std::string name(field.name);
        ASSERT_TRUE(vector["meaning"].has(name)) << name;
        golden::fill(meant.*(field.member), vector["meaning"][name], storage);
        EXPECT_TRUE(golden::same(meant.*(field.member), read.*(field.member))) << name;
    });
    EXPECT_EQ(fields, vector["meaning"].map.size());
    for (const Message& message : {meant, read}) {
        Header written;
        const Outcome encoded = echo::encode(message, payload, written);
        ASSERT_TRUE(encoded.ok()) << encoded.sentence();
        EXPECT_EQ(written.bytes().text(), bytes_of(header).text());
    }
}

/// Decodes a header as what it says that it is.
Outcome decode_any(Bytes header, size_t payload) {
    std::string_view type;
    if (Outcome typed = echo::type_of(header, type); !typed) return typed;
#define ECHO_DECODE(Message)                           \
    if (type == echo::Schema<echo::Message>::type) {   \
        echo::Message message;                         \
        return echo::decode(header, payload, message); \
    }
    ECHO_MESSAGES(ECHO_DECODE)
#undef ECHO_DECODE
    return Outcome::failure(echo::Code::unknown_type, "unknown type");
}

TEST(GoldenVectors, EveryMessageIsReadAndWrittenByteForByte) {
    const json::Value vectors = json::read_file(golden_file("messages.json"));
    ASSERT_GT(vectors.list.size(), 30u);
    for (const json::Value& vector : vectors.list) {
        const std::string type = vector["type"].text;
        SCOPED_TRACE(type + " " + vector["header"].text);
        bool known = false;
#define ECHO_MEET(Message)                           \
    if (type == echo::Schema<echo::Message>::type) { \
        known = true;                                \
        meet<echo::Message>(vector);                 \
    }
        ECHO_MESSAGES(ECHO_MEET)
#undef ECHO_MEET
        EXPECT_TRUE(known) << "the core lacks this message";
    }
}

TEST(GoldenVectors, TopicsAreWrittenByteForByte) {
    for (const json::Value& vector : json::read_file(golden_file("messages.json")).list) {
        if (!vector.has("topic")) continue;
        const std::string topic = vector["topic"].text;
        std::array<uint8_t, echo::limits::topic_bytes> buffer;
        const echo::Name npc(vector["meaning"]["npc"].text);
        EXPECT_EQ(echo::topic(topic.substr(0, topic.find('/')), npc, buffer).text(), topic);
    }
    std::array<uint8_t, echo::limits::topic_bytes> buffer;
    EXPECT_EQ(echo::topic("video", "", buffer).text(), "video/");
}

TEST(GoldenVectors, EveryRefusedHeaderIsRefused) {
    for (const json::Value& vector : json::read_file(golden_file("refused.json")).list) {
        const std::vector<uint8_t> header = json::from_hex(vector["header"].text);
        const Outcome outcome = decode_any(bytes_of(header), vector["payload_bytes"].natural());
        EXPECT_FALSE(outcome.ok()) << vector["why"].text;
        EXPECT_STRNE(outcome.sentence(), "") << vector["why"].text;
    }
}

TEST(GoldenVectors, EveryHostileVectorIsRefused) {
    const json::Value vectors = json::read_file(golden_file("hostile.json"));
    ASSERT_GT(vectors.list.size(), 50u);
    for (const json::Value& vector : vectors.list) {
        SCOPED_TRACE(vector["name"].text + ": " + vector["why"].text);
        const std::string kind = vector["kind"].text;
        const std::vector<uint8_t> header = json::from_hex(vector["header"].text);
        const std::vector<uint8_t> payload = json::from_hex(vector["payload"].text);
        const size_t payload_bytes = vector.has("payload_bytes") ? vector["payload_bytes"].natural() : payload.size();
        take_largest_allocation();
        const Outcome outcome = decode_any(bytes_of(header), payload_bytes);
        EXPECT_LT(take_largest_allocation(), size_t{1} << 16) << "nothing is allocated that a header merely claims";
        if (kind == "header") {
            EXPECT_FALSE(outcome.ok());
        } else if (kind == "payload") {
            echo::Video video;
            const bool picture = echo::decode(bytes_of(header), payload_bytes, video).ok();
            EXPECT_TRUE(outcome.ok()) << "what is wrong is not the header";
            EXPECT_FALSE(picture ? echo::examine_jpeg(video, bytes_of(payload)).ok()
                                 : echo::are_finite(bytes_of(payload)));
        } else if (kind == "topic") {
            ASSERT_TRUE(outcome.ok()) << outcome.sentence();
            echo::Video video;
            ASSERT_TRUE(echo::decode(bytes_of(header), payload_bytes, video).ok());
            std::array<uint8_t, echo::limits::topic_bytes> buffer;
            const std::vector<uint8_t> topic = json::from_hex(vector["topic"].text);
            EXPECT_NE(echo::topic("video", video.npc, buffer).text(), bytes_of(topic).text());
        } else {
            ADD_FAILURE() << "a kind of hostile vector that this test does not know: " << kind;
        }
    }
}

TEST(GoldenVectors, NothingMalformedIsWritten) {
    Header header;
    echo::Emotion emotion;
    emotion.npc = "mira";
    emotion.name = "joy";
    EXPECT_TRUE(echo::encode(emotion, 0, header).ok());
    emotion.intensity = 1.5;
    EXPECT_FALSE(echo::encode(emotion, 0, header).ok());
    emotion.intensity = std::nan("");
    EXPECT_FALSE(echo::encode(emotion, 0, header).ok());
    emotion.intensity = 1.0;
    emotion.npc = echo::Name(std::string(65, 'm'));
    EXPECT_FALSE(echo::encode(emotion, 0, header).ok());
    emotion.npc = "mi/ra";
    EXPECT_FALSE(echo::encode(emotion, 0, header).ok());
    echo::SayText said;
    said.speaker = "player";
    said.text = "\xff\xfe";
    EXPECT_FALSE(echo::encode(said, 0, header).ok());
    const std::string long_text(2049, 'x');
    said.text = long_text;
    EXPECT_FALSE(echo::encode(said, 0, header).ok());
    echo::PlayerFace face;
    const uint8_t twice[] = {0x82, 0xa1, 'a', 0x01, 0xa1, 'a', 0x01};
    face.regions = {twice, sizeof twice};
    EXPECT_FALSE(echo::encode(face, 208, header).ok());
    face.regions = {twice, 4};
    EXPECT_FALSE(echo::encode(face, 208, header).ok()) << "a map that is cut short";
    face.regions = {};
    EXPECT_TRUE(echo::encode(face, 208, header).ok());
    EXPECT_FALSE(echo::encode(face, 204, header).ok());
}

/// Bytes of golden headers, changed at random: whatever comes out, nothing crashes, and what is accepted can be
/// written.
TEST(GoldenVectors, ChangedBytesNeverCrash) {
    std::mt19937 random(4);
    std::vector<std::vector<uint8_t>> headers;
    std::vector<size_t> payloads;
    for (const json::Value& vector : json::read_file(golden_file("messages.json")).list) {
        headers.push_back(json::from_hex(vector["header"].text));
        payloads.push_back(vector["payload"].text.size() / 2);
    }
    int accepted = 0;
    for (int round = 0; round < 30000; ++round) {
        const size_t which = random() % headers.size();
        // exactly as large as it is: a read beyond the end is found by the address sanitizer
        std::vector<uint8_t> changed = headers[which];
        for (unsigned i = 0; i <= random() % 4; ++i)
            changed[random() % changed.size()] = static_cast<uint8_t>(random());
        if (random() % 4 == 0) changed.resize(random() % changed.size());
        changed.shrink_to_fit();
        accepted += decode_any(bytes_of(changed), payloads[which]).ok() ? 1 : 0;
    }
    EXPECT_GT(accepted, 100);
}

}  // namespace
