#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace live {

/// Percentiles of durations, in fixed memory: a histogram of 10 µs up to 1 s.
class Latencies {
public:
    void add(int64_t us) {
        const int64_t cell = std::clamp<int64_t>(us / cell_us, 0, cells - 1);
        ++counts_[static_cast<size_t>(cell)];
        ++count_;
        most_us_ = std::max(most_us_, us);
    }

    uint64_t count() const { return count_; }
    double most_ms() const { return static_cast<double>(most_us_) / 1000.0; }

    /// The upper edge of the cell that holds the share.
    double ms(double share) const {
        const double wanted = share * static_cast<double>(count_);
        uint64_t below = 0;
        for (size_t i = 0; i < counts_.size(); ++i) {
            below += counts_[i];
            if (below != 0 && static_cast<double>(below) >= wanted) {
                return std::min(static_cast<double>((i + 1) * cell_us) / 1000.0, most_ms());
            }
        }
        return most_ms();
    }

private:
    static constexpr int64_t cell_us = 10;
    static constexpr int64_t cells = 100'000;

    std::vector<uint32_t> counts_ = std::vector<uint32_t>(cells);
    uint64_t count_ = 0;
    int64_t most_us_ = 0;
};

}  // namespace live
