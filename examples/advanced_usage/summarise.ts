export interface Reading {
  sensor: string;
  value: number;
}

export interface Summary {
  count: number;
  dropped: number;
  mean: number | null;
  max: number | null;
  warning?: string;
}

export function summarise(readings: readonly Reading[]): Summary {
  const valid = readings.filter((reading) => Number.isFinite(reading.value) && reading.sensor !== "");
  const dropped = readings.length - valid.length;
  if (valid.length === 0) return { count: 0, dropped, mean: null, max: null };
  const sum = valid.reduce((total, reading) => total + reading.value, 0);
  const max = Math.max(...valid.map((reading) => reading.value));
  const summary: Summary = { count: valid.length, dropped, mean: sum / valid.length, max };
  if (dropped > valid.length) summary.warning = "most readings are broken";
  else if (max > 90) summary.warning = "too hot";
  return summary;
}
