import { row } from "../config/row.ts";
import { flag, line, MAX_UINT32, seconds, text } from "../config/types.ts";

const root = { in: "root" } as const;
const parent = { ...root, process: "parent" } as const;
const vrrp = { ...root, process: "vrrp" } as const;

/** What a file calls a network namespace or an instance becomes part of file names. */
const fileName = (what: string) =>
  line(what, (words) => {
    const token = words.need(what);
    if (!token) return undefined;
    if (/^[^/\0]{1,200}$/.test(token.text) && !/^-|^\.{1,2}$/.test(token.text)) return token.text;
    return words.bad(token, what, { hint: "1 to 200 characters without `/`, the first one no `-`" });
  });

/** Keywords outside all blocks: the director's place on its host. */
export const placeRows = [
  row({
    ...parent,
    name: "instance",
    type: fileName("NAME"),
    defaultText: "none",
    doc: "Name of one of several directors on a host: its pid files are /run/keepalived/keepalived_NAME.pid and so on, or with lvskeeper in the place of keepalived, where the command line names no others. Commands reach it with `--pid` and that file. A reload cannot change it.",
    example: "instance inside",
    since: "1.2.24",
  }),
  row({
    ...parent,
    name: "use_pid_dir",
    type: flag(),
    default: false,
    doc: "Pid files in /run/keepalived or /run/lvskeeper, as the program is called; `instance` and `net_namespace` have it too.",
    example: "use_pid_dir",
    since: "1.2.24",
  }),
  row({
    ...parent,
    name: "net_namespace",
    type: fileName("NAME"),
    defaultText: "the one it is started in",
    doc: "Network namespace (ip-netns(8)) of the checker and vrrp processes and of the scripts they run. A reload cannot change it.",
    example: "net_namespace inside",
    since: "1.2.24",
    rfc: "network_namespaces(7)",
  }),
  row({
    ...root,
    name: "net_namespace_ipvs",
    process: "checker",
    type: line("[NAME]", (words) => (words.rest === 0 ? "" : fileName("NAME").read(words))),
    defaultText: "`net_namespace`; without a name the one it is started in",
    doc: "Network namespace of the IPVS table, of its settings and of the kernel's sync daemons. Checks are sent from `net_namespace` all the same. A reload cannot change it.",
    example: "net_namespace_ipvs outside",
    since: "2.1.0",
  }),
  row({
    ...vrrp,
    name: "namespace_with_ipsets",
    type: flag(),
    default: false,
    doc: "Use ipsets in a network namespace too, which kernels before 3.13 cannot.",
    example: "namespace_with_ipsets",
    since: "1.3.0",
    noEffect: "no ipsets are used",
  }),
  row({
    ...parent,
    name: "child_wait_time",
    type: seconds({ minS: 0, maxS: MAX_UINT32, places: 0 }),
    default: 5000,
    doc: "How long stopping processes are waited for before they are killed.",
    example: "child_wait_time 10",
    since: "2.0.0",
  }),
  row({
    ...vrrp,
    name: "linkbeat_use_polling",
    type: flag(),
    default: false,
    doc: "Ask all interfaces for the state of their link again and again.",
    example: "linkbeat_use_polling",
    since: "1.1.18",
    noEffect: "link changes come from the kernel",
  }),
] as const;

const include = { ...root, process: "all", type: text("FILE or PATTERN"), defaultText: "none" } as const;
const CHECKED = "As `include`, but it is an error when";

/** Lines that name other files: the parser reads them, in any block. */
export const includeRows = [
  row({
    ...include,
    name: "include",
    doc: "Reads other files at this place, relative to the directory of the file that names them; `*`, `?`, `[…]` and `{a,b}` match several, in the order of their names. Files with an execute bit are passed over. It may stand in any block.",
    example: "include conf.d/*.conf",
  }),
  row({
    ...include,
    name: "includer",
    doc: `${CHECKED} a file that matches cannot be read.`,
    example: "includer conf.d/*.conf",
  }),
  row({
    ...include,
    name: "includem",
    doc: `${CHECKED} a file that matches cannot be read, or a file named without a pattern is not there.`,
    example: "includem virtual-servers.conf",
  }),
  row({
    ...include,
    name: "includew",
    doc: `${CHECKED} a file that matches cannot be read, or nothing matches.`,
    example: "includew conf.d/*.conf",
  }),
  row({
    ...include,
    name: "includeb",
    doc: `${CHECKED} a file that matches cannot be read, or one of {a,b} matches nothing.`,
    example: "includeb conf.d/{web,mail}.conf",
  }),
  row({
    ...include,
    name: "includea",
    doc: `${CHECKED} anything that the other forms ask for is not so.`,
    example: "includea conf.d/{web,mail}.conf",
  }),
] as const;
