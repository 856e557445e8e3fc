import { Token } from "aws-cdk-lib";
import { nearestName, type SettingRow, type Settings, settingsTable } from "../contract/settings.ts";
import { CoverageSetupError } from "./setup-error.ts";

/** The settings of the settings table as props; the bucket is given as a construct instead. */
export type CoverageSettings = { [K in Exclude<keyof Settings, "s3Bucket">]?: NonNullable<Settings[K]> };

/** Environment variables for these settings. Throws `BadSetting` for a value the layer would not take. */
export function settingsToEnvironment(settings: CoverageSettings): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings)) {
    const row = (settingsTable as Record<string, SettingRow<unknown>>)[name];
    if (row === undefined) throw unknownSetting(name);
    if (value === undefined) continue;
    environment[row.env] = settingText(name, row, value);
  }
  return environment;
}

function settingText(name: string, row: SettingRow<unknown>, value: unknown): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  if (!Token.isUnresolved(text) && row.parser.parse(text) === undefined) {
    throw new CoverageSetupError(
      "BadSetting",
      `${name}: ${JSON.stringify(value)} is not allowed for ${row.env}; use ${row.parser.allowed}.`,
    );
  }
  return text;
}

function unknownSetting(name: string): CoverageSetupError {
  const known = Object.keys(settingsTable).filter((candidate) => candidate !== "s3Bucket");
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(", ")}` : `did you mean ${nearest}?`;
  return new CoverageSetupError("UnknownSetting", `${name} is not a setting of the layer; ${hint}`);
}
