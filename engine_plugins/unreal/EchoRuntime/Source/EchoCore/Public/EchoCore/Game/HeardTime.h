// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>
#include <optional>

#include "EchoCore/Api.h"

namespace echo {

/// The runtime's time that is being heard, as smooth as a picture needs it. The samples that were pulled are the clock
/// (`NpcFeed::heard_us`), but they go in blocks of 20 to 70 ms: between two blocks the time runs on, no further than
/// the last block was long. Without sound (a server, a muted device, a device that has stopped for half a second) the
/// time is the runtime's clock less the usual delay. Pure; one thread.
class ECHOCORE_API HeardTime {
public:
    /// `output_delay_us`: from a pulled sample to the ear, what the engine's mixer and the device hold back.
    explicit HeardTime(int64_t output_delay_us = 0) : output_delay_us_(output_delay_us) {}

    /// `heard_us`: of the feed; `now_us`: the runtime's clock; `still`: the game pauses the sound itself.
    int64_t at(std::optional<int64_t> heard_us, int64_t now_us, bool still);

    /// Sound that does not come for so long is no clock any more.
    static constexpr int64_t patience_us = 500'000;
    /// Behind the runtime's clock, without sound.
    static constexpr int64_t usual_delay_us = 40'000;
    static constexpr int64_t longest_block_us = 100'000;

private:
    int64_t output_delay_us_;
    std::optional<int64_t> last_;
    int64_t changed_us_ = 0;
    int64_t block_us_ = 0;
    int64_t still_at_ = 0;
    bool was_still_ = false;
};

}  // namespace echo
