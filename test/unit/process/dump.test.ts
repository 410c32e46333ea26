import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { checkerData } from "../../../src/process/dump/checker.ts";
import { vrrpJson } from "../../../src/process/dump/json.ts";
import { dumpFiles } from "../../../src/process/dump/names.ts";
import { statsText } from "../../../src/process/dump/stats.ts";
import { vrrpData } from "../../../src/process/dump/vrrp.ts";
import type { Plan } from "../../../src/process/plan.ts";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import type { VrrpStatus } from "../../../src/vrrp/model.ts";

process.env.TZ = "UTC"; // where the vectors were written

const folder = fileURLToPath(new URL("../../vectors/dumps/", import.meta.url));
const vector = (name: string): string => readFileSync(folder + name, "utf8");

function planOf(name: string): Plan {
  const { plan } = loadConfiguration(`${folder}${name}.conf`);
  if (!plan) throw new Error(`${name}.conf gives no plan`);
  return plan;
}

type PeerInstance = {
  readonly data: Readonly<Record<string, unknown>> & { readonly iname: string };
  readonly stats: Readonly<Record<string, number>>;
};

/** The part of `text` between a title and the next line that is no part of it. */
function block(text: string, title: string): string[] {
  const lines = text.split("\n");
  const from = lines.indexOf(title);
  const until = lines.findIndex((line, i) => i > from && !line.startsWith("   "));
  return from < 0 ? [] : lines.slice(from + 1, until < 0 ? undefined : until).map((line) => line.trim());
}

const fieldOf = (lines: readonly string[], name: string): string | undefined =>
  lines.find((line) => line.startsWith(`${name} = `))?.slice(name.length + 3);

const wallMsOf = (text: string | undefined): number | undefined =>
  text === undefined || text === "DISABLED" ? undefined : Number(text.split(" ")[0]) * 1000;

/** The state that keepalived was in when it wrote its files, as our vrrp process would tell it. */
function stateIn(name: string, plan: Plan): VrrpStatus {
  const text = vector(`${name}.data`);
  const told = JSON.parse(vector(`${name}.json`)) as PeerInstance[];
  return {
    instances: plan.vrrp.instances.map((instance) => {
      const lines = block(text, ` VRRP Instance = ${instance.name}`);
      const peer = told.find(({ data }) => data.iname === instance.name);
      const word = fieldOf(lines, "State");
      const waits = fieldOf(lines, "Number of track scripts init") !== "0";
      const source = fieldOf(lines, "Using src_ip")?.split(" ")[0];
      const due = wallMsOf(fieldOf(lines, "Read timeout"));
      const master = fieldOf(lines, "Master router");
      return {
        name: instance.name,
        state: waits ? "init" : word === "MASTER" ? "master" : word === "BACKUP" ? "backup" : "fault",
        sinceWallMs: wallMsOf(fieldOf(lines, "Last transition")) ?? 0,
        why: "",
        interface: instance.interface,
        vrid: instance.vrid,
        version: instance.version,
        basePriority: instance.priority,
        effectivePriority: Number(fieldOf(lines, "Effective priority")),
        faults: Array.from({ length: Number(fieldOf(lines, "Number of interface and track script faults")) }, String),
        addresses: [],
        ...(master !== undefined && {
          master: { address: master, priority: Number(fieldOf(lines, "Master priority")), lastAdvertWallMs: 0 },
        }),
        ...(source !== undefined && source !== "(none)" && { sourceAddress: source }),
        ...(due !== undefined && { dueWallMs: due }),
        counters: peer?.stats ?? {},
      };
    }),
    scripts: plan.vrrp.scripts.map(({ name: script }) => {
      const lines = block(text, ` VRRP Script = ${script}`);
      const runs = fieldOf(lines, "State") === "running";
      return { name: script, ...(!runs && { ok: fieldOf(lines, "Status") === "GOOD" }), detail: "", sinceWallMs: 0 };
    }),
    files: (plan.vrrp.trackFiles ?? []).map(({ name: file }) => ({
      name: file,
      sinceWallMs: 0,
      value: Number(fieldOf(block(text, ` Track file = ${file}`), "Status")),
    })),
  };
}

/** What is known to differ: descriptors are not ours to tell, passwords are masked, links are not resolved in
 *  paths of scripts, a script's timeout is its interval where none is given, and a route's place is its own. */
const peerText = (text: string): string =>
  text
    .replaceAll(/^ +fd_in .*\n/gm, "")
    .replaceAll(/(Multicast address ff02::12), ifindex \d+/g, "$1")
    .replaceAll(/Password = .*/g, "Password = ********")
    .replaceAll(/\/usr(?=\/bin\/)/g, "")
    .replaceAll("add blackhole", "prepend blackhole")
    .replaceAll(/Interval = (\d+) sec\n {3}Timeout = 0 sec/g, "Interval = $1 sec\n   Timeout = $1 sec");

const from = (text: string, heading: string): string => text.slice(text.indexOf(`------< ${heading} >`));

/** Up to the first section of something else; keepalived tells beside it which library it was linked with. */
const globalPart = (text: string): string =>
  text.slice(0, text.indexOf("------<", 8)).replace(/ libnftnl version .*\n/, "");

describe.each(["trackers", "group", "unicast", "backup"])("the state of %s", (name) => {
  const plan = planOf(name);
  // A script that no instance tracks is not run, and not in the plan's order of things that are.
  const status = stateIn(name, plan);

  test("keepalived.data: the same sections, line by line", () => {
    const ours = from(vrrpData(plan, status), "VRRP Topology");
    expect(ours).toBe(from(peerText(vector(`${name}.data`)), "VRRP Topology"));
  });

  test("keepalived.data: the global part, line by line", () => {
    const ours = globalPart(vrrpData(plan, status)).replace(/ Router ID = .*/, "");
    expect(ours).toBe(globalPart(vector(`${name}.data`)).replace(/ Router ID = .*/, ""));
  });

  test("keepalived.stats: byte for byte", () => {
    expect(statsText(status)).toBe(vector(`${name}.stats`));
  });

  test("keepalived.json: the same members with the same values, in the same order", () => {
    const theirs = (JSON.parse(vector(`${name}.json`)) as PeerInstance[]).map(({ data, stats }) => ({
      data: { ...data, ...(data.auth_data !== undefined && { auth_data: "********" }) },
      stats,
    }));
    const text = peerText(JSON.stringify(theirs));
    expect(vrrpJson(plan.vrrp, status, 1)).toBe(`${text.replaceAll("/", "\\/")}\n`);
  });
});

test("keepalived.data: whatever `global_defs` may say", () => {
  const plan = planOf("global");
  const theirs = vector("global.data")
    .replaceAll(/\/usr(?=\/bin\/)/g, "") // links are not resolved
    .replace(/ No reload scheduled\n/, ""); // `status` tells it
  expect(globalPart(vrrpData(plan, { instances: [], scripts: [] }))).toBe(globalPart(theirs));
});

describe("version 2 of keepalived.json, which Debian's does not know", () => {
  const plan = planOf("members");
  const counters = Object.fromEntries(["advert_sent", "auth_ext_replay"].map((name, i) => [name, i + 1]));
  const instance = { ...stateIn("unicast", planOf("unicast")).instances[0], name: "V", counters };
  const status = {
    instances: [instance],
    scripts: [],
    processes: [{ name: "tp", up: true, count: 2, sinceWallMs: 0 }],
  };
  const whole = JSON.parse(vrrpJson(plan.vrrp, status as unknown as VrrpStatus, 2));
  const words = (text: string): string[] => text.trim().split(/\s+/);

  test("it has the documented members, in the documented order", () => {
    expect(Object.keys(whole)).toEqual(["vrrp", "track_process"]);
    const [{ data, stats }] = whole.vrrp;
    expect(Object.keys(data)).toEqual(
      words(`iname dont_track_primary skip_check_adv_addr strict_mode vmac_ifname ifp_ifname master_priority
        last_transition garp_delay garp_refresh garp_rep garp_refresh_rep garp_lower_prio_delay garp_lower_prio_rep
        lower_prio_no_advert higher_prio_send_advert vrid base_priority effective_priority vipset promote_secondaries
        adver_int master_adver_int accept nopreempt preempt_delay state wantstate version smtp_alert notify_deleted
        script_backup script_master script_fault script_stop script_deleted script script_master_rx_lower_pri vips evips
        vroutes vrules track_ifp track_script track_process auth_type auth_data`),
    );
    expect(Object.keys(stats)).toEqual(
      words(`advert_rcvd advert_sent become_master release_master packet_len_err advert_interval_err ip_ttl_err
        invalid_type_rcvd addr_list_err invalid_authtype authtype_mismatch auth_failure auth_ext_missing
        auth_ext_malformed auth_ext_unknown_key auth_ext_invalid_hmac auth_ext_stale auth_ext_replay pri_zero_rcvd
        pri_zero_sent`),
    );
    expect(data).toMatchObject({ track_process: ["sleep"], track_script: ["'/bin/true' 's'"], auth_data: "********" });
    expect(stats).toMatchObject({ advert_sent: 1, auth_ext_replay: 2, auth_ext_stale: 0 });
  });

  test("its tracked processes", () => {
    expect(whole.track_process).toEqual([
      {
        ...{ process: "sleep", parameters: "100", param_match: "initial", min_processes: 1, max_processes: 5 },
        ...{ current_processes: 2, have_quorum: true, weight: -10, terminate_delay: 3, fork_delay: 2 },
        ...{ fork_delay_timer_running: false, terminate_delay_timer_running: false, full_command: true },
      },
    ]);
  });
});

describe("keepalived_check.data", () => {
  const text = vector("checker.data");
  const plan = planOf("checker");
  const sections = (lines: readonly string[], title: RegExp): string[][] => {
    const starts = lines.flatMap((line, i) => (title.test(line) ? [i] : []));
    return starts.map((start, i) => lines.slice(start, starts[i + 1]));
  };

  /** The state that keepalived was in, as our checker process would tell it. */
  function state(): CheckerStatus["virtualServers"] {
    const topology = from(text, "LVS Topology").split("------< Health checkers")[0]?.split("\n") ?? [];
    const checks = sections(from(text, "Health checkers").split("\n"), / -> /);
    return sections(topology, /------< Virtual server >/).map((lines, i) => {
      const vs = plan.checker.virtualServers[i];
      const trimmed = lines.map((line) => line.trim());
      const servers = sections(trimmed, /------< Real server >/);
      return {
        name: vs?.name ?? "",
        scheduler: vs?.scheduler ?? "",
        forwarding: "",
        quorum: 1,
        hysteresis: 0,
        quorumUp: fieldOf(trimmed, "quorum_state_up") === "1",
        sinceWallMs: 0,
        sorryServerActive: false,
        realServers: servers.map((server, j) => {
          const rs = vs?.realServers[j];
          const protocol = vs?.id.kind === "fwmark" ? "none" : "tcp";
          const name = `[${rs?.address}]:${protocol}:${rs?.port}`;
          const mine = checks.filter(([title]) => title === ` ${vs?.name} -> ${name}`);
          return {
            name,
            weight: rs?.weight ?? 0,
            effectiveWeight: Number(fieldOf(server, "effective weight")),
            alive: fieldOf(server, "alive") === "1",
            inTable: fieldOf(server, "RS set") === "1",
            sinceWallMs: 0,
            why: "",
            checkers: mine.map((check) => {
              const told = check.map((line) => line.trim());
              return {
                kind: "",
                target: "",
                up: fieldOf(told, "Up") === "yes",
                hasRun: fieldOf(told, "Has run") === "yes",
                sinceWallMs: 0,
                lastResult: "",
                failures: Number(fieldOf(told, "Retries iterations") ?? 0),
                retry: Number(fieldOf(told, "Retries")),
              };
            }),
          };
        }),
      };
    });
  }

  test("the global part, line by line", () => {
    const theirs = globalPart(text).replaceAll("= 4294967295", "= 5"); // what was not given; there it has no default
    expect(globalPart(checkerData(plan, { virtualServers: state() }))).toBe(theirs);
  });

  test("every line of ours is one of keepalived's, in its order", () => {
    const theirs = text.replaceAll(/\/usr(?=\/bin\/)/g, "").split("\n");
    const ours = from(checkerData(plan, { virtualServers: state() }), "SSL definitions").split("\n");
    let at = theirs.indexOf("------< SSL definitions >------");
    const missing = ours.filter((line) => {
      const found = theirs.indexOf(line, at);
      if (found >= 0) at = found + 1;
      return found < 0;
    });
    expect(missing).toEqual([]);
    expect(ours.length).toBeGreaterThan(300);
  });

  test("what is left out of keepalived's lines is its inner life, and no more", () => {
    const leftOf = (theirs: readonly string[], ours: readonly string[]): string[] => {
      const still = [...ours];
      const left = theirs.filter((line) => {
        const at = still.indexOf(line);
        if (at >= 0) still.splice(at, 1);
        return at < 0;
      });
      return [...new Set(left.map((line) => line.trim().replace(/( =|:).*/, "")))].sort();
    };
    const theirs = from(text.replaceAll(/\/usr(?=\/bin\/)/g, ""), "SSL definitions").split("\n");
    const ours = from(checkerData(plan, { virtualServers: state() }), "SSL definitions").split("\n");
    expect(leftOf(theirs, ours)).toEqual([
      ...["Alive", "Current weight"], // references to a group's line; what a MISC_CHECK added
      "Enable SNI set", // of enable_sni without a name: none is sent
      ...["Failed URL", "Last errno", "Last ran", "Last status"], // `status` tells them in words
      "connection timeout", // of the service: each check has its own
      "previous effective_weight",
      "reloaded", // of the lines of a group
    ]);
  });
});

test.for([
  { name: "usual", dumps: {}, place: {}, temporary: undefined, vrrp: "/tmp/keepalived.data" },
  { name: "in TMPDIR", dumps: {}, place: {}, temporary: "/run/x", vrrp: "/run/x/keepalived.data" },
  { name: "a TMPDIR that is no path", dumps: {}, place: {}, temporary: "x", vrrp: "/tmp/keepalived.data" },
  { name: "named", dumps: { stateFile: "/run/a.txt" }, place: {}, temporary: "/x", vrrp: "/run/a.txt" },
  { name: "an instance that names do not have", dumps: {}, place: { instance: "a" }, vrrp: "/tmp/keepalived.data" },
  {
    name: "a namespace and an instance",
    dumps: { instanceInNames: true },
    place: { namespace: "n", instance: "a" },
    vrrp: "/tmp/keepalived.n_a.data",
  },
])("names of files: $name", ({ dumps, place, temporary, vrrp }) => {
  const { global } = planOf("backup");
  const files = dumpFiles({ ...global.dumps, ...dumps }, { ...global.place, ...place }, temporary);
  expect(files.vrrp).toBe(vrrp);
  expect(files.parent).toBe(vrrp.replace(/(\w)([.].*)$/, "$1_parent$2"));
});
