/** `cdk synth` in this folder: the whole infrastructure, checked by cdk-nag's AwsSolutions. */
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { LambdaCoverageLayerStack } from "./coverage-layer-stack.ts";
import { CoverageTestStack } from "./coverage-test-stack.ts";

const app = new App();
const account = process.env.CDK_DEFAULT_ACCOUNT;
const region = process.env.CDK_DEFAULT_REGION;
const env = account === undefined || region === undefined ? {} : { env: { account, region } };
const layerArn = app.node.tryGetContext("layerArn") as string | undefined;

new LambdaCoverageLayerStack(app, "LambdaCoverageLayerStack", env);
new CoverageTestStack(app, "LambdaCoverageTestStack", {
  ...env,
  ...(layerArn === undefined ? {} : { layerArn }),
});

Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
