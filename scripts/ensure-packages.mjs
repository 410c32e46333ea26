// Installs the Debian packages that building and the lab need and this machine lacks, when it may (root, or sudo without a
// password); else says which. `node scripts/ensure-packages.mjs` exits with 1 when something is still missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Package → a file that shows it (or another package with the same program) is there. */
const BUILD = { "build-essential": "/usr/bin/make", "g++": "/usr/bin/g++", python3: "/usr/bin/python3" };
const LAB = {
  "user-mode-linux": "/usr/bin/linux.uml",
  kmod: "/usr/sbin/modprobe",
  iproute2: "/usr/sbin/ip",
  procps: "/usr/sbin/sysctl",
  "iputils-ping": "/usr/bin/ping",
  ipvsadm: "/usr/sbin/ipvsadm",
  keepalived: "/usr/sbin/keepalived",
  frr: "/usr/lib/frr/vrrpd",
  "nginx-light": "/usr/sbin/nginx",
  "exim4-daemon-light": "/usr/sbin/exim4",
  "mariadb-server-core": "/usr/sbin/mariadbd",
  "mariadb-client-core": "/usr/bin/mariadb",
  tcpdump: "/usr/bin/tcpdump",
  nftables: "/usr/sbin/nft",
  curl: "/usr/bin/curl",
  openssl: "/usr/bin/openssl",
  zsh: "/usr/bin/zsh",
  fish: "/usr/bin/fish",
  busybox: "/usr/bin/busybox",
  valgrind: "/usr/bin/valgrind",
  strace: "/usr/bin/strace",
  prometheus: "/usr/bin/promtool",
  tmux: "/usr/bin/tmux",
};

const variants = (file) => [
  file,
  file.replace(/^\/usr/, ""),
  file.replace("/usr/sbin", "/usr/bin"),
  file.replace("/usr/sbin", "/bin"),
];
const lacking = (packages) =>
  Object.keys(packages).filter((name) => !variants(packages[name]).some((f) => existsSync(f)));
const succeeds = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** How to run something as root; undefined when this user cannot. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  return succeeds("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined;
}

/** Daemons that an installation may start; those that it did start are stopped again. */
const DAEMONS = { nginx: "nginx", exim4: "exim4", frr: "watchfrr", keepalived: "keepalived", prometheus: "prometheus" };
const running = () => Object.keys(DAEMONS).filter((service) => succeeds("pgrep", ["-x", DAEMONS[service]]));

function install(names, root) {
  console.log(`installing Debian packages: ${names.join(" ")}`);
  const before = running();
  const [file, ...args] = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  spawnSync(file, [...args, "update", "-qq"], { stdio: "inherit" });
  spawnSync(file, [...args, "install", "-y", "-qq", "--no-install-recommends", ...names], { stdio: "inherit" });
  for (const service of running().filter((name) => !before.includes(name))) {
    const [stop, ...words] = [...root, "service", service, "stop"];
    spawnSync(stop, words, { stdio: "ignore" });
  }
}

/** What is missing after trying to install it: packages to build with, and packages for the lab. */
export function ensurePackages() {
  const wanted = [...lacking(BUILD), ...lacking(LAB)];
  const root = asRoot();
  if (wanted.length > 0 && root && succeeds("apt-get", ["--version"])) install(wanted, root);
  const missing = { build: lacking(BUILD), lab: lacking(LAB) };
  const left = [...missing.build, ...missing.lab];
  if (left.length > 0) console.error(`missing Debian packages, as root run: apt-get install ${left.join(" ")}`);
  return missing;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { build, lab } = ensurePackages();
  process.exit(build.length + lab.length > 0 ? 1 : 0);
}
