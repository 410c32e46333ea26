import { addressOf } from "../vrrp-bench.ts";
import { type Cell, COURSES, type Group, type Kind, PEER_PRIORITY, processName, type Track } from "./cells.ts";

// One text for keepalived and for ours: only the folder in it differs, where each keeps its scripts' notes.

/** v3, so that a take-over takes 2 s. */
export const ADVERT_INT_S = 0.5;
/** The two ends of the BFD session. */
export const BFD = { a: "192.0.2.11", b: "192.0.2.12" } as const;

const vip = (vrid: number): string => `10.9.0.${vrid}`;

/** What all cells may track, and where it is found. */
export type Places = {
  /** Where this router's scripts and its FIFO are. */
  readonly own: string;
  /** What both routers see: files and gates of scripts. */
  readonly shared: string;
};

export type Matter = {
  readonly cells: readonly Cell[];
  readonly groups: readonly Group[];
  /** Ours is not told of processes by the kernel. */
  readonly polled?: boolean;
  /** Blocks beside those of the matrix. */
  readonly blocks?: (places: Places) => string;
};

const lists = (tracks: readonly Track[]): string =>
  [...new Set(tracks.map(({ list }) => list))]
    .map((list) => {
      const lines = tracks.filter((one) => one.list === list).map(({ line }) => line);
      return `    ${list} {\n        ${lines.join("\n        ")}\n    }\n`;
    })
    .join("");

function instance(cell: Cell, { own }: Places): string {
  const hooks = ["master", "backup", "fault", "stop", ...(cell.hooks ?? [])].map(
    (hook) => `    notify_${hook} "${own}/note ${cell.name} ${hook}"\n`,
  );
  const held: Track[] = cell.role === "fault" ? [{ list: "track_file", line: "hold weight 0" }] : [];
  return `vrrp_instance ${cell.name} {
    interface eth0
    virtual_router_id ${cell.vrid}
    mcast_src_ip ${addressOf.a}
    priority ${cell.base}
    advert_int ${ADVERT_INT_S}
    virtual_ipaddress {
        ${vip(cell.vrid)}/32
    }
${(cell.lines ?? []).map((line) => `    ${line}\n`).join("")}${hooks.join("")}    notify "${own}/note ${cell.name}"
${lists([...cell.tracks, ...held])}}
`;
}

const group = ({ name, members, tracks, more = "" }: Group, { own }: Places): string => `vrrp_sync_group ${name} {
    group {
        ${members.join("\n        ")}
    }
    notify_master "${own}/note ${name} master"
    notify_backup "${own}/note ${name} backup"
    notify_fault "${own}/note ${name} fault"
    notify_stop "${own}/note ${name} stop"
    notify "${own}/note ${name}"
${lists(tracks)}${more}}
`;

/** What the kinds of the matrix name. */
function tracked(kinds: ReadonlySet<Kind>, { shared }: Places): string {
  const blocks: Readonly<Record<Kind, (course: "well" | "ill") => string>> = {
    script: (course) => `vrrp_script script_${course} {
    script "${shared}/gate ${shared}/script_${course}"
    interval 1
    timeout 10
}
`,
    interface: () => "",
    file: (course) => `track_file file_${course} {
    file ${shared}/file_${course}
}
`,
    process: (course) => `vrrp_track_process process_${course} {
    process ${processName(course)}
}
`,
    bfd: (course) => (course === "ill" ? bfdInstance("a", "b") : ""), // no session is up at a start
  };
  return [...kinds].flatMap((kind) => COURSES.map((course) => blocks[kind](course))).join("");
}

const globals = (more: string): string => `global_defs {
    vrrp_version 3
    script_user root
${more}}
`;

export function routerText({ cells, groups, blocks }: Matter, places: Places): string {
  const used = [...cells, ...groups].flatMap(({ tracks }) => tracks.map(({ list }) => list.slice(6) as Kind));
  return [
    globals(`    vrrp_notify_fifo ${places.own}/fifo\n    vrrp_notify_priority_changes true\n`),
    `track_file hold {\n    file ${places.shared}/hold\n}\n`,
    tracked(new Set(used), places),
    blocks?.(places) ?? "",
    ...cells.map((cell) => instance(cell, places)),
    ...groups.map((one) => group(one, places)),
  ].join("");
}

/** A peer whose adverts come too late is taken over from, by chance: it goes before other processes. */
const PEERS_FIRST = "    vrrp_priority -15\n    bfd_priority -15\n";

/** Debian's keepalived on the other host: the peers of the cells that have one. */
export function peerText({ cells }: Matter): string {
  const peers = cells.flatMap(({ name, vrid, role }) => {
    const priority = PEER_PRIORITY[role];
    if (priority === undefined) return [];
    return `vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int ${ADVERT_INT_S}
    virtual_ipaddress {
        ${vip(vrid)}/32
    }
}
`;
  });
  return [globals(PEERS_FIRST), ...peers].join("");
}

/** The far end of the BFD session, on the other host. */
export const farBfdText = (): string => globals(PEERS_FIRST) + bfdInstance("b", "a");

const bfdInstance = (own: "a" | "b", far: "a" | "b"): string => `bfd_instance bfd_ill {
    neighbor_ip ${BFD[far]}
    source_ip ${BFD[own]}
    min_rx 100
    min_tx 100
    multiplier 3
}
`;
