/** What takes a server of ours: not run against another one (other-server.ts). */
export interface LeftOut {
  file: string;
  /** How the test's title begins; none: the whole file. */
  title?: string;
  reason: string;
}

const faults = "injects faults into the server";
const policy = "sets the server's policy";

export const leftOutTests: LeftOut[] = [
  { file: "s3-trouble.test.ts", reason: faults },
  { file: "freeze.test.ts", reason: "sets how long the server keeps connections, and reads its log" },
  { file: "thaw.test.ts", reason: "moves the server's clock, sets its access keys, and reads its log" },
  { file: "vanished-script.test.ts", reason: policy },
  { file: "worker-faults.test.ts", title: "boots late while S3 hangs", reason: faults },
  { file: "counting.test.ts", title: "COVERAGE_UPLOAD=new: what S3 refused", reason: faults },
  { file: "endings.test.ts", title: "thawed after its connection to S3 died", reason: faults },
  { file: "endings.test.ts", title: "S3 hangs", reason: faults },
  { file: "health-check.test.ts", title: "no permission to store", reason: policy },
  { file: "logs.test.ts", title: "an upload that fails", reason: faults },
  { file: "logs.test.ts", title: "COVERAGE_METRICS", reason: faults },
  { file: "security.test.ts", title: "with S3 up and down", reason: faults },
  { file: "security.test.ts", title: "least privilege", reason: policy },
  { file: "settings.test.ts", title: "credentials that change", reason: "sets the server's access keys" },
];

export function leftOut(file: string, title: string): LeftOut | undefined {
  return leftOutTests.find((entry) => entry.file === file && title.startsWith(entry.title ?? ""));
}
