/** The table as `ipvsadm -S` writes it. */
export function savedTable(services: number, reals: number): string {
  return Array.from({ length: services }, (_, i) => {
    const name = `-t 10.64.${i >> 8}.${i & 255}:80`;
    const servers = Array.from(
      { length: reals },
      (_, k) => `-a ${name} -r 10.${128 + k}.${i >> 8}.${i & 255}:80 -m -w 1\n`,
    );
    return `-A ${name} -s wrr\n${servers.join("")}`;
  }).join("");
}
