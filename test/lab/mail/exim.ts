import { addressOf, type Host, type Lab, type LabProcess } from "../lib/lab.ts";

const FOLDER = "/run/exim";
export const MAILBOX = `${FOLDER}/mailbox`;

export type EximOptions = {
  /** Where it listens: plain, and with STARTTLS. */
  readonly port: number;
  /** Where it has TLS from the start. */
  readonly tlsPort?: number;
  readonly withoutStartTls?: boolean;
  /** Lines of the ACL for recipients before the one that takes all. */
  readonly recipients?: string;
};

/** Debian's Exim, which takes mail for everybody into one file. */
const configOf = ({ port, tlsPort, withoutStartTls, recipients = "" }: EximOptions): string => `
primary_hostname = mail.example.org
spool_directory = ${FOLDER}
log_file_path = ${FOLDER}/%slog
pid_file_path = ${FOLDER}/exim-${port}.pid
daemon_smtp_ports = ${tlsPort === undefined ? port : `${port} : ${tlsPort}`}
${tlsPort === undefined ? "" : `tls_on_connect_ports = ${tlsPort}`}
tls_advertise_hosts = ${withoutStartTls ? "" : "*"}
tls_certificate = ${FOLDER}/cert.pem
tls_privatekey = ${FOLDER}/key.pem
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
smtp_accept_max = 0
received_header_text = Received: by exim with \${received_protocol}
begin acl
rcpt:
${recipients}
  accept
begin routers
everybody:
  driver = accept
  transport = mailbox
begin transports
mailbox:
  driver = appendfile
  file = ${MAILBOX}
  user = Debian-exim
`;

/** The folder of all servers of a host, and their certificate, which is for its address. */
export async function prepareExim(lab: Lab, at: Host): Promise<void> {
  await lab.run(
    at,
    `mkdir -p ${FOLDER} && chown Debian-exim ${FOLDER} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
      -nodes -days 2 -subj /CN=mail.example.org -addext subjectAltName=IP:${addressOf(at)} \
      -keyout ${FOLDER}/key.pem -out ${FOLDER}/cert.pem 2>/dev/null && chown Debian-exim ${FOLDER}/*.pem`,
  );
}

/** Its certificate, for a CA file of the others. */
export const certificateOf = (lab: Lab, at: Host): Promise<string> => lab.readFile(`${FOLDER}/cert.pem`, { at });

/** Resolves when it listens. */
export async function startExim(lab: Lab, at: Host, options: EximOptions): Promise<LabProcess> {
  const file = `${FOLDER}/exim-${options.port}.conf`;
  await lab.writeFile(file, configOf(options), { at });
  const server = await lab.spawn(at, ["/usr/sbin/exim4", "-C", file, "-bdf"], { name: `${at}-exim-${options.port}` });
  const hexPort = options.port.toString(16).toUpperCase().padStart(4, "0");
  await lab.eventually(`Exim listens on ${options.port}`, 30_000, async () =>
    new RegExp(`:${hexPort} \\S+ 0A `).test(await lab.run(at, "cat /proc/net/tcp /proc/net/tcp6")),
  );
  return server;
}

export type Mail = {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly id: string;
  /** How it came: "smtp", "esmtp", "esmtps". */
  readonly by: string;
  readonly body: string;
};

/** What has been delivered, each mail once for all its recipients. */
export async function mailsOf(lab: Lab, at: Host): Promise<readonly Mail[]> {
  const text = await lab.readFile(MAILBOX, { at }).catch(() => "");
  return text
    .split(/^From .*\n/m)
    .slice(1)
    .map((mail) => {
      const end = mail.indexOf("\n\n");
      const head = mail.slice(0, end).replaceAll(/\n[ \t]+/g, " ");
      const header = (name: string): string => new RegExp(`^${name}: (.*)`, "im").exec(head)?.[1] ?? "";
      return {
        from: header("From"),
        to: header("To"),
        subject: header("Subject"),
        id: header("Message-ID"),
        by: /^Received: by exim with (\S+)/m.exec(head)?.[1] ?? "",
        body: mail.slice(end).trim(),
      };
    });
}

export const emptyMailbox = (lab: Lab, at: Host): Promise<string> => lab.run(at, `rm -f ${MAILBOX}`);
