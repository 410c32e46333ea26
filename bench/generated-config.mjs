/** A configuration as generators write it: `services` virtual servers with `reals` real servers each, every one with a
 *  TCP_CHECK unless `checked` is false, the very last of weight `lastWeight`. 2,284 × 16 is the largest that keepalived's users have told of: 36,544 real servers, 4.6 MB. */
export function generatedConfig(services, reals, { checked = true, lastWeight = 1 } = {}) {
  const lines = ["global_defs {", "    router_id LVS_GENERATED", "}", ""];
  for (let service = 0; service < services; service++) {
    lines.push(
      `virtual_server 10.${64 + (service >> 16)}.${(service >> 8) & 255}.${service & 255} 80 {`,
      "    delay_loop 6",
      "    lb_algo wrr",
      "    lb_kind NAT",
      "    protocol TCP",
    );
    for (let real = 0; real < reals; real++) {
      const isLast = service === services - 1 && real === reals - 1;
      lines.push(
        `    real_server 10.${128 + real}.${(service >> 8) & 255}.${service & 255} 80 {`,
        `        weight ${isLast ? lastWeight : 1}`,
        ...(checked ? ["        TCP_CHECK {", "            connect_timeout 3", "        }"] : []),
        "    }",
      );
    }
    lines.push("}", "");
  }
  return lines.join("\n");
}
