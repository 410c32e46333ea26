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
  const vip = asked === true ? own : asked;
  if (vip === undefined)
    return refuse(
      "`via_vip` needs an address: a firewall mark has none",
      "add one that clients use: `via_vip ADDRESS`",
    );
  const isMixed = familyOf(vip) !== familyOf(address);
  if (isMixed && forwarding.method !== "tun")
    return refuse(
      `\`via_vip\` asks at an IPv${familyOf(vip)} address, and only a tunnel leads from there to the real server's own`,
      "name an address of its family, or use `lb_kind TUN`",
    );
  if (isMixed && (check.bindto ?? block.bindto) === undefined)
    return refuse(
      `\`via_vip\` asks at an IPv${familyOf(vip)} address, and the real server's own is of the other family`,
      `add \`bindto\` with an IPv${familyOf(vip)} address of this machine, where the answers go`,
    );
  if ((check.connect_ip ?? block.connect_ip) !== undefined)
    return refuse("`connect_ip` and `via_vip` name two targets", "remove one of them", "connect_ip");
  if ((check.bind_port ?? block.bind_port) !== undefined)
    return refuse("`bind_port` does not go with `via_vip`, which has its own", "remove it", "bind_port");
  return { vip, ...(forwarding.method === "tun" && { tunnel: forwarding.tunnel }) };
}

/** Whether the silence of a UDP_CHECK would say nothing of a server without the virtual address, which is said. */
export function viaNeedsReply(check: Connecting, { context }: Setting): boolean {
  if (check.via_vip === undefined) return false;
  context.problems.error(
    "check/via-vip",
    "`via_vip` finds nothing out without `require_reply`: a server that lacks the address is silent, which is a success",
    placeOf(check, "via_vip"),
    { hint: "add `require_reply`, or put a `PING_CHECK { via_vip }` beside this check" },
  );
  return true;
}
