import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

type Import = {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
  /** Only once it is needed: `await import()`. */
  readonly isLazy: boolean;
};

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(file);
    return entry.name.endsWith(".ts") ? [file] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^;"']*?from\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/gm,
  );
  return [...statements].map((m) => {
    const specifier = (m[2] ?? m[3]) as string;
    const to = specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
    return { from: file, to, typesOnly: m[1] !== undefined, isLazy: m[3] !== undefined };
  });
}

const files = sources("src");
const imports = files.flatMap(importsOf);
const roomOf = (file: string): string => (file.startsWith("src/main.ts") ? "main" : (file.split("/")[1] as string));

/** Room → the rooms it may import. What is missing here is a dependency nobody decided on. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  netlink: ["core"],
  config: ["core"],
  script: ["core"],
  files: ["core"],
  bfd: ["core"],
  ipvs: ["core", "netlink"],
  realserver: ["core", "netlink"],
  checkers: ["core", "script", "files", "bfd"],
  vrrp: ["core", "netlink", "script", "files", "bfd"],
  "virtual-server": ["core", "ipvs", "script", "checkers"],
  process: ["core", "config", "bfd", "netlink", "script", "files", "ipvs", "checkers", "vrrp", "virtual-server"],
  api: ["core", "bfd", "checkers", "ipvs", "vrrp", "virtual-server", "process"],
  outline: ["core", "bfd", "vrrp", "virtual-server", "process"],
  page: ["core", "outline", "process"],
  cli: ["core", "config", "bfd", "ipvs", "realserver", "process", "checkers", "vrrp", "virtual-server", "outline"],
  main: ["core", "cli", "process", "api"],
};

test("rooms import only the rooms below them", () => {
  const wrong = imports.filter(({ from, to }) => {
    if (!to.startsWith("src/")) return false;
    const [room, target] = [roomOf(from), roomOf(to)];
    if (room === target) return false;
    if (/[/-]options\.ts$/.test(from) && target === "config") return false; // rows: every room declares its own keywords
    return !(allowed[room] ?? []).includes(target);
  });
  expect(wrong).toEqual([]);
});

test("virtual-server takes only types from checkers: verdicts come to it as values", () => {
  const wrong = imports.filter(
    ({ from, to, typesOnly }) =>
      roomOf(from) === "virtual-server" &&
      to.startsWith("src/checkers/") &&
      !typesOnly &&
      !/[/-]options\.ts$/.test(from),
  );
  expect(wrong).toEqual([]);
});

test("what a browser runs is code of its own, of the outline and of core: of the others it knows the types", () => {
  const wrong = imports.filter(
    ({ from, to, typesOnly }) =>
      ["outline", "page"].includes(roomOf(from)) &&
      !typesOnly &&
      !(to.startsWith("src/") && ["outline", "page", "core"].includes(roomOf(to))),
  );
  expect(wrong).toEqual([]);
});

test("the native addon has few doors", () => {
  const doors = [
    "src/bfd/sockets.ts",
    "src/checkers/datagram.ts",
    "src/checkers/http-descriptor.ts",
    "src/checkers/native-connector.ts",
    "src/checkers/node-connector.ts",
    "src/checkers/pattern.ts",
    "src/checkers/via-datagram-tap.ts",
    "src/checkers/via-tap.ts",
    "src/checkers/via-way.ts",
    "src/files/fifo.ts",
    "src/files/folder-watch.ts",
    "src/netlink/socket.ts",
    "src/script/runner.ts",
    "src/script/script-process.ts",
    "src/api/privileges.ts",
    "src/cli/ipvs-table.ts",
    "src/process/child.ts",
    "src/process/control.ts",
    "src/process/pid-file.ts",
    "src/process/process-settings.ts",
    "src/process/realtime-signals.ts",
    "src/process/service-manager.ts",
    "src/process/syslog.ts",
    "src/vrrp/claim-socket.ts",
    "src/vrrp/sockets.ts",
    "src/vrrp/witnesses.ts",
  ];
  const users = imports.filter(({ to }) => to.startsWith("native/")).filter(({ typesOnly }) => !typesOnly);
  expect([...new Set(users.map(({ from }) => from))].filter((file) => !doors.includes(file))).toEqual([]);
});

/** Files that do IO. Every other file of these rooms decides, and imports nothing that could do it. */
const shells: Readonly<Record<string, readonly string[]>> = {
  core: [],
  bfd: [],
  config: ["source.ts"],
  netlink: ["socket.ts", "genl.ts"],
  ipvs: ["sockopt.ts", "open.ts"],
  realserver: ["host.ts", "record.ts", "persist.ts"],
  script: ["own-runner.ts", "runner.ts", "script-process.ts", "notifier.ts"],
  checkers: [
    "connection.ts",
    "connector.ts",
    "via-connection.ts",
    "via-vip.ts",
    "limits.ts",
    "native-connector.ts",
    "node-connector.ts",
    "tcp.ts",
    "http.ts",
    "http-version.ts",
    "http2-request.ts",
    "grpc.ts",
    "tls-connect.ts",
    "tls-context.ts",
    "tls-end.ts",
    "smtp.ts",
    "misc.ts",
    "runner.ts",
  ],
  files: ["fifo.ts", "folder-watch.ts", "number-file.ts", "tracked-files.ts"],
  vrrp: [
    ...["sockets.ts", "vips.ts", "timers.ts", "director.ts", "script-tracker.ts"],
    ...["witnesses.ts", "service-tracker.ts"],
    ...["forwarding.ts", "held-settings.ts", "settings-memory.ts", "nft.ts", "process-table.ts"],
  ],
  "virtual-server": ["apply.ts"],
};
const pureModules = ["node:util", "node:os", "node:buffer", "node:crypto"];

test("decisions import no module that does IO", () => {
  const wrong = imports.filter(({ from, to }) => {
    const names = shells[roomOf(from)];
    return names && !names.includes(path.posix.basename(from)) && to.startsWith("node:") && !pureModules.includes(to);
  });
  expect(wrong).toEqual([]);
});

test("the live screen is decided by files without IO, and drawn by four that have it", () => {
  const shell = ["follow.ts", "paint.ts", "terminal.ts", "watch.ts"];
  const wrong = imports.filter(
    ({ from, to }) =>
      from.startsWith("src/cli/watch/") &&
      !shell.includes(path.posix.basename(from)) &&
      (to.startsWith("node:") || to === "ansi-escapes" || shell.includes(path.posix.basename(to))),
  );
  expect(wrong).toEqual([]);
});

test("the command line is known without what only one command needs", () => {
  const loaded = new Set(["src/cli/program.ts"]);
  for (const file of loaded)
    for (const { from, to, typesOnly, isLazy } of imports) if (from === file && !typesOnly && !isLazy) loaded.add(to);
  expect([...loaded].filter((file) => /^src\/cli\/(watch\/|status|text-width|why)/.test(file))).toEqual([]);
  expect([...loaded].filter((name) => !/^(src\/|node:)/.test(name))).toEqual(["commander"]);
});

test("the netlink package is never imported by its root, which would load its own socket", () => {
  expect(imports.filter(({ to }) => to === "netlink")).toEqual([]);
});

test("the import graph has no cycle between files at run time", () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, typesOnly } of imports)
    if (!typesOnly && to.startsWith("src/")) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    if (done.has(file) || trail.includes(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});
