// The marks of kernel overlayfs that layers carry, so that the kernel can mount them too.
#pragma once

namespace overlay {

inline constexpr const char* opaque = "trusted.overlay.opaque";      // "y": nothing below this directory shows
inline constexpr const char* redirect = "trusted.overlay.redirect";  // where a renamed directory lies in the layers below
inline constexpr const char* impure = "trusted.overlay.impure";      // "y": entries here carry marks of their own
// Ours, with the prefix that overlayfs hides: the inode number an entry was first shown with (8 bytes).
inline constexpr const char* ino = "trusted.overlay.appshot.ino";
inline constexpr const char* prefix = "trusted.overlay.";

}  // namespace overlay
