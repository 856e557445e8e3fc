/** The flow through an `if`, and how often an `else` that is not written ran. */
import type { AstNode } from "../parse-script.ts";
import { expressionFlow } from "./expressions.ts";
import { bodyEntry, type FlowContext } from "./flow-context.ts";
import { statementFlow } from "./statements.ts";
import { atLeast, combineTerms, ifAny, never, type Probe, sumOf } from "./terms.ts";
import { callsSomething, mayThrow } from "./throws.ts";

/** How often an `if` was left at its end: not known more exactly than by these two, which mostly are one. */
interface Through {
  /** Where V8's counter behind it is read. */
  offset: number;
  least: Probe;
  most: Probe;
}

export function ifFlow(context: FlowContext, node: AstNode, flow: Probe, behind: number | undefined): Probe {
  const counted: Probe | undefined = behind === undefined ? undefined : [behind];
  const through = counted && { offset: behind as number, least: counted, most: counted };
  const after = chainFlow(context, node, flow, through);
  return counted ?? after;
}

/** `else if`: V8 has one counter behind the whole chain. */
function chainFlow(context: FlowContext, node: AstNode, flow: Probe, through: Through | undefined): Probe {
  const tested = expressionFlow(context, node.test as AstNode, flow);
  const consequent = node.consequent as AstNode;
  const entry = bodyEntry(consequent);
  context.arms.set(consequent, entry);
  const afterThen = statementFlow(context, consequent, entry, undefined);
  const alternate = node.alternate as AstNode | null;
  if (alternate === null) {
    const unwritten = combineTerms(tested, never, entry);
    const isSure = tested !== context.unsure;
    context.elses.set(node, through ? elseProbe(node, { unwritten, isSure, through, afterThen }) : unwritten);
    return sumOf(unwritten, afterThen) ?? tested;
  }
  const otherwise = bodyEntry(alternate);
  context.arms.set(alternate, otherwise);
  let afterElse: Probe;
  if (alternate.type === "IfStatement") {
    context.statements.set(alternate, otherwise);
    afterElse = chainFlow(
      context,
      alternate,
      otherwise,
      through && throughElse(consequent, through, afterThen),
    );
  } else afterElse = statementFlow(context, alternate, otherwise, undefined);
  return sumOf(afterThen, afterElse) ?? tested;
}

function throughElse(consequent: AstNode, through: Through, afterThen: Probe): Through {
  const least = less(through, consequent, afterThen);
  const isExact = afterThen.length === 0 || !mayThrow(consequent);
  return { ...through, least, most: isExact ? least : through.most };
}

/** What came through, less an arm. */
function less({ offset, least }: Through, arm: AstNode, afterArm: Probe): Probe {
  // `if (a) await b();`: V8 has one counter behind both.
  return combineTerms(least, never, afterArm.includes(offset) ? bodyEntry(arm) : afterArm);
}

/**
 * What ran after the `if` less its first arm. The arm may have thrown, then that is too low; the test may have
 * thrown, then what went in less the arm is too high: where both may, the two are the bounds.
 */
function elseProbe(node: AstNode, { unwritten, isSure, through, afterThen }: ElseFlows): Probe {
  const consequent = node.consequent as AstNode;
  const rest = less(through, consequent, afterThen);
  const isExact = through.least === through.most;
  if (isExact && (afterThen.length === 0 || !mayThrow(consequent))) return rest;
  const test = node.test as AstNode;
  const most = [unwritten, through.most];
  if (!mayThrow(test)) return isSure ? unwritten : atLeast(unwritten, most);
  // Reading a property seldom throws, but may.
  return callsSomething(test) ? atLeast(rest, most) : ifAny(atLeast(unwritten, most), rest);
}

interface ElseFlows {
  /** What went in less the first arm. */
  unwritten: Probe;
  /** Whether what went in is known. */
  isSure: boolean;
  through: Through;
  afterThen: Probe;
}
