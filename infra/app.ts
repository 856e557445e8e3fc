/** What `cdk` runs in this folder. */
import { buildApp } from "./build-app.ts";

const account = process.env.CDK_DEFAULT_ACCOUNT;
const region = process.env.CDK_DEFAULT_REGION;

buildApp(account === undefined || region === undefined ? {} : { env: { account, region } });
