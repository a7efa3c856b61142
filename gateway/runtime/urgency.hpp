#pragma once
// How threads share the cores when there are too few: who answers somebody goes before who works on much.

namespace wagate {

enum class Urgency : unsigned char {
    usual,      ///< somebody waits for an answer
    background, ///< long work: files, large bodies
};

/// Sets it for the calling thread (Linux has a niceness for each); once, as it cannot be taken back without
/// privileges.
void set_urgency(Urgency urgency) noexcept;

} // namespace wagate
