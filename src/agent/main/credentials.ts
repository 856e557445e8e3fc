/** The role's credentials, read anew for each take: the worker's environment is a copy from its start. */
const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

export function credentialsOf(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
