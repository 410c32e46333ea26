// `npm run lab [-- NAME...]`: the lab tests whose file names match, all without a name. --full: the long forms too.
import { ensurePackages } from "./ensure-packages.mjs";
import { buildNative, installDependencies, must, tool } from "./steps.mjs";

const names = process.argv.slice(2).filter((word) => word !== "--full");
const full = process.argv.includes("--full");
if (ensurePackages().lab.length > 0) process.exit(1);
must(installDependencies());
must(buildNative());
must(tool("vitest", ["run", "--project", "lab", ...names], full ? { LVSKEEPER_LAB_FULL: "1" } : {}));
