/** IPVS_GENL_NAME and IPVS_GENL_VERSION. */
export const ipvsFamily = { name: "IPVS", version: 1, module: "ip_vs" } as const;

/** IPVS_CMD_*. */
export const commands = {
  newService: 1,
  setService: 2,
  delService: 3,
  getService: 4,
  newDest: 5,
  setDest: 6,
  delDest: 7,
  getDest: 8,
  newDaemon: 9,
  delDaemon: 10,
  getDaemon: 11,
  setConfig: 12,
  getConfig: 13,
  setInfo: 14,
  getInfo: 15,
  zero: 16,
  flush: 17,
} as const;
