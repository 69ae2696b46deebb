"""The look of the HTML report: light and dark by the reader's system, one column on a phone, plain on paper.

Used by report_html. Cost: plots are drawn on white and stay on a white card in the dark.
"""

from __future__ import annotations

STYLE = """
:root{--ink:#1c2330;--soft:#566076;--line:#e2e6ee;--card:#fff;--page:#f4f6fa;--good:#147a4b;--bad:#b3372f;--warn:#8a5a00;
--blue:#0b5fa5;--tint:#eef4fb;--goodtint:#e8f5ee;--badtint:#fbeceb;--warntint:#fdf3dd}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf4;--soft:#a2adc2;--line:#2c3546;--card:#1a2130;--page:#10151e;
--good:#4cc38a;--bad:#ff8b83;--warn:#f0b849;--blue:#7fb8f0;--tint:#1f2b3f;--goodtint:#15291f;--badtint:#331c1d;
--warntint:#32280f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:2rem 1.25rem 4rem;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans JP","Noto Sans CJK JP",sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .2rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 .75rem}p{margin:.5rem 0;max-width:75ch;overflow-wrap:anywhere}
header p{margin:0}.soft,section>p,figcaption{color:var(--soft)}section>p strong{color:var(--ink)}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.2rem 1.35rem;margin-top:1rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:0 1rem}
.pair section{min-width:0}.half table{max-width:44rem}
.verdict{border-left:7px solid var(--bad);background:var(--badtint)}
.verdict.passed{border-left-color:var(--good);background:var(--goodtint)}
.verdict p{margin:0 0 .9rem;font-size:1.1rem}
.verdict dl{display:flex;flex-wrap:wrap;gap:.75rem;margin:0}
.verdict dl div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.55rem .95rem;
min-width:9rem}
dt{color:var(--soft);font-size:.82rem}dd{margin:0;font-size:1.45rem;font-weight:650;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:.35rem .5rem;margin-top:1rem}
nav a{color:var(--blue);background:var(--tint);border-radius:99px;padding:.15rem .75rem;font-size:.85rem;
text-decoration:none}nav a:hover,nav a:focus{text-decoration:underline}
.scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--blue);outline-offset:3px}
table{border-collapse:collapse;width:100%}
th,td{padding:.38rem .65rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
thead th{font-weight:600;color:var(--soft);font-size:.84rem;white-space:nowrap}
tbody th{font-weight:400;overflow-wrap:anywhere;min-width:8rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.w{min-width:min(13rem,60vw);overflow-wrap:anywhere}td.w:nth-child(2){min-width:7.4rem}
tbody tr:last-child>*{border-bottom:0}.chosen>*{font-weight:650;background:var(--tint)}
.facts th{width:14.5rem;font-weight:600;color:var(--soft)}.facts tr:last-child>*{border-bottom:0}
code{font:.88em ui-monospace,"SF Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
.plots{columns:2 26rem;column-gap:1.1rem}
figure{margin:0 0 1.1rem;break-inside:avoid}figure.wide{column-span:all}
img{display:block;max-width:100%;height:auto;margin:0 auto;background:#fff;border:1px solid var(--line);
border-radius:8px;padding:8px}
figcaption{font-size:.85rem;margin-top:.4rem;overflow-wrap:anywhere}
.remarks{list-style:none;margin:0;padding:0}.remarks li{display:grid;
grid-template-columns:5.6rem 1fr;align-items:baseline;margin:.55rem 0;overflow-wrap:anywhere}
.badge{justify-self:start;min-width:4.8rem;text-align:center;border-radius:99px;padding:0 .6rem;font-size:.78rem;
font-weight:600;background:var(--tint);color:var(--blue)}
.badge.error{background:var(--badtint);color:var(--bad)}.badge.warning{background:var(--warntint);color:var(--warn)}
details{margin-top:.9rem}summary{cursor:pointer;color:var(--blue)}
@media(max-width:40rem){body{padding:1rem .75rem 3rem}section{padding:1rem}.facts th{width:auto}}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--good:#147a4b;--bad:#b3372f;
--blue:#0b5fa5;--warn:#8a5a00;--tint:#f2f5f9;--goodtint:#f1f8f4;--badtint:#fcf2f1;--warntint:#fdf7e8}
body{max-width:none;padding:0;font-size:10.5pt}nav,details{display:none}.scroll{overflow:visible}
section{border:0;border-top:1px solid var(--line);border-radius:0;padding:.8rem 0}.verdict{border-left:7px solid;
padding-left:1rem}tr,li,.verdict,h2{break-inside:avoid}h2{break-after:avoid}.plots{columns:2 18rem}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
