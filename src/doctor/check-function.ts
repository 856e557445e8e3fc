import {
  execWrapperVariable,
  familyOfRuntime,
  layerName,
  maxLayersPerFunction,
  nextWrapperVariable,
  type RuntimeFamily,
  wrapperPath,
} from "../contract/runtimes.ts";
import { readSettings, settingsTable } from "../contract/settings.ts";
import { type Finding, fine, problem, warning } from "./finding.ts";
import { type FunctionFacts, known } from "./function-facts.ts";
import { familyOfLayer } from "./our-layers.ts";

/** Everything that the configuration alone tells. */
export function checkFunction(facts: FunctionFacts): Finding[] {
  const unsupported = checkRuntime(facts);
  if (unsupported !== undefined) return [unsupported];
  const { family } = familyOfRuntime(facts.runtime ?? "") as { family: RuntimeFamily };
  return [
    fine("runtime", `runtime ${facts.runtime}`),
    checkLayer(facts, family),
    ...checkWrapper(facts),
    ...checkSettings(facts),
    ...checkTimeout(facts),
    ...checkNodeOptions(facts, family),
  ];
}

function checkRuntime(facts: FunctionFacts): Finding | undefined {
  if (facts.isImage) {
    const fix = "Unzip the layer's zip into /opt in the Dockerfile (docs/adopt.md, container images).";
    return problem("ContainerImage", "The function is a container image, which takes no layers.", fix);
  }
  if (facts.isDurable) {
    const fix = "Leave coverage off here.";
    return problem("DurableFunction", "A durable function's runtime ignores NODE_OPTIONS.", fix);
  }
  if (facts.isManagedInstances) {
    const fix = "Use a function without a capacity provider for coverage.";
    return problem("ManagedInstances", "On Lambda Managed Instances the layer stays off.", fix);
  }
  if (facts.isSnapStart) {
    const fix = "Switch SnapStart off for this function, or leave coverage off.";
    return problem(
      "SnapStart",
      "With SnapStart environments start from one snapshot: the layer stays off.",
      fix,
    );
  }
  const found = familyOfRuntime(facts.runtime ?? "unknown");
  if ("family" in found) return undefined;
  return problem(
    "UnsupportedRuntime",
    `${found.problem}.`,
    "Change the runtime, or leave coverage off here.",
  );
}

function checkLayer({ layers, name }: FunctionFacts, family: RuntimeFamily): Finding {
  const ours = layers.find((layer) => familyOfLayer(layer) === family);
  if (ours !== undefined) return fine("layer", `layer ${ours.arn}`);
  const other = layers.find((layer) => familyOfLayer(layer) !== undefined);
  if (other !== undefined) {
    const fix = `Replace it by the newest version of ${layerName[family]}.`;
    return problem("WrongLayer", `The layer ${other.arn} is for the other language.`, fix);
  }
  const unknown = layers.filter((layer) => layer.description === undefined);
  if (unknown.length > 0) {
    const why = unknown.some((layer) => !layer.arn.startsWith("arn:"))
      ? "a template's references do not tell which layer they are; run the doctor on the deployed function"
      : "allow lambda:GetLayerVersion to read what they are";
    const message = `whether ${unknown.map((layer) => layer.arn).join(" or ")} is our layer`;
    return { code: "unchecked", severity: "unchecked", message, fix: why };
  }
  const has = layers.length === 0 ? "no layers" : `${layers.length} layers, none of them ours`;
  const full =
    layers.length >= maxLayersPerFunction ? " Lambda allows 5 layers: merge two of the others first." : "";
  const fix =
    `aws lambda update-function-configuration --function-name ${name} --layers ` +
    `${[...layers.map((layer) => layer.arn), `<ARN of ${layerName[family]}>`].join(" ")}.${full}`;
  return problem("NoLayer", `The function has ${has}.`, fix);
}

function checkWrapper({ environment, layers }: FunctionFacts): Finding[] {
  const wrapper = environment[execWrapperVariable];
  if (wrapper === wrapperPath) {
    const next = environment[nextWrapperVariable];
    if (next === wrapperPath) {
      const fix = `Remove ${nextWrapperVariable}, or set it to the wrapper the function had before.`;
      return [problem("WrapperLoop", `${nextWrapperVariable} names our own wrapper.`, fix)];
    }
    return [fine("wrapper", next ? `wrapper ${wrapper}, then ${next}` : `wrapper ${wrapper}`)];
  }
  if (!wrapper) {
    const message = `${execWrapperVariable} is not set: only code that calls coverageHandler or CoverageContext is measured.`;
    return [warning("NoWrapper", message, `Set ${execWrapperVariable}=${wrapperPath}.`)];
  }
  const fix = `Set ${execWrapperVariable}=${wrapperPath} and ${nextWrapperVariable}=${wrapper}: ours runs it next.`;
  const of = layers.length > 1 ? " of another layer" : "";
  return [problem("OtherWrapper", `The exec wrapper${of} is ${wrapper}, so ours never starts.`, fix)];
}

function checkSettings({ environment }: FunctionFacts): Finding[] {
  const { settings, problems } = readSettings(known(environment));
  const findings = problems.map((it) =>
    warning("BadSetting", `${it.message}; the default is used.`, `Correct or remove ${it.env}.`),
  );
  const variable = settingsTable.s3Bucket.env;
  if (!(variable in environment) || environment[variable] === "") {
    findings.push(
      problem("NoBucket", `${variable} is not set: nothing is stored.`, `Set ${variable}=<your bucket>.`),
    );
  } else if (environment[variable] !== undefined && settings.s3Bucket === undefined) {
    findings.push(
      problem("NoBucket", `${variable} is no bucket name: nothing is stored.`, `Correct ${variable}.`),
    );
  }
  if (!settings.enabled) {
    const message = `${settingsTable.enabled.env} is false: the wrapper does nothing.`;
    findings.push(problem("Disabled", message, `Remove ${settingsTable.enabled.env}.`));
  }
  const rate = settingsTable.sampleRate.env;
  if (settings.sampleRate === 0) {
    findings.push(
      problem("SampledOut", `${rate} is 0: no environment collects.`, `Raise ${rate}, e.g. to 0.1.`),
    );
  } else if (settings.sampleRate < 1) {
    const message = `${rate} is ${settings.sampleRate}: the other execution environments run bare.`;
    findings.push(warning("Sampled", message, `Set ${rate}=1 to measure each.`));
  }
  return findings;
}

/** The layer keeps 500 ms before the deadline free, so a second leaves hardly time for an upload. */
const shortTimeoutSeconds = 2;

function checkTimeout({ timeoutSeconds }: FunctionFacts): Finding[] {
  if (timeoutSeconds >= shortTimeoutSeconds) return [];
  const message =
    `The timeout is ${timeoutSeconds} s, and an upload may take only what is left of it less 500 ms; what does not get ` +
    "out waits under /tmp for the next invocation and is lost with its environment.";
  return [warning("ShortTimeout", message, "Raise the timeout to 3 s or more; only time used is billed.")];
}

function checkNodeOptions({ environment }: FunctionFacts, family: RuntimeFamily): Finding[] {
  if (family !== "nodejs") return [];
  if (environment.NODE_V8_COVERAGE) {
    const message = "NODE_V8_COVERAGE is set: both would reset the same counters, so the layer stays off.";
    return [problem("NodeV8Coverage", message, "Remove NODE_V8_COVERAGE.")];
  }
  if (/--(inspect|cpu-prof)\b/.test(environment.NODE_OPTIONS ?? "")) {
    const message = `NODE_OPTIONS has ${environment.NODE_OPTIONS}: another inspector session stops V8's counters.`;
    return [warning("Inspector", message, "Remove --inspect and --cpu-prof from NODE_OPTIONS.")];
  }
  return [];
}
