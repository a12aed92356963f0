/** Milliseconds of processor time that this takes: how busy the machine is besides makes no difference. */
export const processorTimeOf = async (run: () => unknown): Promise<number> => {
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
};
