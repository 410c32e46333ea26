import { LabBase, type LabOptions, type LabProcess } from "./base.ts";
import { type Gap, gapBetween } from "./gap.ts";
import { MYSQL_USER, mysqlCommand, mysqlData } from "./mysql-data.ts";
import { type Answers, summarize } from "./probe-result.ts";
import { addressOf, type Host } from "./topology.ts";

export type { LabOptions, LabProcess } from "./base.ts";
export { addressOf, type Host, NETWORK } from "./topology.ts";
export type { Answers, Gap };

const CONFIG = "/etc/keepalived/keepalived.conf";

export type Probe<T> = { readonly process: LabProcess; stop(): Promise<T> };

/** A laboratory: the network of topology.ts on a kernel with IPVS. Machines, daemons and files are gone after dispose.
 *
 *  Each host has its own network, host name, /run, /var/log and /etc/keepalived; /tmp is one for all of them, everything else
 *  is this machine's, read-only. Commands given as a string go through sh. */
export class Lab extends LabBase {
  /** Boots the machine and builds the network; some seconds in the guest, a fraction of one in local namespaces. */
  static async start(options: LabOptions = {}): Promise<Lab> {
    const { machine, folder } = await LabBase.boot(options);
    const lab = new Lab(machine, folder);
    await lab.open();
    return lab;
  }

  /** Our director in the foreground, with this configuration as the host's keepalived.conf. Resolves once it is started,
   *  not once it has done anything. The process is the parent; its children end with it. */
  async director(at: Host, config: string, args: readonly string[] = []): Promise<LabProcess> {
    await this.writeFile(CONFIG, config, { at });
    const command = [process.execPath, await this.program(), "run", "-n", "-l", "-D", "-f", CONFIG, ...args];
    return this.spawn(at, command, { name: `${at}-lvskeeper` });
  }

  /** Debian's keepalived, likewise. */
  async keepalived(at: Host, config: string, args: readonly string[] = []): Promise<LabProcess> {
    await this.writeFile(CONFIG, config, { at });
    return this.spawn(at, ["keepalived", "-n", "-l", "-D", "-f", CONFIG, ...args], { name: `${at}-keepalived` });
  }

  /** One command of ours on a host: `lab.lvskeeper("d1", ["status", "--json"])`. */
  async lvskeeper(at: Host, args: readonly string[]): ReturnType<LabBase["exec"]> {
    return this.exec(at, [process.execPath, await this.program(), ...args]);
  }

  /** nginx as the web server of a host, answering everything with `body` (its name by default). Resolves when it listens. */
  async web(at: Host, options: { readonly port?: number; readonly body?: string } = {}): Promise<LabProcess> {
    const port = options.port ?? 80;
    const file = `/run/nginx-${port}.conf`;
    await this.writeFile(file, nginxConfig(at, port, options.body ?? `${at}\n`), { at });
    const server = await this.spawn(at, ["nginx", "-e", "stderr", "-c", file], { name: `${at}-nginx` });
    const url = `http://127.0.0.1:${port}/`;
    await this.eventually(`nginx answers on ${at}`, 20_000, async () => {
      return (await this.exec(at, ["curl", "-s", "-o", "/dev/null", "-m", "2", url])).status === 0;
    });
    return server;
  }

  /** MariaDB as the MySQL server of a host, with data that are fresh each time. Resolves when it takes connections. */
  async mysql(at: Host): Promise<LabProcess> {
    const folder = "/run/mysql";
    const data = mysqlData(this.folder);
    await this.run(at, ["sh", "-c", `rm -rf ${folder} && mkdir ${folder} && cp -r "$0" ${folder}/data`, data]);
    const server = await this.spawn(at, mysqlCommand(folder), { name: `${at}-mysql` });
    const ready = async () => (await server.log()).includes("ready for connections");
    await this.eventually(`MySQL takes connections on ${at}`, 30_000, ready);
    return server;
  }

  /** What MySQL at an address says to a client on a host: the name of the host it runs on. */
  askMysql(at: Host, address: string): Promise<string> {
    const words = ["-h", address, "-u", MYSQL_USER, "--connect-timeout=3", "-Nse", "SELECT @@hostname"];
    return this.run(at, ["mariadb", "--no-defaults", ...words]);
  }

  /** Makes a host a real server of LVS-DR: the VIPs on lo, and silence about them on the wire. */
  async drRealServer(at: Host, vips: readonly string[]): Promise<void> {
    const sysctls = ["all", "lo"].flatMap((i) => [
      `net.ipv4.conf.${i}.arp_ignore=1`,
      `net.ipv4.conf.${i}.arp_announce=2`,
    ]);
    const addresses = vips.map((vip) => `ip addr add ${vip}/32 dev lo`);
    await this.run(at, [`sysctl -qw ${sysctls.join(" ")}`, ...addresses].join(" && "));
  }

  /** The body that a client gets from a URL; throws when it gets none within `timeoutS`. */
  curl(at: Host, url: string, timeoutS = 3): Promise<string> {
    return this.run(at, ["curl", "-sS", "-f", "-m", String(timeoutS), url]);
  }

  /** Whether `ip addr` shows this IPv4 address on the host's eth0. */
  async owns(at: Host, address: string): Promise<boolean> {
    return (await this.run(at, ["ip", "-4", "-o", "addr", "show", "dev", "eth0"])).includes(` ${address}/`);
  }

  /** The host's IPVS table as the ipvsadm binary lists it. */
  table(at: Host): Promise<string> {
    return this.run(at, ["ipvsadm", "-Ln"]);
  }

  /** The host dies with its cable pulled: nothing of it is heard any more, and its memory (table, addresses) is lost. */
  async crash(at: Host): Promise<void> {
    await this.cut(at);
    await this.killAll(at);
    await this.exec(at, ["ipvsadm", "-C"]);
    for (const role of ["master", "backup"]) await this.exec(at, ["ipvsadm", "--stop-daemon", role]);
    await this.run(at, `ip -4 addr flush dev eth0 && ip addr add ${addressOf(at)}/24 dev eth0`);
  }

  /** tcpdump of a host's eth0, decoded; resolves when it listens. Its log is the decode, a packet from "IP" on. */
  async capture(at: Host, filter: string, args: readonly string[] = ["-vvv"]): Promise<LabProcess> {
    const command = ["tcpdump", "-i", "eth0", "-nn", "-l", "--immediate-mode", ...args, filter];
    const capture = await this.spawn(at, command, { name: `${at}-tcpdump` });
    await this.eventually("tcpdump listens", 20_000, async () => (await capture.log()).includes("listening on"));
    return capture;
  }

  /** Echo requests (ICMP) from a host to an address every `everyMs`; `stop` tells the longest silence of the answers. */
  async gap(at: Host, address: string, everyMs = 20): Promise<Probe<Gap>> {
    const command = ["ping", "-n", "-D", "-i", String(everyMs / 1000), address];
    const ping = await this.spawn(at, command, { name: `${at}-ping` });
    await this.eventually(`${address} answers`, 20_000, async () => (await ping.log()).includes("icmp_seq="));
    const stop = async (): Promise<Gap> => {
      await ping.signal("SIGINT");
      await ping.exited();
      return gapBetween(await ping.log());
    };
    return { process: ping, stop };
  }

  /** A client that asks for a URL every `everyMs`, each time by a new connection; `stop` tells what it got. */
  async requests(
    at: Host,
    url: string,
    options: { everyMs?: number; timeoutMs?: number } = {},
  ): Promise<Probe<Answers>> {
    const words = [url, String(options.everyMs ?? 100), String(options.timeoutMs ?? 1000)];
    return this.answers(at, "http-probe.ts", words);
  }

  /** A client that asks MySQL at an address for its host's name, by a new connection `everyMs` after the last answer. */
  async queries(at: Host, address: string, everyMs = 100, timeoutMs = 1000): Promise<Probe<Answers>> {
    return this.answers(at, "mysql-probe.ts", [address, MYSQL_USER, String(everyMs), String(timeoutMs)]);
  }

  /** Runs a program of this folder that prints ProbeLines. */
  private async answers(at: Host, file: string, words: readonly string[]): Promise<Probe<Answers>> {
    const program = await this.bundle(`test/lab/lib/${file}`);
    const probe = await this.spawn(at, [process.execPath, program, ...words], { name: `${at}-requests` });
    const answered = async () => (await probe.log()).includes(`"ok":true`);
    await this.eventually(`a first answer from ${words[0]}`, 20_000, answered);
    const stop = async (): Promise<Answers> => {
      await probe.signal("SIGTERM");
      await probe.exited();
      return summarize(await probe.log());
    };
    return { process: probe, stop };
  }
}

const nginxConfig = (at: Host, port: number, body: string): string => `
daemon off;
master_process off;
user root;
pid /run/nginx-${port}.pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path /run/nginx-body;
  proxy_temp_path /run/nginx-proxy;
  fastcgi_temp_path /run/nginx-fastcgi;
  uwsgi_temp_path /run/nginx-uwsgi;
  scgi_temp_path /run/nginx-scgi;
  keepalive_timeout 0;
  default_type text/plain;
  server {
    listen ${port};
    listen [::]:${port};
    server_name ${at};
    location / { return 200 ${JSON.stringify(body)}; }
  }
}
`;
