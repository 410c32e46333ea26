import { SERVERS } from "./blocks.ts";

/** What the settings beside a virtual server's own do to the kernel, and who is told: one configuration for both programs. */
export type SettingsCase = {
  readonly name: string;
  readonly config: string;
  readonly args?: readonly string[];
  /** On the director, before the first look. */
  readonly ready?: string;
  readonly steps: readonly SettingsStep[];
};

/** Who answers from now on, or a command on the director; `stop` ends it. */
export type SettingsStep =
  | { readonly name: string; readonly up: readonly ("a" | "b")[] }
  | { readonly name: string; readonly run: string }
  | { readonly name: "stop" };

export const VIP = "10.9.1.1";
/** Not of the configuration: there before the director, and made while it runs. */
export const FOREIGN = ["ipvsadm -A -t 10.9.2.1:99 -s rr", "ipvsadm -A -t 10.9.2.2:99 -s rr"] as const;
/** Writes its words to the host's own file. */
export const TELL = "/tmp/tell.sh";
/** Exits with the status that stands in the host's file of that name. */
export const SAY = "/tmp/say.sh";
export const TOLD = "/run/told";

const MASTER = `vrrp_instance VI_1 {
    state MASTER
    interface alone
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        10.77.0.9
    }
    LINES
}
`;
const MASTER_THERE =
  "for i in $(seq 100); do ip -o addr show dev alone | grep -q '10.77.0.9/' && break; sleep 0.1; done";
const SORRY = "sorry_server 192.168.122.99 80";

type Lines = {
  readonly global?: readonly string[];
  readonly service?: readonly string[];
  readonly instance?: string;
  readonly root?: string;
  /** Checks of the real servers a and b, in place of connections to their ports. */
  readonly checks?: readonly [string, string];
};

const config = ({ global = [], service = [], instance, root = "", checks }: Lines): string => `
global_defs {
    script_user root
    ${global.join("\n    ")}
}
${root}${instance === undefined ? "" : MASTER.replace("LINES", instance)}
virtual_server ${VIP} 80 {
    delay_loop 1
    warmup 0
    delay_before_retry 0.2
    lvs_sched wrr
    lvs_method DR
    protocol TCP
    quorum_up "${TELL} quorum up"
    quorum_down "${TELL} quorum down"
    ${service.join("\n    ")}
${(["a", "b"] as const)
  .map(
    (who, i) => `    real_server 192.168.122.${SERVERS[who].last} 80 {
        notify_up "${TELL} ${who} up"
        notify_down "${TELL} ${who} down"
        ${checks?.[i] ?? `TCP_CHECK {\n            connect_timeout 1\n            connect_port ${SERVERS[who].port}\n        }`}
    }`,
  )
  .join("\n")}
}
`;

const FAILURES: readonly SettingsStep[] = [
  { name: "b fails", up: ["a"] },
  { name: "all fail", up: [] },
  { name: "a returns", up: ["a"] },
];
const STOP: readonly SettingsStep[] = [{ name: "somebody else's service", run: FOREIGN[1] }, { name: "stop" }];

const settings = (name: string, lines: Lines, steps: readonly SettingsStep[] = STOP, args?: readonly string[]) =>
  ({ name, config: config(lines), steps, ...(args && { args }) }) satisfies SettingsCase;

export const settingsCases: readonly SettingsCase[] = [
  settings("none: what others made stays", {}, [...FAILURES, ...STOP]),
  settings("lvs_flush", { global: ["lvs_flush"] }),
  settings("lvs_flush_on_stop", { global: ["lvs_flush_on_stop"], service: ["omega"] }),
  settings("lvs_flush_on_stop VS", { global: ["lvs_flush_on_stop VS"], service: ["omega"] }),
  settings("omega", { service: ["omega", SORRY] }, [...FAILURES, ...STOP]),
  settings("omega, while nobody serves", { service: ["omega", SORRY] }, [{ name: "all fail", up: [] }, ...STOP]),
  settings("-I", { service: ["omega"] }, STOP, ["-I"]),
  settings("-I with lvs_flush_on_stop", { global: ["lvs_flush_on_stop"], service: ["omega"] }, STOP, ["-I"]),
  settings("rs_init_notifies", { global: ["rs_init_notifies"] }, [...FAILURES, ...STOP]),
  settings("rs_init_notifies with alpha", { global: ["rs_init_notifies"], service: ["alpha"] }, STOP),
  settings("alpha, quorum and a sorry server", { service: ["alpha", "quorum 2", SORRY] }, [...FAILURES, ...STOP]),
  settings("lvs_timeouts", { global: ["lvs_timeouts tcp 20 tcpfin 30 udp 7"] }),
  settings("lvs_timeouts, some", { global: ["lvs_timeouts udp 7"] }),
  settings("lvs_sync_daemon", { global: ["lvs_sync_daemon eth0"] }),
  settings("lvs_sync_daemon with all options", {
    global: ["lvs_sync_daemon eth0 id 7 maxlen 1400 port 9000 ttl 2 group 224.0.0.99"],
  }),
  {
    ...settings("lvs_sync_daemon of an instance", {
      global: ["lvs_sync_daemon eth0 inst VI_1 id 7"],
      instance: "",
    }),
    ready: MASTER_THERE,
  },
  settings(
    "weights by scripts and files",
    {
      root: "track_file load {\n    file /run/load\n    weight 1\n    init_file 0 overwrite\n}\n",
      service: ["quorum 4", SORRY],
      checks: [
        `weight 5\nMISC_CHECK {\nmisc_path "${SAY} a"\nmisc_dynamic\nmisc_timeout 5\n}\nFILE_CHECK {\ntrack_file load\nweight 2\n}`,
        `weight 3\nMISC_CHECK {\nmisc_path "${SAY} b"\nmisc_timeout 5\n}\nFILE_CHECK {\ntrack_file load\nweight -1\n}`,
      ],
    },
    [
      ["a has weight 10", "echo 12 > /run/a"],
      ["the file gives a 6 more and takes b's 3", "echo 3 > /run/load"],
      ["a fails: the sorry server stands in", "echo 1 > /run/a"],
      ["another status is another weight", "echo 4 > /run/a"],
      ["b, which is not dynamic, fails", "echo 12 > /run/b"],
      ["as configured", "echo 0 > /run/a; echo 0 > /run/b; echo 0 > /run/load"],
      ["more than a weight can be", "echo 2147483647 > /run/load"],
      ["as configured again", "echo 0 > /run/load"],
    ].map(([name = "", run = ""]) => ({ name, run })),
  ),
  settings("ha_suspend", { service: ["ha_suspend"] }, [
    { name: "b fails, and nobody looks", up: ["a"] },
    { name: "the address comes", run: `ip addr add ${VIP}/32 dev lo` },
    { name: "b returns", up: ["a", "b"] },
    { name: "the address goes", run: `ip addr del ${VIP}/32 dev lo` },
    { name: "all fail, and nobody looks", up: [] },
    ...STOP,
  ]),
];
