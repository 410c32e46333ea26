import type { SyncDaemon, Timeouts } from "../model.ts";

/** `ipvsadm -L --daemon`: a line a daemon, what the kernel does not say left out. */
export function daemonLine({ role, interface: name, syncId, maxLength, group, port, ttl }: SyncDaemon): string {
  const words = [`mcast=${name}`, `syncid=${syncId}`];
  if (maxLength) words.push(`maxlen=${maxLength}`);
  if (group !== undefined) words.push(`group=${group}`);
  if (port) words.push(`port=${port}`);
  if (ttl) words.push(`ttl=${ttl}`);
  return `${role} sync daemon (${words.join(", ")})\n`;
}

/** `ipvsadm -L --timeout`. */
export const timeoutsLine = ({ tcpS, tcpFinS, udpS }: Timeouts): string =>
  `Timeout (tcp tcpfin udp): ${tcpS} ${tcpFinS} ${udpS}\n`;
