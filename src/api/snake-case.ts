/** `uploadTimeout` → `upload_timeout`: the spec's names of our fields. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A plain object of the spec's names; undefined fields are left out. */
export function toSnakeCase(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [snakeCase(name), value]),
  );
}
