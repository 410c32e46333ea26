import type { GlobalDefs } from "./global-options.ts";
import type { Root } from "./options.ts";
import type {
  DbusPlan,
  DumpsPlan,
  FirewallPlan,
  HttpPlan,
  IpsetNames,
  PlacePlan,
  ReloadPlan,
  SnmpPlan,
  VrrpSettingsPlan,
} from "./plan-global-model.ts";

export function planPlace(root: Root): PlacePlan {
  const { instance, net_namespace: namespace, net_namespace_ipvs: ipvsNamespace } = root;
  return {
    ...(instance !== undefined && { instance }),
    pidDirectory: root.use_pid_dir || instance !== undefined || namespace !== undefined,
    ...(namespace !== undefined && { namespace }),
    ...(ipvsNamespace !== undefined && { ipvsNamespace }),
    ipsetsInNamespace: root.namespace_with_ipsets,
  };
}

export const planDumps = (global: GlobalDefs): DumpsPlan => ({
  stateFile: global.state_dump_file,
  statsFile: global.stats_dump_file,
  jsonFile: global.json_dump_file,
  jsonVersion: global.json_version === 2 ? 2 : 1,
  instanceInNames: global.data_use_instance,
});

export function planReload(global: GlobalDefs): ReloadPlan {
  const log = global.reload_check_config;
  const marker = global.reload_file;
  const time = global.reload_time_file;
  return {
    ...(log !== undefined && log !== "/dev/null" && { checkLog: log }),
    ...(marker !== undefined && { markerFile: marker === "" ? {} : { path: marker } }),
    ...(time !== undefined && { timeFile: { path: time, repeat: global.reload_repeat } }),
    ...(global.config_save_dir !== undefined && { copiesDirectory: global.config_save_dir }),
    ...(global.tmp_config_directory !== undefined && { temporaryDirectory: global.tmp_config_directory }),
  };
}

export const planSnmp = (global: GlobalDefs): SnmpPlan => ({
  socket: global.snmp_socket,
  traps: global.enable_traps,
  vrrp: global.enable_snmp_vrrp,
  checker: global.enable_snmp_checker,
  rfc2787: global.enable_snmp_rfc || global.enable_snmp_rfcv2,
  rfc6527: global.enable_snmp_rfc || global.enable_snmp_rfcv3,
  virtualServerAgeMs: global.snmp_vs_stats_update_interval,
  realServerAgeMs: global.snmp_rs_stats_update_interval ?? global.snmp_vs_stats_update_interval,
});

export function planDbus(global: GlobalDefs): DbusPlan | undefined {
  if (!global.enable_dbus) return undefined;
  const noInterfaceName = global.dbus_no_interface_name;
  return { serviceName: global.dbus_service_name, ...(noInterfaceName !== undefined && { noInterfaceName }) };
}

export const planHttp = (global: GlobalDefs): HttpPlan => ({
  ...(global.http_listen && { listen: global.http_listen }),
  mostSeries: global.metrics_max_series,
});

export function planFirewall(global: GlobalDefs): FirewallPlan {
  const chains = global.vrrp_iptables;
  const counters = global.nftables_counters;
  return {
    ...(chains && { iptables: planIptables(chains, global.vrrp_ipsets) }),
    ...(global.nftables !== undefined && {
      nftables: {
        table: global.nftables,
        priority: global.nftables_priority,
        counters,
        byInterfaceIndex: global.nftables_ifindex,
      },
    }),
    ...(global.nftables_ipvs !== undefined && {
      ipvs: {
        table: global.nftables_ipvs,
        priority: global.nftables_ipvs_priority,
        counters,
        firstFwmark: global.nftables_ipvs_start_fwmark,
      },
    }),
  };
}

/** No chain means both of the usual names, one chain means no other. `names` undefined: the usual sets; empty: none. */
function planIptables(
  [inputChain, outputChain]: readonly string[],
  names: readonly string[] | undefined,
): NonNullable<FirewallPlan["iptables"]> {
  const chains =
    inputChain === undefined
      ? { inputChain: "INPUT", outputChain: "OUTPUT" }
      : { inputChain, ...(outputChain !== undefined && { outputChain }) };
  return names?.length === 0 ? chains : { ...chains, sets: ipsetNames(names ?? []) };
}

/** The names given, and the first with an ending for each that is not. */
function ipsetNames([first = "keepalived", ...others]: readonly string[]): IpsetNames {
  const [ipv6, linkLocal, igmp, mld, neighbourDiscovery] = others;
  return {
    ipv4: first,
    ipv6: ipv6 ?? `${first}6`,
    linkLocal: linkLocal ?? `${first}_if6`,
    igmp: igmp ?? `${first}_igmp`,
    mld: mld ?? `${first}_mld`,
    neighbourDiscovery: neighbourDiscovery ?? `${first}_nd`,
  };
}

const MISSING_INTERFACES = { allow: "awaited", allow_if_changes: "awaited-of-any-type" } as const;

export const planVrrpSettings = (root: Root, global: GlobalDefs): VrrpSettingsPlan => ({
  startupDelayMs: global.vrrp_startup_delay,
  delayAfterBootMs: global.vrrp_delay_after_boot,
  logUnknownVrids: global.log_unknown_vrids,
  missingInterfaces: global.dynamic_interfaces ? MISSING_INTERFACES[global.dynamic_interfaces] : "refused",
  localIgmp: !global.disable_local_igmp,
  polledLinks: root.linkbeat_use_polling,
});
