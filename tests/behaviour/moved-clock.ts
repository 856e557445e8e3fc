/**
 * A wall clock that tests move, for functions, the local Lambda and the S3-protocol server alike, by libfaketime
 * (Debian's `libfaketime`). CLOCK_MONOTONIC stays as it is: on Lambda it stands still over a freeze.
 */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libfaketimePath } from "../../scripts/machine/needs.ts";

export class MovedClock {
  /** Functions have a /tmp and /var of their own. */
  readonly #folder = mkdtempSync("/dev/shm/moved-clock-");

  constructor() {
    this.moveTo(0);
  }

  /** For a process that is to live by this clock. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: join(this.#folder, "clock"),
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** Seconds ahead of the machine's clock, at once. */
  moveTo(seconds: number): void {
    const aside = join(this.#folder, "next");
    writeFileSync(aside, `+${seconds}s`);
    renameSync(aside, join(this.#folder, "clock"));
  }

  /** Processes that `start` starts live by it, too. */
  async around<T>(start: () => Promise<T>): Promise<T> {
    Object.assign(process.env, this.environment);
    try {
      return await start();
    } finally {
      for (const name of Object.keys(this.environment)) delete process.env[name];
    }
  }

  /** Once its processes have ended: libfaketime leaves behind what those that were killed shared. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    for (const name of readdirSync("/dev/shm")) {
      const pid = /^(?:sem\.)?faketime_(?:shm|sem)_(\d+)$/.exec(name)?.[1];
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(`/dev/shm/${name}`, { force: true });
    }
  }
}

function library(): string {
  const path = libfaketimePath();
  if (path === undefined) throw new Error("libfaketime is not there: `npm run machine` says what brings it");
  return path;
}
