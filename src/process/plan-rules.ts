import { quote } from "../config/diagnostic.ts";
import type { Family } from "../core/ip.ts";
import type { Prefix, RouteRealms, RuleAction, RulePlan } from "../vrrp/route-model.ts";
import type { RuleLine } from "../vrrp/rule-options.ts";
import type { PlanContext } from "./plan-context.ts";
import { familyOfPrefix, PROTOCOL, prefixOf, type RouteNames } from "./plan-route-values.ts";

/** What keepalived gives to the first rule without a preference; each further one gets one less. */
const FIRST_PREFERENCE = 16_384;
const ALL_BITS = 0xff_ff_ff_ff;

type Numbers = {
  readonly tos: number;
  readonly protocol: number;
  readonly ipProtocol?: number | undefined;
  readonly group?: number | undefined;
  readonly realms?: RouteRealms | undefined;
};

/** Policy rules with their names resolved; one with an error is left out, and the error has been told. Rules have to come
 *  in the order of the text, since those without a preference are numbered. */
export class RulePlanner {
  readonly #context: PlanContext;
  readonly #names: RouteNames;
  #nextPreference = FIRST_PREFERENCE;

  constructor(context: PlanContext, names: RouteNames) {
    this.#context = context;
    this.#names = names;
  }

  plan(line: RuleLine): RulePlan | undefined {
    const family = this.#family(line);
    const action = this.#action(line);
    const numbers = this.#numbers(line);
    if (family === undefined || !action || !numbers) return undefined;
    const preference = this.#preference(line);
    if (action.do === "goto" && preference >= action.target)
      return this.#error(
        line,
        "rule/goto",
        `\`goto ${action.target}\` leads backwards: the rule itself has preference ${preference}`,
        {
          hint: "give the rule a preference below the one it goes to",
        },
      );
    const { tos, protocol, ipProtocol, group, realms } = numbers;
    return {
      family,
      invert: line.not,
      ...this.#selectors(line, family),
      tos,
      ...(ipProtocol !== undefined && { ipProtocol }),
      preference,
      ...(realms && this.#realmsFit(line, family, action) && { realms }),
      ...(line.suppress_prefixlength !== undefined && { suppressPrefixLength: line.suppress_prefixlength }),
      ...(group !== undefined && { suppressInterfaceGroup: group }),
      ...this.#tracking(line, protocol),
      action,
    };
  }

  #error(line: RuleLine, code: string, message: string, extra: { hint: string }): undefined {
    this.#context.problems.error(code, message, line.at, extra);
    return undefined;
  }

  #family(line: RuleLine): Family | undefined {
    const wanted = line.inet ? 4 : line.inet6 ? 6 : undefined;
    const given = [familyOfPrefix(line.from), familyOfPrefix(line.to)].filter((family) => family !== undefined);
    const family = wanted ?? given[0] ?? 4;
    if (!(line.inet && line.inet6) && given.every((other) => other === family)) return family;
    return this.#error(line, "route/mixed-families", "IPv4 and IPv6 are mixed in this rule", {
      hint: "write a rule for each",
    });
  }

  /** A rule does one thing. */
  #action(line: RuleLine): RuleAction | undefined {
    const given = [line.table && "table", line.l3mdev && "l3mdev", line.type?.do].filter(
      (one) => typeof one === "string",
    );
    if (given.length === 0)
      return this.#error(line, "rule/action", "the rule does nothing", {
        hint: "add `table TABLE`, l3mdev, blackhole, unreachable, prohibit, nop or `goto PREFERENCE`",
      });
    if (given.length > 1)
      return this.#error(line, "rule/action", `the rule has ${given.length} actions: ${given.join(", ")}`, {
        hint: "leave one, or write a rule for each",
      });
    if (line.l3mdev) return { do: "l3mdev" };
    if (!line.table) return line.type;
    const table = this.#names.number("table", line.table);
    if (table === 0)
      this.#context.problems.error("route/table", "there is no routing table 0", line.table.at, {
        hint: "use a number from 1 on",
      });
    return table ? { do: "table", table } : undefined;
  }

  #numbers(line: RuleLine): Numbers | undefined {
    const names = this.#names;
    const tos = names.numberOr("dsfield", line.tos, 0);
    const protocol = names.numberOr("protocol", line.protocol, PROTOCOL);
    const ipProtocol = line.ipproto && names.number("ipProtocol", line.ipproto);
    const group = line.suppress_ifgroup && names.number("group", line.suppress_ifgroup);
    const realms = line.realms && names.realms(line.realms);
    const failed =
      (line.ipproto && ipProtocol === undefined) ||
      (line.suppress_ifgroup && group === undefined) ||
      (line.realms && realms === undefined);
    return failed || tos === undefined || protocol === undefined
      ? undefined
      : { tos, protocol, ipProtocol, group, realms };
  }

  #preference(line: RuleLine): number {
    if (line.preference !== undefined) return line.preference;
    const preference = Math.max(0, this.#nextPreference--);
    this.#context.problems.warning(
      "rule/preference",
      `the rule has no preference: ${preference} is taken, so that which rule is tried first depends on this file's order`,
      line.at,
      { hint: "add `preference N` to each rule" },
    );
    return preference;
  }

  #selectors(line: RuleLine, family: Family) {
    const part = (value: RuleLine["from"]): Prefix | undefined =>
      value === undefined || value === "any" ? undefined : prefixOf(value, family);
    const [from, to] = [part(line.from), part(line.to)];
    const { fwmark, sport, dport, uidrange } = line;
    return {
      ...(from && { from }),
      ...(to && { to }),
      ...(line.dev !== undefined && { inputInterface: line.dev }),
      ...(line.oif !== undefined && { outputInterface: line.oif }),
      ...(fwmark && { mark: { mark: fwmark.mark, mask: fwmark.mask ?? ALL_BITS } }),
      ...(sport && { sourcePorts: sport }),
      ...(dport && { destinationPorts: dport }),
      ...(uidrange && { users: uidrange }),
      ...(line["tunnel-id"] !== undefined && { tunnelId: line["tunnel-id"] }),
    };
  }

  #realmsFit(line: RuleLine, family: Family, action: RuleAction): boolean {
    if (family === 4 && action.do === "table") return true;
    const why = family === 6 ? "IPv6 has none" : `${quote(action.do)} has none`;
    this.#context.problems.warning("rule/realms", `the realms are ignored: ${why}`, line.at, {
      hint: "remove `realms`",
    });
    return false;
  }

  #tracking(line: RuleLine, protocol: number): Pick<RulePlan, "protocol" | "track"> {
    if (line.no_track) return { protocol, track: false };
    if (protocol !== PROTOCOL)
      this.#context.problems.warning("route/protocol", "a rule that is tracked has protocol keepalived (18)", line.at, {
        hint: "add `no_track`, or remove `protocol`",
      });
    return { protocol: PROTOCOL, track: true };
  }
}
