/** The report's style sheet: one file, light and dark by the reader's system or choice. */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#fafafa, #101114); --card: light-dark(#fff, #17191e); --line: light-dark(#e4e4e7, #2a2d35);
  --text: light-dark(#18181b, #e6e7ea); --soft: light-dark(#62626b, #9a9da6); --link: light-dark(#1d4ed8, #8ab4ff);
  --high: light-dark(#15803d, #4ade80); --medium: light-dark(#a16207, #facc15); --low: light-dark(#b91c1c, #f87171);
  --high-bg: light-dark(#dcfce7, #12301f); --medium-bg: light-dark(#fef3c7, #38300f); --low-bg: light-dark(#fee2e2, #3d1a1c);
  --low-mark: light-dark(#fbb4b4, #6e262a); --unknown-bg: light-dark(#ececf0, #23252c);
  --keyword: light-dark(#7c2fb8, #c9a0f5); --string: light-dark(#0d6b4f, #8fd6a8); --number: light-dark(#a44a00, #f0b27a); --comment: light-dark(#73737c, #858993);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
:root[data-theme=light] { color-scheme: light } :root[data-theme=dark] { color-scheme: dark }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text) }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px }
main, header.top { max-width: 1240px; margin: 0 auto; padding: 0 24px }
header.top { display: flex; gap: 16px; align-items: baseline; padding-top: 22px; flex-wrap: wrap }
header.top h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere }
header.top .grow { flex: 1 }
button { font: inherit; font-size: 13px; color: inherit; background: none; border: 1px solid var(--line); border-radius: 6px; padding: 2px 10px; cursor: pointer }
button:hover { border-color: var(--soft) }
button.plain { border: 0; padding: 0; font-size: inherit; color: var(--link); text-align: left } button.plain:hover { text-decoration: underline } button.plain[aria-pressed=true] { font-weight: 650; text-decoration: underline }
.soft { color: var(--soft) } .mono, code, .source { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px }
p.facts { margin: 4px 0 18px; color: var(--soft); overflow-wrap: anywhere }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 16px 0 }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px 14px }
.tile .name { color: var(--soft); font-size: 13px } .tile .value { font-size: 28px; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25 }
.tile .of { color: var(--soft); font-size: 13px; margin-bottom: 8px }
.high { color: var(--high) } .medium { color: var(--medium) } .low { color: var(--low) } .none { color: var(--soft) }
svg.bar { display: block; width: 100%; height: 6px; border-radius: 3px; background: var(--line); overflow: hidden } svg.bar rect { fill: currentColor } svg.bar.high { color: light-dark(#22c55e, #4ade80) } svg.bar.medium { color: #eab308 } svg.bar.low { color: #ef4444 }
details.note { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--medium); border-radius: 6px; padding: 8px 14px; margin: 8px 0 }
details.note.lost, details.note.skipped { border-left-color: var(--low) } details.note.version { border-left-color: var(--soft) }
details.note summary { cursor: pointer } details.note summary b { font-weight: 600 }
details.note ul { margin: 8px 0 4px; padding-left: 20px; max-height: 320px; overflow: auto } details.note li { overflow-wrap: anywhere }
h2 { font-size: 16px; margin: 30px 0 10px; display: flex; gap: 12px; align-items: center; flex-wrap: wrap } h2 .grow { flex: 1 }
h2 label { font-size: 13px; font-weight: 400; color: var(--soft); display: inline-flex; gap: 6px; align-items: center }
input[type=search] { font: inherit; font-size: 14px; font-weight: 400; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; width: 240px; max-width: 100% }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card) }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 500; font-size: 13px; color: var(--soft); padding: 0; white-space: nowrap; border-bottom: 1px solid var(--line) }
th button { border: 0; padding: 8px 12px; width: 100%; text-align: inherit } th.n { text-align: right }
th button::after { content: "\\2195"; opacity: .35; padding-left: 5px } th[aria-sort=ascending] button::after { content: "\\2191"; opacity: 1 } th[aria-sort=descending] button::after { content: "\\2193"; opacity: 1 }
td { padding: 6px 12px; border-bottom: 1px solid var(--line); vertical-align: middle } tbody tr:last-child td { border-bottom: 0 }
tbody tr:hover { background: light-dark(#f4f4f5, #1d2027) }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td.n small { color: var(--soft); padding-left: 6px }
td.file { overflow-wrap: anywhere; min-width: 220px } td.file a { color: var(--text) } td.file a b { font-weight: 600; color: var(--link); display: inline-block } td.file .dir { color: var(--soft) }
td.barcell { width: 110px; min-width: 70px } tfoot td { font-weight: 600; border-top: 1px solid var(--line); border-bottom: 0 }
td.ranges { font-size: 12.5px; max-width: 240px; white-space: normal; font-variant-numeric: tabular-nums } td.ranges a { color: var(--low); white-space: nowrap }
.badge { font-size: 11px; color: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; margin-left: 6px; white-space: nowrap }
tr[hidden] { display: none } p.empty { padding: 14px 16px; margin: 0; color: var(--soft) }
footer { max-width: 1240px; margin: 30px auto; padding: 0 24px 24px; color: var(--soft); font-size: 13px }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; font: inherit; font-size: 12px }

.bar2 { position: sticky; top: 0; z-index: 2; background: var(--page); border-bottom: 1px solid var(--line); padding: 10px 24px }
.bar2 .title, .bar2 .under { display: flex; gap: 6px 18px; align-items: center; flex-wrap: wrap } .bar2 .title { padding-bottom: 6px }
.bar2 h1 { font-size: 16px; margin: 0; font-weight: 600; overflow-wrap: anywhere } .bar2 .figures { display: flex; flex-wrap: wrap; gap: 2px 18px; flex: 1 } .bar2 .buttons { white-space: nowrap; padding-right: 8px }
.bar2 .figure { font-size: 13px; color: var(--soft); white-space: nowrap } .bar2 .figure b { font-variant-numeric: tabular-nums }
.above { padding: 4px 24px }
details.functions { margin: 8px 0; font-size: 14px } details.functions summary { cursor: pointer; color: var(--soft) }
details.functions ul { columns: 260px; list-style: none; padding: 4px 0; margin: 4px 0 } details.functions li { break-inside: avoid; overflow-wrap: anywhere }
.source { position: relative; padding: 8px 26px 60px 0; line-height: 20px; tab-size: 4; overflow-x: auto }
.source .row { display: flex; min-width: max-content; scroll-margin-top: 90px }
.source .no { width: 64px; flex: none; text-align: right; padding-right: 10px; color: var(--soft); user-select: none; border-left: 4px solid transparent }
.source .no:hover { text-decoration: none; color: var(--link) }
.source .hits { width: 68px; flex: none; text-align: right; padding-right: 12px; color: var(--soft); user-select: none; font-variant-numeric: tabular-nums }
.source .text { white-space: pre; padding: 0 12px; flex: 1 }
.hit .no { border-left-color: var(--high) } .hit .hits { background: var(--high-bg); color: var(--high) }
.part .no { border-left-color: var(--medium) } .part .hits { background: var(--medium-bg); color: var(--medium) }
.miss .no { border-left-color: var(--low) } .miss .hits, .miss .text { background: var(--low-bg) } .miss .hits { color: var(--low) }
.load .hits, .legend { text-decoration: underline dotted; text-underline-offset: 3px } .legend { color: var(--high) }
.unknown .no { border-left: 4px dotted var(--soft) } .unknown .hits, .unknown .text { background: var(--unknown-bg) }
.part i.m { background: var(--low-mark) } .source i { font-style: normal }
.k { color: var(--keyword) } .s { color: var(--string) } .d { color: var(--number) } .c { color: var(--comment) }
.hint { margin-left: 24px; color: var(--low); font-size: 12px; user-select: none; white-space: nowrap } .hint::before { content: "\\25C2  " attr(data-hint) }
.row:target .text, .row.now .text { box-shadow: inset 3px 0 var(--link), inset 0 0 0 100px light-dark(#2563eb14, #60a5fa1f) }
svg.map { position: fixed; right: 0; top: 0; width: 12px; height: 100vh; background: light-dark(#f0f0f2, #1b1d22); z-index: 3 } svg.map rect { cursor: pointer }
svg.map .miss { fill: #ef4444 } svg.map .part { fill: #eab308 }
@media (max-width: 640px) { main, header.top, footer { padding-left: 12px; padding-right: 12px } td.barcell, th.barcell { display: none } .source .hits { width: 46px } .source .no { width: 48px } }
@media print { svg.map, .bar2 button, input, header button { display: none } }
`;
