/** The program of the status page, as a browser reads it. Whatever comes from the director is put into text nodes only, and a
 *  node is touched only when its text changes. Servers of a service that is folded have no nodes at all. */
export const PAGE_SCRIPT = String.raw`"use strict";
(() => {
  const POLL_MS = 10000, ALONE_POLL_MS = 2000, GAP_MS = 1000, STREAM_AGAIN_MS = 30000;
  const EVENTS_SHOWN = 50, OPEN_UP_TO = 200;
  const byId = (id) => document.getElementById(id);
  let status, offsetMs = 0, streamed = false, asking = false, again = false, timer, lastAskMs = 0;
  let events = [], eventsTimer, lastId;
  const ages = new Set();
  const folds = new Map();

  const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const mark = (node, name) => { if (node.className !== name) node.className = name; };
  const make = (tag, ...inner) => { const node = document.createElement(tag); node.append(...inner); return node; };
  const age = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(s / 3600), d = Math.floor(s / 86400);
    if (!m) return s + " s";
    if (!h) return m + " min " + (s % 60) + " s";
    return d ? d + " d " + (h % 24) + " h" : h + " h " + (m % 60) + " min";
  };
  const now = () => Date.now() + offsetMs;
  const timeText = ({ since, until }) => until !== undefined ? age(until - now()) : since === undefined ? "" : age(now() - since);
  const tick = () => {
    for (const cell of ages) if (!cell.isConnected) ages.delete(cell); else if (cell.parentNode.seen) set(cell, timeText(cell));
  };
  /** Times run on where they are looked at, and nowhere else. */
  const eye = new IntersectionObserver((list) => {
    for (const { target, isIntersecting } of list) {
      target.seen = isIntersecting;
      if (isIntersecting) for (const cell of target.children) if (ages.has(cell)) set(cell, timeText(cell));
    }
  });
  const fill = (cell, value) => {
    if (value !== null && typeof value === "object") {
      if ("since" in value || "until" in value) { cell.since = value.since; cell.until = value.until; ages.add(cell); mark(cell, "age"); if (cell.parentNode.seen || cell.textContent === "") set(cell, timeText(cell)); return; }
      set(cell, value.text); mark(cell, value.mark);
    } else set(cell, String(value ?? ""));
  };
  /** Rows by key: those that are there stay, in order. The first cell is the row's heading. */
  const rows = (body, list) => {
    body.known ??= new Map();
    const seen = new Set();
    let at = body.firstElementChild;
    for (const { key, cells } of list) {
      seen.add(key);
      let row = body.known.get(key);
      if (!row) {
        row = make("tr", ...cells.map((_, i) => make(i === 0 ? "th" : "td")));
        row.role = "row";
        row.firstElementChild.scope = "row";
        // Named one by one too, since on a phone they are laid out as no table.
        [...row.children].forEach((cell, i) => { cell.role = i === 0 ? "rowheader" : "cell"; cell.dataset.label = body.heads[i]; });
        body.known.set(key, row);
        eye.observe(row);
      }
      cells.forEach((cell, i) => fill(row.children[i], cell));
      if (row === at) at = at.nextElementSibling; else body.insertBefore(row, at);
    }
    for (const [key, row] of body.known) if (!seen.has(key)) { eye.unobserve(row); row.remove(); body.known.delete(key); }
  };
  const table = (caption, heads) => {
    const head = make("tr", ...heads.map((text) => { const th = make("th", text); th.scope = "col"; th.role = "columnheader"; return th; }));
    const body = make("tbody"), over = make("thead", head), node = make("table", make("caption", caption), over, body);
    body.heads = heads;
    head.role = "row"; body.role = over.role = "rowgroup"; node.role = "table";
    return { body, node };
  };
  const good = (ok, yes, no) => ({ text: ok ? yes : no, mark: ok ? "good" : "bad" });

  const problems = ({ processes, vrrp, checker, bfd, lastReload }) => {
    const found = processes.filter((p) => p.role !== "api" && p.state !== "running").map((p) => p.role + " process is " + p.state);
    for (const part of [vrrp, checker, bfd]) if (typeof part === "string") found.push(part);
    for (const i of vrrp?.instances ?? []) {
      if (i.state === "fault") found.push(i.name + " is in FAULT");
      if (i.secondMaster) found.push("SPLIT BRAIN: " + i.name + " has a second master, " + i.secondMaster.address);
      else if (i.addressClaim) found.push("SPLIT BRAIN: " + i.addressClaim.address + " of " + i.name + " is claimed by " + i.addressClaim.hardwareAddress);
      if (i.takeover?.heldBy) found.push(i.name + " is held by takeover_check");
    }
    if (checker?.tableError) found.push(checker.tableError);
    let all = 0, down = 0;
    for (const vs of checker?.virtualServers ?? []) {
      if (!vs.quorumUp) found.push(vs.name + " is down");
      for (const rs of vs.realServers) { all += 1; if (!rs.alive) down += 1; }
    }
    if (down) found.push(down + " of " + all + " real servers down");
    for (const s of bfd?.sessions ?? []) if (s.verdict === "down") found.push("BFD session " + s.name + " is down");
    if (lastReload && !lastReload.ok) found.push("the last reload was refused: " + (lastReload.error ?? ""));
    return found;
  };
  const instanceWhy = (i) => {
    const said = [], proofs = [];
    if (i.secondMaster) proofs.push(i.secondMaster.address + " (priority " + i.secondMaster.priority + ") is MASTER too");
    if (i.addressClaim) proofs.push(i.addressClaim.address + " is claimed by " + i.addressClaim.hardwareAddress + " on " + i.addressClaim.interface);
    if (proofs.length) said.push("SPLIT BRAIN: " + proofs.join(", and "));
    if (i.handedOverSinceWallMs !== undefined) said.push("handed over by command");
    said.push(i.state === "master" && i.why ? "became MASTER: " + i.why : i.why, ...i.faults);
    if (i.master) said.push("last advert " + age(now() - i.master.lastAdvertWallMs) + " ago");
    const peers = (i.peers ?? []).filter((one) => one.configured).map((one) => one.address);
    if (peers.length) said.push("peers " + peers.join(", "));
    return [...new Set(said)].filter(Boolean).join("; ");
  };
  const signed = (share) => share > 0 ? "+" + share : String(share);
  const priorityText = (i) => {
    if (i.effectivePriority === i.basePriority) return i.basePriority;
    const counting = (i.trackers ?? []).filter((one) => one.share !== 0).map((one) => one.kind + " " + one.name + " " + signed(one.share));
    return i.effectivePriority + " (base " + i.basePriority + (counting.length ? ", " + counting.join(", ") : "") + ")";
  };
  const KINDS = { scripts: "script", files: "file", processes: "process", bfds: "BFD session", services: "service", balancing: "virtual server" };
  const trackerRows = (vrrp) => Object.entries(vrrp?.instances ? vrrp : {}).flatMap(([kind, list]) => kind === "instances" || !Array.isArray(list) ? [] : list.map(({ name, ok, up = ok, sinceWallMs, ...facts }) => {
    const told = Object.entries(facts).map(([fact, value]) => fact === "detail" ? value : fact + " " + value).join(", ");
    const state = up === undefined ? { text: "value" in facts ? "" : "not known yet", mark: "plain" } : good(up, "ok", "FAILED");
    return { key: kind + " " + name, cells: [(KINDS[kind] ?? kind) + " " + name, state, { since: sinceWallMs }, told] };
  }));
  const checkText = (c) => [
    c.kind + (c.hasRun ? " " + c.lastResult.replace(/^up\b/, "ok") : " has not run yet"),
    c.lastLatencyMs === undefined ? "" : "in " + c.lastLatencyMs.toFixed(1) + " ms",
  ].filter(Boolean).join(" ");
  const nextOf = (rs) => {
    const next = Math.min(...rs.checkers.map((c) => c.nextRunWallMs ?? Infinity));
    return next === Infinity ? undefined : next;
  };
  const serverWhy = (rs) => [
    rs.override ? rs.override.mode + " by command" : rs.alive === rs.inTable ? "" : rs.inTable ? "in the table" : "not in the table",
    rs.why || rs.checkers.map(checkText).join(", "),
  ].filter(Boolean).join(", ");

  const changesText = (r) => {
    if (!r.ok) return r.error ?? "";
    const all = [...(r.changes ?? []), ...(r.moreChanges ? ["and " + r.moreChanges + " more"] : [])];
    return all.length ? all.join("; ") : "nothing";
  };
  const show = (section, part, count) => {
    const there = part !== undefined && (typeof part === "string" || count > 0);
    if (section.hidden === there) section.hidden = !there;
    set(section.querySelector(".absent"), typeof part === "string" ? part : "");
  };
  const drawServers = (fold, vs) => {
    const words = byId("filter").value.trim().toLowerCase(), onlyDown = byId("down").checked;
    const fits = (rs) => (!onlyDown || !rs.alive) && (!words || (vs.name + " " + rs.name + " " + rs.why).toLowerCase().includes(words));
    const list = vs.realServers.filter(fits);
    const hide = list.length === 0 && (onlyDown ? vs.quorumUp : true) && (words !== "" || onlyDown);
    if (fold.node.hidden !== hide) fold.node.hidden = hide;
    if (!fold.node.open || hide) return;
    rows(fold.body, list.map((rs, i) => ({ key: rs.name, cells: [
      rs.name, good(rs.alive, "up", "DOWN"), { since: rs.sinceWallMs },
      rs.effectiveWeight === rs.weight ? rs.weight : rs.effectiveWeight + " (of " + rs.weight + ")", { until: nextOf(rs) }, serverWhy(rs)] })));
  };
  const drawServices = (checker) => {
    const list = checker?.virtualServers ?? [];
    const total = list.reduce((sum, vs) => sum + vs.realServers.length, 0);
    const box = byId("services");
    for (const vs of list) {
      let fold = folds.get(vs.name);
      if (!fold) {
        const state = make("span"), about = make("span"), { body, node: inner } = table("Real servers of " + vs.name, ["Server", "State", "Since", "Weight", "Next check in", "Why"]);
        const wide = make("div", inner); wide.className = "wide"; wide.tabIndex = 0; wide.role = "group"; wide.ariaLabel = "Real servers of " + vs.name;
        const node = make("details", make("summary", make("strong", vs.name), " ", state, " ", about), wide);
        fold = { node, state, about, body };
        node.open = total <= OPEN_UP_TO;
        node.addEventListener("toggle", () => { const vs = fold.vs; if (vs) drawServers(fold, vs); });
        folds.set(vs.name, fold);
        box.append(node);
      }
      fold.vs = vs;
      const live = vs.realServers.filter((rs) => rs.alive).length;
      fill(fold.state, good(vs.quorumUp, "up", "DOWN"));
      set(fold.about, "since " + age(now() - vs.sinceWallMs) + ", " + live + " of " + vs.realServers.length + " real servers, quorum " + vs.quorum + ", " + vs.scheduler + " " + vs.forwarding + (vs.sorryServerActive ? ", sorry server active" : "") + (vs.suspended ? ", not checked: its address is not here" : ""));
      drawServers(fold, vs);
    }
    const names = new Set(list.map((vs) => vs.name));
    for (const [name, fold] of folds) if (!names.has(name)) { fold.node.remove(); folds.delete(name); }
  };
  const instances = table("VRRP instances", ["Instance", "State", "Since", "Priority", "Interface", "Addresses", "Why"]);
  const trackers = table("Trackers", ["Tracker", "State", "Since", "What it says"]);
  const sessions = table("BFD sessions", ["Session", "State", "Since", "Neighbor"]);
  const reloads = table("Reloads", ["Reload", "Ago", "Result", "What changed"]);
  const processes = table("Processes", ["Process", "State", "Since", "Pid", "Respawns"]);
  for (const [id, one] of [["instances", instances], ["trackers", trackers], ["sessions", sessions], ["processes", processes], ["reloads", reloads]]) byId(id).append(one.node);

  const draw = () => {
    const { vrrp, checker, bfd } = status, found = problems(status);
    const up = (checker?.virtualServers ?? []).filter((vs) => vs.quorumUp).length;
    const facts = [...found];
    for (const state of ["master", "backup"]) {
      const names = (vrrp?.instances ?? []).filter((i) => i.state === state).map((i) => i.name);
      if (names.length) facts.push(state.toUpperCase() + " of " + names.slice(0, 4).join(", ") + (names.length > 4 ? " and " + (names.length - 4) + " more" : ""));
    }
    if (checker?.virtualServers) facts.push(up + " of " + checker.virtualServers.length + " virtual servers up");
    set(byId("headline"), (found.length ? "DEGRADED: " : "OK: ") + (facts.join("; ") || "nothing configured to run"));
    mark(byId("headline"), found.length ? "bad" : "good");
    const title = (found.length ? "\u26a0 " : "") + "lvskeeper";
    if (document.title !== title) document.title = title;
    set(byId("about"), status.program + " " + status.version + ", pid " + status.pid + ", up " + age(now() - status.startedWallMs) + ", " + status.configFile + (status.lastReload ? ", last reload " + (status.lastReload.ok ? "done " : "REFUSED ") + age(now() - status.lastReload.atWallMs) + " ago" : ""));
    show(byId("vrrp"), vrrp, vrrp?.instances?.length);
    show(byId("checker"), checker, checker?.virtualServers?.length);
    const tracked = trackerRows(vrrp);
    byId("tracked").hidden = tracked.length === 0;
    rows(trackers.body, tracked);
    show(byId("bfd"), bfd, bfd?.sessions?.length);
    rows(instances.body, (vrrp?.instances ?? []).map((i) => ({ key: i.name, cells: [
      i.name, { text: i.state.toUpperCase(), mark: i.state === "fault" || i.secondMaster || i.addressClaim || i.takeover?.heldBy ? "bad" : i.state === "master" ? "good" : "plain" }, { since: i.sinceWallMs },
      priorityText(i),
      i.interface + " vrid " + i.vrid + " v" + i.version, i.addresses.join(" "), instanceWhy(i)] })));
    rows(sessions.body, (bfd?.sessions ?? []).map((s) => ({ key: s.name, cells: [
      s.name, good(s.verdict !== "down", s.state.toUpperCase(), s.state.toUpperCase()), { since: s.sinceWallMs }, s.neighbor] })));
    rows(processes.body, status.processes.filter((p) => p.role !== "api" || p.state !== "off").map((p) => ({ key: p.role, cells: [
      p.role, good(p.state === "running", p.state, p.state), { since: p.sinceWallMs }, p.pid ?? "-", p.respawns + (p.respawns && p.lastEnd ? ", last: " + p.lastEnd : "")] })));
    drawServices(checker);
    byId("reloaded").hidden = !status.reloads?.length;
    rows(reloads.body, (status.reloads ?? []).map((r) => ({ key: String(r.atWallMs), cells: [
      new Date(r.atWallMs).toLocaleString(), { since: r.atWallMs }, good(r.ok, r.tookMs === undefined ? "done" : "done in " + r.tookMs + " ms", "REFUSED"), changesText(r)] })));
    byId("warning").hidden = status.warnings.length === 0;
    const lines = byId("warnings");
    if (lines.told !== status.warnings.join("\n")) { lines.told = status.warnings.join("\n"); lines.replaceChildren(...status.warnings.map((text) => make("li", text))); }
  };
  const connection = (text, ok) => { set(byId("connection"), text); mark(byId("connection"), ok ? "plain" : "bad"); };
  const ask = async () => {
    clearTimeout(timer);
    if (asking) { again = true; return; }
    asking = true; lastAskMs = Date.now();
    try {
      const answer = await fetch("/status", { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error("HTTP status " + answer.status);
      status = await answer.json();
      offsetMs = status.nowWallMs - Date.now();
      draw();
      connection(streamed ? "live" : "asked every " + ALONE_POLL_MS / 1000 + " s", true);
    } catch (error) {
      connection("no answer from the director (" + (error instanceof Error ? error.message : error) + "); what is shown is old", false);
    }
    asking = false;
    if (again) { again = false; soon(); } else timer = setTimeout(ask, streamed ? POLL_MS : ALONE_POLL_MS);
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, Math.max(50, lastAskMs + GAP_MS - Date.now())); };
  const drawEvents = () => {
    eventsTimer = undefined;
    byId("happened").hidden = events.length === 0;
    const list = byId("events"), known = new Set([...list.children].map((li) => li.dataset.id));
    for (const event of events) {
      if (known.has(event.id)) continue;
      const at = new Date(event.atWallMs), when = make("time", at.toLocaleTimeString());
      when.dateTime = at.toISOString();
      const causes = [];
      for (let cause = event.cause; cause; cause = cause.cause) if (!event.text.includes(cause.text)) causes.push(cause.text);
      const line = make("li", when, " " + event.text + (causes.length ? " \u2190 " + causes.join(" \u2190 ") : ""));
      line.dataset.id = event.id;
      list.prepend(line);
    }
    while (list.children.length > EVENTS_SHOWN) list.lastElementChild.remove();
  };
  const follow = () => {
    const source = new EventSource("/events" + (lastId ? "?after=" + encodeURIComponent(lastId) : ""));
    source.onopen = () => { streamed = true; soon(); };
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      lastId = event.id;
      events.push(event);
      if (events.length > EVENTS_SHOWN) events = events.slice(-EVENTS_SHOWN);
      eventsTimer ??= setTimeout(drawEvents, 100);
      soon();
    };
    source.onerror = () => {
      streamed = false;
      soon();
      if (source.readyState === EventSource.CLOSED) setTimeout(follow, STREAM_AGAIN_MS);
    };
  };
  const refilter = () => { for (const fold of folds.values()) drawServers(fold, fold.vs); };
  byId("filter").addEventListener("input", refilter);
  byId("down").addEventListener("change", refilter);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    byId("filter").focus();
  });
  setInterval(() => { if (!document.hidden) tick(); }, 1000);
  ask();
  follow();
})();
`;
