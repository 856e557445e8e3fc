/** From what a source map calls a source to a path in the repository: relative, and never out of it. */
import { createHash } from "node:crypto";
import path from "node:path";

/** File systems allow 255 bytes in a name; reports add their suffixes. */
const maxSegment = 120;

export interface OriginalPathOptions {
  /** Deployed path of the script: relative to the task root, or absolute. */
  scriptPath: string;
  /** Absolute path of the repository, where known. */
  root?: string | undefined;
}

/** `source` as the map names it: relative to the script, absolute, or a URL. */
export function originalPath(source: string, options: OriginalPathOptions): string {
  const plain = withoutScheme(source).replaceAll("\\", "/");
  const root = options.root?.replaceAll("\\", "/").replace(/\/+$/, "");
  const absolute = /^(?:\/|[A-Za-z]:\/)/.test(plain);
  if (absolute && root !== undefined && plain.startsWith(`${root}/`)) {
    return safePath(plain.slice(root.length + 1));
  }
  if (absolute || isRooted(source)) return safePath(plain);
  return safePath(path.posix.join(path.posix.dirname(deployedPath(options.scriptPath)), plain));
}

/** The path of deployed code: relative to the task root. */
export function deployedPath(scriptPath: string): string {
  return withoutScheme(scriptPath).replace(/^\/var\/task\//, "");
}

/** `webpack://app/./src/a.ts` is rooted at the project, wherever the script lies. */
function isRooted(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source);
}

function withoutScheme(source: string): string {
  if (source.includes(":") && /^file:\/\//i.test(source)) {
    const pathname = source.replace(/^file:\/\/[^/]*/i, "").replace(/^\/([A-Za-z]:\/)/, "$1");
    try {
      return decodeURIComponent(pathname);
    } catch {
      return pathname;
    }
  }
  return source.replace(/^[a-z][a-z0-9+.-]+:\/\/[^/]*\/*/i, "").replace(/\?[0-9a-z]{0,8}$/i, "");
}

/** No `..`, no empty or endless names, nothing that steers a terminal, a file system or an object's prototype. */
export function safePath(text: string): string {
  const segments = path.posix
    .normalize(`/${text.replace(/^[A-Za-z]:\//, "/")}`)
    .split("/")
    .filter((segment) => segment !== "" && segment !== "..")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through.
    .map((segment) => shorten(segment.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g, "_")));
  const safe = segments.join("/");
  if (safe === "") return "unnamed";
  return safe === "__proto__" ? "_/__proto__" : safe;
}

function shorten(segment: string): string {
  if (Buffer.byteLength(segment) <= maxSegment) return segment;
  const hash = createHash("sha256").update(segment).digest("hex").slice(0, 12);
  return `${segment.slice(0, 24)}-${hash}${path.posix.extname(segment).slice(0, 12)}`;
}
