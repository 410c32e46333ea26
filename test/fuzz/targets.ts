import { byteCases } from "./bytes.ts";
import { checkConfiguration } from "./configuration.ts";
import { grammarCases } from "./grammar.ts";
import type { Target } from "./target.ts";

export const targets: Readonly<Record<string, Target>> = {
  "config-bytes": { cases: byteCases, check: checkConfiguration },
  "config-grammar": { cases: grammarCases, check: checkConfiguration },
};
