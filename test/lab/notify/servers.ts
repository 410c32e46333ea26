/** Real servers whose checks are a program: it says what the file of the server says, as its exit status. */
const SERVERS = { a: "192.168.122.11", b: "192.168.122.12", c: "192.168.122.13", six: "fd00::12" } as const;
export type Server = keyof typeof SERVERS;

export const FOLDER = "/run/notify";
export const VIP = "192.168.122.122";

/** The scripts write their words, each in brackets, and the environment that they have. */
export const PROGRAMS = {
  note: `#!/bin/sh
line=
for word in "$@"; do line="$line<$word>"; done
echo "$line" >> ${FOLDER}/ran
id -un >> ${FOLDER}/users
test "$(id -u)" = 0 || exit 0
env | grep -Ev '^(_|PWD|OLDPWD|SHLVL)=' | sort > ${FOLDER}/environment.$$
mv ${FOLDER}/environment.$$ ${FOLDER}/environment
`,
  check: `#!/bin/sh
exit "$(cat ${FOLDER}/$1)"
`,
  reader: `#!/bin/sh
line=
for word in "$@"; do line="$line<$word>"; done
echo "$line" >> ${FOLDER}/reader-words
eval exec cat \\"\\\${$#}\\" >> ${FOLDER}/read
`,
} as const;

type Options = { readonly port?: number; readonly dynamic?: boolean };

const realServer = (name: Server, of: string, { port = 80, dynamic = false }: Options): string => `
    real_server ${SERVERS[name]} ${port} {
        weight 1
        notify_up "${FOLDER}/note up ${name} ${of} 'two words'" nobody nogroup
        notify_down "${FOLDER}/note down ${name} ${of}"
        MISC_CHECK {
            misc_path "${FOLDER}/check ${name}"
            misc_timeout 30
            ${dynamic ? "misc_dynamic" : ""}
        }
    }`;

/** `head`: what it is named by; `options`: lines of its own. */
const service = (
  name: string,
  head: string,
  options: string,
  servers: readonly Server[],
  more: Options = {},
): string => `
virtual_server ${head} {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
    ${options}
    quorum_up "${FOLDER}/note quorum up ${name}"
    quorum_down "${FOLDER}/note quorum down ${name} '' \\"quoted\\""
${servers.map((server) => realServer(server, name, more)).join("")}
}
`;

export type Story = { readonly globals?: string; readonly services: readonly string[] };

const dynamic = { dynamic: true };

export const services = {
  two: service("two", `${VIP} 80`, "quorum 2\n    omega", ["a", "b", "c"], dynamic),
  plain: service("plain", `${VIP} 81`, "", ["a", "b"], dynamic),
  alpha: service("alpha", `${VIP} 82`, "alpha\n    omega", ["a"], dynamic),
  sorry: service("sorry", `${VIP} 83`, `sorry_server ${SERVERS.c} 83`, ["a"], dynamic),
  three: service("three", `${VIP} 80`, "quorum 2\n    omega", ["a", "b", "c"]),
  fewer: service("three", `${VIP} 80`, "quorum 2\n    omega", ["a", "b"]),
  goes: service("goes", `${VIP} 81`, "", ["a", "b"]),
  alsoGoes: service("dead", `${VIP} 84`, "", ["b"]),
  stays: service("stays", `${VIP} 82`, "alpha\n    omega", ["a"]),
  sorryGoes: service("lonely", `${VIP} 85`, `sorry_server ${SERVERS.c} 85`, ["b"]),
  six: service("six", "fd00::122 80", "omega", ["six"]),
  fwmark: service("mark", "fwmark 7", "omega", ["a"]),
  group: `
virtual_server_group web {
    ${VIP} 86
    ${VIP} 87
}
${service("group", "group web", "omega", ["a", "b"])}`,
} as const;

export const config = ({ globals = "", services: list }: Story): string => `
global_defs {
    router_id NOTIFY
    script_user root
    enable_script_security
    lvs_notify_fifo ${FOLDER}/fifo
    lvs_notify_fifo_script "${FOLDER}/reader first 'the second' \\"third\\""
    notify_fifo ${FOLDER}/all
    ${globals}
}
${list.join("")}`;

/** As the lines of FIFOs name it. DR: a real server has the port of its virtual server. */
export const rs = (name: Server, port: number, state: "UP" | "DOWN"): string =>
  `RS [${SERVERS[name]}]:tcp:${port} [${VIP}]:tcp:${port} ${state}`;
export const vs = (port: number, state: "UP" | "DOWN"): string => `VS [${VIP}]:tcp:${port} ${state}`;
