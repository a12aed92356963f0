/** Disks of the tests' own, which can be full, broken or gone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only root may mount one. */
export const mayMount = process.getuid?.() === 0;

const folders: string[] = [];
const makeFolder = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), name));
  folders.push(folder);
  return folder;
};
// Also after a test that failed.
afterAll(() => {
  for (const folder of folders) {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A file system in a file: what the file holds is on the disk, and no more. */
export type Disk = { file: string; folder: string };

/** Mounts the file, again where it was before. */
export const mountDisk = (file: string, folder = makeFolder('disk-')): Disk => {
  execFileSync('mount', ['-o', 'loop', file, folder]);
  return { file, folder };
};

export const makeDisk = (): Disk => {
  const file = join(makeFolder('disk-file-'), 'disk');
  execFileSync('truncate', ['-s', '300M', file]);
  execFileSync('mkfs.ext4', ['-q', file]);
  return mountDisk(file);
};

/** The folder of a disk of 120 MB, in memory. */
export const makeSmallDisk = (): string => {
  const folder = makeFolder('small-disk-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', folder]);
  return folder;
};
