import { isGiven } from "../config/place.ts";
import type { GlobalDefs } from "./global-options.ts";
import type { DefaultsPlan } from "./plan-global-model.ts";

/** For those who show the configuration. */
export function planDefaults(global: GlobalDefs): DefaultsPlan {
  return {
    interface: global.default_interface,
    reloadCheck: global.reload_check_config !== undefined,
    ...(global.smtp_alert !== undefined && { smtpAlert: global.smtp_alert }),
    ...(global.smtp_alert_vrrp !== undefined && { smtpAlertVrrp: global.smtp_alert_vrrp }),
    ...(global.smtp_alert_checker !== undefined && { smtpAlertChecker: global.smtp_alert_checker }),
    mailsOfFaults: !global.no_email_faults,
    mailsOfCheckers: !global.no_checker_emails,
    logAllFailures: global.checker_log_all_failures,
    notifyPriorityChanges: global.vrrp_notify_priority_changes,
    multicastIpv4: global.vrrp_mcast_group4,
    multicastIpv6: global.vrrp_mcast_group6,
    garp: planGarpDefaults(global),
    downTimerAdverts: global.vrrp_down_timer_adverts,
    lowerPrioNoAdvert: global.vrrp_lower_prio_no_advert,
    higherPrioSendAdvert: global.vrrp_higher_prio_send_advert,
    version: global.vrrp_version === "3" ? 3 : 2,
    checkUnicastSource: global.vrrp_check_unicast_src,
    skipCheckAdvAddr: global.vrrp_skip_check_adv_addr,
    strict: global.vrrp_strict,
    ...(isGiven(global, "vmac_prefix") && { vmacPrefix: global.vmac_prefix }),
    ...(global.vmac_addr_prefix !== undefined && { vmacAddressPrefix: global.vmac_addr_prefix }),
  };
}

/** What `vrrp_min_garp` says counts where nothing else is given. */
function planGarpDefaults(global: GlobalDefs): DefaultsPlan["garp"] {
  const least = global.vrrp_min_garp;
  const inherited = (
    keyword: "vrrp_garp_master_delay" | "vrrp_garp_master_repeat" | "vrrp_garp_master_refresh_repeat",
    minimum: number,
  ): number => (least && !isGiven(global, keyword) ? minimum : global[keyword]);
  const delayMs = inherited("vrrp_garp_master_delay", 0);
  const repeat = inherited("vrrp_garp_master_repeat", 1);
  const extra = global.vrrp_garp_extra_if;
  return {
    delayMs,
    repeat,
    refreshMs: global.vrrp_garp_master_refresh,
    refreshRepeat: inherited("vrrp_garp_master_refresh_repeat", 0),
    lowerPrioDelayMs: global.vrrp_garp_lower_prio_delay ?? delayMs,
    lowerPrioRepeat: global.vrrp_garp_lower_prio_repeat ?? repeat,
    intervalMs: global.vrrp_garp_interval,
    neighbourIntervalMs: global.vrrp_gna_interval,
    ...(extra && { extra }),
  };
}
