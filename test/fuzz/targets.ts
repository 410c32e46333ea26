import { byteCases } from "./bytes.ts";
import { checkConfiguration } from "./configuration.ts";
import { grammarCases, rightTexts } from "./grammar.ts";
import type { Target } from "./target.ts";

export const targets: Readonly<Record<string, Target>> = {
  "config-bytes": { cases: byteCases, check: checkConfiguration },
  "config-right": { cases: rightTexts.map((text) => [["keepalived.conf", text]]), check: checkConfiguration },
  "config-grammar": { cases: grammarCases, check: checkConfiguration },
};
