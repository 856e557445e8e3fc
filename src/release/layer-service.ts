import {
  AddLayerVersionPermissionCommand,
  DeleteLayerVersionCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  type LambdaClient,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  type Runtime,
} from "@aws-sdk/client-lambda";
import { formatLayerDescription, layerArchitectures, layerRuntimes } from "../contract/runtimes.ts";
import type { LayerArchive } from "./layer-archive.ts";
import type { Share } from "./share.ts";

export interface PublishedVersion {
  version: number;
  arn: string;
  description: string;
  createdDate: string;
}

/** One layer name in one region, in the words of the release: the AWS SDK's calls behind it. */
export class LayerService {
  private readonly client: LambdaClient;
  private readonly name: string;

  /** @param client must not retry by itself: publishing twice makes two versions. */
  constructor(client: LambdaClient, name: string) {
    this.client = client;
    this.name = name;
  }

  /** The newest version, or undefined where none was published or all were deleted. */
  async latest(): Promise<PublishedVersion | undefined> {
    const answer = await this.client.send(
      new ListLayerVersionsCommand({ LayerName: this.name, MaxItems: 1 }),
    );
    const found = answer.LayerVersions?.[0];
    if (found?.Version === undefined) return undefined;
    return {
      version: found.Version,
      arn: found.LayerVersionArn ?? "",
      description: found.Description ?? "",
      createdDate: found.CreatedDate ?? "",
    };
  }

  /** Base64 sha256 of a version's zip. */
  async codeSha256(version: number): Promise<string | undefined> {
    const command = new GetLayerVersionCommand({ LayerName: this.name, VersionNumber: version });
    return (await this.client.send(command)).Content?.CodeSha256;
  }

  async publish(archive: LayerArchive): Promise<PublishedVersion> {
    const answer = await this.client.send(
      new PublishLayerVersionCommand({
        LayerName: this.name,
        Content: { ZipFile: archive.bytes },
        Description: formatLayerDescription(archive.family, archive.version),
        CompatibleRuntimes: layerRuntimes[archive.family] as Runtime[],
        CompatibleArchitectures: [...layerArchitectures],
        LicenseInfo: "MIT",
      }),
    );
    return {
      version: answer.Version ?? 0,
      arn: answer.LayerVersionArn ?? "",
      description: answer.Description ?? "",
      createdDate: answer.CreatedDate ?? "",
    };
  }

  async delete(version: number): Promise<void> {
    await this.client.send(new DeleteLayerVersionCommand({ LayerName: this.name, VersionNumber: version }));
  }

  /** Statement ids of a version's policy. */
  async sharedWith(version: number): Promise<Set<string>> {
    const command = new GetLayerVersionPolicyCommand({ LayerName: this.name, VersionNumber: version });
    try {
      const policy = JSON.parse((await this.client.send(command)).Policy ?? "{}") as {
        Statement?: { Sid: string }[];
      };
      return new Set((policy.Statement ?? []).map((statement) => statement.Sid));
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return new Set();
      throw error;
    }
  }

  async share(version: number, share: Share): Promise<void> {
    await this.client.send(
      new AddLayerVersionPermissionCommand({
        LayerName: this.name,
        VersionNumber: version,
        StatementId: share.id,
        Action: "lambda:GetLayerVersion",
        Principal: share.principal,
        ...(share.organisation === undefined ? {} : { OrganizationId: share.organisation }),
      }),
    );
  }
}
