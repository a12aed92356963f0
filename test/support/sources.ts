import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Paths from the repository's root, and what stands there. */
export type Sources = ReadonlyMap<string, string>;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that are made or installed, and Make's apps, which are built from `make/`. */
const NOT_WRITTEN_BY_HAND = /(^|\/)(node_modules|\.git)$|^(dist|build|coverage|make\/app)$/;
const TEXT = /\.(ts|md|json|ya?ml)$|^\.(ci|github)\//;

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (NOT_WRITTEN_BY_HAND.test(path)) return [];
    return entry.isDirectory() ? filesBelow(path) : TEXT.test(path) && entry.name !== 'package-lock.json' ? [path] : [];
  });

/** Every text that people wrote: code, tests and documents. */
export const readSources = (): Sources =>
  new Map(filesBelow('').map((path) => [path, readFileSync(join(root, path), 'utf8')]));
