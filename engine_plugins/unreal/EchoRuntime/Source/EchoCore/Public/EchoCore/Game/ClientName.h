// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "EchoCore/Api.h"

namespace echo {

/// The name under which a game is known to the runtime: the same at every start, and another one for each copy that
/// runs at the same time (players of one editor, also in processes of their own, a build beside it), since two clients
/// of one name take the session from each other. A file that is locked while the name is used keeps it; the operating
/// system lets go of it when the process ends, however that happens. Any one thread.
class ECHOCORE_API ClientName {
public:
    static constexpr int most_copies = 16;
    /// Room is left for a number: the protocol takes 64.
    static constexpr size_t longest = 60;

    ClientName() = default;
    /// Takes the first free of NAME, NAME-2, NAME-3 … `folder` holds the locks' files and must be there; one that
    /// cannot be used locks nothing.
    ClientName(std::string_view wanted, const std::string& folder);
    ClientName(ClientName&& other) noexcept { *this = static_cast<ClientName&&>(other); }
    ClientName& operator=(ClientName&& other) noexcept;
    ClientName(const ClientName&) = delete;
    ClientName& operator=(const ClientName&) = delete;
    /// The name is free again.
    ~ClientName() { release(); }

    /// "" while none is taken.
    const std::string& text() const { return text_; }

    /// What a name may not hold becomes a hyphen; "" becomes "game".
    static std::string valid(std::string_view wanted);

private:
    void release();

    static constexpr intptr_t nothing = -1;
    std::string text_;
    /// The system's handle of the locked file.
    intptr_t lock_ = nothing;
};

}  // namespace echo
