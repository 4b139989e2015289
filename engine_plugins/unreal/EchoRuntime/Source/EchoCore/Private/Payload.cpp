// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Payload.h"

#include "ZmqSocket.h"

namespace echo {

namespace {

zmq::Message* as_message(unsigned char* storage) {
    return reinterpret_cast<zmq::Message*>(storage);
}

}  // namespace

Payload::Payload(zmq::Part& part) : library_(&part.library()) {
    library_->message_init(as_message(message_));
    library_->message_move(as_message(message_), &part.message());
}

Payload& Payload::operator=(Payload&& other) noexcept {
    if (this == &other) return *this;
    release();
    if (other.library_ != nullptr) {
        library_ = other.library_;
        library_->message_init(as_message(message_));
        library_->message_move(as_message(message_), as_message(other.message_));
        other.release();
    }
    return *this;
}

Bytes Payload::bytes() const {
    if (library_ == nullptr) return {};
    return {static_cast<const uint8_t*>(library_->message_data(as_message(message_))),
            library_->message_size(as_message(message_))};
}

void Payload::release() {
    if (library_ != nullptr) library_->message_close(as_message(message_));
    library_ = nullptr;
}

}  // namespace echo
