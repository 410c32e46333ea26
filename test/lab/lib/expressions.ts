import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../docs/monitoring/${name}`, import.meta.url)), "utf8");

/** Where an expression of docs/monitoring stands, and itself. */
export type Expression = { readonly where: string; readonly expr: string };

export const alertRules = (): string => read("alerts.yml");

/** The expressions of the alert rules, each on a line of its own. */
export const alertExpressions = (): Expression[] =>
  [...alertRules().matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)].map((match) => ({
    where: `alert ${match[1]}`,
    expr: match[2] as string,
  }));

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] };

/** The expressions of the dashboard's panels. */
export function dashboardExpressions(): Expression[] {
  const { panels } = JSON.parse(read("grafana-dashboard.json")) as { readonly panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: `panel ${title}`, expr })));
}

/** The queries behind the dashboard's variables. */
export function dashboardVariables(): Expression[] {
  const { templating } = JSON.parse(read("grafana-dashboard.json")) as {
    readonly templating: {
      readonly list: readonly { readonly name: string; readonly query: string | { query: string } }[];
    };
  };
  return templating.list.flatMap(({ name, query }) =>
    typeof query === "string" ? [] : [{ where: `variable ${name}`, expr: query.query }],
  );
}

/** As Grafana fills its variables in when everything is chosen. */
export const filledIn = (expr: string): string =>
  expr.replaceAll(/\$(job|director|virtual_server)\b/g, ".*").replaceAll("$__rate_interval", "10s");
