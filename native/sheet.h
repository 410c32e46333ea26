// Text in a room of bytes: written as long as there is room, and full from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "table_text.h"

namespace lvskeeper {

class Sheet {
 public:
  Sheet(uint8_t* bytes, size_t room) : bytes_(bytes), room_(room) {}
  bool full() const { return full_; }
  size_t used() const { return used_; }

  void put(const void* data, size_t size) {
    if (size > room_ - used_) {
      full_ = true;
    } else if (size > 0) {
      std::memcpy(bytes_ + used_, data, size);
      used_ += size;
    }
  }
  void put(const char* text) { put(text, std::strlen(text)); }
  void put(Span text) { put(text.data, text.size); }
  void put(uint32_t value) {
    char digits[10];
    size_t at = sizeof digits;
    do digits[--at] = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    put(digits + at, sizeof digits - at);
  }
  void putAddress(uint32_t address) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      put(address >> shift & 255);
      if (shift > 0) put(".", 1);
    }
  }
  void pad(size_t from, size_t width) {
    while (used_ - from < width && !full_) put(" ", 1);
  }

 private:
  uint8_t* bytes_;
  size_t room_;
  size_t used_ = 0;
  bool full_ = false;
};

}  // namespace lvskeeper
