/** Processor time of this process in milliseconds: what is left of a figure when others use the machine too. */
export function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
