// AF_PACKET: whole Ethernet frames out of one interface (gratuitous ARP), and those that pass a filter in (who else has an
// address).
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

Napi::Value OpenPacket(const Napi::CallbackInfo& info) {
  // Protocol 0: the socket is never handed a frame.
  return Napi::Number::New(info.Env(), OpenSocket(info.Env(), AF_PACKET, SOCK_RAW, 0));
}

Napi::Value OpenFiltered(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openFiltered(interfaceIndex: number, etherType: number, filter: Uint8Array)";
  // Some hundreds of frames: the kernel drops what a flood has beyond them.
  static constexpr int kReceiveBufferBytes = 128 * 1024;
  const Napi::Env env = info.Env();
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_ifindex = IntArgument(info, 0, kUsage);
  at.sll_protocol = htons(static_cast<uint16_t>(IntArgument(info, 1, kUsage)));
  const Bytes bytes = BytesArgument(info, 2, kUsage);
  if (bytes.size == 0 || bytes.size % sizeof(sock_filter) != 0 || bytes.size / sizeof(sock_filter) > BPF_MAXINSNS)
    throw Napi::TypeError::New(env, kUsage);
  std::vector<sock_filter> instructions(bytes.size / sizeof(sock_filter));
  std::memcpy(instructions.data(), bytes.data, bytes.size);
  const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};

  // Without a protocol nothing is handed over before the filter is there.
  UniqueFd fd(OpenSocket(env, AF_PACKET, SOCK_RAW, 0));
  SetOption(env, fd, SOL_SOCKET, SO_ATTACH_FILTER, program);
  SetOption(env, fd, SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0) throw SystemError(env, errno, "bind");
  return Napi::Number::New(env, fd.release());
}

Napi::Value SendFrame(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "sendFrame(fd: number, frame: Uint8Array, interfaceIndex: number)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes frame = BytesArgument(info, 1, kUsage);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = IntArgument(info, 2, kUsage);
  if (frame.size < sizeof(ether_header)) throw Napi::TypeError::New(info.Env(), kUsage);
  ether_header header;
  std::memcpy(&header, frame.data, sizeof header);
  to.sll_protocol = header.ether_type;
  to.sll_halen = ETH_ALEN;
  std::memcpy(to.sll_addr, header.ether_dhost, ETH_ALEN);
  const long sent = Retry([&] {
    return sendto(fd, frame.data, frame.size, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                  sizeof to);
  });
  return Napi::Number::New(info.Env(), static_cast<double>(sent));
}

}  // namespace lvskeeper
