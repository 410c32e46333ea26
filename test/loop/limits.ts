import { execFileSync } from "node:child_process";

const prlimit = (...words: readonly string[]): string =>
  execFileSync("prlimit", ["--pid", String(process.pid), ...words], { encoding: "utf8" }).trim();

/** Runs it with a lower limit of this process (prlimit(1)): `fsize` is how many bytes a file may have, so that a write ends
 *  short there as on a disk that is full; `nofile` how many descriptors there may be. */
export function withLimit(resource: "fsize" | "nofile", most: number, act: () => void): void {
  const before = prlimit(`--${resource}`, "--output", "SOFT", "--noheadings");
  prlimit(`--${resource}=${most}:`);
  try {
    act();
  } finally {
    prlimit(`--${resource}=${before}:`);
  }
}
