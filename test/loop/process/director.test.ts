import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { Director } from "../../../src/process/director.ts";
import { processEvents } from "../../../src/process/log-events.ts";
import { pidFiles } from "../../../src/process/run-options.ts";
import { temporaryFolder } from "../folder.ts";

test("a reload that breaks off is refused, and the next one is tried", async () => {
  const configFile = path.join(temporaryFolder(), "empty.conf");
  writeFileSync(configFile, "");
  const { plan } = loadConfiguration(configFile);
  if (!plan) throw new Error("an empty configuration has a plan");
  let breaks = true;
  const director = new Director(
    {
      options: {
        program: "lvskeeper",
        args: [],
        configFile,
        reading: {},
        runVrrp: true,
        runChecker: true,
        runBfd: true,
        log: { console: true, syslog: false, detail: false, facility: 3 },
        stop: { keepTable: false, keepVips: false },
        foreground: true,
        dumpPlan: false,
        pidFiles: pidFiles("lvskeeper", {}),
        controlSocket: "/run/lvskeeper/control.sock",
      },
      log: createLogger(processEvents, () => {}),
      load: () => ({ plan, exitStatus: 0, drawn: "", errors: [], warnings: [] }),
      onHopeless: () => {},
      onPlan: () => {
        if (breaks) throw new Error("no such priority");
      },
    },
    plan,
    [],
  );
  expect(await director.reload()).toMatchObject({ ok: false, error: { code: "reload/internal" } });
  breaks = false;
  expect(await director.reload()).toEqual({ ok: true, value: undefined });
});
