// The lines of `ipvsadm -Ln` 1.31, drawn from two answers of the kernel: its services as a dump by generic netlink tells them
// (uapi/linux/ip_vs.h), and all destinations as text, /proc/net/ip_vs:
//
//   TCP  0A000001:0050 wlc
//     -> 0A000002:0050      Route   1      0          0
//
// From bytes to bytes: nothing is read or written outside of what is given, whatever it holds, and nothing is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lvskeeper {

struct Span {
  const uint8_t* data;
  size_t size;
};

// A service: where its attributes lie in the dump, and in the text the lines of its destinations.
// kNoLines: of this one the text tells less than its listing needs, it has to be asked for.
struct ServiceRow {
  uint32_t attributesFrom;
  uint32_t attributesEnd;
  uint32_t linesFrom;
  uint32_t linesEnd;
};
constexpr uint32_t kNoLines = UINT32_MAX;

// `services`: attributes of the messages of a dump (IPVS_CMD_ATTR_SERVICE), one behind the other. What has no identity is
// left out. Not `sorted`: as the kernel has them, like the destinations of each.
std::vector<ServiceRow> OrderServices(Span services, Span text, bool sorted);

// Draws a service with its destinations: the bytes that were written, 0 where that takes more room, or more than the text
// says.
size_t DrawService(Span services, Span text, const ServiceRow& row, bool sorted, uint8_t* sheet, size_t room);

}  // namespace lvskeeper
