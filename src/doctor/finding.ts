/** `problem`: no coverage arrives. `warning`: less arrives, or it may stop. `fine`: looked at and in order. */
export type Severity = "problem" | "warning" | "fine" | "unchecked";

export interface Finding {
  /** An anchor in docs/doctor.md. */
  code: string;
  severity: Severity;
  message: string;
  /** What to do; absent where all is fine. */
  fix?: string;
}

export function problem(code: string, message: string, fix: string): Finding {
  return { code, severity: "problem", message, fix };
}

export function warning(code: string, message: string, fix: string): Finding {
  return { code, severity: "warning", message, fix };
}

export function fine(code: string, message: string): Finding {
  return { code, severity: "fine", message };
}
