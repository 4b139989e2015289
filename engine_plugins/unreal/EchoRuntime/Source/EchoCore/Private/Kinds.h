// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cmath>
#include <string_view>

#include "EchoCore/Bytes.h"
#include "EchoCore/Limits.h"
#include "EchoCore/MsgpackReader.h"
#include "EchoCore/MsgpackWriter.h"
#include "EchoCore/Name.h"
#include "EchoCore/Outcome.h"
#include "EchoCore/Values.h"

/// The kinds of values that a header may hold (bridge/PROTOCOL.md, "Encoding"). Each has `read`, which takes a value
/// from the wire, and `write`, which puts one there; both refuse what the kind does not allow.
namespace echo::kinds {

/// Where a value stands, for the sentence of an error.
struct Place {
    std::string_view message;
    std::string_view field;
};

Outcome refuse(Place place, const char* what);

/// A whole number in [low, high].
template <class T>
struct Whole {
    int64_t low;
    uint64_t high;

    Outcome read(Place place, msgpack::Reader& reader, T& value) const {
        msgpack::Number number;
        if (reader.peek() != msgpack::Kind::integer) return refuse(place, "is no whole number");
        if (!reader.read_number(number)) return refuse(place, reader.why());
        if (number.negative) {
            // low is at least −2^62 wherever it is negative
            if (low >= 0 || number.magnitude > static_cast<uint64_t>(-low)) return refuse(place, "is below its range");
            value = static_cast<T>(-static_cast<int64_t>(number.magnitude));
            return {};
        }
        if (number.magnitude > high) return refuse(place, "is above its range");
        if (low > 0 && number.magnitude < static_cast<uint64_t>(low)) return refuse(place, "is below its range");
        value = static_cast<T>(number.magnitude);
        return {};
    }

    Outcome write(Place place, msgpack::Writer& writer, T value) const {
        if constexpr (static_cast<T>(-1) < static_cast<T>(0)) {
            if (value < low || (value > 0 && static_cast<uint64_t>(value) > high))
                return refuse(place, "is out of range");
            writer.whole(value);
        } else {
            if (value > high || (low > 0 && value < static_cast<uint64_t>(low)))
                return refuse(place, "is out of range");
            writer.natural(value);
        }
        return {};
    }
};

/// A finite number in [low, high]; whole ones are read as well.
struct Real {
    double low;
    double high;

    Outcome read(Place place, msgpack::Reader& reader, double& value) const;
    Outcome write(Place place, msgpack::Writer& writer, double value) const;
};

struct Flag {
    Outcome read(Place place, msgpack::Reader& reader, bool& value) const;
    Outcome write(Place place, msgpack::Writer& writer, bool value) const;
};

/// UTF-8 of at most `most` bytes.
struct Text {
    size_t most;

    Outcome read(Place place, msgpack::Reader& reader, std::string_view& value) const;
    Outcome write(Place place, msgpack::Writer& writer, std::string_view value) const;
};

/// Letters, digits, '_', '-' and '.'. `file`: does not begin with a dot.
struct Token {
    bool optional;
    bool file;

    Outcome read(Place place, msgpack::Reader& reader, Name& value) const;
    Outcome write(Place place, msgpack::Writer& writer, const Name& value) const;
    bool allows(std::string_view text) const;
};

/// Exactly N finite numbers. `unit`: of length 1 within 1 %.
template <size_t N>
struct Numbers {
    bool unit;

    Outcome read(Place place, msgpack::Reader& reader, std::array<double, N>& value) const {
        uint32_t count = 0;
        if (!reader.read_array(count)) return refuse(place, reader.why());
        if (count != N) return refuse(place, "has another count of numbers");
        for (double& number : value) {
            if (Outcome read = Real{-1e9, 1e9}.read(place, reader, number); !read) return read;
        }
        reader.leave();
        return examine(place, value);
    }

    Outcome write(Place place, msgpack::Writer& writer, const std::array<double, N>& value) const {
        if (Outcome fit = examine(place, value); !fit) return fit;
        writer.array(N);
        for (double number : value) {
            if (Outcome written = Real{-1e9, 1e9}.write(place, writer, number); !written) return written;
        }
        return {};
    }

private:
    Outcome examine(Place place, const std::array<double, N>& value) const {
        if (!unit) return {};
        double square = 0.0;
        for (double number : value) square += number * number;
        const double length = std::sqrt(square);
        if (!(length >= 0.99 && length <= 1.01)) return refuse(place, "is no rotation: its length is not 1");
        return {};
    }
};

struct ProtocolVersion {
    Outcome read(Place place, msgpack::Reader& reader, Version& value) const;
    Outcome write(Place place, msgpack::Writer& writer, Version value) const;
};

/// Lists and maps stay encoded, as a view of their bytes; `examine` reads past one and says what is wrong with it.
struct Encoded {
    Outcome (*examine)(Place place, msgpack::Reader& reader, uint32_t most);
    uint32_t most;
    bool map;

    Outcome read(Place place, msgpack::Reader& reader, Bytes& value) const;
    Outcome write(Place place, msgpack::Writer& writer, Bytes value) const;
};

Outcome examine_names(Place place, msgpack::Reader& reader, uint32_t most);
Outcome examine_versions(Place place, msgpack::Reader& reader, uint32_t most);
Outcome examine_ports(Place place, msgpack::Reader& reader, uint32_t most);
Outcome examine_shares(Place place, msgpack::Reader& reader, uint32_t most);
Outcome examine_name_lists(Place place, msgpack::Reader& reader, uint32_t most);
Outcome examine_anything(Place place, msgpack::Reader& reader, uint32_t most);

constexpr Whole<uint32_t> u32{0, UINT32_MAX};
constexpr Whole<uint64_t> u64{0, UINT64_MAX};
constexpr Whole<int64_t> micros{-(int64_t{1} << 62), uint64_t{1} << 62};
constexpr Whole<uint32_t> label{1, UINT32_MAX};
constexpr Whole<uint32_t> sound_rate{8'000, 192'000};
constexpr Whole<uint32_t> channels{1, 8};
constexpr Whole<uint32_t> side{1, limits::picture_side};
constexpr Whole<uint32_t> curve_count{1, limits::curves};
constexpr Real share{0.0, 1.0};
constexpr Flag flag{};
constexpr Text sentence{limits::sentence_bytes};
constexpr Text long_text{limits::text_bytes};
constexpr Token name{false, false};
constexpr Token name_or_none{true, false};
constexpr Token file_name{false, true};
constexpr Numbers<4> rotation{true};
constexpr Numbers<3> position{false};
constexpr Numbers<2> gaze{false};
constexpr ProtocolVersion version{};
constexpr Encoded names{&examine_names, 64, false};

}  // namespace echo::kinds
