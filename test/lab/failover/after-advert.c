// Waits for the next advert of a router on an interface, and at once sets that interface down or stops a process: wherever in
// the advert interval a failover begins, it is the same place each time.
//
//   after-advert INTERFACE SOURCE (down | PID)
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const int kVrrp = 112;

int main(int count, char **words) {
  struct in_addr source;
  if (count != 4 || inet_pton(AF_INET, words[2], &source) != 1) return 2;
  const int in = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  at.sll_ifindex = (int)if_nametoindex(words[1]);
  if (in < 0 || at.sll_ifindex == 0 || bind(in, (struct sockaddr *)&at, sizeof at) < 0) {
    perror(words[1]);
    return 1;
  }
  for (;;) {
    struct ip header;
    if (recv(in, &header, sizeof header, MSG_TRUNC) < (ssize_t)sizeof header) continue;
    if (header.ip_v == 4 && header.ip_p == kVrrp && header.ip_src.s_addr == source.s_addr) break;
  }
  if (strcmp(words[3], "down") != 0) return kill((pid_t)atol(words[3]), SIGTERM) == 0 ? 0 : 1;
  struct ifreq link = {0};
  strncpy(link.ifr_name, words[1], IFNAMSIZ - 1);
  const int any = socket(AF_INET, SOCK_DGRAM, 0);
  if (ioctl(any, SIOCGIFFLAGS, &link) < 0) return 1;
  link.ifr_flags &= (short)~IFF_UP;
  return ioctl(any, SIOCSIFFLAGS, &link) == 0 ? 0 : 1;
}
