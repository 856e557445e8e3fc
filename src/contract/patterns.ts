/**
 * A pattern of COVERAGE_INCLUDE_PATTERNS or COVERAGE_EXCLUDE_PATTERNS as coverage.py reads it, as a glob: `dir/*` is
 * all below dir, a leading `*\/` any folder or none; one without a slash names files in any folder.
 * https://coverage.readthedocs.io/en/7.10.7/source.html#file-patterns
 */
export function readAsCoveragePy(pattern: string): string {
  const path = pattern.replace(/^\.\//, "");
  // `!*.ts` is everything but them.
  if (!path.includes("/")) return path.replace(/^(!(?!\())?/, "$1**/");
  return path.replace(/^\*\//, "**/").replace(/\/\*$/, "/**");
}
