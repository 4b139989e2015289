#include "live_client.h"

int main(int count, char** words) {
    live::Options options;
    if (!live::read_options(count, words, options)) return 2;
    return live::LiveClient(options).run();
}
