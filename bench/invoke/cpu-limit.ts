/**
 * Words that pin a function to one core, or give it the share of a core that Lambda gives a memory size:
 * 1,769 MB is one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";

const mbPerCore = 1769;
const periodUs = 20_000;

export const functionCore = 1;

export interface CpuLimit {
  launchPrefix: string[];
  release(): void;
}

export function pinned(): CpuLimit {
  return { launchPrefix: ["taskset", "-c", String(functionCore)], release: () => {} };
}

/** Throws where the machine has no cpu cgroup that can be written: a quota must not be pretended. */
export function quota(memoryMb: number): CpuLimit {
  const quotaUs = Math.round((periodUs * memoryMb) / mbPerCore);
  const name = `lambda-coverage-bench-${process.pid}-${memoryMb}`;
  const isV1 = existsSync("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const folder = isV1 ? `/sys/fs/cgroup/cpu/${name}` : `/sys/fs/cgroup/${name}`;
  mkdirSync(folder);
  if (isV1) {
    writeFileSync(`${folder}/cpu.cfs_period_us`, String(periodUs));
    writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quotaUs));
  } else writeFileSync(`${folder}/cpu.max`, `${quotaUs} ${periodUs}`);
  return {
    launchPrefix: [
      "sh",
      "-c",
      `echo $$ > ${folder}/cgroup.procs && exec "$@"`,
      "sh",
      ...pinned().launchPrefix,
    ],
    release: () => rmdirSync(folder),
  };
}
