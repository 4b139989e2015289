// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <utility>

#include "EchoCore/Api.h"
#include "EchoCore/Bytes.h"

namespace echo {

namespace zmq {
struct Library;
class Part;
}  // namespace zmq

/// The bytes of a received payload, kept in the memory that they were received into: moved, never copied. Whoever holds
/// it owns it, on any thread, also after the connection has been closed.
class ECHOCORE_API Payload {
public:
    Payload() = default;
    /// Takes the bytes out of `part`, which is empty afterwards.
    explicit Payload(zmq::Part& part);
    Payload(Payload&& other) noexcept { *this = std::move(other); }
    Payload& operator=(Payload&& other) noexcept;
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;
    ~Payload() { release(); }

    /// Valid until the payload is moved or destroyed.
    Bytes bytes() const;

private:
    void release();

    const zmq::Library* library_ = nullptr;
    alignas(void*) mutable unsigned char message_[64] = {};
};

}  // namespace echo
