// Text within XML (launchd's lists and Windows' tasks). Pure. Must not know whose it is.

/** XML 1.0 §2.4. For text without control characters, most of which XML cannot hold. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
