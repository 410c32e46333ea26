// Sends an echo request to an IPv4 address every so many microseconds, answered or not, until it is killed. ping(8) waits for
// 10 ms between two requests while nobody answers, which is longer than what is to be measured.
//
//   echo-every ADDRESS MICROSECONDS
#include <arpa/inet.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint16_t checksum(const void *data, size_t size) {
  const uint16_t *words = data;
  uint32_t sum = 0;
  for (size_t i = 0; i < size / 2; i++) sum += words[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

int main(int count, char **words) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  if (count != 3 || inet_pton(AF_INET, words[1], &to.sin_addr) != 1) return 2;
  const long everyNs = atol(words[2]) * 1000;
  const int out = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
  if (out < 0 || everyNs <= 0) {
    perror("socket");
    return 1;
  }
  const int no = 1;
  setsockopt(out, SOL_SOCKET, SO_RCVBUF, &no, sizeof no);  // answers are counted by whoever captures them
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  puts("sending");
  fflush(stdout);
  for (uint16_t sequence = 0;; sequence++) {
    struct icmphdr request = {.type = ICMP_ECHO};
    request.un.echo.id = (uint16_t)getpid();
    request.un.echo.sequence = htons(sequence);
    request.checksum = checksum(&request, sizeof request);
    sendto(out, &request, sizeof request, 0, (struct sockaddr *)&to, sizeof to);
    next.tv_nsec += everyNs;
    while (next.tv_nsec >= 1000000000) {
      next.tv_nsec -= 1000000000;
      next.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
}
