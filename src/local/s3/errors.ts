import { escapeXml } from "./xml.ts";

/** An answer in S3's error form. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export class S3Error extends Error {
  readonly code: S3ErrorCode;
  readonly status: number;
  /** Further elements of the error document, e.g. Region. */
  readonly elements: Record<string, string>;
  readonly headers: Record<string, string>;

  constructor(
    code: S3ErrorCode,
    options: { message?: string; elements?: Record<string, string>; headers?: Record<string, string> } = {},
  ) {
    const [status, message] = errorTable[code];
    super(options.message ?? message);
    this.code = code;
    this.status = status;
    this.elements = options.elements ?? {};
    this.headers = options.headers ?? {};
  }

  toXml(requestId: string): string {
    const elements = { Code: this.code, Message: this.message, ...this.elements, RequestId: requestId };
    const inner = Object.entries(elements).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`);
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner.join("")}<HostId>local</HostId></Error>`;
  }
}

const errorTable = {
  AccessDenied: [403, "Access Denied"],
  AuthorizationHeaderMalformed: [400, "The authorization header is malformed."],
  AuthorizationQueryParametersError: [400, "The authorization query parameters are malformed."],
  BadDigest: [400, "The Content-MD5 or checksum value you specified did not match what we received."],
  BucketAlreadyOwnedByYou: [409, "Your previous request to create the named bucket succeeded."],
  BucketNotEmpty: [409, "The bucket you tried to delete is not empty."],
  ConditionalRequestConflict: [
    409,
    "A conflicting conditional operation is currently in progress against this resource. Please try again.",
  ],
  EntityTooSmall: [400, "Your proposed upload is smaller than the minimum allowed object size."],
  ExpiredToken: [400, "The provided token has expired."],
  IncompleteBody: [400, "You did not provide the number of bytes specified by the Content-Length header."],
  InternalError: [500, "We encountered an internal error. Please try again."],
  InvalidAccessKeyId: [403, "The AWS Access Key Id you provided does not exist in our records."],
  InvalidArgument: [400, "Invalid Argument"],
  InvalidBucketName: [400, "The specified bucket is not valid."],
  InvalidChunkSizeError: [403, "Only the last chunk is allowed to have a size less than 8192 bytes"],
  InvalidDigest: [400, "The Content-MD5 or checksum value that you specified is not valid."],
  InvalidPart: [400, "One or more of the specified parts could not be found."],
  InvalidPartOrder: [400, "The list of parts was not in ascending order."],
  InvalidRange: [416, "The requested range is not satisfiable"],
  InvalidRequest: [400, "Invalid Request"],
  InvalidToken: [400, "The provided token is malformed or otherwise invalid."],
  KeyTooLongError: [400, "Your key is too long"],
  MalformedXML: [400, "The XML you provided was not well-formed or did not validate against our schema"],
  MethodNotAllowed: [405, "The specified method is not allowed against this resource."],
  MissingContentLength: [411, "You must provide the Content-Length HTTP header."],
  MissingSecurityHeader: [400, "Your request was missing a required header"],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  NoSuchUpload: [404, "The specified multipart upload does not exist."],
  NotImplemented: [501, "A header or query you provided implies functionality that is not implemented"],
  NotModified: [304, "Not Modified"],
  PermanentRedirect: [
    301,
    "The bucket you are attempting to access must be addressed using the specified endpoint.",
  ],
  PreconditionFailed: [412, "At least one of the pre-conditions you specified did not hold"],
  RequestTimeTooSkewed: [403, "The difference between the request time and the current time is too large."],
  SignatureDoesNotMatch: [
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ],
  SlowDown: [503, "Please reduce your request rate."],
  TemporaryRedirect: [307, "Please re-send this request to the specified temporary endpoint."],
  XAmzContentSHA256Mismatch: [
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type S3ErrorCode = keyof typeof errorTable;
