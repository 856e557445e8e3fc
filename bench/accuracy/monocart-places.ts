/**
 * monocart names the same counters by other places: a declaration by its first character where Istanbul has the
 * initial value's, branches by ESTree's node types. Here they get Istanbul's, so that it is not blamed for names.
 */
import type { FileCoverageData } from "istanbul-lib-coverage";
import { type AstNode, isNode, parseStatements } from "../../src/combine/map/parse-script.ts";

const branchTypes: Record<string, string> = {
  IfStatement: "if",
  ConditionalExpression: "cond-expr",
  LogicalExpression: "binary-expr",
  SwitchStatement: "switch",
  AssignmentPattern: "default-arg",
};

export function withIstanbulPlaces(file: FileCoverageData, source: string): FileCoverageData {
  const values = firstValues(source);
  for (const range of Object.values(file.statementMap)) {
    const value = values.get(`${range.start.line}:${range.start.column}`);
    if (value !== undefined) range.start = value;
  }
  for (const branch of Object.values(file.branchMap)) branch.type = branchTypes[branch.type] ?? branch.type;
  return file;
}

interface Position {
  line: number;
  column: number;
}

/** From where a declaration begins to where its first variable's value does. */
function firstValues(source: string): Map<string, Position> {
  const lineStarts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const position = (offset: number): Position => {
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (lineStarts[low] as number) };
  };
  const values = new Map<string, Position>();
  const visit = (node: AstNode): void => {
    if (node.type === "VariableDeclaration") {
      const [first] = node.declarations as AstNode[];
      const { line, column } = position(node.start);
      if (first?.init) values.set(`${line}:${column}`, position((first.init as AstNode).start));
    }
    for (const value of Object.values(node)) {
      for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) visit(item);
    }
  };
  parseStatements(source, () => ({ statement: visit, end: () => undefined }));
  return values;
}
