// The download page as plain text, for curl and its like. Pure. Must not know HTML.

import type { Offer, SharedBuild } from "./share-files.ts";
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

export function sharePlain(content: PageContent, offer: Offer, system: System): string {
  const mine = buildsFor(system, offer.builds);
  // Who is told nothing of their system finds the command of each.
  const first = system.name === undefined ? offer.builds : mine;
  const rest = offer.builds.filter((build) => !first.includes(build));
  const lines = [
    `${content.className}: ClassChat`,
    "",
    ...(content.link === undefined
      ? [OWN_LINKS]
      : ["The link of the class, for classchat join LINK:", content.link]),
    ...(first.length === 0 ? ["", ...nothingFor(system)] : []),
    ...first.flatMap((build) => withCommand(build, content)),
    ...(rest.length + offer.papers.length === 0 ? [] : ["", "All other files:"]),
    ...rest.map((build) => `${content.url}${build.name}  ${labelOf(build)}, ${details(build)}`),
    ...offer.papers.map((paper) => `${content.url}${paper.name}  ${details(paper)}`),
    "",
    TRUST,
  ];
  return `${lines.join("\n")}\n`;
}

function withCommand(build: SharedBuild, content: PageContent): string[] {
  return [
    "",
    `${labelOf(build)}: ${build.name}, ${details(build)}`,
    `In ${shellOf(build.platform)}:`,
    commandOf(build, content),
  ];
}

function details({ size, sha256 }: { readonly size: number; readonly sha256: string }): string {
  return `${sizeText(size)}, SHA-256 ${sha256}`;
}
