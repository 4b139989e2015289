#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "EchoCore/Game/ClientName.h"

namespace {

using echo::ClientName;

class Names : public testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/echo-names-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        folder = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    std::string folder;
};

TEST_F(Names, CopiesOfAGameGetNamesOfTheirOwn) {
    ClientName first("My Game!", folder);
    EXPECT_EQ(first.text(), "My-Game-");
    {
        const ClientName second("My Game!", folder);
        EXPECT_EQ(second.text(), "My-Game--2");
        EXPECT_EQ(ClientName("My Game!", folder).text(), "My-Game--3");
    }
    EXPECT_EQ(ClientName("My Game!", folder).text(), "My-Game--2") << "free again";
    EXPECT_EQ(ClientName("another", folder).text(), "another");
    first = ClientName();
    EXPECT_EQ(first.text(), "");
    EXPECT_EQ(ClientName("My Game!", folder).text(), "My-Game-") << "the same at the next start";
}

TEST_F(Names, AnotherProcessIsACopyToo) {
    const ClientName mine("game", folder);
    const pid_t other = fork();
    if (other == 0) _exit(ClientName("game", folder).text() == "game-2" ? 0 : 1);
    int status = -1;
    ASSERT_EQ(waitpid(other, &status, 0), other);
    EXPECT_EQ(status, 0);
}

TEST_F(Names, AProcessThatCrashedHoldsNothing) {
    const pid_t other = fork();
    if (other == 0) {
        const ClientName held("game", folder);
        std::abort();
    }
    ASSERT_EQ(waitpid(other, nullptr, 0), other);
    EXPECT_EQ(ClientName("game", folder).text(), "game");
}

TEST_F(Names, AFolderThatCannotBeUsedLocksNothing) {
    EXPECT_EQ(ClientName("game", folder + "/nowhere").text(), "game");
    EXPECT_EQ(ClientName("game", folder + "/nowhere").text(), "game");
}

TEST_F(Names, MoreCopiesThanThereAreNames) {
    std::vector<ClientName> all;
    for (int i = 0; i < ClientName::most_copies; ++i) all.emplace_back("game", folder);
    EXPECT_EQ(all.back().text(), "game-16");
    EXPECT_EQ(ClientName("game", folder).text(), "game") << "the runtime will say that it is taken";
}

TEST_F(Names, AreOfTheProtocol) {
    EXPECT_EQ(ClientName::valid(""), "game");
    EXPECT_EQ(ClientName::valid("a_b-c.9"), "a_b-c.9");
    EXPECT_EQ(ClientName::valid(std::string(99, 'x')).size(), ClientName::longest);
    EXPECT_EQ(ClientName::valid("Spiel\xc3\xbc"), "Spiel--");
}

}  // namespace
