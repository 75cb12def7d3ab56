// The download page as HTML: no script, nothing from elsewhere, for a phone and a wide window, in light and in dark.
// Pure. Must not know who asks but by what is told of their system.

import { createHash } from "node:crypto";
import { qrSvg } from "./qr.ts";
import type { Offer, SharedBuild, SharedFile } from "./share-files.ts";
import type { System } from "./share-platform.ts";
import {
  buildsFor,
  commandOf,
  labelOf,
  nothingFor,
  OWN_LINKS,
  type PageContent,
  shellOf,
  TRUST,
} from "./share-words.ts";
import { sizeText } from "./wording-files.ts";

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f23;--paper:#fff;--soft:#f2f4f6;--line:#cfd6dd;--faint:#57606a;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#15181b;--soft:#20252a;--line:#3a4249;--faint:#9aa4ad;--link:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}p{margin:.5rem 0}
a{color:var(--link)}
.get{display:inline-block;margin:.5rem 0;padding:.6rem 1rem;border-radius:.5rem;background:var(--link);color:var(--paper);font-weight:600;text-decoration:none}
pre{margin:.5rem 0;padding:.75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--soft);white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
pre,code{font:.875rem/1.5 ui-monospace,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
svg{display:block;width:100%;max-width:18rem;height:auto;margin:.75rem 0;border-radius:.5rem}
.faint{color:var(--faint);font-size:.875rem}
ul{padding-left:1.2rem}li{margin:.5rem 0}
.trust{margin:1.5rem 0;padding:.75rem;border-left:4px solid var(--line)}`;

/** Goes with the page: nothing but this style is let in. */
export const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function sharePage(content: PageContent, offer: Offer, system: System): string {
  const { className, link } = content;
  const mine = buildsFor(system, offer.builds);
  const title = `${className}: ClassChat`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(className)}</h1>
<p>ClassChat is the private chat of this class, one program with nothing to install.</p>
${mine.length === 0 ? nothing(system) : mine.map((build, i) => forYou(build, content, i)).join("\n")}
<h2>The link of the class</h2>
${link === undefined ? `<p>${escape(OWN_LINKS)}</p>` : linkOf(link)}
<p class="trust">${escape(TRUST)}</p>
<h2>All files</h2>
${listOf(offer)}
</body>
</html>
`;
}

function forYou(build: SharedBuild, content: PageContent, i: number): string {
  return `<h2>${i === 0 ? "For you" : "Or"}: ${escape(labelOf(build))}</h2>
<p>Paste this into ${shellOf(build.platform)}: it fetches, checks and starts it.</p>
<pre>${escape(commandOf(build, content))}</pre>
<p>Or take the file:</p>
<p><a class="get" href="/${escape(build.name)}">${escape(build.name)}</a><br>
${details(build)}</p>`;
}

function linkOf(link: string): string {
  return `<p>Who has the program already runs <code>classchat join LINK</code> with this link:</p>
<pre>${escape(link)}</pre>
${qrSvg(link, "QR code of the link")}`;
}

function nothing(system: System): string {
  const [line, hint] = nothingFor(system);
  return `<p><strong>${escape(line)}</strong> ${escape(hint)}</p>`;
}

function listOf({ builds, papers }: Offer): string {
  if (builds.length + papers.length === 0) return "<p>There are none in the instructor's folder now.</p>";
  const items = [
    ...builds.map((build) => `<li>${escape(labelOf(build))}<br>${anchor(build)}<br>${details(build)}</li>`),
    ...papers.map((paper) => `<li>${anchor(paper)}<br>${details(paper)}</li>`),
  ];
  return `<ul>\n${items.join("\n")}\n</ul>`;
}

function anchor({ name }: SharedFile): string {
  return `<a href="/${escape(name)}">${escape(name)}</a>`;
}

function details({ size, sha256 }: SharedFile): string {
  return `<span class="faint">${sizeText(size)}, SHA-256 <code>${sha256}</code></span>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
