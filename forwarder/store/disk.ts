/** PGlite on files that are forced to the disk when Postgres asks for it: by itself PGlite leaves that to the system. */
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Options = Parameters<NodeFS['init']>[1];
type Preparing = NonNullable<Options['preRun']>[number];

/** Emscripten asks a file system for `fsync`, and its own for Node has none. */
const addSync: Preparing = (module) => {
  const files = Object(module.NODEFS);
  files.stream_ops.fsync = (stream: { nfd: number }): number => {
    files.tryFSOperation(() => fsyncSync(stream.nfd));
    return 0;
  };
};

/** Forces a file to the disk, or the names in a folder. */
export const keep = (path: string): void => {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
};

/** Forces a folder to the disk, and all that is in it. */
export const keepAll = (folder: string): void => {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) keep(join(folder, entry));
  keep(folder);
};

/** A folder whose files are on the disk when Postgres takes them to be there. */
class Disk extends NodeFS {
  override async init(pglite: PGlite, options: Options): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pglite, options);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addSync] } };
  }
}

/** How much of its pages PGlite keeps in memory; by itself it takes ten times as much, and a queue is small. */
const PAGES_IN_MEMORY = ['-c', 'shared_buffers=16MB'];

/** What is committed is on the disk: without PGlite's `-F`, and by the one call that reaches `Disk`. */
const KEPT = ['-c', 'wal_sync_method=fsync'];

/** A job names a queue that is there: who checks that again for each of ten thousand takes as long as who stores them. */
const UNCHECKED = ['-c', 'session_replication_role=replica'];

/** Opens the database in a folder, or makes an empty one there. */
export const openPglite = (path: string): Promise<PGlite> =>
  PGlite.create({
    fs: new Disk(path),
    startParams: [
      ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
      ...KEPT,
      ...PAGES_IN_MEMORY,
      ...UNCHECKED,
    ],
  });
