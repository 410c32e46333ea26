import { expect, test } from "vitest";
import { valuesOf } from "./reading.ts";

test.for([
  ["advert_int 500ms", "write `0.5`: the unit is seconds"],
  ["advert_int 3s", "write `3`: the unit is seconds"],
  ["preempt_delay 5m", "write `300`: the unit is seconds"],
  ["preempt_delay 1.5 h", undefined],
  ["preempt_delay 1.5h", "write `5400`: the unit is seconds"],
  ["advert_int 3x", "e.g. `2` or `0.5`"],
  ["priority 5m", "write `300` alone where the unit is seconds"],
  ["priority 100%", "write `100` alone"],
])("%s", ([line, hint]) => {
  const { diagnostics } = valuesOf(`vrrp_instance A {\n ${line}\n}\n`);
  expect(diagnostics.find(({ severity }) => severity === "error")?.hint).toBe(hint);
});
