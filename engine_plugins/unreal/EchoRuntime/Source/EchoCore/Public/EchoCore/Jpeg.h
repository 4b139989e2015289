// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "EchoCore/Api.h"
#include "EchoCore/Outcome.h"
#include "EchoCore/Streams.h"

namespace echo {

/// Compares the size in a JPEG file's frame header (ITU-T T.81, B.2.2) with that of its message, without decoding
/// anything: a decoder would allocate what the file claims. Fails for another size, and for bytes that are no baseline
/// or progressive JPEG. What a `Connection` hands on has been examined; the core itself has no decoder.
ECHOCORE_API Outcome examine_jpeg(const Video& header, Bytes file);

}  // namespace echo
