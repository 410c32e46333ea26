/** Light and dark as the reader's system has it. States are told by words; color only helps. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --text: #1b1f24; --ground: #ffffff; --soft: #57606a; --line: #d0d7de; --band: #f3f5f7;
  --good: #116329; --bad: #b3141d; --focus: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --ground: #0d1117; --soft: #a0a9b3; --line: #30363d; --band: #161b22;
    --good: #56d364; --bad: #ff8078; --focus: #79c0ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 90rem; background: var(--ground); color: var(--text); font: 1rem/1.45 system-ui, sans-serif; }
h1 { font-size: 1.1rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 0.4rem; }
#headline { font-size: 1.25rem; font-weight: 600; margin: 0.4rem 0; padding: 0.6rem 0.8rem; background: var(--band); border-left: 0.4rem solid; overflow-wrap: anywhere; }
#about, #connection, .absent { color: var(--soft); margin: 0.2rem 0; overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; }
.bad, #connection.bad { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { color: var(--soft); font-size: 0.85rem; white-space: nowrap; }
tbody th { font-weight: 600; }
td.good, td.bad { font-weight: 600; }
.age { white-space: nowrap; }
td:last-child { overflow-wrap: anywhere; min-width: 10rem; }
details { border: 1px solid var(--line); border-radius: 0.3rem; margin: 0.5rem 0; padding: 0.4rem 0.8rem; content-visibility: auto; contain-intrinsic-size: auto 3rem; }
summary { cursor: pointer; overflow-wrap: anywhere; padding: 0.2rem 0; }
.tools { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: center; }
input[type="search"] { font: inherit; padding: 0.3rem 0.5rem; width: min(24rem, 70vw); color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: 0.3rem; }
input[type="checkbox"] { width: 1.2rem; height: 1.2rem; vertical-align: -0.2rem; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
ul, ol { padding-left: 1.2rem; overflow-wrap: anywhere; }
#events { list-style: none; padding: 0; }
#events li { border-bottom: 1px solid var(--line); padding: 0.2rem 0; }
time { color: var(--soft); }
a { color: var(--focus); }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
footer { margin-top: 2rem; color: var(--soft); }
@media (max-width: 40rem) {
  body { padding: 0.6rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem; padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
  th, td { padding: 0; border: 0; font-size: 0.95rem; overflow-wrap: anywhere; }
  td:empty { display: none; }
  td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-weight: normal; font-size: 0.85rem; }
  td:last-child { flex-basis: 100%; }
}
`;
