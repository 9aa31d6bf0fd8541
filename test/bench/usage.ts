/** The resources of a process until now. */
export interface Usage {
  readonly port: number;
  /** Processor time of all threads, ms. */
  readonly cpuMs: number;
  /** Resident memory, MB. */
  readonly rssMb: number;
}

/** {@link Usage} of this process. */
export function usage(port: number): Usage {
  const { user, system } = process.cpuUsage();
  return { port, cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1e6 };
}
