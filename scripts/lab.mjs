// `npm run lab [-- NAME...]`: the lab tests whose file names match, all without a name. --full: the long forms too.
import { ensurePackages } from "./ensure-packages.mjs";
import { buildNative, installDependencies, must, tool } from "./steps.mjs";

const names = process.argv.slice(2).filter((word) => word !== "--full");
const full = process.argv.includes("--full");
if (ensurePackages().lab.length > 0) process.exit(1);
must(installDependencies());
must(buildNative());
const environment = full ? { LVSKEEPER_LAB_FULL: "1" } : {};
// A million checks need no laboratory, only the time.
const ENDURANCE = "test/loop/checkers/endurance";
const wanted = names.filter((name) => !ENDURANCE.includes(name));
if (full && wanted.length < Math.max(1, names.length))
  must(tool("vitest", ["run", "--project", "loop", ENDURANCE], environment));
if (names.length === 0 || wanted.length > 0) must(tool("vitest", ["run", "--project", "lab", ...wanted], environment));
