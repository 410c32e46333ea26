import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { PROJECT } from "./workspace.ts";

/** Who asks, without a password, from anywhere. */
export const MYSQL_USER = "app";

/** The files of a MariaDB server are the same for whoever makes and whoever runs it. */
const FILES = ["--innodb-log-file-size=4M", "--innodb-data-file-path=ibdata1:12M:autoextend"];
/** User-Mode Linux lacks what InnoDB would rather read and write with, and the room for a pool that may grow to 8 TB. */
const FRUGAL = [
  "--innodb-use-native-aio=0",
  "--innodb-flush-method=fsync",
  "--innodb-buffer-pool-size=8M",
  "--innodb-buffer-pool-size-max=8M",
];
const MAKE = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"];
/** The first word makes the server that fills the data look after its users. */
const USERS = `FLUSH PRIVILEGES;\nCREATE USER ${MYSQL_USER}@'%';\n`;

/** The command line of MariaDB on a host, for data that lie in `folder`. It listens on all of the host's addresses. */
export const mysqlCommand = (folder: string): string[] => [
  "mariadbd",
  "--no-defaults",
  "--user=root",
  `--datadir=${folder}/data`,
  `--socket=${folder}/socket`,
  `--pid-file=${folder}/pid`,
  "--bind-address=0.0.0.0",
  "--port=3306",
  "--skip-name-resolve",
  "--skip-log-bin",
  "--performance-schema=OFF",
  "--key-buffer-size=1M",
  ...FILES,
  ...FRUGAL,
];

/** A fresh server's data, in .lab/; made on first use, on this machine, in the folder of a run. To be copied. */
export function mysqlData(run: string): string {
  const options = [...MAKE, ...FILES, ...FRUGAL];
  const version = execFileSync("mariadbd", ["--no-defaults", "--version"], { encoding: "utf8" });
  const hash = createHash("sha256")
    .update([version, USERS, ...options].join("\n"))
    .digest("hex");
  const made = path.join(PROJECT, ".lab", `mysql-${hash.slice(0, 12)}`);
  if (existsSync(made)) return made;
  const unfinished = path.join(run, "mysql");
  const users = path.join(run, "mysql-users.sql");
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(users, USERS);
  const words = ["--no-defaults", `--user=${os.userInfo().username}`, `--datadir=${unfinished}`, ...options];
  execFileSync("mariadb-install-db", [...words, `--extra-file=${users}`], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    renameSync(unfinished, made);
  } catch (error) {
    if (!existsSync(made)) throw error; // a lab beside this one was faster
  }
  return made;
}
