import type { Via } from "../checkers/model.ts";
import { placeOf } from "../config/place.ts";
import { familyOf } from "../core/ip.ts";
import type { Connecting, Setting } from "./plan-connection.ts";

/** What via_vip of a check asks for; "refused" where that cannot be. `block` has the keyword, `check` is it or a part of it. */
export function planVia(block: Connecting, check: Connecting, { target, context }: Setting): Via | "refused" {
  const asked = block.via_vip;
  const refuse = (message: string, hint: string, ...keywords: string[]): "refused" => {
    context.problems.error("check/via-vip", message, placeOf(block, "via_vip", ...keywords), { hint });
    return "refused";
  };
  const { forwarding, vip: own, address } = target;
  if (forwarding.method === "nat")
    return refuse(
      "`via_vip` has no meaning behind NAT: the real server gets packets to its own address",
      "remove it, or use `lb_kind DR` or `TUN`",
    );
  if (forwarding.method === "tun" && forwarding.tunnel.type !== "ipip")
    return refuse(`\`via_vip\` does not know tunnels of type ${forwarding.tunnel.type}`, "use a tunnel of type ipip");
  const vip = asked === true ? own : asked;
  if (vip === undefined)
    return refuse(
      "`via_vip` needs an address: a firewall mark has none",
      "add one that clients use: `via_vip ADDRESS`",
    );
  if (familyOf(vip) === 6 || familyOf(address) === 6) return refuse("`via_vip` knows IPv4 only", "remove it");
  if ((check.connect_ip ?? block.connect_ip) !== undefined)
    return refuse("`connect_ip` and `via_vip` name two targets", "remove one of them", "connect_ip");
  if ((check.bind_port ?? block.bind_port) !== undefined)
    return refuse("`bind_port` does not go with `via_vip`, which has its own", "remove it", "bind_port");
  return { vip, ...(forwarding.method === "tun" && { tunnel: true as const }) };
}
