/** What the system refused, in words that say what to do: Node's own message names a code and a call. */

interface SystemTrouble {
  message: string;
  remedy: string;
}

type Describe = (subject: string, error: NodeJS.ErrnoException) => SystemTrouble;

const noSpace: Describe = (subject) => ({
  message: `no space is left on the disk to write ${subject}`,
  remedy: "Free some space there, or name a folder on another disk.",
});

const forbidden: Describe = (subject, { syscall }) => ({
  message: `no permission to ${reading.has(syscall ?? "") ? "read" : "write"} ${subject}`,
  remedy: "Give your user access to it, or name another place.",
});

const reading = new Set(["scandir", "opendir", "read", "stat", "lstat", "readlink", "open", "access"]);

const fileInTheWay: Describe = (subject) => ({
  message: `${subject} cannot be a folder: a file of that name, or of a folder above it, is in the way`,
  remedy: "Remove the file, or name another folder.",
});

const tooManyOpen: Describe = () => ({
  message: "this process may not open any more files",
  remedy: "Raise the limit: ulimit -n 4096.",
});

const troubles: Readonly<Record<string, Describe>> = {
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EFBIG: noSpace,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: forbidden,
  EEXIST: fileInTheWay,
  ENOTDIR: fileInTheWay,
  EISDIR: (subject) => ({
    message: `${subject} is a folder, where a file should be`,
    remedy: "Remove the folder, or name another file.",
  }),
  ENOENT: (subject) => ({ message: `there is no ${subject}`, remedy: "Check the name." }),
  ENAMETOOLONG: (subject) => ({
    message: `the name ${subject} is too long for this disk`,
    remedy: "Name a folder nearer to the disk's root.",
  }),
  EMFILE: tooManyOpen,
  ENFILE: tooManyOpen,
  EADDRINUSE: (_, { message }) => ({
    message: `the port is taken by another process (${message})`,
    remedy: "Name another one, or none: --port and --s3-port then take a free one.",
  }),
};

/** Undefined for what is no error of the system, or one that nothing can be said of. */
export function systemTrouble(error: unknown): SystemTrouble | undefined {
  const failed = error as NodeJS.ErrnoException | null;
  const describe = troubles[failed?.code ?? ""];
  if (failed === null || describe === undefined) return undefined;
  return describe(failed.path ?? "the output", failed);
}
