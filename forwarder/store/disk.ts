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

const settings = [
  // What is committed is on the disk: without PGlite's `-F`, and by the one call that reaches `Disk`.
  'wal_sync_method=fsync',
  // By itself PGlite keeps ten times as many pages in memory, and a queue is small.
  'shared_buffers=16MB',
  // A job names a queue that is there: to check that again for each of ten thousand takes as long as to store them.
  'session_replication_role=replica',
];

/** Opens the database in a folder, or makes an empty one there. */
export const openPglite = (path: string): Promise<PGlite> => {
  const params = PGlite.defaultStartParams.filter((param) => param !== '-F');
  return PGlite.create({
    fs: new Disk(path),
    startParams: [...params, ...settings.flatMap((setting) => ['-c', setting])],
  });
};
