/** What keepalived does at each signal, by the names of `--signum`, with the numbers of Linux and glibc: SIGRTMIN is 34 and
 *  SIGRTMAX 64 there. */
export const SIGNALS = {
  STOP: 15,
  RELOAD: 1,
  DATA: 10,
  STATS: 12,
  STATS_CLEAR: 63,
  JSON: 36,
} as const;
