/** The lab's network: five machines on one switch, as in the article on the dual-master pair.
 *
 *      d1 .30    d2 .40    directors          all on 192.168.122.0/24 and 2001:db8::/64, each by its eth0;
 *        |         |                          the switch has one port a machine, named as the machine
 *     ===+====+====+====+==== switch (br0)
 *             |    |    |
 *       rs1 .10  rs2 .20  cl .50              real servers, client
 */
export const HOSTS = { d1: 30, d2: 40, rs1: 10, rs2: 20, cl: 50 } as const;

export type Host = keyof typeof HOSTS;

export const NETWORK = "192.168.122";

/** The address of a host: 192.168.122.30 for d1. */
export const addressOf = (host: Host): string => `${NETWORK}.${HOSTS[host]}`;

/** "d1 30\nd2 40 …": what network.sh reads. */
export const hostList = (): string =>
  Object.entries(HOSTS)
    .map(([name, last]) => `${name} ${last}\n`)
    .join("");
