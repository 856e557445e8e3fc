/** How the reader would type this command line again: what npm says of how it was started. */
export function typedCommand(env: NodeJS.ProcessEnv = process.env): string {
  if (env.npm_command === undefined) return "lambda-coverage";
  const inClone = env.npm_command !== "exec" && env.npm_package_name === "lambda-coverage-layer";
  return inClone ? "npm run --silent lambda-coverage --" : "npx lambda-coverage";
}
