// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/GamePause.h"

namespace echo {

GamePause::Send GamePause::tick(const GameState& game, bool open, int64_t now_us) {
    if (ticked_ && now_us - last_us_ > gap_us) {
        ++gaps_;
        last_gap_us_ = now_us - last_us_;
    }
    ticked_ = true;
    last_us_ = now_us;
    still_ = game.paused || game.asked || !(game.time_scale > standstill) || (pause_unfocused_ && !game.focused);
    if (!open) return Send::nothing;
    const Told wanted = still_ ? Told::paused : Told::running;
    if (told_ == wanted) return Send::nothing;
    told_ = wanted;
    return still_ ? Send::pause : Send::resume;
}

}  // namespace echo
