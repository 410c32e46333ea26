import { expect, test } from "vitest";
import { casePrograms, execute, linesOf, sanitized } from "./case-programs.ts";

// The thread that sends adverts, alone in a program of its own: every case of beat-engine-cases.cc has to hold, and the tools
// may find nothing wrong (memory, undefined behaviour, data races).

const CASES = 8;
const { compiled } = casePrograms("beat_engine");

test.for(["address,undefined", "thread"])("under -fsanitize=%s", { timeout: 60_000 }, async (sanitizers) => {
  const program = await compiled("beat-engine-cases", "-pthread", ...sanitized(sanitizers));
  const { stdout } = await execute(program, ["400"]);
  expect(linesOf(stdout)).toHaveLength(CASES);
});
