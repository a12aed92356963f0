import { readFileSync } from 'node:fs';

/** Milliseconds of processor time that this takes: how busy the machine is besides makes no difference. */
export const processorTimeOf = async (run: () => unknown): Promise<number> => {
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
};

/** Milliseconds of processor time that another process has used. */
export const processorTimeUsedBy = ({ pid }: { pid?: number | undefined }): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
};
