/** The frame around every page. */
import { html, type Markup } from "./markup.ts";

export interface PageFrame {
  title: string;
  /** Way from the page to the report's folder: empty or `../`. */
  base: string;
  /** Of this report; only the style sheet and script that carry it are let in. */
  nonce: string;
}

/** Nothing but our own two files may run or style, whatever a source or a name holds. */
function policy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
}

export function page(frame: PageFrame, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(frame.nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${frame.title}</title>
<link rel="stylesheet" href="${frame.base}report.css" nonce="${frame.nonce}">
<script src="${frame.base}report.js" nonce="${frame.nonce}"></script>
</head>
<body>
${body}
</body>
</html>
`.text;
}
