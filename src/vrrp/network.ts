import type { RouteMonitor } from "../netlink/route.ts";

export type { RouteRequest } from "../netlink/fib-messages.ts";
export type { OwnLinkChange, OwnLinkKind } from "../netlink/link-messages.ts";
export type { AddressKey, AddressRequest, HostAddress, Link } from "../netlink/route-messages.ts";

/** The host's interfaces and addresses as this room uses them. A change calls the listener, which looks at the tables
 *  again: what it missed while it was busy does not matter. */
export type Network = Pick<
  RouteMonitor,
  | "link"
  | "links"
  | "addresses"
  | "onChange"
  | "addAddress"
  | "deleteAddress"
  | "addLink"
  | "changeLink"
  | "setLinkUp"
  | "setLinkGroup"
  | "deleteLink"
  | "addRoute"
  | "deleteRoute"
  | "addRule"
  | "deleteRule"
  | "watchFib"
>;
