/** Command lines for ipvsadm that nobody would think of making up at random: every odd form of a word in each place where
 *  it may stand. */

const SERVICE = "-t 10.0.0.1:80";
const SERVER = `-a ${SERVICE} -r 10.0.0.2:80`;

/** `''` is an empty word, `_` a blank within one. */
const words = (line: string): string[] =>
  line.split(" ").map((word) => (word === "''" ? "" : word.replaceAll("_", " ")));
const list = (text: string): string[] => text.trim().split(/\s+/);

const places = list(`10.0.0.1:http 10.0.0.1:https 10.0.0.1:domain 10.0.0.1:ssh 10.0.0.1:nosuch 10.0.0.1: 10.0.0.1:0
  10.0.0.1:65535 10.0.0.1:65536 10.0.0.1:-1 10.0.0.1:+80 10.0.0.1:080 10.0.0.1:0x50 10.0.0.1:80:80 10.0.0.1:80_ 10.0.0.1:_80
  10.0.0.1 10.1:80 1:80 0x0a000001:80 0x10 012.0.0.1:80 4294967295:80 4294967296:80 4294967295 10.0.0.1.:80 .10.0.0.1:80
  10..0.1:80 256.0.0.1:80 0.0.0.0:80 0:80 255.255.255.255:80 224.0.0.1:80 127.0.0.1:80 localhost:80 localhost localhost:http
  LOCALHOST:80 [::1]:80 [::1]:http [::1]: [::1] ::1 [::1]80 [::1]:80x [_::1]:80 [::1 ::1]:80 ::1:80 [::]:80 :: [10.0.0.1]:80
  [localhost]:80 [2001:db8::1]:443 [2001:DB8:0:0::1]:443 [fe80::1%lo]:80 fe80::1%lo [::ffff:10.0.0.1]:80 ::ffff:1.2.3.4
  ::ffff:010.1.1.1 [1:2:3:4:5:6:7:8]:80 [1:2:3:4:5:6:7:8:9]:80 [1:2:3:4:5:6:7::]:80 []:80 [] :80 : 80 http 8080 domain '' _
  10.0.0.1_:80 10.0.0.1,10.0.0.2:80 10.0.0.1/24:80 10.0.0.1:80/tcp *:80 0.0.0.0 99999 65536 70000_ _70000 010000000000 -1
  +80 0x50`);
const inPlaceOfAnAddress = [
  ...["-t", "-u", "--sctp-service"].flatMap((kind) => [`-A ${kind} @`, `-A ${kind} @ -p`]),
  ...["-D -t @", "-L -t @", "-Ln -t @", `-a ${SERVICE} -r @ -m`, `-a ${SERVICE} -r @`, `-a -r @ ${SERVICE} -m`],
  ...["-a -f 1 -r @ -m", "-a -u 10.0.0.1:53 -r @ -m", "-a -f 1 -r @", "-d -f 1 -6 -r @", "-a -t [::1]:80 -r @ -m"],
  ...["-a -t [::1]:80 -r @ -i", "-d -t [::1]:80 -r @"],
];

const numbers =
  list(`0 1 -1 +1 '' _ x 1x 1_ _1 2147483647 2147483648 4294967295 4294967296 99999999999999999999 -2147483648
  0x10 010 1.5 1,5 1e3`);
const inPlaceOfANumber = [
  ...["-w", "-x", "-y", "--weight", "--u-threshold", "--l-threshold"].map((option) => `${SERVER} ${option} @`),
  ...[`${SERVER} --weight=@`, `${SERVER} -w@`, `${SERVER} -i --tun-type gue --tun-port @`],
  ...["--syncid", "--mcast-port", "--mcast-ttl", "--sync-maxlen", "--mcast-interface", "--mcast-group"].map(
    (option) => `--start-daemon master ${option} @`,
  ),
  ...[
    "--stop-daemon master --syncid @",
    "--set @ 1 1",
    "--set 1 1 @",
    "-A -f @",
    `-A ${SERVICE} -p @`,
    "-L --syncid @",
  ],
  ...[
    `-A ${SERVICE} -M @`,
    `-A ${SERVICE} -p -M @`,
    "-A -t [::1]:80 -p -M @",
    `-A ${SERVICE} -b @`,
    "-A -t 10.0.0.1:@",
  ],
];

const masks =
  list(`24 32 33 0 255.255.255.0 255.255.255.255 0.0.0.0 255.255.255.256 255.255.0.255 1.2.3 0xffffff00 /24 24x
  ffff:: 128 129 -1 64abc`);
const inPlaceOfAMask = [
  ...[`-A ${SERVICE} -p 5 -M @`, `-A ${SERVICE} -M @`, "-A -t [::1]:80 -p -M @", "-A -M @ -t [::1]:80 -p"],
  ...[`-A -p -M @ ${SERVICE}`, "-E -f 1 -6 -p 10 -M @"],
];

// A comma alone is left out: ipvsadm crashes of it.
const flags = list(`sh-port sh-fallback mh-port flag-1 flag-1,flag-2,flag-3 flag-4 flag-1, flag-1,,flag-2 ,flag-1 FLAG-1
  flag-1_flag-2 '' none`);
const inPlaceOfFlags = ["sh", "mh", "rr"].flatMap((name) => [
  `-A ${SERVICE} -b @ -s ${name}`,
  `-A -s ${name} ${SERVICE} -b @`,
]);

const tunnelOptions = [
  ...["", "--tun-port 5", "--tun-port 5 --tun-csum", "--tun-csum", "--tun-nocsum --tun-csum", "--tun-remcsum"],
  ...["--tun-port 5 --tun-remcsum --tun-nocsum", "--tun-port 5 --tun-port 6"],
];
const inPlaceOfATunnel = ["-i", "-m", "-g", ""].flatMap((method) =>
  tunnelOptions.map((more) => [SERVER, method, "--tun-type @", more].filter((part) => part !== "").join(" ")),
);

const listed =
  list(`-c --stats --rate --thresholds --persistent-conn --timeout --daemon --exact --sort --nosort --tun-info
  --ops -n -6 -o --syncid_4 -t_10.0.0.1:80 -f_1 -f_1_-6 -u_1.1.1.1:1 -w_3 -p -s_rr -r_1.1.1.1`).map((option) =>
    option.replaceAll("_", " "),
  );
const listings = [
  ...listed.map((one) => `-L ${one}`),
  ...listed.flatMap((one) => listed.flatMap((other) => [`-L ${one} ${other}`, `-ln ${other} ${one}`])),
];

const each = (forms: readonly string[], values: readonly string[]): string[][] =>
  forms.flatMap((form) => values.map((value) => words(form.replaceAll("@", () => value))));

const single = `-
--
-- -A
-L -- x
-L --
-A -- ${SERVICE}
-A ${SERVICE} -- -s rr
-A ${SERVICE} --
''
-L ''
-A ''
${SERVICE}
${SERVICE} -A
-n -L
-nL
-Lnc
-LnA
-AL
-LL
-A -L
-ALn
-C -C
-C x
-C -n
-S -R
-Sn ${SERVICE}
-S --sort
-S --exact
-R -n
-R x
-Z -Z
-Z x
-Z -n
-Z -t 1.1.1.1
-Z -f 1 -6
-v
-v x
-V
-version
--version
--version x
-list
--li
--lis -n
--numeric --list
--add ${SERVICE}
--add-s ${SERVICE}
--edit-servic ${SERVICE}
-L --num
-L --stat
-L --persistent
-A ${SERVICE} --sched rr
-A --tcp 10.0.0.1:80
-A --tcp-service 10.0.0.1:80
-A --tcp-service= -s rr
-A -t= -s rr
-A -t=10.0.0.1:80
-at10.0.0.1:80 -r10.0.0.2:80 -mw3
-at10.0.0.1:80 -r=10.0.0.2:80 -m -w=3
${SERVER} -gmi
${SERVER} -g -g
--clear=1
--list=x
-L=x
-L=
-L --numeric=
-L -n=
-A ${SERVICE} -p=
-A ${SERVICE} -p= 5
-A ${SERVICE} --persistent= 5
-A ${SERVICE} -p 5 6
-A ${SERVICE} -p -5
-A ${SERVICE} -p -s rr
-A ${SERVICE} -p s rr
-A ${SERVICE} -ps rr
-A ${SERVICE} -p300 -p200
-A ${SERVICE} -o
-A -u 10.0.0.1:53 -oo
-A ${SERVICE} -s rr -s wrr
-A ${SERVICE} -s
-A ${SERVICE} -s ''
-A ${SERVICE} -s= rr
-A ${SERVICE} -srr
-A ${SERVICE} -s ${"a".repeat(40)}
-A ${SERVICE} -s -L
-A ${SERVICE} ${SERVICE}
-A ${SERVICE} -u 10.0.0.1:80
-A -f 1 -f 1
-A -f 1 -6 -6
-A -6 -f 1
-A -f1-6
-A -f 1 -6 -M 64 -p
-A -f 1 -M 64 -6 -p
-A -f 7 --ops
-A -f 18446744073709551617
-A ${SERVICE} -b flag-1 -b flag-2
-A ${SERVICE} --pe
-A ${SERVICE} --pe sip --pe sip
-A ${SERVICE} --pe=sip -p
-A -u 10.0.0.1:5060 -p 60 --pe sip -o
${SERVER} -i --tun-type gue --tun-type gre
${SERVER} -i --tun-port 5
${SERVER} --tun-info
${SERVER} -n
${SERVER} -p
${SERVER} -s rr
${SERVER} -r 10.0.0.3:80
${SERVER} -w 1 -w 2
${SERVER} x y
-a ${SERVICE}
-a -r 10.0.0.2
-e ${SERVICE} -w 3
-d ${SERVICE}
-d -r 1.1.1.1
-d ${SERVICE} -r 1.1.1.1 -w 1
-D
-D ${SERVICE} -r 1.1.1.1
-E
-E -s rr
-A ${SERVICE} -w 3
-A ${SERVICE} -m
-A ${SERVICE} -n
-A ${SERVICE} --sort
-A ${SERVICE} -6
-A -6
--start-daemon
--start-daemon x
--start-daemon= master
--start-daemon ''
--start-daemon MASTER
--start-daemon -n
--start-daemon master backup
--start-daemon master --mcast-interface eth0 --mcast-interface eth1
--start-daemon master --mcast-interface averyveryverylongname0
--start-daemon master --mcast-group 224.1
--start-daemon master --mcast-group fe80::1
--start-daemon master --sync-maxlen 65507
--start-daemon master --sync-maxlen 65508
--start-daemon master --timeout
--start-daemon master ${SERVICE}
--stop-daemon
--stop-daemon master x
--stop-daemon backup --mcast-interface eth0
--stop-daemon backup --syncid=3
--set
--set 1
--set 1 2
--set 1 2 3 4
--set 0 0 0
--set -1 2 3
--set -- -1 2 3
--set -n 1 2 3
--set 1 -n 2 3
--set=1 2 3
--set 2678401 1 1
--set 1 2 3 --set
--timeout
--stats
-n
x
list
10.0.0.1:80
-Q
-A -Q
-A ${SERVICE} -Q
-A ${SERVICE} --quux=3
-LnQ
-Lnxy
---
---list
--=
--=x
-=
-L -
-A ${SERVICE} -s rr extra
-A extra ${SERVICE}
extra -A ${SERVICE}
-L 10.0.0.1:80
-D 10.0.0.1:80
-Ln6
-L -6
-C -6`
  .split("\n")
  .map(words);

/** Some thousands, each once. */
export const oddLines: readonly (readonly string[])[] = [
  ...new Map(
    [
      ...single,
      ...each(inPlaceOfAnAddress, places),
      ...each(inPlaceOfANumber, numbers),
      ...each(inPlaceOfAMask, masks),
      ...each(inPlaceOfFlags, flags),
      ...each(inPlaceOfATunnel, list("ipip gue gre GUE '' x")),
      ...listings.map(words),
    ].map((line) => [line.join("\0"), line]),
  ).values(),
];
