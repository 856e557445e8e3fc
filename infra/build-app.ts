import { App, type AppProps, type Environment, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { LambdaCoverageLayerStack } from "./coverage-layer-stack.ts";
import { CoverageTestStack } from "./coverage-test-stack.ts";

export interface BuildOptions {
  props?: AppProps;
  env?: Environment;
  /** A published layer version for the testing stack. */
  layerArn?: string;
}

/** The whole infrastructure, checked by cdk-nag's AwsSolutions. */
export function buildApp({ props, env, layerArn }: BuildOptions = {}): App {
  const app = new App(props);
  const stack = env === undefined ? {} : { env };
  new LambdaCoverageLayerStack(app, "LambdaCoverageLayerStack", stack);
  const given = layerArn ?? (app.node.tryGetContext("layerArn") as string | undefined);
  new CoverageTestStack(app, "LambdaCoverageTestStack", {
    ...stack,
    ...(given === undefined ? {} : { layerArn: given }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
