import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import { here, type Inside } from "../netlink/socket.ts";
import { openGenlClient } from "./client.ts";
import type { IpvsClient } from "./model.ts";

export type Transport = IpvsClient["transport"];

/** `reason`: why it is not generic netlink, in one sentence; absent when it is, or when socket options were asked for. */
export type OpenedIpvs = { readonly client: IpvsClient; readonly reason?: string };

/** The kernel's IPVS by generic netlink, or by socket options where the kernel or this installation lacks the first.
 *  `only` asks for one of them; `inside` is the network namespace whose table it is. Rejects with DirectorError when neither can be had: "EPERM" for the lack of privilege,
 *  else "ipvs/unavailable". */
export async function openIpvs(only?: Transport, inside: Inside = here): Promise<OpenedIpvs> {
  if (only === "sockopt") return { client: await openSockopt(inside) };
  let genlError: unknown;
  try {
    const client = await openGenlClient({ inside });
    try {
      await client.info(); // asks for CAP_NET_ADMIN, which finding the family does not
      return { client };
    } catch (error) {
      client.close();
      throw error;
    }
  } catch (error) {
    if (only === "genl" || errnoCode(error) === "EPERM") throw error;
    genlError = error;
  }
  return { client: await openSockopt(inside, genlError), reason: messageOf(genlError) };
}

async function openSockopt(inside: Inside, genlError?: unknown): Promise<IpvsClient> {
  try {
    // FFI is loaded only where it is needed.
    const { openSockoptClient } = await import("./sockopt.ts");
    return await openSockoptClient(inside);
  } catch (error) {
    if (genlError === undefined || errnoCode(error) === "EPERM") throw error;
    throw new DirectorError(
      "ipvs/unavailable",
      `this kernel offers no IPVS: ${messageOf(genlError)}; ${messageOf(error)}`,
      { cause: genlError, hint: "load it with `modprobe ip_vs`, or run a kernel built with CONFIG_IP_VS" },
    );
  }
}
