import fc from "fast-check";

/** Command lines for ipvsadm, right and wrong, made of words that people type. */

const service = fc.constantFrom(
  ...[
    "-t 10.0.0.1:80",
    "-t 10.0.0.1",
    "-u 10.0.0.1:53",
    "--sctp-service 10.0.0.1:2905",
    "-f 7",
    "-f 7 -6",
    "-t [2001:db8::1]:80",
  ],
  ...[
    "-t 2001:db8::1",
    "--tcp-service=10.0.0.1:80",
    "-u [2001:db8::1]:53",
    "--fwmark-service 4294967295",
    "-t10.0.0.1:80",
  ],
);
const server = fc.constantFrom(
  ...[
    "-r 10.0.0.2",
    "-r 10.0.0.2:8080",
    "-r [2001:db8::2]:80",
    "-r 2001:db8::2",
    "--real-server=10.0.0.2:80",
    "-r 1.2:5",
  ],
);
const right = fc.constantFrom(
  ...[
    "-s rr",
    "-s wlc",
    "--scheduler=sh",
    "-s mh",
    "-p",
    "-p 50",
    "-p50",
    "--persistent=9",
    "-M 255.255.255.0",
    "-M 64",
    "-o",
  ],
  ...[
    "--pe sip",
    "-b flag-1",
    "-b sh-port,sh-fallback",
    "-b mh-port",
    "-g",
    "-m",
    "-i",
    "-w 5",
    "-w0",
    "-x 9",
    "-y 3",
    "-gw3",
  ],
  ...[
    "--tun-type gue",
    "--tun-type gre",
    "--tun-type ipip",
    "--tun-port 6080",
    "--tun-csum",
    "--tun-nocsum",
    "--tun-remcsum",
  ],
  ...[
    "-n",
    "-c",
    "--stats",
    "--rate",
    "--exact",
    "--thresholds",
    "--persistent-conn",
    "--nosort",
    "--sort",
    "--tun-info",
  ],
  ...[
    "--timeout",
    "--daemon",
    "--syncid 5",
    "--mcast-interface eth1",
    "--mcast-group 224.0.0.9",
    "--mcast-group ff02::9",
  ],
  ...["--mcast-port 99", "--mcast-ttl 3", "--sync-maxlen 1400", "-6", "-nc"],
);
const wrong = fc.constantFrom(
  ...[
    "-t 10.0.0.1:70000",
    "-t 256.1.1.1:80",
    "-t [::1]",
    "-t :80",
    "-f 0",
    "-f x",
    "-r 80",
    "-r ::g",
    "-w -1",
    "-w x",
    "-x y",
    "-y -",
  ],
  ...[
    "-p 0",
    "-p x",
    "-M x",
    "-M 129",
    "-M 255.0.255.0",
    "-b no",
    "-b sh-port",
    "-k",
    "--no",
    "--stats=3",
    "-n=3",
    "extra",
    "--",
    "-",
  ],
  ...[
    "--syncid 256",
    "--mcast-group 10.0.0.1",
    "--mcast-ttl 0",
    "--tun-type x",
    "--tun-port 0",
    "-A",
    "-L",
    "--set",
    "-t",
    "-w",
    "5",
  ],
);
const command = fc.constantFrom(
  ...[
    "-A",
    "-E",
    "-D",
    "-C",
    "-L",
    "-l",
    "-a",
    "-e",
    "-d",
    "-S",
    "-Z",
    "--set",
    "--start-daemon master",
    "--stop-daemon backup",
  ],
  ...["--add-service", "--list", "--start-daemon x", "--zero", "-Ln", "-Lc", "-Sn"],
);
const common = fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: wrong });

const words = (parts: readonly string[]): string[] => parts.flatMap((part) => part.split(" "));

/** Lines that are mostly whole: a command with its service and server, options that fit it, sometimes one that does not. */
export const commandLine: fc.Arbitrary<string[]> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("-A", "-E"),
      service,
      fc.array(
        fc.constantFrom(
          "-s rr",
          "-s sh",
          "-s mh",
          "-p",
          "-p 9",
          "-M 24",
          "-M 255.255.0.0",
          "-o",
          "--pe sip",
          "-b flag-2",
          "-b sh-port",
          "-b mh-port,flag-3",
        ),
        { maxLength: 4 },
      ),
    )
    .map(([c, s, o]) => words([c, s, ...o])),
  fc
    .tuple(
      fc.constantFrom("-a", "-e"),
      service,
      server,
      fc.array(
        fc.constantFrom(
          "-g",
          "-i",
          "-m",
          "-w 4",
          "-x 5",
          "-y 6",
          "--tun-type gue",
          "--tun-type gre",
          "--tun-port 7",
          "--tun-csum",
          "--tun-nocsum",
          "--tun-remcsum",
        ),
        { maxLength: 4 },
      ),
      fc.boolean(),
    )
    .map(([c, s, r, o, turned]) => words(turned ? [c, r, s, ...o] : [c, s, ...o, r])),
  fc.tuple(command, fc.array(fc.oneof(common, service, server), { maxLength: 4 })).map(([c, o]) => words([c, ...o])),
  fc
    .tuple(
      fc.constantFrom("--start-daemon master", "--start-daemon=backup", "--stop-daemon master"),
      fc.array(
        fc.constantFrom(
          "--syncid 5",
          "--mcast-interface eth1",
          "--mcast-group 224.0.0.9",
          "--mcast-group ff02::9",
          "--mcast-port 99",
          "--mcast-ttl 3",
          "--sync-maxlen 1400",
          "-n",
        ),
        { maxLength: 3 },
      ),
    )
    .map(([c, o]) => words([c, ...o])),
  fc
    .tuple(fc.array(fc.constantFrom("1", "0", "2678400", "2678401", "x", "-n", ""), { maxLength: 4 }))
    .map(([o]) => ["--set", ...o]),
  fc.array(fc.oneof(command, common, wrong), { maxLength: 3 }).map(words),
);
