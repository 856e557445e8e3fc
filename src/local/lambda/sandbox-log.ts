import { setImmediate as nextTurn } from "node:timers/promises";
import { LineSplitter } from "./recorder.ts";

/** What a sandbox's processes wrote, among Lambda's own lines. */
export class SandboxLog {
  text = "";

  line(line: string): void {
    this.text += `${line}\n`;
  }

  capture(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
    const lines = new LineSplitter(onLine);
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      this.text += text;
      lines.write(text);
    });
    stream.on("end", () => lines.end());
  }

  /** What a process wrote before it was seen to wait lies ready in the pipes: read until nothing comes. */
  async drained(): Promise<void> {
    for (let length = -1; length !== this.text.length; ) {
      length = this.text.length;
      await nextTurn();
      await nextTurn();
    }
  }
}
