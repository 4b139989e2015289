#pragma once

#include <string>
#include <vector>

#include "EchoCore/Connection.h"

namespace live {

/// What the command line says.
struct Options {
    echo::Settings settings;
    std::string npc;
    /// NPCs whose pictures are received without opening them; "" = all.
    std::vector<std::string> watched;
    /// Ticks of the game loop per second.
    double fps = 60.0;
    /// How long to run; 0 = until `quit` or the end of the input.
    double seconds = 0.0;
};

/// False after a message on stderr.
bool read_options(int count, char** words, Options& options);

}  // namespace live
