// AF_PACKET: whole Ethernet frames out of one interface (gratuitous ARP).
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <cstring>

#include "addon.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

Napi::Value OpenPacket(const Napi::CallbackInfo& info) {
  // Protocol 0: the socket is never handed a frame.
  return Napi::Number::New(info.Env(), OpenSocket(info.Env(), AF_PACKET, SOCK_RAW, 0));
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
