// How long a large generated file takes to be read and checked, at one, two and four times its size, beside `keepalived -t`.
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedConfig } from "./generated-config.mjs";
import { measured, table } from "./measure.mjs";

const SERVICES = 2284;
const REALS = 16;
const TARGET_MS = 1500;
const KEEPALIVED = "/usr/sbin/keepalived";

/** Whole processes, from start to exit: what an administrator waits for. */
export function run({ folder, program }) {
  const results = [1, 2, 4].map((times) => {
    const file = path.join(folder, `generated-${times}.conf`);
    const text = generatedConfig(SERVICES * times, REALS);
    writeFileSync(file, text);
    return {
      times,
      bytes: text.length,
      ours: measured([process.execPath, program, "check", "-f", file]),
      ...(existsSync(KEEPALIVED) && { theirs: measured([KEEPALIVED, "-t", "-f", file]) }),
    };
  });
  const empty = path.join(folder, "empty.conf");
  writeFileSync(empty, "");
  const start = measured([process.execPath, program, "check", "-f", empty]);
  print(results, start);
  const [once, , four] = results;
  // Against the start of Node itself, which is no part of reading. 4 × the file may take 6 × the time: the collector of
  // garbage has more to do with more that lives.
  const growth = (four.ours.cpuMs - start.cpuMs) / (once.ours.cpuMs - start.cpuMs);
  console.log(`\n4 times the file takes ${growth.toFixed(1)} times the CPU`);
  console.log(`target: ${TARGET_MS} ms for the first; the least that was seen: ${Math.round(once.ours.wallMs)} ms`);
  return results.every(({ ours }) => ours.status === 0) && once.ours.wallMs <= TARGET_MS && growth <= 6;
}

function print(results, start) {
  const ms = (run, key) => (run ? Math.round(run[key]) : "-");
  console.log(
    table(
      ["file", "real servers", "MB", "wall ms", "CPU ms", "keepalived -t: wall", "CPU", "ratio"],
      [
        ["none (start of the process)", 0, 0, ms(start, "wallMs"), ms(start, "cpuMs"), "-", "-", "-"],
        ...results.map(({ times, bytes, ours, theirs }) => [
          `${times} x`,
          SERVICES * REALS * times,
          (bytes / 1e6).toFixed(1),
          ms(ours, "wallMs"),
          ms(ours, "cpuMs"),
          ms(theirs, "wallMs"),
          ms(theirs, "cpuMs"),
          theirs ? (ours.wallMs / theirs.wallMs).toFixed(1) : "-",
        ]),
      ],
    ),
  );
}
