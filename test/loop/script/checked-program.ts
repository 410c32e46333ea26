import { execFileSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../../../native/", import.meta.url));
const units = ["script_child.cc", "script_family.cc", "script_orphans.cc", "script_runner.cc"];

/** Builds the process that runs scripts under AddressSanitizer and UndefinedBehaviorSanitizer: what they find ends it, and
 *  shows as scripts that are lost. */
export function compileScripts(program: string, ...more: readonly string[]): void {
  const checked = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra", "-Werror"];
  const files = units.map((name) => path.join(sources, name));
  execFileSync("g++", ["-std=gnu++17", "-g", "-O1", ...checked, ...files, ...more, "-o", program]);
}
