/** What the types of the package's face promise. Checked by `npm run types`; never run. */
import type { APIGatewayProxyEventV2, APIGatewayProxyHandlerV2, Context, Handler } from "aws-lambda";
import { expectTypeOf } from "vitest";
import type * as face from "../../src/api/index.ts";

declare const api: typeof face;

export function faceTypes(): void {
  const { coverageHandler, CoverageContext, CoverageConfig, combineCoverageFiles } = api;
  const handler = async (event: { n: number }, _context: Context) => ({ twice: event.n * 2 });
  expectTypeOf(coverageHandler(handler)).toEqualTypeOf(handler);

  const typed: APIGatewayProxyHandlerV2 = async (event) => ({ statusCode: 200, body: event.rawPath });
  expectTypeOf(coverageHandler(typed)).toEqualTypeOf<APIGatewayProxyHandlerV2>();
  expectTypeOf(coverageHandler<Handler<APIGatewayProxyEventV2>>(async () => undefined)).toExtend<Handler>();
  // @ts-expect-error a handler is a function
  coverageHandler("index.handler");

  expectTypeOf(new CoverageContext().run(() => 1)).resolves.toBeNumber();
  expectTypeOf(new CoverageContext().run(async () => "x")).resolves.toBeString();
  expectTypeOf(new CoverageContext().enter()).toEqualTypeOf<face.CoverageContext>();
  expectTypeOf(new CoverageContext()).toExtend<AsyncDisposable>();

  expectTypeOf(CoverageConfig.fromEnvironment().uploadTimeout).toBeNumber();
  // @ts-expect-error the bucket is required
  new CoverageConfig({});
  // @ts-expect-error frozen
  CoverageConfig.fromEnvironment().debug = true;

  expectTypeOf(combineCoverageFiles({ bucketName: "b" })).resolves.toEqualTypeOf<face.CombineFilesResult>();
  // @ts-expect-error the bucket is required
  combineCoverageFiles({ prefix: "coverage/" });
  expectTypeOf(api.coverageCombinerHandler).toExtend<Handler>();
  expectTypeOf(api.healthCheckHandler().status).toEqualTypeOf<"healthy" | "degraded" | "unhealthy">();
  expectTypeOf(api.initializeCoverage()).toBeBoolean();
  expectTypeOf(api.finalizeCoverage()).resolves.toEqualTypeOf<face.CoverageReportMetadata | undefined>();
  expectTypeOf(new api.S3UploadError("x")).toExtend<face.CoverageError>();
}
