/** A stored probe table is data of strangers: its shape is checked before its numbers are used. */
import { twinOffset } from "../fold/script-counts.ts";
import { isObject } from "../fold/validate.ts";
import { mappingVersion, type ProbeTable } from "./probe-table.ts";

type Fields = Record<string, unknown>;

const branchTypes = new Set(["if", "cond-expr", "binary-expr", "switch", "default-arg"]);
const maxPosition = 2 ** 31;

/** The value as table of this script, or undefined. */
export function checkTable(value: unknown, sha256: string, length: number): ProbeTable | undefined {
  if (!isObject(value) || value.version !== mappingVersion) return undefined;
  if (value.sha256 !== sha256 || value.length !== length) return undefined;
  if (!isHash(value.mapSha256)) return undefined;
  if (typeof value.deployed !== "boolean") return undefined;
  if (value.problem !== undefined && typeof value.problem !== "string") return undefined;
  const isProbe = (probe: unknown): boolean =>
    Array.isArray(probe) &&
    probe.every((term) => isInteger(term) && (term < 0 ? ~term : term) <= twinOffset(length, length));
  if (!isProbe(value.functionRanges) || (value.functionRanges as number[]).length % 3 !== 0) return undefined;
  if (!Array.isArray(value.files)) return undefined;
  return value.files.every((file) => isFile(file, isProbe)) ? (value as unknown as ProbeTable) : undefined;
}

type Check = (value: unknown) => boolean;

function isFile(file: unknown, isProbe: Check): boolean {
  return (
    isObject(file) &&
    typeof file.source === "string" &&
    (file.textSha256 === undefined || isHash(file.textSha256)) &&
    isListOf(file.statements, ({ at, probes }) => isRange(at) && isFullList(probes, isProbe)) &&
    isListOf(
      file.functions,
      ({ name, declaration, at, probe }) =>
        typeof name === "string" && isRange(declaration) && isRange(at) && isProbe(probe),
    ) &&
    isListOf(file.branches, (branch) => isBranch(branch, isProbe))
  );
}

function isBranch({ type, at, arms, probes }: Fields, isProbe: Check): boolean {
  return (
    branchTypes.has(type as string) &&
    isRange(at) &&
    isFullList(arms, isRange) &&
    isFullList(probes, isProbe) &&
    (arms as unknown[]).length === (probes as unknown[]).length
  );
}

function isListOf(value: unknown, isItem: (item: Fields) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isObject(item) && isItem(item));
}

function isFullList(value: unknown, isItem: Check): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem);
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isRange(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    value.every((position) => isInteger(position) && position >= -1 && position < maxPosition)
  );
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
