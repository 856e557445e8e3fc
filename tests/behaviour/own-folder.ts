/** Without mount namespaces /var and /opt lie in a folder that is named as the function is. */
const ownFolder = /(?:\/[\w.-]+)*\/lambda-coverage-local-\w+\/functions\/[\w-]+(?=\/(?:var|opt)\/)/g;

/** A function's answer or log as another of the same code would give it. */
export function withoutOwnFolder(text: string): string {
  return text.replace(ownFolder, "");
}
