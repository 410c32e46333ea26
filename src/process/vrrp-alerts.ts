type Subject = { readonly kind: "INSTANCE" | "GROUP"; readonly name: string };

/** What is mailed of a state that an instance or group has entered, as keepalived words it. */
export function vrrpAlert({ kind, name }: Subject, state: string): { readonly subject: string; readonly body: string } {
  if (kind === "GROUP")
    return {
      subject: `VRRP Group ${name} - Entering ${state} state`,
      body: `=> All VRRP group instances are now in ${state} state <=`,
    };
  return {
    subject: `VRRP Instance ${name} - Entering ${state} state`,
    body: `=> VRRP Instance is ${state === "MASTER" ? "now" : "no longer"} owning VRRP VIPs <=`,
  };
}
