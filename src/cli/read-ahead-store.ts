/**
 * A store that lists ahead of its reader, so that a progress bar knows the total long before the last file
 * is read. Only keys are held: some 20 MB for 100,000 files.
 */
import { coverageSuffix } from "../contract/object-keys.ts";
import type { CoverageStore, StoredObject } from "../store/store.ts";

export interface ReadAheadStore extends CoverageStore {
  /** Coverage files listed so far. */
  readonly listed: number;
}

export function readAheadStore(store: CoverageStore): ReadAheadStore {
  let listed = 0;
  return {
    location: store.location,
    get listed() {
      return listed;
    },
    get: (key) => store.get(key),
    put: (key, body, options) => store.put(key, body, options),
    list(prefix) {
      return readAhead(store.list(prefix), ({ key }) => {
        if (key.endsWith(coverageSuffix)) listed++;
      });
    },
  };
}

async function* readAhead(
  objects: AsyncIterable<StoredObject>,
  onListed: (object: StoredObject) => void,
): AsyncGenerator<StoredObject> {
  const waiting: StoredObject[] = [];
  let notify = () => {};
  let isStopped = false;
  let isDone = false;
  const finished = (async () => {
    try {
      for await (const object of objects) {
        if (isStopped) return;
        onListed(object);
        waiting.push(object);
        notify();
      }
    } finally {
      isDone = true;
      notify();
    }
  })();
  // Its error is thrown below, when the reader has come to it.
  finished.catch(() => undefined);
  try {
    for (;;) {
      for (const object of waiting.splice(0)) yield object;
      if (waiting.length > 0) continue;
      if (isDone) break;
      await new Promise<void>((resolve) => {
        notify = resolve;
      });
    }
    await finished;
  } finally {
    isStopped = true;
  }
}
