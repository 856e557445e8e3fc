/**
 * The worker's code as text, put here by the bundler where no file of ours lies beside the bundle (the
 * package's face bundled into a user's function); undefined in the layer, which has the file.
 */
export const workerSource: string | undefined = undefined;
