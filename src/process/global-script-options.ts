import { command } from "../config/command.ts";
import { row } from "../config/row.ts";
import { account, flag, optionalBool, seconds } from "../config/types.ts";
import { umaskValue } from "./umask-value.ts";

const global = { in: "global_defs", process: "all" } as const;
const parent = { in: "global_defs", process: "parent" } as const;

/** Which account scripts run as, which are refused, and the parent's own. */
export const scriptRows = [
  row({
    ...global,
    name: "script_user",
    type: account(),
    defaultText: "keepalived_script where that account exists, else the user the director runs as",
    doc: "Account that scripts run as. It counts for all scripts of the file, wherever it stands.",
    example: "script_user nobody",
    since: "1.3.0",
  }),
  row({
    ...global,
    name: "enable_script_security",
    type: flag(),
    default: false,
    doc: "Refuse scripts that run as root and that others than root could replace.",
    example: "enable_script_security",
    since: "1.3.0",
  }),
  row({
    ...global,
    name: "use_symlink_paths",
    type: optionalBool(),
    default: false,
    doc: "Run scripts by the path that the file has, even where it leads through symbolic links. Always so here.",
    example: "use_symlink_paths",
    since: "2.3.0",
  }),
  row({
    ...global,
    name: "set_supplementary_groups",
    type: optionalBool(),
    default: false,
    doc: "Scripts have all groups of their account, and not the first one only.",
    example: "set_supplementary_groups",
    since: "2.4.3+git",
  }),
  row({
    ...parent,
    name: "startup_script",
    type: command({ account: true }),
    repeat: "first",
    defaultText: "none",
    doc: "Run before the processes are started, which wait for its end. A reload does not run it. It runs where the director is started, and not in `net_namespace`.",
    example: 'startup_script "/usr/local/sbin/before-lvs --load ip_vs" root',
    since: "2.1.0",
  }),
  row({
    ...parent,
    name: "startup_script_timeout",
    type: seconds({ minS: 1, maxS: 1000, places: 0 }),
    default: 10_000,
    doc: "A `startup_script` that takes longer is killed, and the start goes on.",
    example: "startup_script_timeout 30",
    since: "2.1.0",
  }),
  row({
    ...parent,
    name: "shutdown_script",
    type: command({ account: true }),
    repeat: "first",
    defaultText: "none",
    doc: "Run after all processes have gone.",
    example: "shutdown_script /usr/local/sbin/after-lvs",
    since: "2.1.0",
  }),
  row({
    ...parent,
    name: "shutdown_script_timeout",
    type: seconds({ minS: 1, maxS: 1000, places: 0 }),
    default: 10_000,
    doc: "A `shutdown_script` that takes longer is killed.",
    example: "shutdown_script_timeout 30",
    since: "2.1.0",
  }),
  row({
    ...global,
    name: "umask",
    type: umaskValue(),
    default: 0o177,
    doc: "Permissions that files made by the director do not have: an octal, hexadecimal or decimal number, or names of bits.",
    example: "umask IXUSR | IRWXG | IRWXO",
    since: "2.0.9",
    rfc: "umask(2)",
    noEffect: "each file is made with the permissions it needs",
  }),
] as const;
