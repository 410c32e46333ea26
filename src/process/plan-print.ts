import type { Plan } from "./plan.ts";

/** Members of a plan that hold a secret. */
const SECRETS = /^(authPass|ahKey|keyHex|password)$/;

/** A plan as people and tools may see it: JSON with every default filled in, passwords masked as keepalived masks them. */
export const printPlan = (plan: Plan): string =>
  JSON.stringify(plan, (name, value: unknown) => (SECRETS.test(name) ? "********" : value), 2);
