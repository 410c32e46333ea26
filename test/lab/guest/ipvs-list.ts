// `lvskeeper ipvs` alone.
import { ipvsCommand } from "../../../src/cli/ipvs.ts";

process.exitCode = await ipvsCommand(process.argv.slice(2));
